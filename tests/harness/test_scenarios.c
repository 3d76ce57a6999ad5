/* test_scenarios.c - subjects by name, settings, and scenario_clamp(): whatever bytes come in, an executable scenario goes out.
 */
#include "support.h"

enum { RANDOM_SCENARIOS = 20000, EXECUTED = 5000 };

static void fill(void *memory, size_t size, struct generator *generator)
{
    unsigned char *bytes = memory;
    for (size_t index = 0; index < size; index++) {
        bytes[index] = (unsigned char)generator_next(generator);
    }
}

/* All bytes random; now and then with counts that leave something of it, and with settings that end soon. */
static struct scenario random_scenario(struct generator *generator)
{
    struct scenario scenario;
    fill(&scenario, sizeof scenario, generator);
    scenario.subject = subject_at(generator_below(generator, subject_count()));
    if (generator_chance(generator, 2)) {
        scenario.program.task_count = generator_below(generator, PROGRAM_TASK_LIMIT + 3);
        for (uint32_t task = 0; task < PROGRAM_TASK_LIMIT; task++) {
            scenario.program.tasks[task].count = (uint16_t)generator_below(generator, 6);
        }
    }
    scenario.configuration.values[SETTING_STEPS] = generator_chance(generator, 2) ? 200 : 0;
    return scenario;
}

static bool configurations_equal(const struct scenario *one, const struct scenario *other)
{
    return memcmp(&one->configuration, &other->configuration, sizeof one->configuration) == 0;
}

static void whatever_comes_in_something_valid_goes_out(void **state)
{
    struct generator generator = {.state = 1};
    (void)state;
    for (uint32_t count = 0; count < RANDOM_SCENARIOS; count++) {
        struct scenario scenario = random_scenario(&generator);
        scenario_clamp(&scenario);
        assert_valid(&scenario);
        struct scenario again = scenario;
        scenario_clamp(&again);
        assert_true(program_equal(&scenario.program, &again.program) && configurations_equal(&scenario, &again));
    }
}

static void arbitrary_bytes_become_executable(void **state)
{
    struct generator generator = {.state = 2};
    struct strategy *strategy = strategy_open("random", &(struct strategy_options){.seed = 3});
    uint32_t with_findings = 0;
    (void)state;
    for (uint32_t count = 0; count < SCALED(EXECUTED); count++) {
        struct scenario scenario = random_scenario(&generator);
        struct verdict verdict;
        scenario_clamp(&scenario);
        harness_execute(&scenario, strategy, HARNESS_PLAIN, &verdict);
        with_findings += verdict.finding != NULL;
    }
    assert_true(with_findings > 0);
}

static void what_is_valid_stays_as_it_is(void **state)
{
    struct generator generator = {.state = 4, .misuse = true};
    (void)state;
    for (uint32_t count = 0; count < RANDOM_SCENARIOS; count++) {
        struct scenario scenario;
        generator_scenario(&generator, subject_at(generator_below(&generator, subject_count())), &scenario);
        struct scenario clamped = scenario;
        scenario_clamp(&clamped);
        assert_true(program_equal(&scenario.program, &clamped.program) && configurations_equal(&scenario, &clamped));
    }
}

static void values_out_of_range_come_into_it(void **state)
{
    struct scenario scenario = scenario_of("lock", "", "io: acquire A");
    (void)state;
    scenario.configuration.values[SETTING_STEPS] = UINT32_MAX;
    scenario.configuration.values[SETTING_SUBJECT] = 17;
    scenario.program.operations[0].arguments[0] = UINT32_MAX;
    scenario.program.operations[0].arguments[2] = 5;
    scenario_clamp(&scenario);
    assert_valid(&scenario);
}

static void names_are_made_unique(void **state)
{
    struct scenario scenario = scenario_of("lock", "", "io: acquire A\ntask2: acquire B\npnp: remove");
    (void)state;
    strcpy(scenario.program.tasks[0].name, "task2");
    strcpy(scenario.program.tasks[2].name, "2bad");
    scenario_clamp(&scenario);
    assert_valid(&scenario);
    assert_string_equal(scenario.program.tasks[0].name, "task2");
}

/* --------------------------------------------------------------------------------------------------------- subjects -- */

static void subjects_are_found_by_name_and_by_short_name(void **state)
{
    (void)state;
    assert_string_equal(subject_at(0)->name, "lock");
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        assert_ptr_equal(subject_find(subject->name), subject);
        assert_true(subject->summary[0] != '\0');
        assert_int_equal(subject->correct, subject->story == NULL);
        assert_int_equal(subject->correct, index == 0);
        assert_true(subject->correct || strlen(subject->story) > strlen(subject->summary));
        assert_true(subject_setting_count(subject) <= CONFIGURATION_LIMIT);
    }
    assert_ptr_equal(subject_find("lock:p02"), subject_find("lock:p02-signal-on-every-release"));
    assert_ptr_equal(subject_find("LOCK:P02"), subject_find("lock:p02"));
    assert_null(subject_at(subject_count()));
}

static void what_is_no_name_or_means_several_is_not_found(void **state)
{
    static const char *const names[] = {"",         ":",  "lock:", "lock:p", "lock:p0", "lock:p01", "lock:p02-signal-on",
                                        "driver:x", "p02"};
    (void)state;
    for (size_t index = 0; index < COUNT_OF(names); index++) {
        const struct subject *found = subject_find(names[index]);
        if (found != NULL && strcmp(names[index], "lock:p02-signal-on") != 0) {
            fail_msg("\"%s\" finds %s", names[index], found->name);
        }
    }
}

static void the_standard_configuration_is_in_range(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        struct configuration configuration = configuration_standard(subject);
        for (uint32_t setting = 0; setting < subject_setting_count(subject); setting++) {
            const struct setting *row = subject_setting(subject, setting);
            assert_int_equal(configuration.values[setting], row->standard);
            assert_in_range(row->standard, row->minimum, row->maximum);
            for (uint32_t word = 0; row->words != NULL && word <= row->maximum; word++) {
                assert_non_null(row->words[word]);
            }
            assert_true(row->words == NULL || row->words[row->maximum + 1] == NULL);
        }
        assert_null(subject_setting(subject, subject_setting_count(subject)));
    }
}

static void operations_are_found_by_name(void **state)
{
    const struct subject *lock = subject_find("lock");
    (void)state;
    for (uint32_t code = 0; code < lock->operation_count; code++) {
        assert_int_equal(subject_operation(lock, lock->operations[code].name), code);
    }
    assert_int_equal(subject_operation(lock, "no-such-operation"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_comes_in_something_valid_goes_out),
        cmocka_unit_test(arbitrary_bytes_become_executable),
        cmocka_unit_test(what_is_valid_stays_as_it_is),
        cmocka_unit_test(values_out_of_range_come_into_it),
        cmocka_unit_test(names_are_made_unique),
        cmocka_unit_test(subjects_are_found_by_name_and_by_short_name),
        cmocka_unit_test(what_is_no_name_or_means_several_is_not_found),
        cmocka_unit_test(the_standard_configuration_is_in_range),
        cmocka_unit_test(operations_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
