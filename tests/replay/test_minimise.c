/* test_minimise.c - what is minimised shows the same finding, can be made no shorter, and is always the same. */
#include "check.h"
#include "hunt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { HUNT_EXECUTIONS = 20000, HUNT_SEEDS = 3 };

/* --------------------------------------------------------------------------------------- dropping, done independently -- */

/* As it was hunted and minimised: what only a caller's fault makes of a smaller one does not count. */
static bool still_shows(const struct replay *replay, const struct scenario *scenario, const struct deviation *deviations,
                        uint32_t count)
{
    struct replay smaller = *replay;
    struct replay_result result;
    smaller.scenario = *scenario;
    smaller.scenario.configuration.values[SETTING_BLAME] = BLAME_LOCK;
    smaller.schedule = (struct schedule){.deviations = (struct deviation *)deviations, .count = count};
    replay_run(&smaller, HARNESS_PLAIN, &result);
    return result.verdict.finding != NULL && strcmp(result.verdict.finding->identifier, replay->identifier) == 0 &&
           strcmp(result.verdict.routine, replay->routine) == 0;
}

static void no_deviation_can_be_dropped(const struct replay *replay)
{
    static struct deviation rest[SCHEDULER_DEVIATION_LIMIT];
    for (uint32_t dropped = 0; dropped < replay->schedule.count; dropped++) {
        uint32_t count = 0;
        for (uint32_t index = 0; index < replay->schedule.count; index++) {
            if (index != dropped) {
                rest[count++] = replay->schedule.deviations[index];
            }
        }
        assert_false(still_shows(replay, &replay->scenario, rest, count));
    }
}

static void no_operation_can_be_dropped(const struct replay *replay)
{
    for (uint32_t task = 0; task < replay->scenario.program.task_count; task++) {
        for (uint32_t position = 0; position < replay->scenario.program.tasks[task].count; position++) {
            struct scenario smaller = replay->scenario;
            assert_true(program_remove_operation(&smaller.program, task, position));
            assert_false(still_shows(replay, &smaller, replay->schedule.deviations, replay->schedule.count));
        }
    }
}

static void no_task_can_be_dropped(const struct replay *replay)
{
    static struct deviation rest[SCHEDULER_DEVIATION_LIMIT];
    for (uint32_t task = 0; task < replay->scenario.program.task_count; task++) {
        struct scenario smaller = replay->scenario;
        uint32_t count = 0;
        assert_true(program_remove_task(&smaller.program, task));
        for (uint32_t index = 0; index < replay->schedule.count; index++) {
            struct deviation deviation = replay->schedule.deviations[index];
            bool about_tasks = deviation.kind == CHOICE_TASK;
            if (deviation.task == task || (about_tasks && deviation.chosen == task)) {
                continue;
            }
            deviation.task -= deviation.task > task && deviation.task != SCHEDULER_NO_TASK;
            deviation.chosen -= about_tasks && deviation.chosen > task;
            rest[count++] = deviation;
        }
        assert_false(still_shows(replay, &smaller, rest, count));
    }
}

/* --------------------------------------------------------------------------------------------------------- mutants -- */

static void check_result(const struct replay *original, const struct replay *smaller, const struct replay_minimised *minimised)
{
    struct replay_result result;
    assert_true(minimised->minimal);
    assert_string_equal(smaller->identifier, original->identifier);
    assert_string_equal(smaller->routine, original->routine);
    assert_ptr_equal(smaller->scenario.subject, original->scenario.subject);
    assert_true(round_trips(smaller));
    replay_run(smaller, HARNESS_PLAIN, &result);
    assert_int_equal(result.outcome, REPLAY_AS_EXPECTED);
    assert_int_equal(scheduler_preemptions(), minimised->after.preemptions);
    assert_int_equal(smaller->schedule.count, minimised->after.deviations);
    assert_int_equal(smaller->scenario.program.task_count, minimised->after.tasks);
    assert_int_equal(smaller->scenario.program.operation_count, minimised->after.operations);
    no_task_can_be_dropped(smaller);
    no_operation_can_be_dropped(smaller);
    no_deviation_can_be_dropped(smaller);
}

