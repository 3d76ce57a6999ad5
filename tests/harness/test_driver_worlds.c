/* test_driver_worlds.c - generated programs around correct drivers: nothing is found, and nothing changes when one watches. */
#include "support.h"

enum { SCENARIOS = 60, SCHEDULES = 4 };

static const char *const files[] = {DRIVERS "/filter.so", DRIVERS "/function-csq.so", DRIVERS "/power.so", DRIVERS "/bus.so"};

static const struct subject *subject_at_path(const char *path)
{
    char problem[SUBJECT_PROBLEM_SIZE];
    const struct subject *subject = subject_open(path, problem, sizeof problem);
    if (subject == NULL) {
        fail_msg("%s", problem);
    }
    return subject;
}

static void visit_executions(void (*visit)(const struct scenario *scenario, const struct verdict *verdict))
{
    for (size_t index = 0; index < COUNT_OF(files); index++) {
        const struct subject *subject = subject_at_path(files[index]);
        struct generator generator = {.state = index + 1};
        for (uint32_t count = 0; count < SCALED(SCENARIOS); count++) {
            static struct scenario scenario;
            struct strategy *strategy = strategy_open("random", &(struct strategy_options){.seed = count + 1});
            generator_scenario(&generator, subject, &scenario);
            for (uint32_t schedule = 0; schedule < SCHEDULES; schedule++) {
                struct verdict verdict;
                harness_execute(&scenario, strategy, HARNESS_HASH, &verdict);
                assert_verdict(&scenario, &verdict, "clean");
                visit(&scenario, &verdict);
            }
        }
    }
}

/* ----------------------------------------------------------------------------------------------------- determinism -- */

static struct deviation kept[SCHEDULER_DEVIATION_LIMIT];

static void repeat(const struct scenario *scenario, const struct verdict *first)
{
    static const unsigned modes[] = {HARNESS_RECORD | HARNESS_HASH, HARNESS_FEEDBACK | HARNESS_HASH,
                                     HARNESS_RECORD | HARNESS_FEEDBACK};
    struct schedule schedule = scheduler_schedule();
    struct verdict verdict;
    memcpy(kept, schedule.deviations, schedule.count * sizeof kept[0]);
    if (!harness_check_determinism(scenario, first, &verdict)) {
        fail_msg("%s\n%s", program_text(scenario), verdict.message);
    }
    for (size_t index = 0; index < COUNT_OF(modes); index++) {
        harness_execute(scenario, strategy_replay((struct schedule){kept, schedule.count}), modes[index], &verdict);
        assert_verdict(scenario, &verdict, "clean");
        assert_int_equal(verdict.hash, first->hash);
        assert_int_equal(verdict.steps, first->steps);
    }
}

static void an_execution_is_the_same_however_it_is_watched(void **state)
{
    (void)state;
    visit_executions(repeat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_execution_is_the_same_however_it_is_watched),
    };
    return cmocka_run_group_tests_name("drivers' executions", tests, NULL, NULL);
}
