/* build.c - `remlock build`. */
#include "build/build.h"

#include "values.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_COMPILER = 0x200, KEY_CHECKED, KEY_DEPENDENCIES, KEY_VERBOSE, KEY_PROGRAM, KEY_STANDARD, KEY_PREFIX_MAP };

static const struct argp_option option_list[] = {
    {"out", 'o', "FILE", 0, "The driver to write (default: the name of the project, folder or first file, with .so)", 1},
    {"include", 'I', "DIR", 0, "Look for headers there too; may be repeated", 1},
    {"define", 'D', "NAME[=VALUE]", 0, "Define a macro; may be repeated", 1},
    {"cc", KEY_COMPILER, "COMPILER", 0, "gcc or clang (default: $CC, else the compiler that remlock was built with)", 1},
    {"program", KEY_PROGRAM, NULL, 0, "An ordinary C program (default: when there is a main() and no DriverEntry)", 1},
    {"std", KEY_STANDARD, "STANDARD", 0, "Of a program: the C standard (default: gnu11)", 1},
    {"optimize", 'O', "LEVEL", 0, "Of a program: the level of optimisation (default: 0, every access as it is written)", 1},
    {"dbg", KEY_CHECKED, NULL, 0, "The checked build: DBG is 1, remove locks keep track of who holds them", 1},
    {"prefix-map", KEY_PREFIX_MAP, "OLD=NEW", 0, "Say NEW for OLD where paths to sources begin so; may be repeated", 1},
    {"verbose", KEY_VERBOSE, NULL, 0, "Show commands, and what the compiler warns of", 1},
    {"depfile", KEY_DEPENDENCIES, "FILE", 0, "Write there, as a rule for make, which files the driver is made of", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct driver_build *build = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &build->common;
        return 0;
    case 'o':
        build->out = argument;
        return 0;
    case 'I':
        words_add(&build->folders, argument);
        return 0;
    case 'D':
        words_add(&build->definitions, argument);
        return 0;
    case KEY_COMPILER:
        build->compiler = argument;
        return 0;
    case KEY_CHECKED:
        build->checked = true;
        return 0;
    case KEY_PROGRAM:
        build->program = true;
        return 0;
    case KEY_STANDARD:
        build->standard = argument;
        return 0;
    case 'O':
        build->optimisation = argument;
        return 0;
    case KEY_PREFIX_MAP:
        if (strchr(argument, '=') == NULL) {
            argp_error(state, "--prefix-map=%s: expected OLD=NEW", argument);
        }
        words_add(&build->prefix_maps, argument);
        return 0;
    case KEY_VERBOSE:
        build->verbose = true;
        return 0;
    case KEY_DEPENDENCIES:
        build->dependencies = argument;
        return 0;
    case ARGP_KEY_ARG:
        words_add(&build->inputs, argument);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name the C files of a driver or program, or its folder");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp build_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "FILE.c...|DIR",
    .doc =
        "Compiles the unchanged C files of a WDM driver, or of a C program with threads, into a subject that the other "
        "commands "
        "take: remlock test ./NAME.so. "
        "Of a folder it takes what its .vcxproj or sources file names, or else all its C files. The names of included headers "
        "may differ in case and have backslashes. Routines of the kernel that remlock does not have are listed, all at once."
        "\vExamples:\n"
        "  remlock build mydriver/ -o mydriver.so\n"
        "  remlock build pnp.c io.c -I ../inc -D POOL_NX_OPTIN=1 -o mydriver.so\n"
        "  remlock build mydriver/ --dbg --cc clang      the checked build, by clang\n"
        "  remlock build queue.c main.c -o queue.so      a program with main() and threads\n"
        "\nExit codes: 0 built, 1 it does not compile or calls what remlock lacks, 2 usage.",
    .children = common_children,
};

void build_note(const struct driver_build *build, const char *format, ...)
{
    va_list arguments;
    if (build->common.quiet) {
        return;
    }
    va_start(arguments, format);
    fflush(stdout);
    fputs("remlock build: note: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

/* ------------------------------------------------------------------------------------------------------------- places -- */

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

static bool make_work_folder(struct driver_build *build)
{
    const char *folder = getenv("TMPDIR");
    char *template = string_format("%s/remlock-build-XXXXXX", folder != NULL && *folder != 0 ? folder : "/tmp");
    build->work = mkdtemp(template);
    if (build->work == NULL) {
        complain("cannot make a folder for temporary files, %s: %s", template, strerror(errno));
    }
    return build->work != NULL;
}

static bool check_out_folder(const struct driver_build *build)
{
    const char *folder = string_folder_of(build->out);
    if (access(folder, W_OK) != 0) {
        complain("cannot write %s: %s: %s", build->out, folder, strerror(errno));
        return false;
    }
    return true;
}

static int prepare(struct driver_build *build)
{
    build->headers = build_headers_folder();
    if (build->headers == NULL) {
        complain("the headers for drivers are not beside this program; install remlock completely");
        return EXIT_USAGE;
    }
    int code = build_find_sources(build);
    if (code != EXIT_CLEAN) {
        return code;
    }
    return check_out_folder(build) && make_work_folder(build) ? build_choose_compiler(build) : EXIT_USAGE;
}

/* ------------------------------------------------------------------------------------------------------------- result -- */

static void print_missing(struct cJSON *list, const struct missing *missing)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddItemToArray(list, item);
    cJSON_AddStringToObject(item, "routine", missing->routine);
    if (missing->header != NULL) {
        cJSON_AddStringToObject(item, "header", missing->header);
    }
    if (missing->place != NULL) {
        cJSON_AddStringToObject(item, "place", missing->place);
    }
}

static void print_json(const struct driver_build *build, int code)
{
    cJSON *json = json_begin("build");
    cJSON_AddBoolToObject(json, "built", code == EXIT_CLEAN);
    cJSON_AddStringToObject(json, "driver", build->out == NULL ? "" : build->out);
    cJSON *sources = cJSON_AddArrayToObject(json, "sources");
    for (uint32_t index = 0; index < build->sources.count; index++) {
        cJSON_AddItemToArray(sources, cJSON_CreateString(build->sources.items[index]));
    }
    cJSON *codes = cJSON_AddArrayToObject(json, "control_codes");
    for (uint32_t index = 0; index < build->code_count; index++) {
        cJSON_AddItemToArray(codes, cJSON_CreateNumber(build->codes[index]));
    }
    cJSON *missing = cJSON_AddArrayToObject(json, "missing");
    for (uint32_t index = 0; index < build->missing_count; index++) {
        print_missing(missing, &build->missing[index]);
    }
    json_print(stdout, json);
}

static void print_result(const struct driver_build *build)
{
    if (build->program) {
        printf("%s: a program of %u file%s\n", build->out, build->sources.count, build->sources.count == 1 ? "" : "s");
        build_note(build, "next: remlock test %s%s", strchr(build->out, '/') ? "" : "./", build->out);
        return;
    }
    printf("%s: %u file%s, %u control code%s\n", build->out, build->sources.count, build->sources.count == 1 ? "" : "s",
           build->code_count, build->code_count == 1 ? "" : "s");
    build_note(build, "next: remlock test %s%s", strchr(build->out, '/') ? "" : "./", build->out);
}

static int run_steps(struct driver_build *build)
{
    static const struct {
        int (*take)(struct driver_build *);
        bool for_programs;
    } steps[] = {
        {prepare, true},       {build_tell_kind, true},   {build_forward_headers, false},
        {build_compile, true}, {build_find_codes, false}, {build_read_about, true},
        {build_link, true},
    };
    for (uint32_t index = 0; index < sizeof steps / sizeof steps[0]; index++) {
        int code = build->program && !steps[index].for_programs ? EXIT_CLEAN : steps[index].take(build);
        if (code != EXIT_CLEAN) {
            return code;
        }
    }
    return EXIT_CLEAN;
}

int command_build(int argument_count, char **arguments)
{
    struct driver_build build = {0};
    argp_parse(&build_argp, argument_count, arguments, 0, NULL, &build);
    int code = run_steps(&build);
    if (build.common.json) {
        print_json(&build, code);
    } else if (code == EXIT_CLEAN && !build.common.quiet) {
        print_result(&build);
    }
    if (build.work != NULL) {
        nftw(build.work, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
    free(build.undeclared);
    free(build.missing);
    free(build.codes);
    string_free_all();
    return code;
}
