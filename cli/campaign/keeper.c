/* keeper.c - this process's side of a keeper: starting it, reading what the command writes, stopping it. */
#include "keeper.h"

#include "keeper_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPES = 4, CHUNK = 1 << 16 };

/* ------------------------------------------------------------------------------------------------------- starting -- */

static void close_one(int *descriptor)
{
    if (*descriptor >= 0) {
        close(*descriptor);
    }
    *descriptor = -1;
}

static void close_pipes(int pipes[PIPES][2])
{
    for (uint32_t index = 0; index < PIPES; index++) {
        close_one(&pipes[index][0]);
        close_one(&pipes[index][1]);
    }
}

static bool open_pipes(int pipes[PIPES][2])
{
    memset(pipes, -1, PIPES * sizeof(pipes[0]));
    for (uint32_t index = 0; index < PIPES; index++) {
        if (pipe2(pipes[index], O_CLOEXEC) != 0) {
            return false;
        }
    }
    return true;
}

static void read_without_waiting(int descriptor)
{
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

bool keeper_start(struct keeper *keeper, const struct keeper_job *job, char *message, size_t size)
{
    enum { LIFELINE, OUTPUT, ERRORS, REPORT };
    int pipes[PIPES][2];
    memset(keeper, 0, sizeof(*keeper));
    keeper->lifeline = keeper->output = keeper->errors = keeper->report = -1;
    fflush(stdout);
    fflush(stderr);
    keeper->process = open_pipes(pipes) ? fork() : -1;
    if (keeper->process == 0) {
        keeper_be(job, (struct keeper_ends){.lifeline = pipes[LIFELINE][0],
                                            .output = pipes[OUTPUT][1],
                                            .errors = pipes[ERRORS][1],
                                            .report = pipes[REPORT][1]});
    }
    if (keeper->process < 0) {
        snprintf(message, size, "cannot start a process: %s", strerror(errno));
        close_pipes(pipes);
        keeper->ended = true;
        return false;
    }
    keeper->lifeline = pipes[LIFELINE][1];
    keeper->output = pipes[OUTPUT][0];
    keeper->errors = pipes[ERRORS][0];
    keeper->report = pipes[REPORT][0];
    pipes[LIFELINE][1] = pipes[OUTPUT][0] = pipes[ERRORS][0] = pipes[REPORT][0] = -1;
    close_pipes(pipes);
    read_without_waiting(keeper->output);
    read_without_waiting(keeper->errors);
    read_without_waiting(keeper->report);
    return true;
}

/* -------------------------------------------------------------------------------------------------------- reading -- */

/* The size of what was read; 0 at the end, -1 when there is nothing now. */
static ssize_t read_some(int descriptor, char *bytes, size_t size)
{
    ssize_t got;
    do {
        got = read(descriptor, bytes, size);
    } while (got < 0 && errno == EINTR);
    return got < 0 && errno != EAGAIN ? 0 : got;
}

static void keep_text(struct keeper *keeper, const char *bytes, size_t size)
{
    if (keeper->text_size + size > KEEPER_TEXT_LIMIT) {
        keeper->text_cut = true;
        return;
    }
    if (keeper->text_size + size + 1 > keeper->text_capacity) {
        size_t capacity = 2 * (keeper->text_size + size + 1);
        char *text = realloc(keeper->text, capacity);
        if (!text) {
            keeper->text_cut = true;
            return;
        }
        keeper->text = text;
        keeper->text_capacity = capacity;
    }
    memcpy(keeper->text + keeper->text_size, bytes, size);
    keeper->text_size += size;
    keeper->text[keeper->text_size] = 0;
}

/* The last words say why something failed. */
static void keep_words(struct keeper *keeper, const char *bytes, size_t size)
{
    enum { LIMIT = KEEPER_WORDS_SIZE - 1 };
    if (size > LIMIT) {
        bytes += size - LIMIT;
        size = LIMIT;
    }
    size_t excess = keeper->words_size + size > LIMIT ? keeper->words_size + size - LIMIT : 0;
    memmove(keeper->words, keeper->words + excess, keeper->words_size - excess);
    keeper->words_size -= excess;
    memcpy(keeper->words + keeper->words_size, bytes, size);
    keeper->words_size += size;
    keeper->words[keeper->words_size] = 0;
}

static void take(struct keeper *keeper, int *descriptor, void (*keep)(struct keeper *, const char *, size_t))
{
    static char bytes[CHUNK];
    while (*descriptor >= 0) {
        ssize_t size = read_some(*descriptor, bytes, sizeof(bytes));
        if (size < 0) {
            return;
        }
        if (size == 0) {
            close_one(descriptor);
            return;
        }
        keep(keeper, bytes, (size_t)size);
    }
}

static void take_report(struct keeper *keeper, const char *bytes, size_t size)
{
    if (size == sizeof(keeper->result)) {
        memcpy(&keeper->result, bytes, size);
        keeper->reported = true;
    }
}

bool keeper_poll(struct keeper *keeper)
{
    if (keeper->ended) {
        return true;
    }
    take(keeper, &keeper->output, keep_text);
    take(keeper, &keeper->errors, keep_words);
    take(keeper, &keeper->report, take_report);
    if (keeper->report >= 0) {
        return false;
    }
    /* The report comes when nothing is left that could write, unless the keeper was killed: then what lives is not waited for.
     */
    take(keeper, &keeper->output, keep_text);
    take(keeper, &keeper->errors, keep_words);
    waitpid(keeper->process, NULL, 0);
    if (!keeper->reported) {
        keeper->result.ending = KEEPER_LOST;
    }
    keeper->ended = true;
    return true;
}

/* ------------------------------------------------------------------------------------------------------- stopping -- */

void keeper_stop(struct keeper *keeper)
{
    if (keeper->lifeline >= 0 && !keeper->ended) {
        ssize_t ignored = write(keeper->lifeline, "!", 1);
        (void)ignored;
    }
}

void keeper_free(struct keeper *keeper)
{
    close_one(&keeper->lifeline);
    close_one(&keeper->output);
    close_one(&keeper->errors);
    close_one(&keeper->report);
    if (!keeper->ended && keeper->process > 0) {
        waitpid(keeper->process, NULL, 0);
    }
    keeper->ended = true;
    free(keeper->text);
    keeper->text = NULL;
    keeper->text_size = keeper->text_capacity = 0;
}
