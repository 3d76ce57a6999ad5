/*
 * world.h - tasks as threads of the operating system: the same scheduler.h for `remlock stress`.
 *
 * Code under test runs in parallel, as it would anywhere. The environment around it (kernel model, harness) is written for one
 * task at a time, so it has a lock: whoever runs environment code is inside the world, one thread at a time. A thread enters
 * when code under test calls a routine of the environment (crossing.S) and leaves when it returns, or when the environment
 * calls code under test. That is seen by the instrumentation: its callbacks come from code under test only.
 *
 * The lock is no object of the modelled environment. It is taken by plain processor instructions and a futex, of which
 * ThreadSanitizer knows nothing; what orders accesses for it are the objects themselves, by scheduler_call_at() and
 * scheduler_wait_at(), as for our own detector. The processor's caches, of course, see the lock: a bug that needs a store to
 * be late across a call of the environment does not show here.
 */
#ifndef SCHEDULER_NATIVE_WORLD_H
#define SCHEDULER_NATIVE_WORLD_H

#include "../state.h"

/* The calling thread's task, SCHEDULER_NO_TASK for the one that runs executions. */
extern _Thread_local uint8_t world_self;
extern _Thread_local bool world_inside;

/* state.running is the calling thread's task from here on. */
void world_enter(void);
void world_leave(void);

/* Somebody's turn to sleep and to be woken, once for each sleep; the sleeper is outside. */
struct sleeper {
    int word;
};
void sleeper_sleep(struct sleeper *sleeper);
bool sleeper_sleep_for(struct sleeper *sleeper, unsigned seconds); /* false: nobody woke it */
void sleeper_wake(struct sleeper *sleeper);

/* Now and then the calling thread loses time, so that others come between two of its steps; one in `rarity` times. */
void world_dawdle(unsigned rarity);
uint64_t world_random(void);
void world_seed(uint64_t seed); /* of the calling thread */

/* Calls of functions under test: whether the caller was inside is remembered for the return. */
void crossing_call(void);
void crossing_return(void);
void crossing_forget(void); /* the task ends in the middle of them */

/* Before code under test touches memory. What the environment calls without preemption keeps the world to itself. */
static inline void crossing_leave(void)
{
    if (__builtin_expect(world_inside, 0) && world_self != SCHEDULER_NO_TASK && state.tasks[world_self].unpreemptible == 0) {
        world_leave();
    }
}

/* threads.c: the threads that run tasks, one each; they outlive executions. `body` is run inside. */
void threads_start(uint32_t number, void (*body)(void));
_Noreturn void threads_end_task(void); /* of the calling thread: back to where it waits for the next */

/* How ThreadSanitizer hears of it, in builds with it. */
void threads_begin_subject(void);
void threads_end_subject(void);
bool threads_raced(void); /* it has reported something */

#endif
