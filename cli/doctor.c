/* doctor.c - `remlock doctor`: what is missing on this machine, and what to do about it. */
#include "build/build.h"
#include "build/process.h"
#include "command.h"
#include "progress.h"

#include <remlock/fuzz.h>

#include <cjson/cJSON.h>
#include <glob.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum status { STATUS_OK, STATUS_OPTIONAL, STATUS_MISSING };

static const char *const status_names[] = {"ok", "optional", "missing"};

/* One line of the diagnosis. */
struct diagnosis {
    enum status status;
    char text[256];   /* what was found, or what is not there */
    char remedy[400]; /* what to do, or "" */
};

/* One question. To add one: its function and its row in the table below. */
struct question {
    const char *name;
    void (*ask)(struct diagnosis *diagnosis);
};

static void say(struct diagnosis *diagnosis, enum status status, const char *text, const char *remedy)
{
    diagnosis->status = status;
    snprintf(diagnosis->text, sizeof(diagnosis->text), "%s", text);
    snprintf(diagnosis->remedy, sizeof(diagnosis->remedy), "%s", remedy);
}

/* ---------------------------------------------------------------------------------------------------------- running -- */

/* One subject, a thousand executions, the first one twice. Returns the exit status of the child that does it. */
static int run_a_little(void)
{
    struct generator generator = {.state = 1};
    struct scenario scenario;
    struct verdict verdict, second;
    if (subject_count() == 0) {
        return 2;
    }
    for (int count = 0; count < 1000; count++) {
        generator_scenario(&generator, subject_at(0), &scenario);
        struct strategy *strategy = strategy_open("random", &(struct strategy_options){.seed = generator_next(&generator)});
        harness_execute(&scenario, strategy, HARNESS_HASH, &verdict);
        if (!harness_check_determinism(&scenario, &verdict, &second)) {
            return 3;
        }
    }
    return 0;
}

/* In a child: without its address range the scheduler cannot live, and ends the process. */
static void ask_executions(struct diagnosis *diagnosis)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(run_a_little());
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        say(diagnosis, STATUS_MISSING, "no process can be started", "raise the limit of processes: ulimit -u");
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        say(diagnosis, STATUS_OK, "1,000 executions ran, each the same twice; the fixed address range is free", "");
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
        say(diagnosis, STATUS_MISSING, "the same schedule gave two different executions",
            "this is a fault of remlock: please report it with the output of this command");
    } else {
        say(diagnosis, STATUS_MISSING, "executions do not run here",
            "the scheduler needs fixed addresses: run without AddressSanitizer options that reserve them, without ulimit -v, "
            "and without valgrind");
    }
}

static void ask_debug_information(struct diagnosis *diagnosis)
{
    struct report_frame frame;
    uintptr_t here = (uintptr_t)&ask_debug_information + 1;
    if (report_locate(here, &frame, 1) && frame.line) {
        say(diagnosis, STATUS_OK, "explanations show functions, files and lines", "");
    } else {
        say(diagnosis, STATUS_OPTIONAL, "this program has no debug information: explanations show no lines",
            "build with -g and do not strip");
    }
}

static void ask_folder(struct diagnosis *diagnosis)
{
    if (access(".", W_OK) == 0) {
        say(diagnosis, STATUS_OK, "the current folder can be written: findings go to remlock-findings/", "");
    } else {
        say(diagnosis, STATUS_OPTIONAL, "the current folder cannot be written", "name another one with --out");
    }
}

static void ask_clock(struct diagnosis *diagnosis)
{
    enum { CALLS = 100000 };
    double start = progress_clock();
    for (int call = 0; call < CALLS; call++) {
        (void)progress_clock();
    }
    double nanoseconds = (progress_clock() - start) / CALLS * 1e9;
    char text[128];
    snprintf(text, sizeof(text), "reading the clock takes %.0f ns", nanoseconds);
    if (nanoseconds < 500) {
        say(diagnosis, STATUS_OK, text, "");
    } else {
        say(diagnosis, STATUS_OPTIONAL, text,
            "slow, but only benchmarks suffer; see /sys/devices/system/clocksource/clocksource0/current_clocksource");
    }
}

