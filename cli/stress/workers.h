/* workers.h - the processes that run programs on real threads (worker.c), and what they say. */
#ifndef CLI_STRESS_WORKERS_H
#define CLI_STRESS_WORKERS_H

#include "options.h"

/* What a worker has come to. */
struct stress_finding {
    uint64_t number; /* of the program */
    char identifier[64];
    char routine[64];
    char message[512];
};

struct stress_owner {
    /* A few times a second: whether to go on. */
    bool (*tick)(void *context, uint64_t executions, uint64_t programs);
    /* Returns whether to go on; the worker has ended, and another one takes its place then. */
    bool (*found)(void *context, const struct stress_finding *finding);
    void *context;
};

struct stress_totals {
    uint64_t executions, programs;
};

/*
 * Runs options->jobs of them until somebody says stop. `arguments` are those of the command. False, with a message said, when
 * they cannot be run.
 */
bool stress_workers_run(const struct stress_options *options, int argument_count, char **arguments,
                        const struct stress_owner *owner, struct stress_totals *totals);

#endif
