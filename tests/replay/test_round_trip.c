/* test_round_trip.c - every replay that can exist can be written and read back, and then is the same execution. */
#include "check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SCENARIOS_PER_SUBJECT = 60, SCHEDULES = 3000, SCHEDULE_LENGTH = 40 };

/* ----------------------------------------------------------------------------------------------- real executions -- */

/* Runs a random scenario under a random schedule. */
static void execute(struct generator *generator, const struct subject *subject, struct scenario *scenario,
                    struct verdict *verdict)
{
    struct strategy_options options = {.seed = generator_next(generator)};
    generator->misuse = generator_chance(generator, 4);
    generator_scenario(generator, subject, scenario);
    harness_execute(scenario, strategy_open("random", &options), HARNESS_HASH, verdict);
}

static void check_execution(struct generator *generator, const struct subject *subject)
{
    struct scenario scenario;
    struct verdict verdict;
    struct replay replay = {0};
    execute(generator, subject, &scenario, &verdict);
    if (!replay_capture(&replay, &scenario, &verdict)) {
        assert_true(scheduler_schedule_truncated());
        return;
    }
    assert_true(round_trips(&replay));
    struct replay_result result;
    replay_run(&replay, HARNESS_HASH, &result);
    assert_int_equal(result.outcome, REPLAY_AS_EXPECTED);
    assert_true(result.verdict.hash == verdict.hash);
    assert_int_equal(result.verdict.steps, verdict.steps);
    replay_free(&replay);
}

static void executions_are_written_read_and_repeated(void **state)
{
    struct generator generator = {.state = 2};
    (void)state;
    for (uint32_t index = 0; index < subject_count(); index++) {
        for (unsigned count = 0; count < SCENARIOS_PER_SUBJECT; count++) {
            check_execution(&generator, subject_at(index));
        }
    }
}

/* -------------------------------------------------------------------------------------------- made-up schedules -- */

static uint8_t random_task(struct generator *generator)
{
    return (uint8_t)generator_below(generator, generator_chance(generator, 3) ? SCHEDULER_TASK_LIMIT : 4);
}

static struct deviation random_deviation(struct generator *generator)
{
    struct deviation deviation = {.kind = CHOICE_TASK, .task = random_task(generator), .chosen = random_task(generator)};
    deviation.point = generator_chance(generator, 8) ? (uint32_t)generator_next(generator) : generator_below(generator, 50);
    if (generator_chance(generator, 4)) {
        deviation.kind = CHOICE_ALLOCATION;
        deviation.chosen = (uint8_t)(1 + generator_below(generator, UINT8_MAX));
    }
    if (generator_chance(generator, 10)) {
        deviation.task = SCHEDULER_NO_TASK;
        deviation.point = 0;
    }
    return deviation;
}

static void schedules_that_never_happened_round_trip(void **state)
{
    struct generator generator = {.state = 3};
    struct deviation deviations[SCHEDULE_LENGTH];
    (void)state;
    for (unsigned count = 0; count < SCHEDULES; count++) {
        struct schedule schedule = {.deviations = deviations, .count = generator_below(&generator, SCHEDULE_LENGTH + 1)};
        struct replay replay = {.expectation = generator_below(&generator, 2)};
        generator_scenario(&generator, subject_at(generator_below(&generator, subject_count())), &replay.scenario);
        for (uint32_t index = 0; index < schedule.count; index++) {
            deviations[index] = random_deviation(&generator);
        }
        assert_true(replay_set_schedule(&replay, schedule));
        assert_true(round_trips(&replay));
        replay_free(&replay);
    }
}

static void the_longest_schedule_round_trips(void **state)
{
    static struct deviation deviations[SCHEDULER_DEVIATION_LIMIT + 1];
    struct generator generator = {.state = 4};
    struct replay replay = {0};
    (void)state;
    generator_scenario(&generator, subject_at(0), &replay.scenario);
    for (uint32_t index = 0; index <= SCHEDULER_DEVIATION_LIMIT; index++) {
        deviations[index] = random_deviation(&generator);
    }
    struct schedule too_long = {.deviations = deviations, .count = SCHEDULER_DEVIATION_LIMIT + 1};
    assert_false(replay_set_schedule(&replay, too_long));
    struct schedule longest = {.deviations = deviations, .count = SCHEDULER_DEVIATION_LIMIT};
    assert_true(replay_set_schedule(&replay, longest));
    assert_true(round_trips(&replay));
    replay_free(&replay);
}

