/* compile.c - from C files to objects. What the compiler says about the driver is passed on as it is. */
#include "build.h"
#include "flags.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------------------------------- undeclared routines -- */

static void add_undeclared(struct driver_build *build, char *routine, char *place)
{
    for (uint32_t index = 0; index < build->undeclared_count; index++) {
        if (strcmp(build->undeclared[index].routine, routine) == 0) {
            return;
        }
    }
    struct undeclared *list = realloc(build->undeclared, (build->undeclared_count + 1) * sizeof *list);
    if (list != NULL) {
        build->undeclared = list;
        list[build->undeclared_count++] = (struct undeclared){routine, place};
    }
}

/* "FILE:LINE:COLUMN: warning: ...": FILE:LINE */
static char *place_of(const char *line)
{
    const char *end = strstr(line, ": warning: ");
    const char *number = end;
    while (number != NULL && number > line && isdigit((unsigned char)number[-1])) {
        number--;
    }
    return end == NULL || number <= line ? string_format("?") : string_copy(line, (size_t)(number - 1 - line));
}

/* gcc: "implicit declaration of function 'X'", clang since 16: "call to undeclared function 'X'". */
static void read_undeclared(struct driver_build *build, const char *line)
{
    static const char *const phrases[] = {"implicit declaration of function '", "call to undeclared function '",
                                          "call to undeclared library function '", "implicitly declaring library function '"};
    for (uint32_t index = 0; index < sizeof phrases / sizeof phrases[0]; index++) {
        const char *name = strstr(line, phrases[index]);
        if (name != NULL) {
            name += strlen(phrases[index]);
            add_undeclared(build, string_copy(name, strcspn(name, "'")), place_of(line));
        }
    }
}

static void read_warnings(struct driver_build *build, const char *output)
{
    while (*output != 0) {
        size_t length = strcspn(output, "\n");
        read_undeclared(build, string_copy(output, length));
        output += length;
        output += *output == '\n';
    }
}

/* ---------------------------------------------------------------------------------------------------------- failing -- */

static void explain_header(const struct driver_build *build, const char *output)
{
    if (build->program) {
        return;
    }
    if (strstr(output, "file not found") == NULL && strstr(output, "No such file or directory") == NULL) {
        return;
    }
    build_note(build, "headers are looked for beside the sources, in the folders of -I, and in %s", build->headers);
}

/* gcc regrets that it does not know flags of ours as soon as there is an error. */
static char *without_regrets(const char *output)
{
    struct words lines = {0};
    while (*output != 0) {
        size_t length = strcspn(output, "\n"), whole = length + (output[length] == '\n');
        char *line = string_copy(output, whole);
        if (strstr(line, "may have been intended to silence") == NULL && strncmp(line, "At top level:", 13) != 0) {
            words_add(&lines, line);
        }
        output += whole;
    }
    return words_join(&lines);
}

/* Says what is wrong with the file, without the warnings around it. */
static void tell_errors(const struct driver_build *build, struct words command, const char *output)
{
    words_add(&command, "-w");
    struct process_result again = process_run(&command, false);
    fflush(stdout);
    fputs(without_regrets(again.status == 0 ? output : again.output), stderr);
    explain_header(build, output);
}

/* -------------------------------------------------------------------------------------------------------- compiling -- */

static bool run_objcopy(const struct driver_build *build, struct words *command, const char *object)
{
    words_add(command, object);
    struct process_result result = process_run(command, build->verbose);
    if (result.status != 0) {
        complain("%s does not work; it is part of binutils: %s", BUILD_OBJCOPY, result.output);
    }
    return result.status == 0;
}

/*
 * Compilers copy and clear structures by calling memcpy and its relatives and leave those calls without instrumentation: the
 * object calls our entry points instead.
 */
