/* test_generator.c - what the generator makes: valid, without misuse unless asked for, and harmless to a correct lock. */
#include "support.h"

#include "../../harness/lock/world.h"

enum { SCENARIOS = 20000, SCHEDULES_PER_SCENARIO = 16 };

static bool has_misuse(const struct scenario *scenario)
{
    for (uint32_t index = 0; index < scenario->program.operation_count; index++) {
        if (scenario->subject->operations[scenario->program.operations[index].code].misuse) {
            return true;
        }
    }
    return false;
}

static void what_it_makes_is_valid_and_needs_no_clamping(void **state)
{
    struct generator generator = {.state = 1};
    (void)state;
    for (uint32_t count = 0; count < SCENARIOS; count++) {
        struct scenario scenario;
        generator.misuse = count % 2 == 0;
        generator.task_limit = count % 5;
        generator_scenario(&generator, subject_at(count % subject_count()), &scenario);
        assert_valid(&scenario);
        assert_true(scenario.program.task_count >= 2 && scenario.program.operation_count > 0);
        assert_true(generator.task_limit < 2 || scenario.program.task_count <= generator.task_limit);
    }
}

static void misuse_comes_only_when_asked_for_or_needed(void **state)
{
    struct generator generator = {.state = 2};
    (void)state;
    for (uint32_t index = 0; index < subject_count(); index++) {
        uint32_t with_misuse = 0;
        for (uint32_t count = 0; count < 500; count++) {
            struct scenario scenario;
            generator_scenario(&generator, subject_at(index), &scenario);
            with_misuse += has_misuse(&scenario);
        }
        assert_int_equal(with_misuse != 0, subject_at(index)->needs_misuse);
    }
}

static void asked_for_it_every_misuse_comes(void **state)
{
    struct generator generator = {.state = 3, .misuse = true};
    const struct subject *lock = subject_find("lock");
    uint32_t uses[LOCK_RAISE + 1] = {0};
    (void)state;
    for (uint32_t count = 0; count < SCENARIOS; count++) {
        struct scenario scenario;
        generator_scenario(&generator, lock, &scenario);
        for (uint32_t index = 0; index < scenario.program.operation_count; index++) {
            uses[scenario.program.operations[index].code]++;
        }
    }
    for (uint32_t code = 0; code < lock->operation_count; code++) {
        if (uses[code] < 100) {
            fail_msg("%s comes only %u times in %u programs", lock->operations[code].name, uses[code], SCENARIOS);
        }
    }
}

static void fixed_settings_stay_fixed(void **state)
{
    struct generator generator = {.state = 4};
    const struct subject *lock = subject_find("lock");
    (void)state;
    for (uint32_t count = 0; count < SCENARIOS; count++) {
        struct scenario scenario;
        uint32_t index = count % subject_setting_count(lock);
        const struct setting *setting = subject_setting(lock, index);
        uint32_t value = setting->minimum + generator_below(&generator, setting->maximum - setting->minimum + 1);
        memset(generator.is_fixed, 0, sizeof generator.is_fixed);
        generator.is_fixed[index] = true;
        generator.fixed.values[index] = value;
        generator_scenario(&generator, lock, &scenario);
        assert_int_equal(scenario.configuration.values[index], value);
    }
}

static void the_same_seed_makes_the_same_scenario(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct generator one = {.state = seed};
        struct generator other = {.state = seed};
        struct scenario first, second;
        memset(&first, 0x11, sizeof first);
        memset(&second, 0x22, sizeof second);
        generator_scenario(&one, subject_find("lock"), &first);
        generator_scenario(&other, subject_find("lock"), &second);
        assert_true(program_equal(&first.program, &second.program));
        assert_memory_equal(&first.configuration, &second.configuration, sizeof first.configuration);
    }
}

static void numbers_are_spread_evenly(void **state)
{
    struct generator generator = {.state = 5};
    uint32_t counts[10] = {0};
    (void)state;
    for (uint32_t count = 0; count < 100000; count++) {
        counts[generator_below(&generator, 10)]++;
    }
    for (size_t index = 0; index < COUNT_OF(counts); index++) {
        assert_in_range(counts[index], 9500, 10500);
    }
}

/* ---------------------------------------------------------------------------------------------- a subject without taste */

static void do_nothing(const struct operation_call *call)
{
    (void)call;
}

static void begin_nothing(const struct subject *subject, const struct scenario *scenario)
{
    (void)subject;
    (void)scenario;
}

