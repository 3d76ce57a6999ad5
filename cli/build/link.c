/* link.c - from objects to a shared object that shows DriverEntry and what remlock wants to know, and nothing else. */
#include "build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *quoted(const char *text)
{
    struct words parts = {0};
    words_add(&parts, "\"");
    for (; *text != 0; text++) {
        if (*text == '\n') {
            words_add(&parts, "\\n\"\n    \"");
        } else if (strchr("\"\\?", *text) != NULL) {
            words_add(&parts, string_format("\\%c", *text));
        } else if ((unsigned char)*text < ' ' || (unsigned char)*text > '~') {
            words_add(&parts, string_format("\\%03o", (unsigned char)*text));
        } else {
            words_add(&parts, string_format("%c", *text));
        }
    }
    words_add(&parts, "\"");
    return words_join(&parts);
}

/* The symbols that harness/image.c looks for. */
static bool write_description(const struct driver_build *build, const char *path)
{
    struct words codes = {0};
    for (uint32_t index = 0; index < build->code_count; index++) {
        words_add(&codes, string_format("0x%xu, ", build->codes[index]));
    }
    return string_write(path, string_format("const char remlock_driver_version[] = \"%s\";\n"
                                            "const char remlock_driver_about[] =\n    %s;\n"
                                            "const unsigned remlock_driver_code_count = %u;\n"
                                            "const unsigned remlock_driver_codes[] = {%s0};\n",
                                            REMLOCK_VERSION, quoted(build->about), build->code_count, words_join(&codes)));
}

static struct words link_command(const struct driver_build *build, const char *script, const char *out)
{
    struct words command = {0};
    words_split(&command, build->compiler);
    words_split(&command, "-shared -nostdlib -Wl,-Bsymbolic -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack");
    words_add(&command, string_format("-Wl,--version-script=%s", script));
    words_add_all(&command, &build->objects);
    words_split(&command, build->program ? "-lm -lc -lgcc" : "-lgcc");
    words_add(&command, "-o");
    words_add(&command, out);
    return command;
}

static int run_linker(struct driver_build *build, const char *out)
{
    char *script = string_format("%s/exports", build->work);
    if (!string_write(script, build->program ? "{ global: main; remlock_driver_*; local: *; };\n"
                                             : "{ global: DriverEntry; remlock_driver_*; local: *; };\n")) {
        complain("%s: %s", script, strerror(errno));
        return EXIT_USAGE;
    }
    struct words command = link_command(build, script, out);
    struct process_result result = process_run(&command, build->verbose);
    if (result.status != 0) {
        fflush(stdout);
        fputs(result.output, stderr);
        complain("cannot link the %s", build->program ? "program" : "driver");
        return EXIT_FINDING;
    }
    return EXIT_CLEAN;
}

/* The file gets its name when it is whole, so that nobody loads half of one. */
static int publish(const struct driver_build *build, const char *image)
{
    if (rename(image, build->out) == 0) {
        return EXIT_CLEAN;
    }
    complain("%s: %s", build->out, strerror(errno));
    unlink(image);
    return EXIT_USAGE;
}

int build_link(struct driver_build *build)
{
    char *source = string_format("%s/description.c", build->work), *object = string_format("%s/description.o", build->work);
    char *image = string_format("%s.%d", build->out, (int)getpid());
    if (!write_description(build, source)) {
        complain("%s: %s", source, strerror(errno));
        return EXIT_USAGE;
    }
    struct words command = build_compile_command(build, source, object, false);
    struct process_result result = process_run(&command, build->verbose);
    if (result.status != 0) {
        complain("cannot compile what describes the driver: %s", result.output);
        return EXIT_USAGE;
    }
    words_add(&build->objects, object);
    if (!build_compile_atomics(build)) {
        return EXIT_USAGE;
    }
    int code = run_linker(build, image);
    if (code == EXIT_CLEAN) {
        code = build->program ? build_check_program(build, image) : build_check_routines(build, image);
    }
    if (code == EXIT_CLEAN && build->dependencies != NULL) {
        code = build_write_dependencies(build);
    }
    if (code == EXIT_CLEAN) {
        return publish(build, image);
    }
    unlink(image);
    return code;
}
