/*
 * follow.h - a strategy that takes from a schedule whatever fits.
 *
 * The replay strategy of the scheduler is strict about order, because it must notice when file and code disagree. While a
 * program is being made smaller they always do; then what still fits, in whatever order it comes, is the best guess for the
 * schedule that shows the same finding (as in Scott et al., "Minimizing faulty executions of distributed systems", NSDI 2016).
 */
#ifndef REPLAY_FOLLOW_H
#define REPLAY_FOLLOW_H

#include <remlock/scheduler.h>

struct follow {
    struct strategy strategy;
    struct schedule schedule;                 /* borrowed */
    uint16_t head[SCHEDULER_TASK_LIMIT + 1];  /* of each task: its first deviation that is still ahead */
    uint16_t next[SCHEDULER_DEVIATION_LIMIT]; /* the one of the same task behind each; FOLLOW_END: none */
};

/* The alternative that a deviation asks for, or 0 when it is not on offer (0 itself is never a deviation). */
uint32_t alternative_of(const struct deviation *deviation, const struct choice *choice);

struct strategy *follow_schedule(struct follow *follow, struct schedule schedule);

#endif
