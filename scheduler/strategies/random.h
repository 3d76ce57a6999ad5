/* random.h - random numbers for strategies: splitmix64 (Steele, Lea and Flood, OOPSLA 2014), small, seedable and fast. */
#ifndef SCHEDULER_RANDOM_H
#define SCHEDULER_RANDOM_H

#include <remlock/scheduler.h>

static inline uint64_t random_next(uint64_t *seed)
{
    uint64_t number = *seed += 0x9E3779B97F4A7C15u;
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9u;
    number = (number ^ (number >> 27)) * 0x94D049BB133111EBu;
    return number ^ (number >> 31);
}

/* 0 .. limit - 1, by multiplication instead of division. */
static inline uint32_t random_below(uint64_t *seed, uint32_t limit)
{
    return (uint32_t)((random_next(seed) >> 32) * limit >> 32);
}

/* Failing every second allocation would find nothing else: one in sixteen fails. */
static inline uint32_t random_rare(uint64_t *seed, uint32_t alternatives)
{
    return random_below(seed, 16) == 0 ? 1 + random_below(seed, alternatives - 1) : 0;
}

/* A choice that is not about tasks: faults are rare, one load in four reads what is old, a device is plain half of the time. */
static inline uint32_t random_alternative(uint64_t *seed, const struct choice *choice)
{
    if (choice->kind == CHOICE_DEVICE) {
        return random_below(seed, 2) == 0 ? 0 : random_below(seed, choice->alternatives);
    }
    if (choice->kind == CHOICE_MEMORY) {
        return random_below(seed, 4) != 0 ? 0 : 1 + random_below(seed, choice->alternatives - 1);
    }
    return random_rare(seed, choice->alternatives);
}

#endif
