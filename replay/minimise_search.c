/*
 * minimise_search.c - looks for a schedule that shows the finding, with as few preemptions as possible.
 *
 * Most concurrency bugs need few preemptions (Musuvathi and Qadeer, PLDI 2007), and a program that is being minimised is small:
 * often all its schedules with one or two preemptions are a few hundred.
 */
#include "minimise.h"

#include <string.h>

enum { SEARCH_SEED = 20060214, SEARCH_DEPTH_LIMIT = 5 };

void keep_choices(struct minimiser *minimiser, struct schedule schedule)
{
    minimiser->kept_count = 0;
    minimiser->kept_in_order = false;
    for (uint32_t index = 0; index < schedule.count; index++) {
        if (schedule.deviations[index].kind != CHOICE_TASK) {
            minimiser->kept[minimiser->kept_count++] = schedule.deviations[index];
        }
    }
}

/* How many choices of each kind a task has made in this execution. */
struct order {
    uint32_t made[SCHEDULER_TASK_LIMIT + 1][CHOICE_KINDS];
};

/* Repeats the best and writes down which of its choices, in this order, are not the default. */
struct witness {
    struct strategy strategy;
    struct strategy *followed;
    struct minimiser *minimiser;
    struct order order;
};

static void witness_begin(struct strategy *strategy, uint32_t task_count)
{
    struct witness *witness = (struct witness *)strategy;
    witness->followed->begin(witness->followed, task_count);
}

static uint32_t witness_choose(struct strategy *strategy, const struct choice *choice)
{
    struct witness *witness = (struct witness *)strategy;
    struct minimiser *minimiser = witness->minimiser;
    uint32_t chosen = witness->followed->choose(witness->followed, choice);
    uint32_t place = ++witness->order.made[choice->task][choice->kind];
    if (choice->kind != CHOICE_TASK && chosen != 0 && minimiser->kept_count < SCHEDULER_DEVIATION_LIMIT) {
        minimiser->kept[minimiser->kept_count++] =
            (struct deviation){.kind = choice->kind, .task = choice->task, .chosen = (uint8_t)chosen, .point = place};
    }
    return chosen;
}

static bool witness_end(struct strategy *strategy)
{
    struct witness *witness = (struct witness *)strategy;
    return witness->followed->end(witness->followed);
}

void keep_choices_in_order(struct minimiser *minimiser)
{
    struct witness witness = {
        .strategy = {.name = "witness", .begin = witness_begin, .choose = witness_choose, .end = witness_end},
        .followed = strategy_replay(minimiser->best.schedule),
        .minimiser = minimiser,
    };
    minimiser->kept_count = 0;
    minimiser->kept_in_order = true;
    harness_execute(&minimiser->best.scenario, &witness.strategy, HARNESS_PLAIN, &minimiser->latest);
    minimiser->executions++;
}

/* Asks one strategy about tasks, and makes every other choice as it is kept. */
struct divided {
    struct strategy strategy;
    struct strategy *tasks, *others;
    const struct minimiser *minimiser;
    struct order order;
};

static uint32_t kept_choice(struct divided *divided, const struct choice *choice)
{
    const struct minimiser *minimiser = divided->minimiser;
    uint32_t place = ++divided->order.made[choice->task][choice->kind];
    for (uint32_t index = 0; index < minimiser->kept_count; index++) {
        const struct deviation *kept = &minimiser->kept[index];
        if (kept->task == choice->task && kept->kind == choice->kind && kept->point == place) {
            return kept->chosen < choice->alternatives ? kept->chosen : 0;
        }
    }
    return 0;
}

static void divided_begin(struct strategy *strategy, uint32_t task_count)
{
    struct divided *divided = (struct divided *)strategy;
    if (divided->minimiser->kept_count > 0) {
        memset(&divided->order, 0, sizeof divided->order);
    }
    divided->tasks->begin(divided->tasks, task_count);
    divided->others->begin(divided->others, task_count);
}

static uint32_t divided_choose(struct strategy *strategy, const struct choice *choice)
{
    struct divided *divided = (struct divided *)strategy;
    if (choice->kind == CHOICE_TASK) {
        return divided->tasks->choose(divided->tasks, choice);
    }
    return divided->minimiser->kept_in_order ? kept_choice(divided, choice) : divided->others->choose(divided->others, choice);
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
        .minimiser = minimiser,
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
        if (!strategy_coverage(strategy).bounded) {
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
    uint64_t long_ones = (uint64_t)SEARCH_EXECUTIONS * minimiser->verdict.steps;
    steps = steps > long_ones ? steps : long_ones;
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
