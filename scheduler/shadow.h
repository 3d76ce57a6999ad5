/*
 * shadow.h - what is remembered of memory for the race detector: of every byte the accesses that a later one may race with.
 *
 * Memory is divided into granules of 8 bytes. A granule has a list of accesses, each with a mask of the bytes that it stands
 * for, so that neighbours are never taken for each other. An access stands for every earlier one that it came after and that
 * was of no stronger kind: whatever races with the earlier one races with it as well. So the list stays short: one access when
 * the granule is used by one task at a time, one for each reader otherwise.
 */
#ifndef SCHEDULER_SHADOW_H
#define SCHEDULER_SHADOW_H

#include "state.h"

/* Kinds of accesses; more bits race with more. */
enum {
    ACCESS_WRITES = 1,
    ACCESS_PLAIN = 2, /* neither atomic nor, where that counts as atomic, volatile */
    ACCESS_TEARS = 4, /* not aligned, or wider than a register: others may see half of it */
};

struct access {
    uintptr_t site;
    const char *routine;
    uint32_t clock; /* of the task */
    uint32_t point; /* of the task, for reports */
    uint32_t stack; /* number in races_stacks.c, 0: not recorded */
    uint32_t next;  /* in the list; 0: the end */
    uint32_t size;
    uint8_t task;
    uint8_t mask; /* bytes of the granule */
    uint8_t kind;
    uint8_t operation;
};

enum { GRANULE_SIZE = 8 };

extern struct access *shadow_accesses; /* by number */
extern uint32_t shadow_generation;

/* Of the granule at `address`: the number of the first access in its list below, shadow_generation above. NULL: no memory. */
uint64_t *shadow_slow(uintptr_t address);

extern uint64_t shadow_of_arena[ARENA_SIZE / GRANULE_SIZE];

static inline uint64_t *shadow_of(uintptr_t address)
{
    uintptr_t offset = address - ARENA_BASE;
    return __builtin_expect(offset < ARENA_SIZE, 1) ? &shadow_of_arena[offset / GRANULE_SIZE] : shadow_slow(address);
}

static inline uint32_t shadow_first(const uint64_t *granule)
{
    return *granule >> 32 == shadow_generation ? (uint32_t)*granule : 0;
}

static inline void shadow_set_first(uint64_t *granule, uint32_t number)
{
    *granule = (uint64_t)shadow_generation << 32 | number;
}

/* A new access, not in any list, or 0 when there are too many. */
uint32_t shadow_take(void);
void shadow_give_back(uint32_t number);

void shadow_reset(void);

#endif
