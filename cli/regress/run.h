/*
 * run.h - runs all replays of a list in processes of their own.
 *
 * Each process takes one file after another, so that starting it costs next to nothing. When the code under test takes its
 * process down, or does not come to an end, that is the result of the file that was being run; another process goes on with the
 * rest.
 */
#ifndef CLI_REGRESS_RUN_H
#define CLI_REGRESS_RUN_H

#include "list.h"
#include "progress.h"

enum { REGRESS_JOB_LIMIT = 256 };

struct regress_plan {
    const struct subject *subject; /* NULL: the files say it */
    uint64_t repeat;               /* everything so many times */
    uint32_t jobs;
    double time_limit;         /* seconds for one replay */
    struct progress *progress; /* told from time to time */
};

/* Returns how many replays were run to their end; fewer than count * repeat when something happened or interrupt_requested. */
uint64_t regress_run(struct regress_list *list, const struct regress_plan *plan);

#endif