/* ------------------------------------------------------------------------------------------- every table row -- */

/* A scenario with every operation once, its arguments at their largest or smallest values. */
static void fill_program(const struct subject *subject, bool largest, struct program *program)
{
    memset(program, 0, sizeof *program);
    assert_true(program_add_task(program, "one"));
    assert_true(program_add_task(program, "idle"));
    for (uint32_t code = 0; code < subject->operation_count; code++) {
        struct program_operation operation = {.code = (uint8_t)code};
        for (uint32_t index = 0; index < subject->operations[code].argument_count; index++) {
            const struct argument *argument = &subject->operations[code].arguments[index];
            operation.arguments[index] = largest ? argument->maximum : argument->minimum;
        }
        assert_true(program_append(program, 0, operation));
    }
}

static void every_operation_and_setting_round_trips(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < subject_count(); index++) {
        for (unsigned largest = 0; largest < 2; largest++) {
            const struct subject *subject = subject_at(index);
            struct replay replay = {.scenario = {.subject = subject, .configuration = configuration_standard(subject)}};
            fill_program(subject, largest, &replay.scenario.program);
            for (uint32_t setting = 0; setting < subject_setting_count(subject); setting++) {
                const struct setting *knob = subject_setting(subject, setting);
                replay.scenario.configuration.values[setting] = largest ? knob->maximum : knob->minimum;
            }
            assert_true(round_trips(&replay));
        }
    }
}

static void every_finding_round_trips(void **state)
{
    (void)state;
    for (const struct finding *finding = findings; finding->identifier != NULL; finding++) {
        struct verdict verdict = {.finding = finding, .routine = "IoReleaseRemoveLockEx"};
        struct replay replay = {.scenario = {.subject = subject_at(0), .configuration = configuration_standard(subject_at(0))}};
        replay_expect(&replay, &verdict);
        assert_true(round_trips(&replay));
        verdict.routine[0] = '\0';
        replay_expect(&replay, &verdict);
        assert_true(round_trips(&replay));
    }
}

/* ------------------------------------------------------------------------------------------------------- remarks -- */

static void remark(void *context, const struct deviation *deviation, char *text, size_t size)
{
    (void)context;
    snprintf(text, size, "point %u\nexpect clean\x1b and so on %0200d", deviation->point, 7);
}

static void remarks_do_not_change_what_is_read(void **state)
{
    struct generator generator = {.state = 5};
    struct replay replay = {0}, again = {0};
    struct replay_remarks remarks = {.heading = "found by nobody\nexpect clean\r\n\x07", .deviation = remark};
    struct deviation deviations[] = {{.task = SCHEDULER_NO_TASK, .chosen = 1}, {.task = 1, .point = 3, .chosen = 0}};
    struct replay_error error;
    size_t size;
    (void)state;
    generator_scenario(&generator, subject_at(0), &replay.scenario);
    assert_true(replay_set_schedule(&replay, (struct schedule){.deviations = deviations, .count = 2}));
    char *text = replay_text(&replay, &remarks, &size);
    assert_non_null(text);
    assert_non_null(strstr(text, "# found by nobody\n# expect clean"));
    assert_non_null(strstr(text, "# point 3 expect clean  and so on"));
    assert_true(replay_parse(&again, text, size, "text", &error));
    assert_true(replay_equal(&replay, &again));
    free(text);
    replay_free(&again);
    replay_free(&replay);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(executions_are_written_read_and_repeated),
        cmocka_unit_test(schedules_that_never_happened_round_trip),
        cmocka_unit_test(the_longest_schedule_round_trips),
        cmocka_unit_test(every_operation_and_setting_round_trips),
        cmocka_unit_test(every_finding_round_trips),
        cmocka_unit_test(remarks_do_not_change_what_is_read),
    };
    return cmocka_run_group_tests_name("replay.round-trip", tests, NULL, NULL);
}
