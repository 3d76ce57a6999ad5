/*
 * search.h - the loop of `remlock test`: programs, and for each a batch of schedules, until somebody says stop.
 *
 * The same subject, options and seed give the same executions in the same order. Nothing in the loop looks at a clock: every
 * few thousand executions it asks the observer whether to go on.
 */
#ifndef CLI_SEARCH_H
#define CLI_SEARCH_H

#include <remlock/harness.h>

enum { SEARCH_SCHEDULES = 64 }; /* per program and strategy, when nothing is said */

struct search_options {
    const struct subject *subject;
    const struct scenario *scenario;             /* run this one only; NULL: generated ones */
    struct generator generator;                  /* seed as its state, what may be generated, settings to keep */
    const struct strategy_description *strategy; /* NULL: several, see mix.h */
    uint32_t depth;                              /* for strategies that use it */
    uint32_t preemptions;                        /* likewise: the bound */
    uint32_t delays;                             /* likewise */
    uint32_t schedules_per_program;              /* 0: SEARCH_SCHEDULES, or one batch of the mix */
    uint64_t execution_limit;                    /* 0: none */
    bool check_determinism;                      /* every execution twice, not only a sample */
};

struct search_counters {
    uint64_t executions;
    uint64_t programs;
    uint64_t steps;
    uint64_t checked; /* executions that were run twice */
    uint64_t excused; /* clean only because a caller is to blame */
    uint64_t operations;
    uint64_t left_out;  /* of the operations: came to nothing */
    uint64_t abandoned; /* given up, and not among the executions: an assumption of the program did not hold */
};

/*
 * Whom the search reports to; both return whether it shall go on. `found` is called right after the execution: the scheduler
 * still holds its schedule. `context` is theirs.
 */
struct search_observer {
    bool (*tick)(void *context, const struct search_counters *counters);
    bool (*found)(void *context, const struct scenario *scenario, const struct verdict *verdict,
                  const struct search_counters *counters);
    void *context;
};

/*
 * Returns true when the space was exhausted: a given program, or the only one, every schedule within the bound tried. `current`
 * always holds the scenario that is being run, for whoever wants to know what the process died of.
 */
bool search_run(const struct search_options *options, const struct search_observer *observer, struct search_counters *counters,
                struct scenario *current);

#endif
