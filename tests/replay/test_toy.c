/* test_toy.c - replays of a subject that is no lock: its operations, its choices, the tasks that it starts. */
#include "check.h"

#include <toy.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "remlock 1\nsubject toy:driver\n"

static struct replay read_for(const struct subject *subject, const char *text)
{
    struct replay replay = {0};
    struct replay_error error;
    if (!replay_parse_for(&replay, subject, text, strlen(text), "f", &error)) {
        fail_msg("%s\n%s", error.message, text);
    }
    return replay;
}

/* --------------------------------------------------------------------------------------------------------- reading -- */

static void the_given_subject_takes_the_place_of_the_named_one(void **state)
{
    static const char text[] = "remlock 1\nsubject ./nowhere/at-all.so\nprogram\n  io: ioctl 0x222003\n";
    struct replay replay = {0};
    struct replay_error error;
    (void)state;
    assert_false(replay_parse(&replay, text, strlen(text), "f", &error));
    assert_int_equal(error.line, 2);
    assert_non_null(strstr(error.message, "nowhere/at-all.so"));
    replay = read_for(toy_subject(), text);
    assert_string_equal(replay.scenario.subject->name, "toy:driver");
    replay_free(&replay);
}

static const struct {
    const char *program, *written;
} arguments[] = {
    {"io: ioctl 0x222003", "io: ioctl 0x222003"},
    {"io: ioctl 0X22200B 4096", "io: ioctl 0x22200b 4096"},
    {"io: ioctl 2236419 4294967295", "io: ioctl 0x222003 4294967295"},
    {"io: ioctl 0xffffffff 0", "io: ioctl 0xffffffff"},
    {"io: ioctl 0x80000000 2147483648", "io: ioctl 0x80000000 2147483648"},
    {"io: ioctl 0; spare-249; spare-128", "io: ioctl 0x0; spare-249; spare-128"},
};

static void arguments_are_written_as_drivers_have_them(void **state)
{
    const struct subject *toy = toy_subject();
    (void)state;
    for (size_t row = 0; row < sizeof arguments / sizeof arguments[0]; row++) {
        char text[256], expected[256];
        snprintf(text, sizeof text, HEAD "program\n  %s\n", arguments[row].program);
        snprintf(expected, sizeof expected, HEAD "program\n  %s\n", arguments[row].written);
        struct replay replay = read_for(toy, text);
        char *written = replay_text(&replay, NULL, NULL);
        assert_string_equal(written, expected);
        assert_true(round_trips(&replay));
        free(written);
        replay_free(&replay);
    }
}

static void numbers_beyond_32_bits_are_refused(void **state)
{
    static const char *const programs[] = {"io: ioctl 0x100000000", "io: ioctl 4294967296",     "io: ioctl 0x",
                                           "io: ioctl 0x12g",       "io: ioctl 0x0 4294967296", "io: ioctl 0x0 0x1"};
    const struct subject *toy = toy_subject();
    (void)state;
    for (size_t row = 0; row < sizeof programs / sizeof programs[0]; row++) {
        char text[256];
        struct replay replay = {0};
        struct replay_error error;
        snprintf(text, sizeof text, HEAD "program\n  %s\n", programs[row]);
        assert_false(replay_parse_for(&replay, toy, text, strlen(text), "f", &error));
        assert_int_equal(error.line, 4);
    }
}

/* --------------------------------------------------------------------------------------------------------- writing -- */

static void started_tasks_have_speaking_names(void **state)
{
    const struct subject *toy = toy_subject();
    struct replay replay = read_for(toy, HEAD "program\n  io: queue; ioctl 0x222003\nschedule\n  io@4 -> task#1\n");
    struct replay_result result;
    (void)state;
    replay_run(&replay, HARNESS_PLAIN, &result);
    assert_int_equal(result.outcome, REPLAY_AS_EXPECTED);
    char *spoken = replay_text(&replay, &(struct replay_remarks){.task = replay_task_name}, NULL);
    char *silent = replay_text(&replay, NULL, NULL);
    assert_non_null(strstr(spoken, "  io@4 -> dpc#1\n"));
    assert_non_null(strstr(silent, "  io@4 -> task#1\n"));
    struct replay again = read_for(toy, spoken);
    assert_true(replay_equal(&again, &replay));
    free(spoken);
    free(silent);
    replay_free(&again);
    replay_free(&replay);
}

