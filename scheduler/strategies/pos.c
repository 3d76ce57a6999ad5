/*
 * pos.c - partial order sampling.
 *
 * Yuan, Yang and Gu, "Partial order aware concurrency sampling", CAV 2018. Every operation that a task stands before has a
 * random priority, and the highest one of those that can happen does. Then the priorities of the others that race with it (the
 * same object, one of the two changes it) are drawn again: so each race is decided by a fresh coin, while operations that
 * nobody else depends on do not spoil the odds as they do in a random walk.
 *
 * An operation that could not happen at the choice before (its task waited) gets a fresh priority as well: whatever let it
 * happen raced with it.
 */
#include "priorities.h"
#include "random.h"
#include "strategies.h"

struct pos {
    struct strategy strategy;
    struct priorities priorities;
};

static void begin(struct strategy *strategy, uint32_t task_count)
{
    struct pos *pos = (struct pos *)strategy;
    priorities_begin(&pos->priorities, task_count);
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    struct pos *pos = (struct pos *)strategy;
    if (choice->kind != CHOICE_TASK) {
        return random_alternative(&pos->priorities.seed, choice);
    }
    return priorities_choose(&pos->priorities, choice, NULL);
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    return true;
}

struct strategy *pos_open(const struct strategy_options *options)
{
    static struct pos pos;
    pos.strategy = (struct strategy){.name = "pos", .looks_ahead = true, .begin = begin, .choose = choose, .end = end};
    pos.priorities.seed = options->seed;
    return &pos.strategy;
}
