/* progress.h - the line on stderr that says how far a run is: rewritten in place on a terminal, else a plain line at times. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool silent;
    bool terminal;
    bool shown; /* a line stands there that must be wiped before anything else is printed */
    double started;
    double last;
};

/* Wall clock in seconds from a fixed moment. */
double progress_clock(void);

struct progress progress_begin(bool silent);

/* Seconds since the beginning. */
double progress_elapsed(const struct progress *progress);

/* Whether it is time for another line: writing it would not be a waste. */
bool progress_due(const struct progress *progress);
void progress_show(struct progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Wipes the line, before other output. */
void progress_wipe(struct progress *progress);

/* "1,234,567"; "1.23 M/s"; "12 s", "3 min 20 s". */
const char *progress_count(uint64_t number, char *text, size_t size);
const char *progress_rate(double rate, char *text, size_t size);
const char *progress_duration(double seconds, char *text, size_t size);

/* ", 12 s left", in whole seconds; "" when there is no limit (0). */
const char *progress_left(double limit, double elapsed, char *text, size_t size);

#endif
