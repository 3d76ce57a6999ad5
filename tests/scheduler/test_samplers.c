/*
 * test_samplers.c - the strategies that look ahead, against probabilities computed without them.
 *
 * POS: an exact enumeration of the program's states together with the relative order of all priorities drawn so far. URW and
 * SURW: uniform means what it says, so each of n outcomes has the probability 1 / n.
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { EXECUTIONS = 300000 / SLOWNESS };

static struct strategy *open_sampler(const char *name, uint64_t seed)
{
    return strategy_open(name, &(struct strategy_options){.seed = seed});
}

static void assert_failures(const char *strategy, const struct world *world, uint64_t warm_up, double probability)
{
    char what[64];
    struct strategy *opened = open_sampler(strategy, 11);
    snprintf(what, sizeof what, "%s, %s", strategy, world->name);
    count_failures(world, opened, warm_up);
    assert_probability(what, count_failures(world, opened, EXECUTIONS), EXECUTIONS, probability);
}

static const struct world bluetooth = {"bluetooth", begin_bluetooth, 0};
static const struct world hasty_rundown = {"hasty rundown", begin_hasty_rundown, 2};

static void pos_fails_as_often_as_computed(void **unused)
{
    (void)unused;
    assert_failures("pos", &bluetooth, 0, 1.0 / 15);
    assert_failures("pos", &hasty_rundown, 0, 1160034971.0 / 7185024000.0);
}

/* 4 of 73 schedules, 308 of 3,266: with waits and paths that depend on the order, once these have been learnt. */
static void urw_fails_in_the_share_of_schedules_that_fail(void **unused)
{
    (void)unused;
    assert_failures("urw", &bluetooth, 20000, 4.0 / 73);
    assert_failures("urw", &hasty_rundown, 400000 / SLOWNESS, 308.0 / 3266);
}

/* ------------------------------------------------------------------------------------------------------ uniformity -- */

/*
 * Two tasks of five steps on one object: 252 orders. The second one does things of its own in between, and a third one, when
 * there is one, is born late.
 */
enum { STEPS = 5, ORDERS = 1 << (2 * STEPS) };

static uint32_t order;
static char shared, private[2];
static const struct scheduler_call change = {"change", 9, EFFECT_UPDATE};

static void do_step(uint32_t task)
{
    scheduler_call(&change, &shared);
    order = order << 1 | task;
}

static void first_task(void *unused)
{
    (void)unused;
    for (int index = 0; index < STEPS; index++) {
        do_step(0);
    }
}

static void second_task(void *private_steps)
{
    for (int index = 0; index < STEPS; index++) {
        for (uintptr_t count = 0; count < (uintptr_t)private_steps; count++) {
            scheduler_call(&change, &private[1]);
        }
        do_step(1);
    }
}

static void parent_task(void *private_steps)
{
    scheduler_call(&change, &private[0]);
    scheduler_spawn("second", second_task, private_steps);
}

static void begin_even(unsigned private_steps)
{
    order = 0;
    scheduler_spawn("first", first_task, NULL);
    scheduler_spawn("second", second_task, (void *)(uintptr_t)private_steps);
}

static void begin_late(unsigned private_steps)
{
    order = 0;
    scheduler_spawn("first", first_task, NULL);
    scheduler_spawn("parent", parent_task, (void *)(uintptr_t)private_steps);
}

static bool is_order(uint32_t candidate)
{
    return __builtin_popcount(candidate) == STEPS;
}

static double chi_squared(struct strategy *strategy, const struct world *world, uint32_t executions)
{
    static uint32_t seen[ORDERS];
    memset(seen, 0, sizeof seen);
    count_failures(world, strategy, 20); /* lengths are being learnt */
    for (uint32_t execution = 0; execution < executions; execution++) {
        run_world(world, strategy, NULL);
        seen[order]++;
    }
    double sum = 0, expected = executions / 252.0;
    for (uint32_t candidate = 0; candidate < ORDERS; candidate++) {
        if (is_order(candidate)) {
            sum += (seen[candidate] - expected) * (seen[candidate] - expected) / expected;
        } else {
            assert_int_equal(seen[candidate], 0);
        }
    }
    print_message("%s, %s: chi squared %.0f with 251 degrees of freedom\n", strategy->name, world->name, sum);
    return sum;
}

