/*
 * program.c - ordinary C programs: telling them from drivers, giving their calls other names, and what they may not call.
 *
 * What threads/ has is called there. Everything else of libc and libm stays the system's, except what a program under test must
 * not do at all: start processes and threads of its own, wait for what happens outside, handle signals.
 */
#include "build.h"
#include "flags.h"

#include <remlock/routines.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "program_";

/* Exact names, or with a star what begins so. */
static const char *const refused[] = {
    "fork",    "vfork",   "clone",   "exec*",     "posix_spawn*", "system",  "popen",    "wait",           "waitpid", "kill",
    "raise",   "signal",  "sig*",    "alarm",     "setitimer",    "pause",   "select",   "poll",           "epoll_*", "pipe",
    "pipe2",   "socket*", "accept*", "connect",   "listen",       "recv*",   "send*",    "read",           "mmap",    "mmap64",
    "munmap",  "shm_*",   "sem_*",   "mq_*",      "pthread_*",    "thrd_*",  "mtx_*",    "cnd_*",          "tss_*",   "dlopen",
    "dlclose", "syscall", "ptrace",  "brk",       "sbrk",         "timer_*", "eventfd*", "inotify_*",      "getpid",  "gettid",
    "getppid", "setjmp",  "_setjmp", "sigsetjmp", "longjmp",      "getline", "getdelim", "open_memstream", "valloc",  "pvalloc",
    "aio_*",   "vwarn*",  "warn*",   "err",       "errx",         "error",   NULL,
};

static bool is_refused(const char *name)
{
    for (uint32_t index = 0; refused[index] != NULL; index++) {
        size_t length = strlen(refused[index]);
        bool begins = refused[index][length - 1] == '*';
        if (begins ? strncmp(name, refused[index], length - 1) == 0 : strcmp(name, refused[index]) == 0) {
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------------------------------------------------- kind -- */

/* Whether a function of that name is defined or declared: its name outside braces, then a parenthesis. */
static bool mentions(const char *text, const char *name)
{
    size_t length = strlen(name);
    int32_t depth = 0;
    while (*text != 0) {
        if (depth == 0 && string_word_length(text) == length && strncmp(text, name, length) == 0) {
            const char *after = text + length;
            if (after[strspn(after, " \t\r\n")] == '(') {
                return true;
            }
        }
        depth += (*text == '{') - (*text == '}');
        text = string_skip_token(text);
    }
    return false;
}

int build_tell_kind(struct driver_build *build)
{
    bool entry = false, driver = false;
    for (uint32_t index = 0; index < build->sources.count; index++) {
        size_t size;
        const char *text = string_read(build->sources.items[index], &size);
        entry |= text != NULL && mentions(text, "main");
        driver |= text != NULL && mentions(text, "DriverEntry");
    }
    build->program |= entry && !driver;
    if (build->program) {
        words_add_all(&build->driver_files, &build->sources);
    }
    return EXIT_CLEAN;
}

/* --------------------------------------------------------------------------------------------------------- renaming -- */

bool build_rename_calls(const struct driver_build *build, const char *object)
{
    struct words names = {0}, command = {0};
    for (const struct kernel_routine *routine = kernel_routines; routine->name != NULL; routine++) {
        if (strncmp(routine->name, prefix, sizeof prefix - 1) == 0) {
            words_add(&names, string_format("%s %s\n", routine->name + sizeof prefix - 1, routine->name));
        }
    }
    words_add(&names, "memcpy __tsan_memcpy\nmemmove __tsan_memmove\nmemset __tsan_memset\n");
    char *list = string_format("%s/names", build->work);
    if (!string_write(list, words_join(&names))) {
        complain("%s: %s", list, strerror(errno));
        return false;
    }
    words_add(&command, BUILD_OBJCOPY);
    words_add(&command, string_format("--redefine-syms=%s", list));
    words_add(&command, object);
    struct process_result result = process_run(&command, build->verbose);
    if (result.status != 0) {
        complain("%s does not work; it is part of binutils: %s", BUILD_OBJCOPY, result.output);
    }
    return result.status == 0;
}

/* --------------------------------------------------------------------------------------------------------- checking -- */

static bool is_ours(const char *name)
{
    for (const struct kernel_routine *routine = kernel_routines; routine->name != NULL; routine++) {
        if (strcmp(routine->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_of_system(const char *name)
{
    static void *mathematics;
    if (mathematics == NULL) {
        mathematics = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
    }
    return dlsym(RTLD_DEFAULT, name) != NULL || (mathematics != NULL && dlsym(mathematics, name) != NULL);
}

static char *find_mention(const struct driver_build *build, const char *name)
{
    for (uint32_t index = 0; index < build->sources.count; index++) {
        size_t size, length = strlen(name);
        const char *text = string_read(build->sources.items[index], &size);
        for (uint32_t line = 1; text != NULL && *text != 0;) {
            if (string_word_length(text) == length && strncmp(text, name, length) == 0) {
                return string_format("%s:%u", build->sources.items[index], line);
            }
            for (const char *next = string_skip_token(text); text < next; text++) {
                line += *text == '\n';
            }
        }
    }
    return "";
}

static void tell(const struct driver_build *build, const struct words *names, const char *why)
{
    if (names->count == 0) {
        return;
    }
    complain("the program calls %u routine%s %s:", names->count, names->count == 1 ? "" : "s", why);
    for (uint32_t index = 0; index < names->count; index++) {
        fprintf(stderr, "  %-40s %s\n", names->items[index], find_mention(build, names->items[index]));
    }
}

int build_check_program(const struct driver_build *build, const char *image)
{
    struct words command = {0}, nowhere = {0}, not_here = {0};
    words_add(&command, BUILD_NM);
    words_split(&command, "-D -P");
    words_add(&command, image);
    struct process_result symbols = process_run(&command, false);
    if (symbols.status != 0) {
        complain("%s does not work; it is part of binutils: %s", BUILD_NM, symbols.output);
        return EXIT_USAGE;
    }
    for (const char *line = symbols.output; *line != 0; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t length = strcspn(line, "\n"), end = strcspn(line, " \n");
        if (end < length && line[end + 1] == 'U') {
            char *name = string_copy(line, strcspn(line, " @\n"));
            bool ours = is_ours(name);
            if (!ours && is_refused(name)) {
                words_add_once(&not_here, name);
            } else if (!ours && !is_of_system(name)) {
                words_add_once(&nowhere, name);
            }
        }
    }
    tell(build, &not_here, "that have no place in an execution under remlock");
    tell(build, &nowhere, "that are nowhere; name all files of the program");
    if (not_here.count + nowhere.count > 0) {
        return EXIT_FINDING;
    }
    if (strncmp(symbols.output, "main ", 5) != 0 && strstr(symbols.output, "\nmain ") == NULL) {
        complain("there is no main() in %s", build->sources.items[0]);
        return EXIT_FINDING;
    }
    return EXIT_CLEAN;
}
