/* toolchain.c - which compiler it is, and the flags that a driver is compiled with. */
#include "build.h"
#include "flags.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Those of the code under test, from cmake/rooms.cmake. */
static const char *const gcc_flags[] = {BUILD_FLAGS_GCC, NULL};
static const char *const clang_flags[] = {BUILD_FLAGS_CLANG, NULL};

/*
 * Windows' idea of C. What standard C leaves undefined is given one meaning, because drivers rely on it and because a finding
 * must not depend on the compiler; variables without a value get one, because every execution must see the same.
 */
static const char *const language_flags[] = {
    "-std=gnu11",
    "-fPIC",
    "-fshort-wchar",
    "-fms-extensions",
    "-fgnu89-inline", /* what is inline and not static exists, as with Microsoft's compiler */
    "-fno-strict-aliasing",
    "-fwrapv",
    "-fno-delete-null-pointer-checks",
    "-ftrivial-auto-var-init=pattern",
    "-fno-stack-protector",
    "-fno-common",
    "-U_FORTIFY_SOURCE",
    "-Ulinux",
    "-Uunix",
    NULL,
};

/* What the kit's project files and Microsoft's compiler define for a driver on x64. */
static const char *const definitions[] = {
    "-D_WIN32=1",
    "-D_WIN64=1",
    "-D_AMD64_=1",
    "-DAMD64=1",
    "-D_M_AMD64=100",
    "-D_M_X64=100",
    "-D_KERNEL_MODE=1",
    "-DUNICODE=1",
    "-D_UNICODE=1",
    "-DWINNT=1",
    "-DWINVER=0x0A00",
    "-D_WIN32_WINNT=0x0A00",
    "-DWIN32_LEAN_AND_MEAN=1",
    "-DNTDDI_VERSION=0x0A000000",
    NULL,
};

/*
 * Programs for Linux: every access as it is written, so that a loop that waits for a plain variable looks at it. What the
 * language leaves undefined has one meaning, as for drivers.
 */
static const char *const program_flags[] = {
    "-fPIC",
    "-pthread",
    "-D_GNU_SOURCE",
    "-fno-strict-aliasing",
    "-fwrapv",
    "-fno-delete-null-pointer-checks",
    "-ftrivial-auto-var-init=pattern",
    "-fno-stack-protector",
    "-fno-builtin",
    "-fcommon",
    "-U_FORTIFY_SOURCE",
    NULL,
};

/* Newer compilers refuse what Microsoft's accepts. Calls of undeclared routines are collected from what the compiler says. */
static const char *const warning_flags[] = {
    "-Wimplicit-function-declaration",
    "-Wno-error=implicit-function-declaration",
    "-Wno-implicit-int",
    "-Wno-int-conversion",
    "-Wno-incompatible-pointer-types",
    "-Wno-incompatible-function-pointer-types",
    "-Wno-return-mismatch",
    "-Wno-return-type",
    "-Wno-unknown-warning-option",
    NULL,
};

static void add_all(struct words *words, const char *const *list)
{
    for (; *list != NULL; list++) {
        words_add(words, *list);
    }
}

/* --------------------------------------------------------------------------------------------------------- compiler -- */

/* Whether a program of this name can be started. */
static bool exists(const char *program)
{
    const char *path = getenv("PATH");
    if (strchr(program, '/') != NULL) {
        return access(program, X_OK) == 0;
    }
    while (path != NULL && *path != 0) {
        size_t length = strcspn(path, ":");
        if (access(string_format("%.*s/%s", (int)length, path, program), X_OK) == 0) {
            return true;
        }
        path += length + (path[length] == ':');
    }
    return false;
}

static const char *first_that_exists(const char *const *programs)
{
    while (*programs != NULL && !exists(*programs)) {
        programs++;
    }
    return *programs;
}

static const char *default_compiler(void)
{
    static const char *const usual[] = {BUILD_COMPILER, "cc", "gcc", "clang", NULL};
    const char *wanted = getenv("CC");
    return wanted != NULL && *wanted != 0 ? wanted : first_that_exists(usual);
}

/* "ccache gcc" is a compiler as well. */
static struct words compiler_command(const char *compiler)
{
    struct words command = {0};
    words_split(&command, compiler);
    return command;
}

int build_choose_compiler(struct driver_build *build)
{
    if (build->compiler == NULL) {
        build->compiler = default_compiler();
    }
    if (build->compiler == NULL) {
        complain("there is no C compiler; install gcc or clang, or name one with --cc");
        return EXIT_USAGE;
    }
    struct words command = compiler_command(build->compiler);
    words_add(&command, "-dM");
    words_add(&command, "-E");
    words_add(&command, "-xc");
    words_add(&command, "/dev/null");
    struct process_result macros = process_run(&command, build->verbose);
    if (macros.status != 0 || strstr(macros.output, "__GNUC__") == NULL) {
        complain("'%s' does not work as a C compiler; --cc takes gcc or clang", build->compiler);
        return EXIT_USAGE;
    }
    build->clang = strstr(macros.output, "__clang__") != NULL;
    return EXIT_CLEAN;
}

/* ----------------------------------------------------------------------------------------------------------- places -- */

const char *build_headers_folder(void)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0) {
        return NULL;
    }
    program[length] = 0;
    static const char *const places[] = {BUILD_INSTALLED_HEADERS, BUILD_TREE_HEADERS};
    for (uint32_t index = 0; index < sizeof places / sizeof places[0]; index++) {
        const char *headers = string_format("%s/%s", string_folder_of(program), places[index]);
        char resolved[PATH_MAX];
        if (access(string_format("%s/wdm.h", headers), R_OK) == 0 && realpath(headers, resolved) != NULL) {
            return string_format("%s", resolved);
        }
    }
    return NULL;
}

/* ---------------------------------------------------------------------------------------------------------- command -- */

static void add_folders(struct words *command, const struct driver_build *build)
{
    for (uint32_t index = 0; index < build->folders.count; index++) {
        words_add(command, string_format("-I%s", build->folders.items[index]));
    }
    for (uint32_t index = 0; index < build->sources.count; index++) {
        words_add_once(command, string_format("-I%s", string_folder_of(build->sources.items[index])));
    }
    if (build->program) {
        return;
    }
    words_add(command, string_format("-I%s", build->headers));
    words_add(command, string_format("-idirafter%s", build->forwarders));
}

struct words build_compile_command(const struct driver_build *build, const char *source, const char *object, bool instrumented)
{
    struct words command = compiler_command(build->compiler);
    if (instrumented) {
        add_all(&command, build->clang ? clang_flags : gcc_flags);
    }
    add_all(&command, build->program ? program_flags : language_flags);
    add_all(&command, warning_flags);
    if (build->program) {
        words_add(&command, string_format("-std=%s", build->standard == NULL ? "gnu11" : build->standard));
        words_add(&command, string_format("-O%s", build->optimisation == NULL ? "0" : build->optimisation));
    } else {
        add_all(&command, definitions);
        words_add(&command, build->checked ? "-DDBG=1" : "-DDBG=0");
    }
    for (uint32_t index = 0; index < build->definitions.count; index++) {
        words_add(&command, string_format("-D%s", build->definitions.items[index]));
    }
    add_folders(&command, build);
    for (uint32_t index = 0; index < build->prefix_maps.count; index++) {
        words_add(&command, string_format("-ffile-prefix-map=%s", build->prefix_maps.items[index]));
    }
    words_add(&command, string_format("-ffile-prefix-map=%s=remlock", build->work));
    words_add(&command, "-c");
    words_add(&command, source);
    words_add(&command, "-o");
    words_add(&command, object);
    return command;
}
