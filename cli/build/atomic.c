/*
 * atomic.c - functions named __VERIFIER_atomic_NAME, which programs for verification competitions mean to run uninterrupted.
 *
 * The program's own function gets a second name and gives way to one of ours under the first, which calls it between
 * __VERIFIER_atomic_begin() and __VERIFIER_atomic_end(). Up to six arguments that are integers or pointers are passed on.
 */
#include "build.h"
#include "flags.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BODY "remlock_body_"

/* "NAME T VALUE SIZE" of nm -P: moves to the next line. */
static char *next_atomic(const char **line, char **value)
{
    static const char prefix[] = "__VERIFIER_atomic_";
    while (**line != 0) {
        const char *at = *line;
        *line += strcspn(*line, "\n");
        *line += **line == '\n';
        size_t name = strcspn(at, " \n");
        if (strncmp(at, prefix, sizeof prefix - 1) == 0 && strncmp(at + name, " T ", 3) == 0) {
            *value = string_copy(at + name + 3, strcspn(at + name + 3, " \n"));
            return string_copy(at, name);
        }
    }
    return NULL;
}

bool build_wrap_atomics(struct driver_build *build, const char *object)
{
    struct words list = {0}, command = {0};
    words_add(&list, BUILD_NM);
    words_split(&list, "-g -P --defined-only");
    words_add(&list, object);
    struct process_result symbols = process_run(&list, false);
    const char *line = symbols.output;
    char *value;
    words_add(&command, BUILD_OBJCOPY);
    for (char *name = next_atomic(&line, &value); name != NULL; name = next_atomic(&line, &value)) {
        words_add(&command, string_format("--add-symbol=" BODY "%s=.text:0x%s,function,global", name, value));
        words_add(&command, string_format("--weaken-symbol=%s", name));
        words_add_once(&build->atomics, name);
    }
    if (symbols.status != 0 || command.count == 1) {
        return symbols.status == 0;
    }
    words_add(&command, object);
    struct process_result result = process_run(&command, build->verbose);
    if (result.status != 0) {
        complain("%s does not work; it is part of binutils: %s", BUILD_OBJCOPY, result.output);
    }
    return result.status == 0;
}

bool build_compile_atomics(struct driver_build *build)
{
    struct words text = {0};
    char *source = string_format("%s/atomics.c", build->work), *object = string_format("%s/atomics.o", build->work);
    if (build->atomics.count == 0) {
        return true;
    }
    words_add(&text, "void program___VERIFIER_atomic_begin(void);\nvoid program___VERIFIER_atomic_end(void);\n");
    for (uint32_t index = 0; index < build->atomics.count; index++) {
        const char *name = build->atomics.items[index];
        words_add(&text, string_format("long " BODY "%s(long, long, long, long, long, long);\n"
                                       "long %s(long a, long b, long c, long d, long e, long f);\n"
                                       "long %s(long a, long b, long c, long d, long e, long f)\n{\n"
                                       "    program___VERIFIER_atomic_begin();\n"
                                       "    long result = " BODY "%s(a, b, c, d, e, f);\n"
                                       "    program___VERIFIER_atomic_end();\n    return result;\n}\n",
                                       name, name, name, name));
    }
    if (!string_write(source, words_join(&text))) {
        complain("%s: %s", source, strerror(errno));
        return false;
    }
    struct words command = build_compile_command(build, source, object, false);
    struct process_result result = process_run(&command, build->verbose);
    if (result.status != 0) {
        complain("cannot compile what runs functions undisturbed: %s", result.output);
        return false;
    }
    words_add(&build->objects, object);
    return true;
}