/* --------------------------------------------------------------------------------------------------------- programs -- */

static bool on_path(const char *name)
{
    const char *variable = getenv("PATH");
    char folders[8192], path[8400];
    if (!variable || strlen(variable) >= sizeof(folders)) {
        return false;
    }
    strcpy(folders, variable);
    char *rest = folders;
    for (char *folder = strtok_r(folders, ":", &rest); folder; folder = strtok_r(NULL, ":", &rest)) {
        snprintf(path, sizeof(path), "%s/%s", folder, name);
        if (access(path, X_OK) == 0) {
            return true;
        }
    }
    return false;
}

static void list_programs(const char *const names[], char *text, size_t size)
{
    size_t length = 0;
    text[0] = 0;
    for (uint32_t index = 0; names[index]; index++) {
        if (length < size && on_path(names[index])) {
            length += (size_t)snprintf(text + length, size - length, "%s%s", length ? ", " : "", names[index]);
        }
    }
}

static void ask_compilers(struct diagnosis *diagnosis)
{
    static const char *const names[] = {"gcc", "gcc-12", "clang", "clang-14", "clang-16", "clang-19", "clang-22", NULL};
    char text[200];
    list_programs(names, text, sizeof(text));
    if (text[0]) {
        say(diagnosis, STATUS_OK, text, "");
    } else {
        say(diagnosis, STATUS_OPTIONAL, "no compiler: needed to build drivers, remlock and fuzz targets", "apt install gcc");
    }
}

/* ---------------------------------------------------------------------------------------------------------- drivers -- */

static const struct subject *first_driver(uint32_t *count)
{
    const struct subject *first = NULL;
    *count = 0;
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        if (strncmp(subject->name, "driver:", strlen("driver:")) == 0) {
            first = first ? first : subject;
            ++*count;
        }
    }
    return first;
}

/* One of them is loaded: when that works, the others bind to the same kernel. */
static void ask_drivers(struct diagnosis *diagnosis)
{
    char text[sizeof(diagnosis->text)], problem[SUBJECT_PROBLEM_SIZE];
    uint32_t count;
    const struct subject *first = first_driver(&count);
    if (!first) {
        say(diagnosis, STATUS_OPTIONAL, "there are no built-in drivers beside this program: driver:NAME is not known",
            "build them with 'cmake --build BUILD --target remlock_drivers', or set REMLOCK_DRIVERS to their folder");
    } else if (!subject_open(first->name, problem, sizeof(problem))) {
        snprintf(text, sizeof(text), "%.64s cannot be loaded", first->name);
        say(diagnosis, STATUS_MISSING, text, "");
        snprintf(diagnosis->remedy, sizeof(diagnosis->remedy), "%.*s", (int)sizeof(diagnosis->remedy) - 1, problem);
    } else {
        snprintf(text, sizeof(text), "%u built-in ones: 'remlock drivers' lists them", count);
        say(diagnosis, STATUS_OK, text, "");
    }
}

static void ask_headers(struct diagnosis *diagnosis)
{
    char text[sizeof(diagnosis->text)];
    const char *folder = build_headers_folder();
    if (folder) {
        snprintf(text, sizeof(text), "%.200s: 'remlock build' makes drivers of C files", folder);
        say(diagnosis, STATUS_OK, text, "");
    } else {
        say(diagnosis, STATUS_OPTIONAL, "wdm.h is not beside this program: 'remlock build' cannot work",
            "install remlock with 'cmake --install', or run it in its build tree");
    }
}

static void ask_fuzzer_runtime(struct diagnosis *diagnosis)
{
    glob_t found;
    bool there = glob("/usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.fuzzer*.a", 0, NULL, &found) == 0;
    if (there) {
        char text[256];
        snprintf(text, sizeof(text), "%s", found.gl_pathv[found.gl_pathc - 1]);
        say(diagnosis, STATUS_OK, text, "");
    } else {
        say(diagnosis, STATUS_OPTIONAL, "clang's libFuzzer is not installed: --engine libfuzzer cannot be built",
            "apt install clang-22 libclang-rt-22-dev (or clang-14 libclang-rt-14-dev)");
    }
    globfree(&found);
}

