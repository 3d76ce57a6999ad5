/* test_run.c - what comes of a replay, compared with what the file says; and files that no longer fit the code. */
#include "hunt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HUNT_EXECUTIONS = 20000, REPETITIONS = 1000 };

/* ------------------------------------------------------------------------------------------------------ allocations -- */

static unsigned allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return __real_realloc(memory, size);
}

/* --------------------------------------------------------------------------------------------------------- helpers -- */

#define CORRECT "remlock 1\nsubject lock\nprogram\n  io: acquire A; release A\n  pnp: remove\n"

static void parse(struct replay *replay, const char *text)
{
    struct replay_error error;
    if (!replay_parse(replay, text, strlen(text), "text", &error)) {
        fail_msg("%s", error.message);
    }
}

static enum replay_outcome outcome_of(const struct replay *replay)
{
    struct replay_result result;
    replay_run(replay, HARNESS_PLAIN, &result);
    return result.outcome;
}

static void hunt_any(struct replay *replay)
{
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        if (!subject->correct && hunt(subject, 1, HUNT_EXECUTIONS, replay)) {
            return;
        }
    }
    fail_msg("no mutant shows a finding");
}

/* -------------------------------------------------------------------------------------------------------- outcomes -- */

static void a_finding_is_compared_with_the_expectation(void **state)
{
    struct replay replay = {0};
    (void)state;
    hunt_any(&replay);
    assert_int_equal(outcome_of(&replay), REPLAY_AS_EXPECTED);
    replay.routine[0] ^= 1;
    assert_int_equal(outcome_of(&replay), REPLAY_OTHER_FINDING);
    replay.routine[0] ^= 1;
    replay.identifier[0] ^= 1;
    assert_int_equal(outcome_of(&replay), REPLAY_OTHER_FINDING);
    replay.expectation = REPLAY_EXPECTS_CLEAN;
    assert_int_equal(outcome_of(&replay), REPLAY_OTHER_FINDING);
    replay.expectation = REPLAY_EXPECTS_NOTHING;
    assert_int_equal(outcome_of(&replay), REPLAY_AS_EXPECTED);
    replay_free(&replay);
}

static void a_clean_execution_is_compared_with_the_expectation(void **state)
{
    struct replay replay = {0};
    (void)state;
    parse(&replay, CORRECT "expect clean\n");
    assert_int_equal(outcome_of(&replay), REPLAY_AS_EXPECTED);
    parse(&replay, CORRECT "expect deadlock KeWaitForSingleObject\n");
    assert_int_equal(outcome_of(&replay), REPLAY_CLEAN);
    parse(&replay, CORRECT);
    assert_int_equal(outcome_of(&replay), REPLAY_AS_EXPECTED);
    replay_free(&replay);
}

static void outcomes_have_names(void **state)
{
    (void)state;
    assert_string_equal(replay_outcome_name(REPLAY_AS_EXPECTED), "as-expected");
    assert_string_equal(replay_outcome_name(REPLAY_OTHER_FINDING), "other-finding");
    assert_string_equal(replay_outcome_name(REPLAY_CLEAN), "clean");
    assert_string_equal(replay_outcome_name(REPLAY_DIVERGED), "diverged");
}

static void running_allocates_nothing(void **state)
{
    struct replay replay = {0};
    struct replay_result result;
    (void)state;
    hunt_any(&replay);
    replay_run(&replay, HARNESS_PLAIN, &result);
    assert_true(allocations > 0);
    unsigned before = allocations;
    for (unsigned count = 0; count < REPETITIONS; count++) {
        replay_run(&replay, HARNESS_PLAIN, &result);
    }
    assert_int_equal(allocations, before);
    replay_free(&replay);
}

/* ------------------------------------------------------------------------------------------------------- divergence -- */

