/*
 * races.h - data races by vector clocks with epochs.
 *
 * Flanagan and Freund, "FastTrack: efficient and precise dynamic race detection", PLDI 2009. Only executions with
 * scheduler_options.races come here.
 */
#ifndef SCHEDULER_RACES_H
#define SCHEDULER_RACES_H

#include "clocks.h"
#include "observe.h"
#include "shadow.h"

void races_reset(void);

/* The running task spawned `child`: what it did until now comes before all that the child does. */
void races_spawn(uint32_t child);

/* It lets `task` begin. */
void races_start(uint32_t task);

/* An atomic operation that was just done, and whether it stored. */
void races_atomic(const struct atomic_operation *operation, bool stores);
void races_fence(int order);

/* The bytes of a granule that an access at `offset` in it touches. */
static inline uint8_t races_mask_of(uintptr_t offset, size_t size)
{
    return (uint8_t)((size >= GRANULE_SIZE ? 0xFFu : (1u << size) - 1) << offset);
}

/* Whether the last access there was the task's own, no weaker one, and the task has released nothing since. */
static inline bool races_know_granule(const uint64_t *granule, uint8_t task, uint32_t clock, uint8_t kind, uint8_t mask)
{
    const struct access *last = &shadow_accesses[shadow_first(granule)];
    return last->clock == clock && last->task == task && (kind & ~last->kind) == 0 && (mask & ~last->mask) == 0;
}

/* The usual case of a plain access: there is nothing to remember and nothing to compare. Only in tasks. */
static inline bool races_know(const void *address, size_t size, bool write)
{
    uintptr_t offset = (uintptr_t)address - ARENA_BASE;
    if (offset >= ARENA_SIZE || size > GRANULE_SIZE || (offset & (size - 1)) != 0) {
        return false;
    }
    uint8_t kind = write ? ACCESS_PLAIN | ACCESS_WRITES : ACCESS_PLAIN;
    return races_know_granule(&shadow_of_arena[offset / GRANULE_SIZE], state.running, clocks[state.running][state.running],
                              kind, races_mask_of(offset % GRANULE_SIZE, size));
}

/* A volatile or plain access that comes now. Reports a violation when it races with an earlier one. */
void races_access(const void *address, size_t size, enum scheduler_operation operation, uintptr_t site);

/* A call of the environment with `object`, or the end of a wait for it: acquires and releases it. */
void races_call(const void *object);

#endif