static void ask_engine(enum fuzz_engine engine, struct diagnosis *diagnosis)
{
    char message[sizeof(diagnosis->remedy)];
    const struct subject *subject = subject_count() ? subject_at(0) : NULL;
    if (subject && fuzz_engine_available(engine, subject, message, sizeof(message))) {
        say(diagnosis, STATUS_OK, "the engine and its targets are there", "");
    } else {
        say(diagnosis, STATUS_OPTIONAL, "cannot run yet", message);
    }
}

static void ask_libfuzzer(struct diagnosis *diagnosis)
{
    ask_engine(FUZZ_ENGINE_LIBFUZZER, diagnosis);
}

static void ask_afl(struct diagnosis *diagnosis)
{
    ask_engine(FUZZ_ENGINE_AFL, diagnosis);
}

/* -------------------------------------------------------------------------------------------------- kernel and shell -- */

static bool first_line(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    bool got = file && fgets(text, (int)size, file);
    if (file) {
        fclose(file);
    }
    if (got) {
        text[strcspn(text, "\n")] = 0;
    }
    return got;
}

static void ask_core_pattern(struct diagnosis *diagnosis)
{
    char pattern[128], text[200];
    if (!first_line("/proc/sys/kernel/core_pattern", pattern, sizeof(pattern))) {
        say(diagnosis, STATUS_OPTIONAL, "cannot be read", "");
        return;
    }
    snprintf(text, sizeof(text), "kernel.core_pattern is '%s'", pattern);
    if (pattern[0] != '|') {
        say(diagnosis, STATUS_OK, text, "");
    } else {
        say(diagnosis, STATUS_OPTIONAL, text,
            "afl-fuzz called by hand refuses this: echo core | sudo tee /proc/sys/kernel/core_pattern "
            "(remlock fuzz sets AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1)");
    }
}

static void ask_address_randomisation(struct diagnosis *diagnosis)
{
    char bits[32], text[64];
    if (!first_line("/proc/sys/vm/mmap_rnd_bits", bits, sizeof(bits))) {
        say(diagnosis, STATUS_OK, "vm.mmap_rnd_bits is not used here", "");
        return;
    }
    snprintf(text, sizeof(text), "vm.mmap_rnd_bits is %.16s", bits);
    if (atoi(bits) <= 28) {
        say(diagnosis, STATUS_OK, text, "");
    } else {
        say(diagnosis, STATUS_OPTIONAL, text,
            "sanitizer builds of gcc 12 and clang 14 may die at their start: sudo sysctl vm.mmap_rnd_bits=28");
    }
}

static void ask_terminal(struct diagnosis *diagnosis)
{
    const char *terminal = getenv("TERM");
    char text[160];
    snprintf(text, sizeof(text), "TERM is %.64s, the character set is %.32s", terminal ? terminal : "not set",
             nl_langinfo(CODESET));
    if (terminal) {
        say(diagnosis, STATUS_OK, text, "");
    } else {
        say(diagnosis, STATUS_OPTIONAL, text, "some programs of AFL++ (afl-cmin) want it: export TERM=xterm");
    }
}

static void ask_processors(struct diagnosis *diagnosis)
{
    char text[128];
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    snprintf(text, sizeof(text), "%ld: remlock test --jobs %ld uses them all", count, count);
    say(diagnosis, STATUS_OK, text, "");
}

