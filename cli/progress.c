/* progress.c - the progress line, and numbers as people read them. */
#include "progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double TERMINAL_INTERVAL = 0.2, PLAIN_INTERVAL = 10;

double progress_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct progress progress_begin(bool silent)
{
    const char *terminal = getenv("TERM");
    double now = progress_clock();
    return (struct progress){
        .silent = silent,
        .terminal = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0,
        .started = now,
        .last = now,
    };
}

double progress_elapsed(const struct progress *progress)
{
    return progress_clock() - progress->started;
}

bool progress_due(const struct progress *progress)
{
    double interval = progress->terminal ? TERMINAL_INTERVAL : PLAIN_INTERVAL;
    return !progress->silent && progress_clock() - progress->last >= interval;
}

void progress_show(struct progress *progress, const char *format, ...)
{
    if (progress->silent) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    fputs(progress->terminal ? "\r\033[K" : "", stderr);
    vfprintf(stderr, format, arguments);
    fputs(progress->terminal ? "" : "\n", stderr);
    fflush(stderr);
    va_end(arguments);
    progress->shown = progress->terminal;
    progress->last = progress_clock();
}

void progress_wipe(struct progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->shown = false;
    }
}

const char *progress_count(uint64_t number, char *text, size_t size)
{
    char digits[32];
    size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number);
    size_t used = 0;
    for (size_t index = 0; index < length && used + 2 < size; index++) {
        if (index && (length - index) % 3 == 0) {
            text[used++] = ',';
        }
        text[used++] = digits[index];
    }
    text[used] = 0;
    return text;
}

const char *progress_rate(double rate, char *text, size_t size)
{
    if (rate >= 1e6) {
        snprintf(text, size, "%.2f M/s", rate / 1e6);
    } else if (rate >= 1e3) {
        snprintf(text, size, "%.0f k/s", rate / 1e3);
    } else {
        snprintf(text, size, "%.0f/s", rate);
    }
    return text;
}

static void write_whole(uint64_t seconds, char *text, size_t size)
{
    if (seconds < 60) {
        snprintf(text, size, "%" PRIu64 " s", seconds);
    } else if (seconds < 3600) {
        snprintf(text, size, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
    } else {
        snprintf(text, size, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600, seconds / 60 % 60);
    }
}

const char *progress_duration(double seconds, char *text, size_t size)
{
    if (seconds < 10) {
        snprintf(text, size, seconds < 1 ? "%.2f s" : "%.1f s", seconds > 0 ? seconds : 0);
    } else {
        write_whole((uint64_t)(seconds + 0.5), text, size);
    }
    return text;
}

const char *progress_left(double limit, double elapsed, char *text, size_t size)
{
    char duration[32];
    text[0] = 0;
    if (limit > 0) {
        write_whole(limit > elapsed ? (uint64_t)(limit - elapsed + 0.5) : 0, duration, sizeof(duration));
        snprintf(text, size, ", %s left", duration);
    }
    return text;
}
