/*
 * workers.h - searches in processes of their own, one per processor asked for.
 *
 * The code under test runs in the workers only: when it crashes, this process is still there to say so. A worker that finds
 * something hands it over and waits until it has been dealt with.
 */
#ifndef CLI_WORKERS_H
#define CLI_WORKERS_H

#include "search.h"

#include <remlock/replay.h>

enum { WORKER_LIMIT = 256 };

struct worker_totals {
    struct search_counters counters;
    uint32_t running;
    bool exhausted; /* every worker came to the end of its space */
};

/* What a worker saw. */
struct worker_finding {
    struct verdict verdict;
    bool truncated; /* the schedule was longer than one can be kept: the replay has its beginning */
};

/* What a worker died of. */
struct worker_crash {
    int signal; /* 0: it ended with `status` */
    int status;
    const struct scenario *scenario; /* what it was running */
};

struct worker_owner {
    /* At least a few times a second: whether to go on. */
    bool (*tick)(void *context, const struct worker_totals *totals);
    /* A finding, as a replay that expects it. Returns whether to go on. */
    bool (*found)(void *context, struct replay *replay, const struct worker_finding *finding,
                  const struct worker_totals *totals);
    bool (*crashed)(void *context, const struct worker_crash *crash);
    void *context;
};

/* What is to be done: worker `number` of `count` does its share, and returns whether it came to the end of it. */
struct worker_job {
    bool (*run)(const void *options, uint32_t number, uint32_t count, const struct search_observer *observer,
                struct search_counters *counters, struct scenario *current);
    const void *options;
};

/* The search of `remlock test` as such a job: each worker has a seed of its own. */
struct worker_job search_job(const struct search_options *options);

/* Does the job in `count` processes. False with errno when they cannot be started. */
bool workers_run(const struct worker_job *job, uint32_t count, const struct worker_owner *owner, struct worker_totals *totals);

#endif
