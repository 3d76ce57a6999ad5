/* test_options.c - options by words: what is right, and what is said when something is wrong. */
#include "samples.h"

#include <stdlib.h>
#include <string.h>

static struct fuzz_options options;
static char message[256];

static bool set(const char *name, const char *value)
{
    message[0] = 0;
    return fuzz_options_set(&options, name, value, message, sizeof message);
}

static int start(void **state)
{
    (void)state;
    options = fuzz_options_standard(sample_subject());
    return 0;
}

static void standard_options_are_harmless(void **state)
{
    (void)state;
    assert_false(options.misuse);
    assert_true(options.feedback);
    assert_int_equal(options.schedules, 1);
}

static void right_words_are_taken(void **state)
{
    (void)state;
    assert_true(set("subject", "lock:p02"));
    assert_ptr_equal(options.subject, sample_mutant());
    assert_true(set("config", "lock=checked, minutes=3"));
    assert_true(set("misuse", "yes") && options.misuse);
    assert_true(set("misuse", "no") && !options.misuse);
    assert_true(set("misuse", "") && options.misuse);
    assert_true(set("feedback", "no") && !options.feedback);
    assert_true(set("schedules", "32") && options.schedules == 32);
    assert_true(set("replay-dir", "here"));
    assert_string_equal(options.replay_folder, "here");
    uint32_t fixed = 0;
    for (uint32_t index = 0; index < CONFIGURATION_LIMIT; index++) {
        fixed += options.is_fixed[index];
    }
    assert_int_equal(fixed, 2);
}

/* Each message names what is wrong and what would be right. */
static void wrong_words_are_refused(void **state)
{
    static const char *const wrong[][3] = {
        {"subject", "lock:nothing", "lock:nothing"},
        {"config", "lock", "NAME=VALUE"},
        {"config", "colour=red", "colour"},
        {"config", "lock=red", "free, checked, verifier"},
        {"config", "minutes=1001", "0 to 1000"},
        {"config", "minutes=-1", "0 to 1000"},
        {"config", "minutes=", "0 to 1000"},
        {"misuse", "perhaps", "yes or no"},
        {"schedules", "0", "1 to"},
        {"schedules", "many", "1 to"},
        {"schedules", "99999999999999999999", "1 to"},
        {"speed", "fast", "speed"},
    };
    (void)state;
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        assert_false(set(wrong[index][0], wrong[index][1]));
        assert_non_null(strstr(message, wrong[index][2]));
    }
}

/* What is put into the environment is what is read from it. */
static void environment_carries_options(void **state)
{
    struct fuzz_options read = fuzz_options_standard(sample_subject());
    (void)state;
    assert_true(set("subject", "lock:p02") && set("config", "lock=verifier,points=all") && set("misuse", "yes"));
    assert_true(set("feedback", "no") && set("schedules", "7") && set("replay-dir", "/somewhere"));
    fuzz_options_export(&options);
    assert_true(fuzz_options_environment(&read, message, sizeof message));
    assert_ptr_equal(read.subject, options.subject);
    assert_memory_equal(&read.fixed, &options.fixed, sizeof read.fixed);
    assert_memory_equal(read.is_fixed, options.is_fixed, sizeof read.is_fixed);
    assert_true(read.misuse && !read.feedback && read.schedules == 7);
    assert_string_equal(read.replay_folder, "/somewhere");
    setenv("REMLOCK_SCHEDULES", "none", 1);
    assert_false(fuzz_options_environment(&read, message, sizeof message));
    assert_non_null(strstr(message, "REMLOCK_SCHEDULES"));
}

/* What counts as a finding is not the input's to say. */
static void inputs_are_fitted(void **state)
{
    static struct fuzz_input input;
    (void)state;
    assert_true(set("config", "lock=verifier"));
    fuzz_decode(NULL, 0, sample_subject(), &input);
    input.scenario.configuration.values[SETTING_STEPS] = 100;
    input.scenario.configuration.values[SETTING_BLAME] = BLAME_ALL;
    fuzz_fit(&input, &options);
    assert_int_equal(input.scenario.configuration.values[SETTING_STEPS], SCHEDULER_STEP_LIMIT);
    assert_int_equal(input.scenario.configuration.values[SETTING_BLAME], BLAME_LOCK);
    options.misuse = true;
    fuzz_fit(&input, &options);
    assert_int_equal(input.scenario.configuration.values[SETTING_BLAME], BLAME_ALL);
    assert_true(set("config", "blame=lock,steps=500"));
    fuzz_fit(&input, &options);
    assert_int_equal(input.scenario.configuration.values[SETTING_STEPS], 500);
    assert_int_equal(input.scenario.configuration.values[SETTING_BLAME], BLAME_LOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(standard_options_are_harmless, start),
        cmocka_unit_test_setup(right_words_are_taken, start),
        cmocka_unit_test_setup(wrong_words_are_refused, start),
        cmocka_unit_test_setup(environment_carries_options, start),
        cmocka_unit_test_setup(inputs_are_fitted, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