static const struct operation plain_operations[] = {
    {.name = "often", .summary = "", .weight = 30, .run = do_nothing},
    {.name = "seldom",
     .summary = "",
     .argument_count = 1,
     .arguments = {{.name = "number", .style = ARGUMENT_NUMBER, .minimum = 3, .maximum = 5}},
     .weight = 10,
     .run = do_nothing},
    {.name = "never", .summary = "", .weight = 0, .run = do_nothing},
    {.name = "wrong", .summary = "", .weight = 10, .misuse = true, .run = do_nothing},
};
static const struct subject plain = {.name = "plain",
                                     .summary = "",
                                     .correct = true,
                                     .operations = plain_operations,
                                     .operation_count = COUNT_OF(plain_operations),
                                     .begin = begin_nothing};

static void without_a_generator_of_its_own_a_subject_gets_operations_by_weight(void **state)
{
    (void)state;
    for (int misuse = 0; misuse <= 1; misuse++) {
        struct generator generator = {.state = 6, .misuse = misuse != 0};
        uint32_t uses[COUNT_OF(plain_operations)] = {0};
        for (uint32_t count = 0; count < SCENARIOS; count++) {
            struct scenario scenario;
            generator_scenario(&generator, &plain, &scenario);
            assert_valid(&scenario);
            for (uint32_t index = 0; index < scenario.program.operation_count; index++) {
                uses[scenario.program.operations[index].code]++;
            }
        }
        assert_in_range(uses[0], 29 * uses[1] / 10, 31 * uses[1] / 10);
        assert_int_equal(uses[2], 0);
        assert_int_equal(uses[3] != 0, misuse);
    }
}

/* ---------------------------------------------------------------------------------------------- harmless to the lock */

static void assert_clean_lock(struct generator generator, const char *name, uint32_t executions)
{
    struct strategy *strategy = strategy_open(name, &(struct strategy_options){.seed = generator.state});
    for (uint32_t count = 0; count < executions; count += SCHEDULES_PER_SCENARIO) {
        struct scenario scenario;
        generator_scenario(&generator, subject_find("lock"), &scenario);
        for (uint32_t schedule = 0; schedule < SCHEDULES_PER_SCENARIO; schedule++) {
            struct verdict verdict;
            harness_execute(&scenario, strategy, HARNESS_PLAIN, &verdict);
            assert_verdict(&scenario, &verdict, "clean");
        }
    }
}

static void the_correct_lock_stays_clean(void **state)
{
    (void)state;
    for (uint32_t personality = 0; personality < 3; personality++) {
        struct generator generator = lock_generator(7 + personality);
        generator.is_fixed[SETTING_LOCK] = true;
        generator.fixed.values[SETTING_LOCK] = personality;
        assert_clean_lock(generator, "random", SCALED(60000));
        assert_clean_lock(generator, "pct", SCALED(60000));
    }
}

static void the_correct_lock_is_not_blamed_for_its_callers(void **state)
{
    struct generator generator = lock_generator(10);
    (void)state;
    generator.misuse = true;
    assert_clean_lock(generator, "random", SCALED(100000));
    assert_clean_lock(generator, "pct", SCALED(100000));
}

/* Without misuse all that a caller can be blamed for is what a limit forbids. */
static void correct_callers_only_pass_limits(void **state)
{
    struct generator generator = {.state = 11};
    struct strategy *strategy = strategy_open("random", &(struct strategy_options){.seed = 1});
    uint32_t passed = 0;
    (void)state;
    for (uint32_t count = 0; count < SCALED(50000); count++) {
        struct scenario scenario;
        struct verdict verdict;
        generator_scenario(&generator, subject_find("lock"), &scenario);
        harness_execute(&scenario, strategy, HARNESS_PLAIN, &verdict);
        const char *identifier = identifier_of(&verdict);
        if (strcmp(identifier, "watermark") != 0 && strcmp(identifier, "held-too-long") != 0) {
            assert_verdict(&scenario, &verdict, "clean");
        }
        passed += verdict.finding != NULL;
    }
    assert_true(passed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_makes_is_valid_and_needs_no_clamping),
        cmocka_unit_test(misuse_comes_only_when_asked_for_or_needed),
        cmocka_unit_test(asked_for_it_every_misuse_comes),
        cmocka_unit_test(fixed_settings_stay_fixed),
        cmocka_unit_test(the_same_seed_makes_the_same_scenario),
        cmocka_unit_test(numbers_are_spread_evenly),
        cmocka_unit_test(without_a_generator_of_its_own_a_subject_gets_operations_by_weight),
        cmocka_unit_test(the_correct_lock_stays_clean),
        cmocka_unit_test(the_correct_lock_is_not_blamed_for_its_callers),
        cmocka_unit_test(correct_callers_only_pass_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