static bool watch_copies(const struct driver_build *build, const char *object)
{
    static const char *const names[] = {"memcpy", "memmove", "memset"};
    struct words command = {0};
    words_add(&command, BUILD_OBJCOPY);
    for (uint32_t index = 0; index < 3; index++) {
        words_add(&command, string_format("--redefine-sym=%s=__tsan_%s", names[index], names[index]));
    }
    return run_objcopy(build, &command, object);
}

/* Beside the compiler's own runtime our entry points have names of their own. */
static bool rename_entry_points(const struct driver_build *build, const char *object)
{
    struct words command = {0};
    words_add(&command, BUILD_OBJCOPY);
    words_add(&command, "--redefine-syms=" BUILD_RENAMES);
    return BUILD_RENAMES[0] == 0 || run_objcopy(build, &command, object);
}

static int compile_one(struct driver_build *build, const char *source, const char *object)
{
    struct words command = build_compile_command(build, source, object, true);
    words_add(&command, "-MD");
    words_add(&command, "-MF");
    words_add(&command, string_format("%s.d", object));
    struct process_result result = process_run(&command, build->verbose);
    if (result.status < 0) {
        complain("the compiler '%s' ended abnormally: %s", build->compiler, result.output);
        return EXIT_USAGE;
    }
    read_warnings(build, result.output);
    if (result.status > 0) {
        tell_errors(build, command, result.output);
        return EXIT_FINDING;
    }
    if (build->verbose) {
        fputs(result.output, stderr);
    }
    bool renamed =
        build->program ? build_rename_calls(build, object) && build_wrap_atomics(build, object) : watch_copies(build, object);
    return renamed && rename_entry_points(build, object) ? EXIT_CLEAN : EXIT_USAGE;
}

int build_compile(struct driver_build *build)
{
    int code = EXIT_CLEAN;
    for (uint32_t index = 0; index < build->sources.count && code != EXIT_USAGE; index++) {
        char *object = string_format("%s/%u.o", build->work, index);
        int one = compile_one(build, build->sources.items[index], object);
        code = one > code ? one : code;
        words_add(&build->objects, object);
    }
    return code;
}

/* ----------------------------------------------------------------------------------------------------- dependencies -- */

/* The next word of a rule for make, in which a backslash takes the meaning from a blank; NULL at its end. */
static char *next_dependency(const char **at)
{
    while (isspace((unsigned char)**at) || (**at == '\\' && (*at)[1] == '\n')) {
        ++*at;
    }
    const char *start = *at;
    while (**at != 0 && !isspace((unsigned char)**at)) {
        *at += **at == '\\' && (*at)[1] != 0 && (*at)[1] != '\n' ? 2 : 1;
    }
    return *at == start ? NULL : string_copy(start, (size_t)(*at - start));
}

static void add_dependencies(const struct driver_build *build, struct words *files, const char *rule)
{
    const char *at = strchr(rule, ':');
    if (at == NULL) {
        return;
    }
    at++;
    for (char *file = next_dependency(&at); file != NULL; file = next_dependency(&at)) {
        if (strncmp(file, build->work, strlen(build->work)) != 0 && strcmp(file, "\\") != 0) {
            words_add_once(files, file);
        }
    }
}

int build_write_dependencies(struct driver_build *build)
{
    struct words files = {0};
    size_t size;
    for (uint32_t index = 0; index < build->objects.count; index++) {
        const char *rule = string_read(string_format("%s.d", build->objects.items[index]), &size);
        if (rule != NULL) {
            add_dependencies(build, &files, rule);
        }
    }
    FILE *stream = fopen(build->dependencies, "w");
    if (stream == NULL) {
        complain("%s: %s", build->dependencies, strerror(errno));
        return EXIT_USAGE;
    }
    fprintf(stream, "%s:", build->out);
    for (uint32_t index = 0; index < files.count; index++) {
        fprintf(stream, " \\\n  %s", files.items[index]);
    }
    fputc('\n', stream);
    return fclose(stream) == 0 ? EXIT_CLEAN : EXIT_USAGE;
}
