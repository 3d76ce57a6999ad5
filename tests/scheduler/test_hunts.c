/*
 * test_hunts.c - executions to the first failure on programs for which others have published theirs.
 *
 * Means over seeds, of strategies that begin with nothing learnt. The limits are the best published means: reorder_10
 * within 5.9 (RFF), reorder_100 within 194 (SURW), twostage_100 within 454 (SURW), Bluetooth within 36 (POS) or 9 (PERIOD,
 * systematic).
 */
#include "support.h"

enum { SEEDS = SLOWNESS == 1 ? 100 : 10 };

static uint32_t executions_to_failure(const struct world *world, struct strategy *strategy, uint32_t limit)
{
    uint32_t execution = 1;
    while (run_world(world, strategy, NULL) != SCHEDULER_STOPPED && scheduler_more() && execution < limit) {
        execution++;
    }
    return execution;
}

struct hunt {
    struct world world;
    const char *strategy;
    double mean;
};

/* Those whose true mean lies far enough below what others reach for a hundred seeds to say so. */
static const struct hunt hunts[] = {
    {{"bluetooth", begin_bluetooth, 0}, "pct", 36},          {{"bluetooth", begin_bluetooth, 0}, "pos", 36},
    {{"bluetooth", begin_bluetooth, 0}, "urw", 36},          {{"bluetooth", begin_bluetooth, 0}, "surw", 36},
    {{"bluetooth", begin_bluetooth, 0}, "reads-from", 36},   {{"reorder_10", begin_reorder, 10}, "reads-from", 5.9},
    {{"reorder_100", begin_reorder, 100}, "reads-from", 25}, {{"twostage_100", begin_twostage, 99}, "reads-from", 50},
    {{"reorder_10", begin_reorder, 10}, "surw", 40},         {{"reorder_100", begin_reorder, 100}, "surw", 400},
    {{"twostage_20", begin_twostage, 19}, "surw", 150},
};

static void failures_are_found_as_soon_as_by_others(void **unused)
{
    (void)unused;
    for (size_t index = 0; index < COUNT_OF(hunts); index++) {
        const struct hunt *hunt = &hunts[index];
        double sum = 0;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            const struct strategy_options options = {.seed = seed, .depth = 3};
            sum += executions_to_failure(&hunt->world, strategy_open(hunt->strategy, &options), 5000);
        }
        print_message("%s, %s: %.1f executions on average\n", hunt->world.name, hunt->strategy, sum / SEEDS);
        assert_true(sum / SEEDS <= hunt->mean);
    }
}

/* Where all but one task do the same, chance alone hardly ever fails: the programs are worth their place here. */
static void a_random_walk_does_not_find_them(void **unused)
{
    (void)unused;
    const struct world reorder = {"reorder_10", begin_reorder, 10}, twostage = {"twostage_100", begin_twostage, 99};
    assert_int_equal(count_failures(&reorder, random_walk(1), 2000), 0);
    assert_int_equal(count_failures(&twostage, random_walk(1), 200), 0);
}

/* Bound by bound, as PERIOD goes: no preemption, then one. */
static void systematic_search_finds_bluetooth_within_nine_executions(void **unused)
{
    (void)unused;
    const struct world bluetooth = {"bluetooth", begin_bluetooth, 0};
    uint32_t executions = executions_to_failure(&bluetooth, exhaustive(0), 100);
    assert_null(scheduler_violation());
    executions += executions_to_failure(&bluetooth, exhaustive(1), 100);
    assert_violation("failure");
    print_message("preemption bounds 0 and 1: %u executions\n", executions);
    assert_true(executions <= 9);
    const struct strategy_options one_delay = {.delay_bound = 1};
    executions = executions_to_failure(&bluetooth, strategy_open("delay", &one_delay), 100);
    assert_violation("failure");
    print_message("one delay: %u executions\n", executions);
    assert_true(executions <= 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_are_found_as_soon_as_by_others),
        cmocka_unit_test(a_random_walk_does_not_find_them),
        cmocka_unit_test(systematic_search_finds_bluetooth_within_nine_executions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
