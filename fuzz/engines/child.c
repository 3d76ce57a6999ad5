/* child.c - a child process whose output is read line by line. */
#include "../target.h"
#include "engines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 50, PATIENCE_STEP = 100 /* milliseconds */, CANNOT_START = 127 };

void command_word(struct command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (command->word_count < ENGINE_ARGUMENT_LIMIT - 1) {
        vsnprintf(command->words[command->word_count++], ENGINE_WORD_SIZE, format, arguments);
    }
    va_end(arguments);
}

void command_variable(struct command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (command->variable_count < ENGINE_ARGUMENT_LIMIT) {
        vsnprintf(command->variables[command->variable_count++], ENGINE_WORD_SIZE, format, arguments);
    }
    va_end(arguments);
}

static void set_variables(const struct command *command)
{
    char name[ENGINE_WORD_SIZE];
    for (uint32_t index = 0; index < command->variable_count; index++) {
        const char *text = command->variables[index];
        size_t length = strcspn(text, "=");
        memcpy(name, text, length);
        name[length] = 0;
        setenv(name, text[length] == '=' ? text + length + 1 : "", 1);
    }
}

struct start {
    const struct command *command;
    const struct fuzz_options *options;
    int output;
};

static void become(void *context, pid_t parent)
{
    const struct start *start = context;
    char *words[ENGINE_ARGUMENT_LIMIT];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(CANNOT_START);
    }
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(start->output, STDOUT_FILENO);
    dup2(start->output, STDERR_FILENO);
    fuzz_options_export(start->options);
    set_variables(start->command);
    setenv(TARGET_GUARDED, "yes", 1);
    for (uint32_t index = 0; index < start->command->word_count; index++) {
        words[index] = (char *)start->command->words[index];
    }
    words[start->command->word_count] = NULL;
    execv(words[0], words);
    fprintf(stderr, "cannot start %s: %s\n", words[0], strerror(errno));
    _exit(CANNOT_START);
}

bool child_start(struct child *child, const struct command *command, const struct fuzz_options *options, char *message,
                 size_t message_size)
{
    int ends[2];
    memset(child, 0, sizeof *child);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        snprintf(message, message_size, "cannot make a pipe: %s", strerror(errno));
        return false;
    }
    struct start start = {.command = command, .options = options, .output = ends[1]};
    pid_t parent = getpid();
    child->process = fork();
    if (child->process == 0) {
        close(ends[0]);
        guardian_run(parent, ends[1], become, &start);
    }
    close(ends[1]);
    if (child->process < 0) {
        snprintf(message, message_size, "cannot start a process: %s", strerror(errno));
        close(ends[0]);
        return false;
    }
    setpgid(child->process, child->process);
    child->output = ends[0];
    return true;
}

/* Keeps the end of the output, whole lines, for a message should the child fail. */
static void remember_line(struct child *child)
{
    size_t length = strlen(child->line), used = strlen(child->last_lines);
    while (used + length + 2 > sizeof child->last_lines && used > 0) {
        const char *next = strchr(child->last_lines, '\n');
        size_t dropped = next == NULL ? used : (size_t)(next + 1 - child->last_lines);
        memmove(child->last_lines, child->last_lines + dropped, used - dropped + 1);
        used -= dropped;
    }
    memcpy(child->last_lines + used, child->line, length);
    memcpy(child->last_lines + used + length, "\n", 2);
}

static void take_bytes(struct child *child, const char *bytes, size_t size, void (*take)(const char *, void *), void *context)
{
    for (size_t index = 0; index < size; index++) {
        if (bytes[index] != '\n') {
            if (child->line_length < sizeof child->line - 1) {
                child->line[child->line_length++] = bytes[index];
            }
            continue;
        }
        child->line[child->line_length] = 0;
        child->line_length = 0;
        remember_line(child);
        if (take != NULL) {
            take(child->line, context);
        }
    }
}

static void take_end(struct child *child, int options)
{
    if (waitpid(child->process, &child->status, options) == child->process) {
        child->ended = true;
        close(child->output);
    }
}

void child_read(struct child *child, uint32_t milliseconds, void (*take)(const char *line, void *context), void *context)
{
    char bytes[4096];
    struct pollfd wait = {.fd = child->output, .events = POLLIN};
    if (child->ended) {
        return;
    }
    if (poll(&wait, 1, (int)milliseconds) <= 0) {
        take_end(child, WNOHANG); /* a guardian that was killed may leave somebody behind who could still write */
        return;
    }
    ssize_t size = read(child->output, bytes, sizeof bytes);
    if (size > 0) {
        take_bytes(child, bytes, (size_t)size, take, context);
    } else if (size == 0) {
        take_end(child, 0);
    }
}

void child_stop(struct child *child)
{
    kill(-child->process, SIGINT);
    for (uint32_t turn = 0; turn < PATIENCE && !child->ended; turn++) {
        child_read(child, PATIENCE_STEP, NULL, NULL);
    }
    if (!child->ended) {
        kill(child->process, SIGTERM); /* the guardian, which ends all others */
        take_end(child, 0);
    }
}
