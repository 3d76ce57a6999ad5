/*
 * minimise_search.c - looks for a schedule that shows the finding, with as few preemptions as possible.
 *
 * Most concurrency bugs need few preemptions (Musuvathi and Qadeer, PLDI 2007), and a program that is being minimised is small:
 * often all its schedules with one or two preemptions are a few hundred.
 */
#include "minimise.h"

enum { SEARCH_SEED = 20060214, SEARCH_DEPTH_LIMIT = 5 };

void keep_choices(struct minimiser *minimiser, struct schedule schedule)
{
    minimiser->kept_count = 0;
    for (uint32_t index = 0; index < schedule.count; index++) {
        if (schedule.deviations[index].kind != CHOICE_TASK) {
            minimiser->kept[minimiser->kept_count++] = schedule.deviations[index];
        }
    }
}

/* Asks one strategy about tasks, and follows a schedule in everything else. */
struct divided {
    struct strategy strategy;
    struct strategy *tasks, *others;
};

static void divided_begin(struct strategy *strategy, uint32_t task_count)
{
    struct divided *divided = (struct divided *)strategy;
    divided->tasks->begin(divided->tasks, task_count);
    divided->others->begin(divided->others, task_count);
}

static uint32_t divided_choose(struct strategy *strategy, const struct choice *choice)
{
    struct divided *divided = (struct divided *)strategy;
    struct strategy *asked = choice->kind == CHOICE_TASK ? divided->tasks : divided->others;
    return asked->choose(asked, choice);
}

static bool divided_end(struct strategy *strategy)
{
    struct divided *divided = (struct divided *)strategy;
    return divided->tasks->end(divided->tasks);
}

/* Spends scheduling points on schedules of an open strategy, up to all that are left. */
static bool search_with(struct minimiser *minimiser, const struct scenario *scenario, struct strategy *strategy, uint64_t *left)
{
    struct schedule kept = {.deviations = minimiser->kept, .count = minimiser->kept_count};
    struct divided divided = {
        .strategy = {.name = "divided", .begin = divided_begin, .choose = divided_choose, .end = divided_end},
        .tasks = strategy,
        .others = follow_schedule(&minimiser->follow, kept),
    };
    do {
        if (try_execution(minimiser, scenario, &divided.strategy)) {
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