/* The commands of gdb are written in its Python. */
static void ask_gdb(struct diagnosis *diagnosis)
{
    struct words command = {0};
    static const char *const words[] = {"gdb", "-nx", "-batch", "-ex", "python print('speaks')"};
    for (size_t index = 0; index < sizeof(words) / sizeof(words[0]); index++) {
        words_add(&command, words[index]);
    }
    struct process_result result = process_run(&command, false);
    if (result.status < 0) {
        say(diagnosis, STATUS_OPTIONAL, "gdb is not installed", "'remlock replay --gdb' wants it: apt-get install gdb");
    } else if (!strstr(result.output, "speaks")) {
        say(diagnosis, STATUS_OPTIONAL, "gdb is there, but was built without Python",
            "'remlock replay --gdb' wants one with it, as the distribution's has");
    } else {
        say(diagnosis, STATUS_OK, "gdb steps through replays: remlock replay --gdb FILE", "");
    }
    string_free_all();
}

static const struct question questions[] = {
    {"executions", ask_executions},
    {"debug information", ask_debug_information},
    {"current folder", ask_folder},
    {"processors", ask_processors},
    {"clock", ask_clock},
    {"compilers", ask_compilers},
    {"drivers", ask_drivers},
    {"headers for drivers", ask_headers},
    {"libFuzzer runtime", ask_fuzzer_runtime},
    {"engine libfuzzer", ask_libfuzzer},
    {"engine afl++", ask_afl},
    {"gdb", ask_gdb},
    {"core dumps", ask_core_pattern},
    {"address randomisation", ask_address_randomisation},
    {"terminal", ask_terminal},
};

enum { QUESTIONS = sizeof(questions) / sizeof(questions[0]) };

/* ---------------------------------------------------------------------------------------------------------- telling -- */

static error_t parse(int key, char *argument, struct argp_state *state)
{
    if (key == ARGP_KEY_ARG) {
        argp_error(state, "takes no argument: '%s'", argument);
    }
    if (key != ARGP_KEY_INIT) {
        return ARGP_ERR_UNKNOWN;
    }
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp doctor_argp = {
    .parser = parse,
    .doc = "Looks at this machine: what works, what is missing for what, and what to do about it."
           "\vExamples:\n"
           "  remlock doctor\n"
           "  remlock doctor --json\n"
           "\nExit codes: 0 everything needed is there, 1 something needed is missing, 2 usage.",
    .children = common_children,
};

static void print_diagnosis(const struct report_style *style, const char *name, const struct diagnosis *diagnosis)
{
    static const char *const colours[] = {"\033[32m", "\033[33m", "\033[1;31m"};
    printf("%s%-8s%s  %-21s  %s\n", style->colour ? colours[diagnosis->status] : "", status_names[diagnosis->status],
           style->colour ? "\033[0m" : "", name, diagnosis->text);
    if (diagnosis->remedy[0]) {
        printf("%33s%s\n", "", diagnosis->remedy);
    }
}

static cJSON *diagnosis_json(const char *name, const struct diagnosis *diagnosis)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", name);
    cJSON_AddStringToObject(json, "status", status_names[diagnosis->status]);
    cJSON_AddStringToObject(json, "text", diagnosis->text);
    cJSON_AddStringToObject(json, "remedy", diagnosis->remedy);
    return json;
}

int command_doctor(int argument_count, char **arguments)
{
    struct common_options common = {0};
    int code = EXIT_CLEAN;
    argp_parse(&doctor_argp, argument_count, arguments, 0, NULL, &common);
    struct report_style style = common_style(&common);
    cJSON *checks = cJSON_CreateArray();
    for (uint32_t index = 0; index < QUESTIONS; index++) {
        struct diagnosis diagnosis = {0};
        questions[index].ask(&diagnosis);
        code = diagnosis.status == STATUS_MISSING ? EXIT_FINDING : code;
        cJSON_AddItemToArray(checks, diagnosis_json(questions[index].name, &diagnosis));
        if (!common.json) {
            print_diagnosis(&style, questions[index].name, &diagnosis);
        }
    }
    if (!common.json) {
        cJSON_Delete(checks);
        return code;
    }
    cJSON *json = json_begin("doctor");
    cJSON_AddItemToObject(json, "checks", checks);
    json_print(stdout, json);
    return code;
}
