/*
 * test_mutants.c - every mutant is killed by generated programs under random schedules, within a budget of executions.
 *
 * Half of the executions are random walks, half PCT; a program is tried under a few schedules of each. What killed each mutant,
 * and after how many executions, is printed as a table at the end.
 */
#include "support.h"

#include <stdio.h>

enum { BUDGET = 400000, SCHEDULES_PER_SCENARIO = 8, SEEDS = 3 };

struct kill {
    uint32_t executions;
    const char *strategy;
    struct verdict verdict;
    struct scenario scenario;
};

static bool kill(const struct subject *subject, enum scheduler_memory memory, uint64_t seed, struct kill *kill)
{
    struct generator generator = lock_generator(seed);
    struct strategy_options options = {.seed = seed};
    struct strategy *strategies[] = {strategy_open("random", &options), strategy_open("pct", &options)};
    for (kill->executions = 1; kill->executions <= BUDGET; kill->executions++) {
        struct strategy *strategy = strategies[kill->executions % 2];
        if (kill->executions % SCHEDULES_PER_SCENARIO == 1) {
            generator_scenario(&generator, subject, &kill->scenario);
            kill->scenario.configuration.values[SETTING_MEMORY] = memory;
        }
        harness_execute(&kill->scenario, strategy, HARNESS_PLAIN, &kill->verdict);
        if (kill->verdict.finding != NULL) {
            kill->strategy = strategy->name;
            return true;
        }
    }
    return false;
}

static void print_row(const struct subject *subject, uint32_t median, const struct kill *kill)
{
    print_message("%-38s %8u  %-7s %-20s %s\n", subject->name, median, kill->strategy, identifier_of(&kill->verdict),
                  kill->verdict.routine);
}

static uint32_t median_of_three(const uint32_t values[SEEDS])
{
    uint32_t low = values[0] < values[1] ? values[0] : values[1];
    uint32_t high = values[0] < values[1] ? values[1] : values[0];
    return values[2] < low ? low : values[2] > high ? high : values[2];
}

static bool kill_with_every_seed(const struct subject *subject, enum scheduler_memory memory)
{
    static struct kill last;
    uint32_t executions[SEEDS];
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        if (!kill(subject, memory, seed + 1, &last)) {
            print_message("%-38s survives %u executions with seed %u\n", subject->name, BUDGET, seed + 1);
            return false;
        }
        executions[seed] = last.executions;
    }
    print_row(subject, median_of_three(executions), &last);
    return true;
}

static void every_mutant_is_killed(void **state)
{
    uint32_t survivors = 0;
    (void)state;
    print_message("%-38s %8s  %-7s %-20s %s\n", "mutant", "median", "by", "finding", "routine");
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        if (!subject->correct && !subject->weak_memory) {
            survivors += !kill_with_every_seed(subject, MEMORY_SC);
        }
    }
    assert_int_equal(survivors, 0);
}

/* Those that need a weak memory model are correct without one, and under tso, where every update is a full barrier. */
static void what_needs_weak_memory_needs_c11(void **state)
{
    uint32_t marked = 0;
    (void)state;
    for (uint32_t index = 0; index < subject_count(); index++) {
        static struct kill unexpected;
        const struct subject *subject = subject_at(index);
        if (subject->weak_memory) {
            marked++;
            for (enum scheduler_memory memory = MEMORY_SC; memory <= MEMORY_TSO; memory++) {
                if (kill(subject, memory, 1, &unexpected)) {
                    assert_verdict(&unexpected.scenario, &unexpected.verdict, "clean");
                }
            }
            assert_true(kill_with_every_seed(subject, MEMORY_C11));
        }
    }
    assert_true(marked > 0);
}

/* The catalogue has rows P01 to P11 and M01 to M16, some of them with several bugs. */
static void the_bank_covers_the_catalogue(void **state)
{
    (void)state;
    for (uint32_t number = 1; number <= 27; number++) {
        char prefix[16];
        bool found = false;
        snprintf(prefix, sizeof prefix, "lock:%c%02u", number <= 11 ? 'p' : 'm', number <= 11 ? number : number - 11);
        for (uint32_t index = 0; index < subject_count(); index++) {
            found = found || strncmp(subject_at(index)->name, prefix, strlen(prefix)) == 0;
        }
        if (!found) {
            fail_msg("no subject is called %s...", prefix);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mutant_is_killed),
        cmocka_unit_test(what_needs_weak_memory_needs_c11),
        cmocka_unit_test(the_bank_covers_the_catalogue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
