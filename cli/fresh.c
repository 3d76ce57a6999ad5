/* fresh.c - see fresh.h. */
#include "fresh.h"

#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENT_LIMIT = 32, PART = 1 << 14 };

static _Noreturn void become(const char *const *arguments, int output, int errors)
{
    char *all[ARGUMENT_LIMIT + 2] = {"remlock"};
    for (int index = 0; index < ARGUMENT_LIMIT && arguments[index]; index++) {
        all[index + 1] = (char *)(uintptr_t)arguments[index];
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(errors < 0 ? nothing : errors, STDERR_FILENO);
    execv("/proc/self/exe", all);
    _exit(127);
}

/* Until it closes its end or the time is over. */
static bool read_all(int input, double until, FILE *stream)
{
    char part[PART];
    for (;;) {
        double left = until - progress_clock();
        struct pollfd descriptor = {.fd = input, .events = POLLIN};
        if (left <= 0) {
            return false;
        }
        if (poll(&descriptor, 1, left > 1 ? 1000 : (int)(left * 1000) + 1) <= 0) {
            continue;
        }
        ssize_t count = read(input, part, sizeof(part));
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return true;
        }
        fwrite(part, 1, count > 0 ? (size_t)count : 0, stream);
    }
}

struct fresh_result fresh_run(const char *const *arguments, double time_limit, int errors)
{
    struct fresh_result result = {.status = -1};
    int ends[2];
    size_t size;
    FILE *stream = open_memstream(&result.output, &size);
    if (!stream || pipe2(ends, O_CLOEXEC) != 0) {
        return result;
    }
    fflush(stdout);
    fflush(stderr);
    pid_t child = fork();
    if (child == 0) {
        become(arguments, ends[1], errors);
    }
    close(ends[1]);
    result.ended = child > 0 && read_all(ends[0], progress_clock() + time_limit, stream);
    close(ends[0]);
    if (child > 0 && !result.ended) {
        kill(child, SIGKILL);
    }
    while (child > 0 && waitpid(child, &result.status, 0) < 0 && errno == EINTR) {
    }
    fclose(stream);
    return result;
}
