/* random_walk.c - at every choice, every alternative is equally likely. The baseline that others have to beat. */
#include "random.h"
#include "strategies.h"

struct random_walk {
    struct strategy strategy;
    uint64_t seed;
};

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    struct random_walk *walk = (struct random_walk *)strategy;
    if (choice->kind == CHOICE_TASK) {
        return random_below(&walk->seed, choice->alternatives);
    }
    return random_alternative(&walk->seed, choice);
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    return true;
}

struct strategy *random_walk_open(const struct strategy_options *options)
{
    static struct random_walk walk;
    walk.strategy = (struct strategy){.name = "random", .begin = begin, .choose = choose, .end = end};
    walk.seed = options->seed;
    return &walk.strategy;
}
