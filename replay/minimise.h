/*
 * minimise.h - what the parts of the minimiser share.
 *
 * There is always a best replay, which has been seen to show the finding. Each part proposes something simpler; it becomes the
 * best one if an execution of it shows the finding and its size is smaller. What the schedule of the best is, is always read
 * from the scheduler after that execution, so it is in step with the code.
 */
#ifndef REPLAY_MINIMISE_H
#define REPLAY_MINIMISE_H

#include "follow.h"

#include <remlock/replay.h>

/* When something new is better. Both are well-founded, so no sequence of improvements is endless. */
enum goal {
    GOAL_SIMPLER, /* its replay_size is smaller, what counts more first */
    GOAL_FEWER,   /* tasks, operations and deviations together are fewer */
};

/* The scheduling points of its task that an operation of the best came to: those behind `first`, up to `last`. */
struct points {
    uint32_t first, last;
};

struct minimiser {
    struct replay best;      /* its schedule has room for SCHEDULER_DEVIATION_LIMIT deviations */
    struct replay_size size; /* of the best */
    struct verdict verdict;  /* of the best */
    enum goal goal;
    uint32_t preemption_limit; /* more than these in a proposal are refused */
    uint64_t executions;
    bool stopped; /* by the limit or the caller */
    const struct replay_minimise_options *options;

    /* What minimise_trace.c has learnt about the best. */
    bool trace_known;
    struct points points[PROGRAM_OPERATION_LIMIT];
    struct deviation switches[SCHEDULER_DEVIATION_LIMIT]; /* from one task to another, those by default too */
    uint32_t switch_count;
    uint32_t task_count; /* with those that were started while it ran */

    struct verdict latest;                              /* of the last execution */
    struct scenario proposal;                           /* for the parts to build in */
    struct deviation mapped[SCHEDULER_DEVIATION_LIMIT]; /* likewise */
    struct deviation kept[SCHEDULER_DEVIATION_LIMIT];   /* for searches: choices that are not about tasks */
    uint32_t kept_count;
    bool kept_in_order; /* `point` counts choices of this kind of the task, not its points */
    struct follow follow;
};

/* ------------------------------------------------------------------------------------------------ minimise.c: trying -- */

/* The part of the size that does not depend on the execution. */
struct replay_size size_of_scenario(const struct minimiser *minimiser, const struct scenario *scenario);

/* Which of the suggestions for the argument a value is; their number when it is none. */
uint32_t place_among_suggestions(const struct argument *argument, uint32_t value);

/* Executes once; true when that made it the best. */
bool try_execution(struct minimiser *minimiser, const struct scenario *scenario, struct strategy *strategy);

/* Tries a schedule made for this scenario: as it is, then whatever fits of it. */
bool try_schedule(struct minimiser *minimiser, const struct scenario *scenario, struct schedule schedule);

/* Tries what fits of a schedule to the proposal. */
bool try_whatever_fits(struct minimiser *minimiser, struct schedule schedule);

/* ------------------------------------------------------------------------- minimise_trace.c: carrying a schedule over -- */

/* What becomes of a deviation that stands within a removed operation. */
enum inside { INSIDE_GOES, INSIDE_MOVES_BEHIND };

/* Records an execution of the best, unless it is known already. */
void learn_trace(struct minimiser *minimiser);

/* The schedule of the best, or all its switches, as far as they concern what is left of the program; in minimiser->mapped. */
struct schedule schedule_without_task(struct minimiser *minimiser, uint32_t removed);
struct schedule switches_without_task(struct minimiser *minimiser, uint32_t removed);
struct schedule schedule_without_operations(struct minimiser *minimiser, uint32_t place, uint32_t count, enum inside inside);
struct schedule switches_without_operations(struct minimiser *minimiser, uint32_t place, uint32_t count, enum inside inside);

/* The schedule of the best when the operations of `second` stand behind those of `first`. */
struct schedule schedule_with_merged(struct minimiser *minimiser, uint32_t first, uint32_t second);

/* What a proposal leaves out of the best's program: a task, or `count` operations from `place` on. */
struct removal {
    bool whole_task;
    uint32_t task;
    uint32_t place, count;
};

/* ---------------------------------------------------------- minimise_started.c: tasks that are started while it runs -- */

/*
 * With a removed part may go tasks that it started, and then the numbers of later ones change. Tries the schedule of the best
 * for the proposal as if one, two or three of them were gone, whichever. False at once when no such task has a say.
 */
bool try_without_started(struct minimiser *minimiser, const struct removal *removal);

/* --------------------------------------------------------------------------------------- minimise_search.c: searching -- */

enum {
    SEARCH_STEPS = 60 * 1000,        /* scheduling points spent on one scenario that may or may not show the finding */
    SEARCH_EXECUTIONS = 500,         /* or so many executions as long as the best, if that is more: drivers have long ones */
    SEARCH_STEPS_SCHEDULE = 1 << 21, /* on looking for fewer preemptions */
    SEARCH_PREEMPTIONS = 2,          /* a smaller program may have so many although the best has fewer */
};

/*
 * From now on searches make these choices as the schedule says, as far as they are not about tasks: what a device does, what
 * fails. They are not searched: they belong to the finding, or removing deviations finds that they do not.
 */
void keep_choices(struct minimiser *minimiser, struct schedule schedule);

/* The same with those of the best, each told by how many of its kind its task has made: for proposals whose points are others.
 */
void keep_choices_in_order(struct minimiser *minimiser);

/*
 * Looks for a schedule with at most `bound` preemptions under which the scenario is better than the best: all schedules without
 * preemption, all with one, and so on, as far as `steps` go, then random ones.
 */
bool search_schedule(struct minimiser *minimiser, const struct scenario *scenario, uint32_t bound, uint64_t steps);

/* The same for a program that is smaller than the best. */
bool search_smaller(struct minimiser *minimiser, const struct scenario *scenario);

/* ----------------------------------------------------------------------------------------------------------- parts -- */

/*
 * Delta debugging (Zeller and Hildebrandt, TSE 2002): first half of all at once, then a quarter, down to single ones; never
 * from many to one without pairs in between.
 */
static inline uint32_t first_chunk(uint32_t count)
{
    return (count + 1) / 2;
}

static inline uint32_t next_chunk(uint32_t chunk)
{
    return chunk > 1 ? (chunk + 1) / 2 : 0;
}

/* Each goes once through all its proposals. */
void remove_tasks(struct minimiser *minimiser);
void remove_operations(struct minimiser *minimiser);
void merge_tasks(struct minimiser *minimiser);
void remove_preemptions(struct minimiser *minimiser);
void remove_deviations(struct minimiser *minimiser);
uint32_t simplest_value(const struct minimiser *minimiser, const struct subject *subject, uint32_t index); /* of a setting */
void simplify_values(struct minimiser *minimiser);

#endif
