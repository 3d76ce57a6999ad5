/*
 * minimise_search.c - looks for a schedule that shows the finding, with as few preemptions as possible.
 *
 * Most concurrency bugs need few preemptions (Musuvathi and Qadeer, PLDI 2007), and a program that is being minimised is small:
 * often all its schedules with one or two preemptions are a few hundred.
 */
#include "minimise.h"

enum { SEARCH_SEED = 20060214, SEARCH_DEPTH_LIMIT = 5 };

/* Spends scheduling points on schedules of an open strategy, up to all that are left. */
static bool search_with(struct minimiser *minimiser, const struct scenario *scenario, struct strategy *strategy, uint64_t *left)
{
    do {
        if (try_execution(minimiser, scenario, strategy)) {
            return true;
        }
        uint64_t spent = scheduler_steps() + 1u;
        *left = spent < *left ? *left - spent : 0;
    } while (*left > 0 && !minimiser->stopped && scheduler_more());
    return false;
}

/* All schedules with at most 0, 1, ... `bound` preemptions, unless that takes too many steps: then *left is 0. */
static bool search_all(struct minimiser *minimiser, const struct scenario *scenario, uint32_t bound, uint64_t *left)
{
    for (uint32_t preemptions = 0; preemptions <= bound && *left > 0 && !minimiser->stopped; preemptions++) {
        struct strategy_options options = {.preemption_bound = preemptions};
        struct strategy *strategy = strategy_open("exhaustive", &options);
        if (search_with(minimiser, scenario, strategy, left)) {
            return true;
        }
        if (!strategy_exhaustive_bounded(strategy)) {
            break;
        }
    }
    return false;
}

static bool search_random(struct minimiser *minimiser, const struct scenario *scenario, uint32_t bound, uint64_t steps)
{
    uint32_t deepest = bound + 1 < SEARCH_DEPTH_LIMIT ? bound + 1 : SEARCH_DEPTH_LIMIT;
    for (uint32_t depth = 2; depth <= deepest && !minimiser->stopped; depth++) {
        struct strategy_options options = {.seed = SEARCH_SEED, .depth = depth};
        uint64_t left = steps / (deepest - 1);
        if (search_with(minimiser, scenario, strategy_open("pct", &options), &left)) {
            return true;
        }
    }
    return false;
}

bool search_schedule(struct minimiser *minimiser, const struct scenario *scenario, uint32_t bound, uint64_t steps)
{
    uint64_t random_steps = steps / 4;
    uint64_t left = steps - random_steps;
    minimiser->preemption_limit = bound;
    bool found =
        search_all(minimiser, scenario, bound, &left) || (left == 0 && search_random(minimiser, scenario, bound, random_steps));
    minimiser->preemption_limit = UINT32_MAX;
    return found;
}

bool search_smaller(struct minimiser *minimiser, const struct scenario *scenario)
{
    if (minimiser->goal == GOAL_FEWER) {
        return false;
    }
    uint32_t bound = minimiser->size.preemptions > SEARCH_PREEMPTIONS ? minimiser->size.preemptions : SEARCH_PREEMPTIONS;
    return search_schedule(minimiser, scenario, bound, SEARCH_STEPS);
}
