/*
 * delay.c - every schedule in turn, depth first, up to a bound on delays.
 *
 * Emmi, Qadeer and Rakamaric, "Delay-bounded scheduling", POPL 2011. A deterministic scheduler says who is next: here the
 * running task, and after it the others in the order in which they stopped running. A delay passes the one whose turn it is
 * over, so the n-th in line costs n delays, whether or not the ones before it could have gone on. With k delays in an execution
 * of n steps there are at most n^k schedules, however many tasks there are; bounding preemptions does not give that.
 *
 * Choices that are not about tasks cost nothing.
 */
#include "depth_first.h"
#include "strategies.h"

struct delay {
    struct strategy strategy;
    uint32_t bound;
    uint32_t delays;
    struct depth_first search;
};

static struct delay delay;

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    depth_first_begin(&delay.search);
    delay.delays = 0;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    if (choice->kind != CHOICE_TASK) {
        return depth_first_choose(&delay.search, choice->alternatives, choice->alternatives);
    }
    uint32_t left = delay.bound - delay.delays;
    uint32_t allowed = choice->alternatives - 1 > left ? left + 1 : choice->alternatives;
    uint32_t chosen = depth_first_choose(&delay.search, allowed, choice->alternatives);
    delay.delays += chosen == STRATEGY_ABANDON ? 0 : chosen;
    return chosen;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    return depth_first_end(&delay.search);
}

struct strategy *delay_open(const struct strategy_options *options)
{
    delay.strategy = (struct strategy){.name = "delay", .begin = begin, .choose = choose, .end = end};
    delay.bound = options->delay_bound;
    depth_first_open(&delay.search, options);
    return &delay.strategy;
}

struct strategy_coverage delay_coverage(const struct strategy *strategy)
{
    (void)strategy;
    return depth_first_coverage(&delay.search);
}

bool delay_save(const struct strategy *strategy, int file)
{
    (void)strategy;
    return depth_first_save(&delay.search, file);
}

bool delay_load(struct strategy *strategy, int file)
{
    (void)strategy;
    return depth_first_load(&delay.search, file);
}
