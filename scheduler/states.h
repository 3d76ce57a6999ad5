/*
 * states.h - what an execution's future depends on, as one hash: for strategies that do not go on from a state seen before.
 *
 * A state is: the memory of the arena; the live stack and the registers of every task; what the scheduler knows of each; the
 * clock; and the static memory that rooms above declare by SCHEDULER_STATE(). Not part of it: how it was come to, that is the
 * numbers of steps and points, the trace and the order of the line.
 *
 * The stack of a task counts from the frame of the scheduler's function that it called at its point. What lies dead in such a
 * frame must not depend on the schedule, else equal states would look different: so what the scheduler leaves on a stack while
 * others run is wiped when the task goes on, and a task starts on an empty stack.
 */
#ifndef SCHEDULER_STATES_H
#define SCHEDULER_STATES_H

#include <remlock/scheduler.h>

struct task;

struct state_hash {
    uint64_t low, high;
};

/* Whether this machine's stacks and registers can be looked at. */
#if defined(__x86_64__)
enum { STATES_SUPPORTED = 1 };
#else
enum { STATES_SUPPORTED = 0 };
#endif

/* The running task has come to a point: its stack is live from the caller's frame on. */
void states_stand(struct task *task);

/* It goes on: wipes what was left below the caller's frame. */
void states_go_on(void);

/* The state before a choice; XXH3, 128 bits. */
struct state_hash states_hash(const struct choice *choice);

#endif
