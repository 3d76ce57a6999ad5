/*
 * clocks.h - vector clocks: how much of every other task each task has seen, and what objects hand on from task to task.
 *
 * Entry s of task t's clock says that everything task s did up to that number happens before what t does now (Lamport 1978;
 * Mattern 1989). A task's own entry grows when it releases something, so an access is identified by its task and the task's
 * entry at that time: an epoch, in the words of FastTrack. An object holds the clocks of those who released it.
 */
#ifndef SCHEDULER_CLOCKS_H
#define SCHEDULER_CLOCKS_H

#include "state.h"

/* By task; entries of tasks that do not exist are 0. */
extern uint32_t clocks[SCHEDULER_TASK_LIMIT][SCHEDULER_TASK_LIMIT + 1];

/* A clock that is not a task's. `entries` is NULL while it is all zero. */
struct clock {
    uint32_t *entries;
    uint32_t length;
};

/* What an object hands on. Of atomic variables: who released by it since the last store that began with nothing. */
struct order {
    uint64_t key;
    uint32_t generation;
    uint64_t releasers[(SCHEDULER_TASK_LIMIT + 64) / 64]; /* tasks, one bit each */
    struct clock clock;
};

/* Objects of the environment and atomic variables may lie at the same address: they are different ones here. */
struct order *clocks_of_variable(const void *address);
struct order *clocks_of_object(const void *object);

void clocks_begin_task(uint32_t task, uint32_t parent); /* parent: SCHEDULER_NO_TASK when there is none */
void clocks_join_task(uint32_t task, uint32_t other);   /* what `other` did happens before what `task` does now */

/* The task's clock grows by what `clock` has, the other way round, and a clock by another one. */
void clocks_acquire(uint32_t task, const struct clock *clock);
void clocks_release(uint32_t task, struct clock *clock);
void clocks_add(struct clock *to, const struct clock *from);
void clocks_clear(struct clock *clock);

/* After a release: what the task does from now on has not been released. */
static inline void clocks_advance(uint32_t task)
{
    clocks[task][task]++;
}

static inline bool clocks_has_seen(uint32_t task, uint32_t other, uint32_t epoch)
{
    return epoch <= clocks[task][other];
}

void clocks_reset(void);

#endif
