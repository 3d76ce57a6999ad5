/* process.c - runs compilers and other tools, and keeps what they say. */
#include "process.h"

#include "../values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const struct words *command)
{
    static char line[1 << 16];
    line[0] = 0;
    for (uint32_t index = 0; index < command->count; index++) {
        size_t length = strlen(line);
        if (index > 0 && length + 2 < sizeof line) {
            strcat(line, " ");
        }
        value_quote(line, sizeof line, command->items[index]);
    }
    fprintf(stderr, "%s\n", line);
}

/* Messages are read by people and, for calls of undeclared routines, by us: they are wanted in one language. */
static _Noreturn void become(const struct words *command, int output)
{
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    setenv("LC_ALL", "C", 1);
    execvp(command->items[0], command->items);
    fprintf(stderr, "%s: %s\n", command->items[0], strerror(errno));
    _exit(127);
}

static char *read_all(int input)
{
    struct words parts = {0};
    char buffer[1 << 14];
    for (;;) {
        ssize_t count = read(input, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        words_add(&parts, string_copy(buffer, (size_t)count));
    }
    return words_join(&parts);
}

static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status) : -1;
}

struct process_result process_run(const struct words *command, bool shown)
{
    int ends[2];
    struct process_result result = {-1, string_format("%s", "")};
    if (shown) {
        show(command);
    }
    fflush(NULL);
    if (pipe(ends) != 0) {
        return result;
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        become(command, ends[1]);
    }
    close(ends[1]);
    if (child > 0) {
        result.output = read_all(ends[0]);
        result.status = wait_for(child);
    }
    close(ends[0]);
    return result;
}