/* What minimising does a second time: the same from the same start, and nothing from its own result. */
static void check_repetition(const struct replay *original, const struct replay *smaller,
                             const struct replay_minimised *minimised)
{
    struct replay again = {0};
    struct replay_minimised second;
    struct replay_error error;
    assert_true(replay_copy(&again, original));
    assert_true(replay_minimise(&again, NULL, &second, &error));
    assert_true(replay_equal(&again, smaller));
    assert_true(second.executions == minimised->executions);
    assert_true(replay_minimise(&again, NULL, &second, &error));
    assert_true(replay_equal(&again, smaller));
    replay_free(&again);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void minimise_one(const struct subject *subject, uint64_t seed, uint32_t *found, uint32_t *typical)
{
    struct replay original = {0}, smaller = {0};
    struct replay_minimised minimised;
    struct replay_error error;
    if (!hunt(subject, seed, HUNT_EXECUTIONS, &original)) {
        return;
    }
    assert_true(replay_copy(&smaller, &original));
    double start = seconds();
    if (!replay_minimise(&smaller, NULL, &minimised, &error)) {
        fail_msg("%s: %s", subject->name, error.message);
    }
    print_message("%-48s %2u tasks %3u operations %3u preemptions -> %u, %2u, %u; %6llu executions, %.3f s\n", subject->name,
                  minimised.before.tasks, minimised.before.operations, minimised.before.preemptions, minimised.after.tasks,
                  minimised.after.operations, minimised.after.preemptions, (unsigned long long)minimised.executions,
                  seconds() - start);
    check_result(&original, &smaller, &minimised);
    check_repetition(&original, &smaller, &minimised);
    *found += 1;
    *typical += minimised.after.tasks <= 3 && minimised.after.preemptions <= 3;
    replay_free(&original);
    replay_free(&smaller);
}

static void mutants_become_small(void **state)
{
    uint32_t found = 0, typical = 0;
    (void)state;
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        for (uint64_t seed = 1; seed <= HUNT_SEEDS && !subject->correct && !subject->weak_memory; seed++) {
            minimise_one(subject, seed, &found, &typical);
        }
    }
    assert_true(found > 0);
    assert_true(typical * 10 >= found * 9);
}

/* ------------------------------------------------------------------------------------------------- being told to stop -- */

/* The first mutant with a finding that takes a few executions to minimise. */
static void hunt_any(struct replay *replay)
{
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        if (!subject->correct && hunt(subject, 1, HUNT_EXECUTIONS, replay) && replay->schedule.count > 2) {
            return;
        }
    }
    fail_msg("no mutant shows a finding");
}

struct interruption {
    volatile sig_atomic_t cancel;
    uint32_t improvements;
    struct replay_size last;
};

static void stop_at_the_second_improvement(void *context, const struct replay_progress *progress)
{
    struct interruption *interruption = context;
    if (progress->improved) {
        assert_true(progress->best->scenario.program.task_count == progress->size.tasks);
        interruption->last = progress->size;
        interruption->cancel = ++interruption->improvements == 2;
    }
}

static void cancelling_returns_the_best_so_far(void **state)
{
    struct interruption interruption = {0};
    struct replay_minimise_options options = {
        .progress = stop_at_the_second_improvement, .context = &interruption, .cancel = &interruption.cancel};
    struct replay replay = {0};
    struct replay_minimised minimised;
    struct replay_result result;
    struct replay_error error;
    (void)state;
    hunt_any(&replay);
    assert_true(replay_minimise(&replay, &options, &minimised, &error));
    assert_int_equal(interruption.improvements, 2);
    assert_false(minimised.minimal);
    assert_int_equal(minimised.after.tasks, interruption.last.tasks);
    assert_int_equal(minimised.after.operations, interruption.last.operations);
    assert_int_equal(minimised.after.preemptions, interruption.last.preemptions);
    assert_int_equal(minimised.after.deviations, interruption.last.deviations);
    replay_run(&replay, HARNESS_PLAIN, &result);
    assert_int_equal(result.outcome, REPLAY_AS_EXPECTED);
    replay_free(&replay);
}

static void the_limit_is_kept(void **state)
{
    struct replay_minimise_options options = {.execution_limit = 10};
    struct replay replay = {0};
    struct replay_minimised minimised;
    struct replay_result result;
    struct replay_error error;
    (void)state;
    hunt_any(&replay);
    assert_true(replay_minimise(&replay, &options, &minimised, &error));
    assert_false(minimised.minimal);
    assert_in_range(minimised.executions, 10, 12);
    replay_run(&replay, HARNESS_PLAIN, &result);
    assert_int_equal(result.outcome, REPLAY_AS_EXPECTED);
    replay_free(&replay);
}

/* ---------------------------------------------------------------------------------------------- nothing to minimise -- */

static void check_refusal(struct replay *replay, const char *message)
{
    struct replay before = {0};
    struct replay_minimised minimised;
    struct replay_error error;
    assert_true(replay_copy(&before, replay));
    assert_false(replay_minimise(replay, NULL, &minimised, &error));
    assert_non_null(strstr(error.message, message));
    assert_true(replay_equal(&before, replay));
    replay_free(&before);
}

static void what_shows_no_finding_is_refused(void **state)
{
    struct replay replay = {0};
    (void)state;
    hunt_any(&replay);
    snprintf(replay.routine, sizeof replay.routine, "KeElsewhere");
    check_refusal(&replay, "KeElsewhere; correct its 'expect' line");
    replay.scenario.program.task_count = 0;
    replay.scenario.program.operation_count = 0;
    check_refusal(&replay, "the replay is clean");
    replay_free(&replay);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutants_become_small),
        cmocka_unit_test(cancelling_returns_the_best_so_far),
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(what_shows_no_finding_is_refused),
    };
    return cmocka_run_group_tests_name("replay.minimise", tests, NULL, NULL);
}