/* 251, give or take two standard deviations of 22.4 for a single seed; the mean of ten is more telling. */
static void assert_uniform(const char *name, const struct world *world)
{
    enum { SEEDS = 10, RUNS = 25200 };
    double sum = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        sum += chi_squared(open_sampler(name, seed), world, RUNS / SLOWNESS);
    }
    assert_true(fabs(sum / SEEDS - 251) < 5 * sqrt(2 * 251.0 / SEEDS));
}

static void urw_is_uniform_over_interleavings(void **unused)
{
    (void)unused;
    const struct world even = {"even", begin_even, 0};
    assert_uniform("urw", &even);
    /* The others are not: it is this that the strategy is for. */
    assert_true(chi_squared(random_walk(1), &even, 25200) > 10000);
    assert_true(chi_squared(open_sampler("pos", 1), &even, 25200) > 1000);
}

static void surw_is_uniform_over_what_it_selects(void **unused)
{
    (void)unused;
    const struct world even = {"even", begin_even, 0}, uneven = {"uneven", begin_even, 3}, late = {"late", begin_late, 2};
    assert_uniform("surw", &even);
    assert_uniform("surw", &uneven);
    assert_uniform("surw", &late);
    assert_true(chi_squared(open_sampler("urw", 1), &uneven, 25200) > 1000);
}

/* ---------------------------------------------------------------------------------------------------------- delays -- */

static uint64_t count_delay_bounded(const struct world *world, uint32_t bound, struct strategy_coverage *coverage)
{
    uint64_t failing = 0;
    struct strategy *strategy = strategy_open("delay", &(struct strategy_options){.delay_bound = bound});
    do {
        failing += run_world(world, strategy, NULL) == SCHEDULER_STOPPED;
    } while (scheduler_more());
    *coverage = strategy_coverage(strategy);
    return failing;
}

/* Two tasks: a switch away from one that could go on costs a delay, and so does not beginning with the first. */
static void delays_bound_what_is_tried(void **unused)
{
    (void)unused;
    static const uint64_t executions[] = {1, 6, 26, 66, 126, 186, 226, 246, 251};
    const struct world even = {"even", begin_even, 0};
    struct strategy_coverage coverage;
    for (uint32_t bound = 0; bound < COUNT_OF(executions); bound++) {
        count_delay_bounded(&even, bound, &coverage);
        print_message("at most %u delays: %lu executions\n", bound, coverage.executions);
        assert_int_equal(coverage.executions, executions[bound]);
        assert_true(coverage.bounded);
        assert_true(coverage.explored == 1);
    }
    count_delay_bounded(&even, 100, &coverage);
    assert_int_equal(coverage.executions, 252);
    assert_false(coverage.bounded);
    assert_int_equal(count_delay_bounded(&bluetooth, 1, &coverage), 1);
    assert_int_equal(count_delay_bounded(&bluetooth, UINT32_MAX, &coverage), 4);
    assert_int_equal(coverage.executions, 73);
}

/* Bluetooth fails with one delay, after the first step of the request: the first of ten steps. */
static void random_delays_find_what_needs_few_of_them(void **unused)
{
    (void)unused;
    const struct strategy_options options = {.seed = 5, .delay_bound = 1, .length = 8};
    uint64_t failures = count_failures(&bluetooth, strategy_open("random-delay", &options), EXECUTIONS);
    assert_probability("random-delay, bluetooth", failures, EXECUTIONS, 1.0 / 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pos_fails_as_often_as_computed),    cmocka_unit_test(urw_fails_in_the_share_of_schedules_that_fail),
        cmocka_unit_test(urw_is_uniform_over_interleavings), cmocka_unit_test(surw_is_uniform_over_what_it_selects),
        cmocka_unit_test(delays_bound_what_is_tried),        cmocka_unit_test(random_delays_find_what_needs_few_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
