/*
 * races.h - data races by vector clocks with epochs.
 *
 * Flanagan and Freund, "FastTrack: efficient and precise dynamic race detection", PLDI 2009. Only executions with
 * scheduler_options.races come here.
 */
#ifndef SCHEDULER_RACES_H
#define SCHEDULER_RACES_H

#include "observe.h"

void races_reset(void);

/* The running task spawned `child`: what it did until now comes before all that the child does. */
void races_spawn(uint32_t child);

/* It lets `task` begin. */
void races_start(uint32_t task);

/* An atomic operation that was just done, and whether it stored. */
void races_atomic(const struct atomic_operation *operation, bool stores);
void races_fence(int order);

/* A volatile or plain access that comes now. Reports a violation when it races with an earlier one. */
void races_access(const void *address, size_t size, enum scheduler_operation operation, uintptr_t site);

/* A call of the environment with `object`, or the end of a wait for it: acquires and releases it. */
void races_call(const void *object);

#endif