/* A schedule for the program CORRECT that does not fit, and what is said about it. */
static const struct divergence {
    const char *schedule;
    uint32_t at;
    const char *words;
} divergences[] = {
    {"io@900 -> pnp", 0, "deviation 1 of 1, 'io@900 -> pnp', does not fit: io ended after its point "},
    {"start -> pnp\npnp@2 -> io\nio@800 -> pnp", 2,
     "deviation 3 of 3, 'io@800 -> pnp', does not fit: io ended after its point "},
    {"io@2 -> io", 0, "deviation 1 of 1, 'io@2 -> io', does not fit: io could not run there, it "},
    {"io@2 -> task#5", 0, "deviation 1 of 1, 'io@2 -> task#5', does not fit: there was no task#5"},
    {"task#5@2 -> io", 0, "deviation 1 of 1, 'task#5@2 -> io', does not fit: there was no task#5"},
    {"start -> io", 0, "deviation 1 of 1, 'start -> io', does not fit: "},
    {"io@2 allocation = 1", 0, "deviation 1 of 1, 'io@2 allocation = 1', does not fit: io made no allocation there"},
    {"pnp@2 -> io", 0, "deviation 1 of 1, 'pnp@2 -> io', does not fit: nobody but pnp could run there"},
    {"start -> pnp\npnp@2 -> io\nio@2 -> pnp\npnp@3 -> io\npnp@2 -> io", 4,
     "deviation 5 of 5, 'pnp@2 -> io', does not fit: its place is earlier: the lines of a schedule stand in the order in which "
     "they happen"},
};

static void a_stale_schedule_is_noticed_where_it_parts_from_the_code(void **state)
{
    (void)state;
    for (size_t index = 0; index < sizeof divergences / sizeof divergences[0]; index++) {
        const struct divergence *divergence = &divergences[index];
        char text[1024], words[REPLAY_MESSAGE_SIZE];
        struct replay replay = {0};
        struct replay_result result;
        snprintf(text, sizeof text, CORRECT "schedule\n%s\nexpect clean\n", divergence->schedule);
        parse(&replay, text);
        replay_run(&replay, HARNESS_PLAIN, &result);
        assert_int_equal(result.outcome, REPLAY_DIVERGED);
        assert_int_equal(result.diverged_at, divergence->at);
        replay_explain_divergence(&replay, &result, words, sizeof words);
        if (strncmp(words, divergence->words, strlen(divergence->words)) != 0) {
            fail_msg("expected: %s\n     got: %s", divergence->words, words);
        }
        replay_free(&replay);
    }
}

/* The code changed: every finding's replay, moved to a subject without the bug, is never taken for what it expects. */
static void a_repaired_lock_is_never_as_expected(void **state)
{
    const struct subject *correct = subject_find("lock");
    unsigned checked = 0;
    (void)state;
    for (uint32_t index = 0; index < subject_count(); index++) {
        struct replay replay = {0};
        struct replay_result result;
        const struct subject *subject = subject_at(index);
        if (subject->correct || !hunt(subject, 1, HUNT_EXECUTIONS, &replay)) {
            continue;
        }
        replay.scenario.subject = correct;
        replay_run(&replay, HARNESS_PLAIN, &result);
        assert_true(result.outcome == REPLAY_DIVERGED || result.outcome == REPLAY_CLEAN ||
                    result.outcome == REPLAY_OTHER_FINDING);
        checked++;
        replay_free(&replay);
    }
    assert_true(checked > 0);
}

/* A deviation behind the end of the execution was not followed either. */
static void what_lies_behind_a_finding_has_diverged(void **state)
{
    struct replay replay = {0};
    struct replay_result result;
    char words[REPLAY_MESSAGE_SIZE];
    (void)state;
    hunt_any(&replay);
    struct schedule longer = {.count = replay.schedule.count + 1};
    longer.deviations = calloc(longer.count, sizeof *longer.deviations);
    assert_non_null(longer.deviations);
    if (replay.schedule.count > 0) {
        memcpy(longer.deviations, replay.schedule.deviations, replay.schedule.count * sizeof *longer.deviations);
    }
    longer.deviations[longer.count - 1] = (struct deviation){.task = 0, .point = 4000, .chosen = 1};
    assert_true(replay_set_schedule(&replay, longer));
    replay_run(&replay, HARNESS_PLAIN, &result);
    assert_int_equal(result.outcome, REPLAY_DIVERGED);
    assert_int_equal(result.diverged_at, longer.count - 1);
    assert_non_null(result.verdict.finding);
    replay_explain_divergence(&replay, &result, words, sizeof words);
    assert_non_null(strstr(words, "does not fit: "));
    free(longer.deviations);
    replay_free(&replay);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_is_compared_with_the_expectation),
        cmocka_unit_test(a_clean_execution_is_compared_with_the_expectation),
        cmocka_unit_test(outcomes_have_names),
        cmocka_unit_test(running_allocates_nothing),
        cmocka_unit_test(a_stale_schedule_is_noticed_where_it_parts_from_the_code),
        cmocka_unit_test(a_repaired_lock_is_never_as_expected),
        cmocka_unit_test(what_lies_behind_a_finding_has_diverged),
    };
    return cmocka_run_group_tests_name("replay.run", tests, NULL, NULL);
}
