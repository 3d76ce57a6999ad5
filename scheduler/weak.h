/*
 * weak.h - memory models weaker than sequential consistency: only executions with scheduler_options.memory come here.
 *
 * Memory always holds what comes last in the order of the stores to each location, so whoever looks without asking (the
 * environment, oracles, reports) sees a world that makes sense. What the models add is kept beside it: stores that have not
 * reached memory yet (weak_buffers.c), or older ones that may still be read (weak_histories.c).
 *
 * Volatile accesses are done by compiled code after their callback. For a load that is to see something else than memory holds,
 * that value is lent to memory; a store that is not to be seen yet is taken back out of it. Both are settled at the next
 * callback of any kind, before anybody else looks.
 */
#ifndef SCHEDULER_WEAK_H
#define SCHEDULER_WEAK_H

#include "observe.h"

void weak_reset(void);

/* All tasks of the world are there, and the first of them will run now. */
void weak_begin(void);

/* The execution is over. A store that its task may not have done any more stays as it is. */
void weak_end(void);

/* The running task, or the world, spawned `child`. */
void weak_spawn(uint32_t child);

/* What an operation does to its object as a step; a store that waits in a buffer does nothing. */
enum scheduler_effect weak_effect(enum scheduler_operation operation, int order);

/* Does an atomic operation; returns the value it saw. *stores and *after tell what it stored. */
atomic_value weak_atomic(const struct atomic_operation *operation, bool *stores, atomic_value *after);
void weak_fence(int order);

/* Before the compiled code does a volatile access, or a plain one where those are points. */
void weak_access(enum scheduler_operation operation, const void *address, size_t size);

/* Before a plain access, or one by the environment. */
void weak_plain(const void *address, size_t size, bool write);

/* The task has passed a point of the environment and does now what it announced. */
void weak_call(const struct task *task);

/* The task of a store buffer has been chosen: its step is the write of the oldest store to memory. */
void weak_flush(struct task *task);

/* Where it will write, or would have written if nobody had done so before it; false when that is not known. */
bool weak_next_write(const struct task *task, uintptr_t *address, uint32_t *size);

void weak_release(const void *object);
void weak_acquire(const void *object);

#endif