/* ------------------------------------------------------------------------------------------------------ minimising -- */

/*
 * Noise: tasks that are needed for nothing, one of which starts a dpc before the one that matters; a fault that is not needed;
 * settings and arguments that are not the simplest.
 */
static const char noisy[] = HEAD "config depth=77 mode=odd\n"
                                 "program\n"
                                 "  noise: queue; try; ioctl 0x12345\n"
                                 "  other: try; queue; spare-200\n"
                                 "  armed: try; arm; queue\n"
                                 "  io: try; ioctl 0x22200b 64; ioctl 0xabcdef 512\n"
                                 "  last: queue; ioctl 0x222007\n";

static bool hunt_noise(const struct subject *toy, uint64_t seed, struct replay *replay)
{
    struct replay program = read_for(toy, noisy);
    struct strategy *strategy = strategy_open("random", &(struct strategy_options){.seed = seed});
    struct verdict verdict;
    bool found = false;
    for (uint32_t execution = 0; execution < 20000 && !found; execution++) {
        harness_execute(&program.scenario, strategy, HARNESS_PLAIN, &verdict);
        found = verdict.finding != NULL && replay_capture(replay, &program.scenario, &verdict);
    }
    replay_free(&program);
    return found;
}

/* The bug needs three operations, a device that answers 2, and one preemption by the dpc. */
static void what_is_not_needed_goes_and_what_is_needed_stays(void **state)
{
    const struct subject *toy = toy_subject();
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct replay replay = {0};
        struct replay_minimised minimised;
        struct replay_error error;
        assert_true(hunt_noise(toy, seed, &replay));
        assert_true(replay.schedule.count > 4);
        assert_true(replay_minimise(&replay, NULL, &minimised, &error));
        assert_true(minimised.minimal);
        assert_int_equal(replay.scenario.program.task_count, 1);
        assert_int_equal(replay.scenario.program.operation_count, 3);
        assert_int_equal(replay.schedule.count, 2);
        assert_int_equal(minimised.after.preemptions, 1);
        char *text = replay_text(&replay, NULL, NULL);
        assert_non_null(strstr(text, "arm; queue; ioctl 0x222003\n"));
        assert_non_null(strstr(text, " device = 2\n"));
        assert_non_null(strstr(text, " -> task#1\n"));
        assert_null(strstr(text, "config"));
        assert_true(round_trips(&replay));
        free(text);
        replay_free(&replay);
    }
}

/* Within so few executions no search gets anywhere: the schedule is carried over, with the dpc's number as it changes. */
static void numbers_of_started_tasks_follow_a_removal(void **state)
{
    static const char text[] = HEAD "program\n"
                                    "  armed: arm; queue\n"
                                    "  io: ioctl 0x222003; ioctl 0x0; ioctl 0x0; ioctl 0x0; ioctl 0x0; ioctl 0x0; ioctl 0x0\n"
                                    "  noise: queue; queue\n"
                                    "schedule\n"
                                    "  start -> noise\n"
                                    "  armed@1 device = 2\n"
                                    "  io@4 -> dpc#5\n"
                                    "expect leak -\n";
    const struct subject *toy = toy_subject();
    struct replay replay = read_for(toy, text);
    struct replay_minimise_options options = {.execution_limit = 40};
    struct replay_minimised minimised;
    struct replay_error error;
    (void)state;
    assert_true(replay_minimise(&replay, &options, &minimised, &error));
    char *written = replay_text(&replay, NULL, NULL);
    assert_null(strstr(written, "noise"));
    free(written);
    replay_free(&replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_given_subject_takes_the_place_of_the_named_one),
        cmocka_unit_test(arguments_are_written_as_drivers_have_them),
        cmocka_unit_test(numbers_beyond_32_bits_are_refused),
        cmocka_unit_test(started_tasks_have_speaking_names),
        cmocka_unit_test(what_is_not_needed_goes_and_what_is_needed_stays),
        cmocka_unit_test(numbers_of_started_tasks_follow_a_removal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
