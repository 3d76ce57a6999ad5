/* test_servants.c - tasks that end early, that may wait for ever, and that are patient. */
#include "support.h"

#include <string.h>

static const struct scheduler_call step_call = {"step", 20, EFFECT_UPDATE};
static const struct scheduler_call wait_call = {"wait", 21, EFFECT_UPDATE};

static struct {
    uint32_t served, ticks, rounds;
    bool returned, last;
    uint32_t servant;
} shared;

static char work, clock_line, never;

static enum scheduler_outcome run(void (*begin)(unsigned), unsigned size, struct strategy *strategy)
{
    const struct world world = {"servants", begin, size};
    memset(&shared, 0, sizeof shared);
    return run_world(&world, strategy, NULL);
}

static void step(void)
{
    scheduler_call(&step_call, NULL);
}

/* ------------------------------------------------------------------------------------------------------- early ends -- */

static void end_in(uint32_t depth)
{
    step();
    if (depth != 0) {
        end_in(depth - 1);
    } else if (shared.rounds < UINT32_MAX) {
        scheduler_end_task();
    }
    shared.returned = true;
}

static void end_deep(void *argument)
{
    end_in((uint32_t)(uintptr_t)argument);
}

static void count_round(void *argument)
{
    (void)argument;
    step();
    shared.rounds++;
}

static void begin_early_ends(unsigned size)
{
    for (uintptr_t depth = 0; depth < size; depth++) {
        scheduler_spawn("early", end_deep, (void *)depth);
    }
    scheduler_spawn("usual", count_round, NULL);
}

static void a_task_ends_wherever_it_is(void **unused)
{
    (void)unused;
    for (unsigned tasks = 0; tasks <= 3; tasks++) {
        for (uint64_t seed = 1; seed <= 100; seed++) {
            assert_int_equal(run(begin_early_ends, tasks, random_walk(seed)), SCHEDULER_FINISHED);
            assert_int_equal(shared.rounds, 1);
            assert_false(shared.returned);
            for (uint32_t task = 0; task <= tasks; task++) {
                assert_true(scheduler_ended(task));
            }
        }
    }
}

static void begin_only_early(unsigned size)
{
    (void)size;
    scheduler_spawn("early", end_deep, (void *)2);
}

static void also_when_it_is_the_last(void **unused)
{
    (void)unused;
    assert_int_equal(run(begin_only_early, 0, the_default()), SCHEDULER_FINISHED);
    assert_int_equal(run(begin_only_early, 0, the_default()), SCHEDULER_FINISHED);
}

/* ---------------------------------------------------------------------------------------------------------- servants -- */

static void serve(void *argument)
{
    (void)argument;
    for (;;) {
        scheduler_may_wait(scheduler_running(), true);
        scheduler_wait(&wait_call, &work, NULL, NULL, SCHEDULER_NEVER);
        scheduler_may_wait(scheduler_running(), false);
        step();
        shared.served++;
        if (shared.last) {
            scheduler_wait(&wait_call, &never, NULL, NULL, SCHEDULER_NEVER);
        }
    }
}

static void ask(void *argument)
{
    (void)argument;
    for (uint32_t round = 0; round < 3; round++) {
        step();
        while (scheduler_wake(&work, 1) == 0) {
            step();
        }
    }
}

static void begin_serving(unsigned size)
{
    shared.last = size != 0;
    shared.servant = scheduler_spawn("servant", serve, NULL);
    scheduler_spawn("client", ask, NULL);
}

static void an_execution_ends_while_servants_wait(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        assert_int_equal(run(begin_serving, 0, random_walk(seed)), SCHEDULER_FINISHED);
        assert_int_equal(shared.served, 3);
        assert_true(scheduler_ended(shared.servant));
    }
}

static void one_that_hangs_in_its_work_is_a_deadlock(void **unused)
{
    (void)unused;
    assert_int_equal(run(begin_serving, 1, the_default()), SCHEDULER_STOPPED);
    assert_false(scheduler_ended(shared.servant));
}

/* ----------------------------------------------------------------------------------------------------------- patience -- */

static void tick(void *argument)
{
    uint32_t patience = (uint32_t)(uintptr_t)argument;
    scheduler_may_wait(scheduler_running(), true);
    for (;;) {
        scheduler_be_patient(patience);
        scheduler_wait(&wait_call, &clock_line, NULL, NULL, scheduler_now() + 1);
        shared.ticks++;
    }
}

enum { LONG_WALK = 200 };

static void walk(void *argument)
{
    (void)argument;
    for (uint32_t count = 0; count < LONG_WALK; count++) {
        step();
    }
}

static void begin_ticking(unsigned size)
{
    scheduler_spawn("clock", tick, (void *)(uintptr_t)size);
    scheduler_spawn("walker", walk, NULL);
}

static void a_patient_deadline_leaves_steps_to_others(void **unused)
{
    enum { PATIENCE = 20 };
    uint32_t most = 0;
    (void)unused;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        assert_int_equal(run(begin_ticking, PATIENCE, pct(seed, 3)), SCHEDULER_FINISHED);
        most = shared.ticks > most ? shared.ticks : most;
    }
    assert_in_range(most, 2, (LONG_WALK + 20) / (PATIENCE - 1));
}

static void wait_for_tick(void *argument)
{
    (void)argument;
    scheduler_be_patient(1000);
    assert_int_equal(scheduler_wait(&wait_call, &clock_line, NULL, NULL, 5), SCHEDULER_WAIT_TIMEOUT);
    assert_int_equal(scheduler_now(), 5);
    shared.ticks++;
}

static void begin_waiting(unsigned size)
{
    (void)size;
    scheduler_spawn("patient", wait_for_tick, NULL);
}

static void it_comes_when_nobody_else_can_go_on(void **unused)
{
    (void)unused;
    assert_int_equal(run(begin_waiting, 0, the_default()), SCHEDULER_FINISHED);
    assert_int_equal(shared.ticks, 1);
}

static void begin_clock_alone(unsigned size)
{
    (void)size;
    scheduler_spawn("clock", tick, NULL);
}

static void the_deadline_of_one_who_may_wait_keeps_nothing_going(void **unused)
{
    (void)unused;
    assert_int_equal(run(begin_clock_alone, 0, the_default()), SCHEDULER_FINISHED);
    assert_int_equal(shared.ticks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_ends_wherever_it_is),
        cmocka_unit_test(also_when_it_is_the_last),
        cmocka_unit_test(an_execution_ends_while_servants_wait),
        cmocka_unit_test(one_that_hangs_in_its_work_is_a_deadlock),
        cmocka_unit_test(a_patient_deadline_leaves_steps_to_others),
        cmocka_unit_test(it_comes_when_nobody_else_can_go_on),
        cmocka_unit_test(the_deadline_of_one_who_may_wait_keeps_nothing_going),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
