/* test_million.c - the correct lock survives a million executions of generated programs. Selected by `ctest -L million`. */
#include "support.h"

#include <time.h>

enum { MILLION = 1000000, SCHEDULES_PER_SCENARIO = 8, STRATEGIES = 2 };

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void the_correct_lock_survives_a_million_executions(void **state)
{
    const struct subject *lock = subject_find("lock");
    struct generator generator = lock_generator(20);
    struct strategy_options options = {.seed = 20};
    struct strategy *strategies[STRATEGIES] = {strategy_open("random", &options), strategy_open("pct", &options)};
    static struct scenario scenario;
    (void)state;
    double begin = processor_seconds();
    for (uint32_t execution = 0; execution < SCALED(MILLION); execution++) {
        struct verdict verdict;
        if (execution % SCHEDULES_PER_SCENARIO == 0) {
            generator_scenario(&generator, lock, &scenario);
        }
        harness_execute(&scenario, strategies[execution % STRATEGIES], HARNESS_PLAIN, &verdict);
        assert_verdict(&scenario, &verdict, "clean");
    }
    double seconds = processor_seconds() - begin;
    print_message("%d executions in %.2f seconds of processor time, %.0f a second\n", SCALED(MILLION), seconds,
                  SCALED(MILLION) / seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_correct_lock_survives_a_million_executions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
