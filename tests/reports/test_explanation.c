/* test_explanation.c - what a person reads about a finding, over every subject that has one. */
#include "../../reports/style.h"
#include "hunt.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A remover overtakes a wrong acquire between its look and its increment. */
static const char overtaken[] = "remlock 1\n"
                                "subject lock:p10-test-before-increment\n"
                                "program\n"
                                "  io: acquire A\n"
                                "  pnp: remove\n"
                                "schedule\n"
                                "  io@2 -> pnp\n";

/* A release that touches the event behind the remover's back: memory that was freed. */
static const char freed[] = "remlock 1\n"
                            "subject lock:m07-no-wait-for-one\n"
                            "program\n"
                            "  io: acquire A; release A\n"
                            "  pnp: remove\n"
                            "schedule\n"
                            "  io@3 -> pnp\n";

/* Nobody wakes the remover. */
static const char stuck[] = "remlock 1\n"
                            "subject lock:m02-one-decrement\n"
                            "program\n"
                            "  pnp: remove\n";

static char *explain(const struct report_style *style, const struct report_execution *execution)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    report_explanation(stream, style, execution);
    fclose(stream);
    return text;
}

static void must_contain(const char *text, const char *what)
{
    if (strstr(text, what) == NULL) {
        fprintf(stderr, "%s", text);
        fail_msg("'%s' is missing", what);
    }
}

static char *explain_text(const char *replay_text, struct replay *replay, struct replay_result *result)
{
    struct report_style style = {.width = 200};
    run_text(replay_text, replay, result);
    assert_non_null(result->verdict.finding);
    struct report_execution execution = {.scenario = &replay->scenario, .verdict = &result->verdict, .path = "some.replay"};
    return explain(&style, &execution);
}

static void tells_the_interleaving(void **state)
{
    struct replay replay;
    struct replay_result result;
    (void)state;
    char *text = explain_text(overtaken, &replay, &result);
    static const char *const parts[] = {
        "acquire-after-remove",
        "What went wrong",
        "io              acquire A",
        "pnp             remove",
        "interrupted 1 time",
        "| io ",
        "| pnp ",
        "io@2 ",
        "interrupted before InterlockedIncrement",
        "IoCount",
        "1 -> 2",
        "write Removed: 0 -> 1",
        "p10_test_before_increment.c:",
        "release_and_wait.c:",
        "What the finding means",
        "What Windows would say",
        "How to fix it",
        "The bug in this subject",
        "remlock replay some.replay",
        "remlock explain --full some.replay",
    };
    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++) {
        must_contain(text, parts[index]);
    }
    free(text);
    replay_free(&replay);
}

static void tells_the_life_of_freed_memory(void **state)
{
    struct replay replay;
    struct replay_result result;
    (void)state;
    char *text = explain_text(freed, &replay, &result);
    static const char *const parts[] = {
        "use-after-free",
        "but task pnp had freed that memory",
        "The memory it is about",
        "accessed by task io during 'release A', in IoReleaseRemoveLockEx",
        "RemoveLockRelease",
        "release.c:",
        "freed by task pnp during 'remove'",
        "allocated before the tasks started",
    };
    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++) {
        must_contain(text, parts[index]);
    }
    free(text);
    replay_free(&replay);
}

static void tells_who_waits(void **state)
{
    struct replay replay;
    struct replay_result result;
    (void)state;
    char *text = explain_text(stuck, &replay, &result);
    must_contain(text, "waits in KeWaitForSingleObject");
    must_contain(text, "still waits in KeWaitForSingleObject RemoveEvent: lost-wakeup");
    free(text);
    replay_free(&replay);
}

static void comments_name_the_operation(void **state)
{
    struct replay replay;
    struct replay_result result;
    char text[REPLAY_COMMENT_SIZE];
    (void)state;
    run_text(overtaken, &replay, &result);
    report_point(0, 2, text, sizeof text);
    assert_int_equal(strncmp(text, "before InterlockedIncrement(IoCount), p10_test_before_increment.c:", 66), 0);
    report_point(0, 4711, text, sizeof text);
    assert_string_equal(text, "");
    report_point(SCHEDULER_NO_TASK, 0, text, sizeof text);
    assert_string_equal(text, "");
    replay_free(&replay);
}

