/*
 * test_refused.c - the documented algorithm in a world that keeps too few promises.
 *
 * A release that brought the count to zero can be overtaken, before it sets the event, by a refused acquire that sets the event
 * itself; the remover frees the device and the release sets an event in freed memory. On Windows the refused request still has
 * its handle, which keeps the memory alive (refused=keep). With refused=drop the handle is gone.
 */
#include "support.h"

#include "../../harness/lock/world.h"

enum { EXECUTION_LIMIT = 2000000 };

#define PROGRAM "io: acquire A; release A\nlate: acquire B; release B\npnp: remove"

static const char *const personalities[] = {"free", "checked", "verifier"};

static struct scenario scenario_with(const char *refused, const char *personality)
{
    char config[64] = "refused=";
    strcat(strcat(strcat(config, refused), " lock="), personality);
    return scenario_of("lock", config, PROGRAM);
}

static void a_dropped_reference_lets_a_release_signal_freed_memory(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(personalities); index++) {
        struct scenario scenario = scenario_with("drop", personalities[index]);
        struct verdict verdict;
        assert_true(find_exhaustively(&scenario, NULL, 2, EXECUTION_LIMIT, &verdict));
        assert_verdict(&scenario, &verdict, "signal-after-free");
        assert_string_equal(verdict.routine, "IoReleaseRemoveLockEx");
        assert_string_equal(scheduler_task_name(verdict.task), "io");
    }
}

static void a_random_walk_finds_it_too(void **state)
{
    struct scenario scenario = scenario_with("drop", "free");
    struct verdict verdict;
    (void)state;
    assert_true(find_randomly(&scenario, "random", "signal-after-free", 100000, &verdict));
}

/* Every schedule of the same program: a proof for this program. */
static void a_kept_reference_never_does(void **state)
{
    struct scenario scenario = scenario_with("keep", "free");
    struct verdict verdict;
    (void)state;
    struct search search = run_all_schedules(&scenario, UINT32_MAX, EXECUTION_LIMIT, &verdict);
    print_message("%lu schedules, all of them clean\n", (unsigned long)search.executions);
    assert_true(search.complete);
    assert_verdict(&scenario, &verdict, "clean");
}

static void nor_with_tracking(void **state)
{
    (void)state;
    for (size_t index = 1; index < COUNT_OF(personalities); index++) {
        struct scenario scenario = scenario_with("keep", personalities[index]);
        struct verdict verdict;
        struct search search = run_all_schedules(&scenario, 2, EXECUTION_LIMIT, &verdict);
        assert_true(search.complete);
        assert_verdict(&scenario, &verdict, "clean");
    }
}

/* Who was overtaken touches freed memory when it sets the event, or earlier, when a tracked lock's assertion reads Removed. */
static void assert_signal_after_free(const struct scenario *scenario, const struct verdict *verdict)
{
    bool by_assertion = scenario->configuration.values[SETTING_LOCK] != PERSONALITY_FREE &&
                        strcmp(identifier_of(verdict), "use-after-free") == 0;
    assert_string_equal(verdict->routine, "IoReleaseRemoveLockEx");
    if (!by_assertion) {
        assert_verdict(scenario, verdict, "signal-after-free");
    }
}

/* Whatever the program, it is the only thing that dropping the reference breaks. */
static void nothing_else_breaks(void **state)
{
    struct generator generator = lock_generator(1);
    struct strategy *strategy = strategy_open("random", &(struct strategy_options){.seed = 2});
    const struct subject *lock = subject_find("lock");
    uint32_t found = 0;
    (void)state;
    generator.is_fixed[SETTING_REFUSED] = true;
    generator.fixed.values[SETTING_REFUSED] = REFUSED_DROP;
    for (uint32_t count = 0; count < SCALED(300000); count++) {
        static struct scenario scenario;
        struct verdict verdict;
        if (count % 16 == 0) {
            generator_scenario(&generator, lock, &scenario);
        }
        harness_execute(&scenario, strategy, HARNESS_PLAIN, &verdict);
        if (verdict.finding != NULL) {
            assert_signal_after_free(&scenario, &verdict);
            found++;
        }
    }
    print_message("%u of %u random executions\n", found, SCALED(300000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dropped_reference_lets_a_release_signal_freed_memory),
        cmocka_unit_test(a_random_walk_finds_it_too),
        cmocka_unit_test(a_kept_reference_never_does),
        cmocka_unit_test(nor_with_tracking),
        cmocka_unit_test(nothing_else_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
