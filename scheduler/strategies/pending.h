/* pending.h - what tasks stand before, for strategies that look ahead: do two operations depend on each other? */
#ifndef SCHEDULER_PENDING_H
#define SCHEDULER_PENDING_H

#include "../state.h"

static inline bool ranges_overlap(const void *one, uint32_t one_size, const void *other, uint32_t other_size)
{
    uintptr_t first = (uintptr_t)one, second = (uintptr_t)other;
    return first < second + (other_size == 0 ? 1 : other_size) && second < first + (one_size == 0 ? 1 : one_size);
}

/* Whether their order can matter: the literature calls this a race of two pending events. */
static inline bool pending_race(const struct pending *one, const struct pending *other)
{
    if (one->effect == EFFECT_NONE || other->effect == EFFECT_NONE) {
        return false;
    }
    if (one->effect == EFFECT_ANY && other->effect == EFFECT_ANY) {
        return true;
    }
    if (one->effect == EFFECT_READ && other->effect == EFFECT_READ) {
        return false;
    }
    return one->object != NULL && other->object != NULL && ranges_overlap(one->object, one->size, other->object, other->size);
}

#endif
