/*
 * test_states.c - the search that tells states: it proves and finds what exhaustive search does, with far fewer executions, and
 * it notices a difference in every kind of memory.
 */
#include "support.h"

#include <remlock/scheduler.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct strategy *open_states(void)
{
    return strategy_open("states", &(struct strategy_options){.preemption_bound = UINT32_MAX});
}

static struct strategy_coverage explore(const struct world *world, uint64_t *failing)
{
    struct strategy *strategy = open_states();
    *failing = 0;
    do {
        *failing += run_world(world, strategy, NULL) == SCHEDULER_STOPPED;
    } while (scheduler_more());
    struct strategy_coverage coverage = strategy_coverage(strategy);
    print_message("%s %u: %lu states, %lu executions, %lu given up, %lu failing\n", world->name, world->size,
                  (unsigned long)coverage.states, (unsigned long)coverage.executions, (unsigned long)coverage.abandoned,
                  (unsigned long)*failing);
    return coverage;
}

static void rundown(void **context)
{
    (void)context;
    for (unsigned size = 2; size <= 6; size++) {
        uint64_t failing;
        explore(&(struct world){"rundown", begin_rundown, size}, &failing);
        assert_int_equal(failing, 0);
        explore(&(struct world){"hasty", begin_hasty_rundown, size}, &failing);
        assert_true(failing > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rundown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