static void the_stable_line_is_stable(void **state)
{
    struct replay replay;
    struct replay_result result;
    char *text = NULL;
    size_t size;
    (void)state;
    run_text(freed, &replay, &result);
    struct report_execution execution = {.scenario = &replay.scenario, .verdict = &result.verdict};
    FILE *stream = open_memstream(&text, &size);
    report_assertion(stream, &execution);
    fclose(stream);
    assert_string_equal(text, "ASSERTION FAILED: use-after-free lock:m07-no-wait-for-one IoReleaseRemoveLockEx\n");
    free(text);
    replay_free(&replay);
}

static void a_clean_execution_is_told_too(void **state)
{
    struct replay replay;
    struct replay_result result;
    (void)state;
    run_text("remlock 1\nsubject lock\nprogram\n  io: acquire A; release A\n", &replay, &result);
    struct report_style style = {.width = 100};
    struct report_execution execution = {.scenario = &replay.scenario, .verdict = &result.verdict};
    char *text = explain(&style, &execution);
    must_contain(text, "clean\n");
    assert_null(strstr(text, "went wrong"));
    free(text);
    cJSON *json = report_explanation_json(&execution);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "finding")));
    cJSON_Delete(json);
    replay_free(&replay);
}

/* ------------------------------------------------------------------------------------------------- every subject -- */

static void check_sentence(const struct report_execution *execution)
{
    char sentence[768];
    report_sentence(execution, sentence, sizeof sentence);
    size_t length = strlen(sentence);
    assert_true(length > 20);
    assert_false(islower((unsigned char)sentence[0]));
    assert_non_null(strchr(".!?", sentence[length - 1]));
}

static void check_characters(const char *text)
{
    for (; *text; text++) {
        assert_true((*text >= ' ' && *text < 127) || *text == '\n');
    }
}

static void check_text(const struct report_execution *execution)
{
    struct report_style plain = {.width = 100}, colourful = {.width = 100, .colour = true, .unicode = true};
    char *text = explain(&plain, execution);
    check_characters(text);
    must_contain(text, execution->verdict->finding->identifier);
    must_contain(text, "What went wrong");
    must_contain(text, "How to fix it");
    free(text);
    text = explain(&colourful, execution);
    must_contain(text, "\033[1;31m");
    free(text);
}

/* Printing and reading back keeps every key that docs/cli.md promises. */
static void check_json(const struct report_execution *execution)
{
    static const char *const keys[] = {"subject", "steps",    "finding",     "routine", "sentence",
                                       "message", "task",     "place",       "hash",    "holders",
                                       "meaning", "windows",  "remedy",      "stacks",  "configuration",
                                       "program", "schedule", "preemptions", "trace",   "trace_truncated"};
    cJSON *json = report_explanation_json(execution);
    char *text = cJSON_Print(json);
    cJSON *again = cJSON_Parse(text);
    assert_non_null(again);
    for (size_t index = 0; index < sizeof keys / sizeof keys[0]; index++) {
        assert_true(cJSON_HasObjectItem(again, keys[index]));
    }
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(again, "schedule")), scheduler_schedule().count);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(again, "trace")), scheduler_trace().count);
    cJSON_Delete(again);
    cJSON_Delete(json);
    free(text);
}

static void every_finding_can_be_explained(void **state)
{
    uint32_t explained = 0;
    (void)state;
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        struct replay replay = {0};
        struct replay_result result;
        if (subject->correct || subject->weak_memory) {
            continue;
        }
        if (!hunt(subject, 1, &replay, &result)) {
            fail_msg("no finding in %s", subject->name);
        }
        struct report_execution execution = {.scenario = &replay.scenario, .verdict = &result.verdict};
        check_sentence(&execution);
        check_text(&execution);
        check_json(&execution);
        replay_free(&replay);
        explained++;
    }
    assert_true(explained > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_interleaving),
        cmocka_unit_test(tells_the_life_of_freed_memory),
        cmocka_unit_test(tells_who_waits),
        cmocka_unit_test(comments_name_the_operation),
        cmocka_unit_test(the_stable_line_is_stable),
        cmocka_unit_test(a_clean_execution_is_told_too),
        cmocka_unit_test(every_finding_can_be_explained),
    };
    return cmocka_run_group_tests_name("reports.explanation", tests, NULL, NULL);
}
