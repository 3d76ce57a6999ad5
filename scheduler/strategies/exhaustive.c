/*
 * exhaustive.c - every schedule in turn, depth first, up to a bound on preemptions.
 *
 * Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs", PLDI 2007: a switch away
 * from a task that could go on costs one preemption; other switches are free.
 */
#include "depth_first.h"
#include "strategies.h"

struct exhaustive {
    struct strategy strategy;
    uint32_t bound;
    uint32_t preemptions;
    struct depth_first search;
};

static struct exhaustive exhaustive;

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    depth_first_begin(&exhaustive.search);
    exhaustive.preemptions = 0;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    bool spent = choice->preemption && exhaustive.preemptions >= exhaustive.bound;
    uint32_t chosen = depth_first_choose(&exhaustive.search, spent ? 1 : choice->alternatives, choice->alternatives);
    exhaustive.preemptions += choice->preemption && chosen != 0;
    return chosen;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    return depth_first_end(&exhaustive.search);
}

struct strategy *exhaustive_open(const struct strategy_options *options)
{
    exhaustive.strategy = (struct strategy){.name = "exhaustive", .begin = begin, .choose = choose, .end = end};
    exhaustive.bound = options->preemption_bound;
    depth_first_open(&exhaustive.search, options);
    return &exhaustive.strategy;
}

struct strategy_coverage exhaustive_coverage(const struct strategy *strategy)
{
    (void)strategy;
    return depth_first_coverage(&exhaustive.search);
}

bool exhaustive_save(const struct strategy *strategy, int file)
{
    (void)strategy;
    return depth_first_save(&exhaustive.search, file);
}

bool exhaustive_load(struct strategy *strategy, int file)
{
    (void)strategy;
    return depth_first_load(&exhaustive.search, file);
}
