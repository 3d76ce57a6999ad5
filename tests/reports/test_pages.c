/*
 * test_pages.c - explanations of drivers' findings: short enough to be read, and with everything that the finding is made of.
 *
 * Nothing here compares whole texts: it counts lines, and looks for the steps that no reader can do without.
 */
#include "../../reports/timeline.h"

#include <remlock/replay.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A replay of the corpus, what must stand in its table, and what the folding has to leave out. */
struct page {
    const char *name;
    const char *shown[6];
    const char *left_out[3];
};

static const struct page pages[] = {
    {"z01-read-without-lock", {0}, {0}},
    {"z05-release-before-last-use",
     {"> open A :", "< interrupted before InterlockedIncrement Reads", "IoReleaseRemoveLockAndWait RemoveLock: IoCount 2 -> 0",
      "IoDeleteDevice FDO", "X InterlockedIncrement Reads: use-after-free"},
     {"RemoveLock.Removed", "InterlockedDecrement", "the PnP manager's lock"}},
    {"z08-freed-before-wait",
     {"IoAcquireRemoveLock RemoveLock: IoCount 1 -> 2", "< interrupted before", "ExFreePoolWithTag pool block",
      "o waits until IoCount is 0", "use-after-free"},
     {"KeWaitForSingleObject"}},
    {"z12-early-return",
     {"> late-ioctl", "IoAcquireRemoveLock RemoveLock: IoCount 1 -> 2",
      "IRP_MN_QUERY_REMOVE_DEVICE :", "still waits until IoCount is 0"},
     {"InterlockedIncrement"}},
    {"z14-wait-in-own-call", {"> open A :", "IoAcquireRemoveLock RemoveLock: IoCount 2 -> 3"}, {"InterlockedIncrement"}},
    {"z24-leak-without-worker", {0}, {0}},
    {"z29-wait-before-forward", {"IRP_MN_WAIT_WAKE", "still waits until IoCount is 0"}, {0}},
    {"z11b-reference-revived",
     {"ExAllocatePoolWithTag", "ExFreePoolWithTag pool block", "< interrupted before InterlockedIncrement pool block"},
     {0}},
    {"op-cancel-race",
     {"> open A :", "IoCancelIrp IRP4", "the driver's DRIVER_CANCEL", "IoCompleteRequest IRP4", "X double-completion"},
     {"IRP6: IRP_MJ_CLOSE\n"}},
    {"op-dpc-without-reference", {"IoDeleteDevice FDO", "X "}, {0}},
    {"op-queued-after-flag-test", {"< interrupted before"}, {0}},
    {"z28-name-freed-twice", {"ExFreePool", "X "}, {0}},
    {"op-not-deleted", {"IRP_MN_REMOVE_DEVICE", "X not-deleted"}, {"wait for the program's tasks"}},
    {"op-touched-after-call", {"IoCompleteRequest IRP4", "X IRP4.IoStatus", "touched-after-call"}, {0}},
    {"z02-dropped-request", {"IoCsqRemoveNextIrp", "irp-lost"}, {"wait for the PnP"}},
};

enum { PAGES = sizeof pages / sizeof pages[0], TABLE_LINES = 48, PAGE_LINES = 96, WIDE = 240 };

static char *explain(const char *name, uint32_t width, bool everything)
{
    char path[512], *text = NULL;
    size_t size;
    struct replay replay = {0};
    struct replay_error error;
    struct replay_result result;
    snprintf(path, sizeof path, "%s/%s.replay", CORPUS, name);
    if (!replay_load(&replay, path, &error)) {
        fail_msg("%s", error.message);
    }
    replay_run(&replay, HARNESS_RECORD, &result);
    assert_non_null(result.verdict.finding);
    FILE *stream = open_memstream(&text, &size);
    struct report_style style = {.width = width, .everything = everything};
    report_explanation(stream, &style,
                       &(struct report_execution){.scenario = &replay.scenario, .verdict = &result.verdict, .path = path});
    fclose(stream);
    replay_free(&replay);
    return text;
}

static uint32_t lines_of(const char *text, const char *end)
{
    uint32_t lines = 0;
    for (; *text && text < end; text++) {
        lines += *text == '\n';
    }
    return lines;
}

/* The table alone; the caller frees it. */
static char *table_of(const char *text)
{
    const char *start = strstr(text, "\nWhat happened");
    assert_non_null(start);
    const char *end = strstr(start + 1, "operation of the program");
    assert_non_null(end);
    return strndup(start, (size_t)(end - start));
}

static void findings_fit_a_page(void **state)
{
    (void)state;
    for (size_t index = 0; index < PAGES; index++) {
        char *text = explain(pages[index].name, 120, false), *table = table_of(text);
        uint32_t table_lines = lines_of(table, table + strlen(table)), all = lines_of(text, text + strlen(text));
        if (table_lines > TABLE_LINES || all > PAGE_LINES) {
            fail_msg("%s: %u lines, %u of them in the table", pages[index].name, all, table_lines);
        }
        free(table);
        free(text);
    }
}

static void what_the_finding_is_made_of_is_shown(void **state)
{
    (void)state;
    for (size_t index = 0; index < PAGES; index++) {
        char *text = explain(pages[index].name, WIDE, false), *table = table_of(text);
        for (size_t at = 0; at < 6 && pages[index].shown[at]; at++) {
            if (!strstr(table, pages[index].shown[at])) {
                fail_msg("%s lacks '%s':\n%s", pages[index].name, pages[index].shown[at], table);
            }
        }
        for (size_t at = 0; at < 3 && pages[index].left_out[at]; at++) {
            if (strstr(table, pages[index].left_out[at])) {
                fail_msg("%s shows '%s':\n%s", pages[index].name, pages[index].left_out[at], table);
            }
        }
        free(table);
        free(text);
    }
}

/* Every interruption has its row, however much is folded. */
static void every_interruption_is_shown(void **state)
{
    (void)state;
    for (size_t index = 0; index < PAGES; index++) {
        char *text = explain(pages[index].name, WIDE, false);
        uint32_t interruptions = 0, told = 0;
        const char *head = strstr(text, "interrupted ");
        assert_non_null(head);
        interruptions = (uint32_t)strtoul(head + strlen("interrupted "), NULL, 10);
        for (const char *at = strstr(text, "< interrupted"); at; at = strstr(at + 1, "< interrupted")) {
            told++;
        }
        assert_true(told > interruptions); /* one of them is the legend */
        free(text);
    }
}

static void everything_is_shown_on_request(void **state)
{
    (void)state;
    char *text = explain("z05-release-before-last-use", WIDE, true);
    assert_non_null(strstr(text, "the PnP manager's lock"));
    assert_non_null(strstr(text, "InterlockedIncrement RemoveLock.IoCount: 1 -> 2"));
    assert_null(strstr(text, " steps before the program"));
    free(text);
}

/* A call of the lock that is interrupted inside keeps its steps. */
static void an_interrupted_call_keeps_its_steps(void **state)
{
    static const char program[] = "remlock 1\nsubject driver:z08-freed-before-wait\nprogram\n"
                                  "  io2: late-read\n  pnp: remove\nschedule\n  io2@8 -> pnp\n  pnp@20 -> io2\n";
    (void)state;
    struct replay replay = {0};
    struct replay_error error;
    struct replay_result result;
    assert_true(replay_parse(&replay, program, strlen(program), "text", &error));
    replay_run(&replay, HARNESS_RECORD, &result);
    struct report_execution execution = {.scenario = &replay.scenario, .verdict = &result.verdict};
    struct report_style style = {.width = WIDE};
    struct timeline timeline = timeline_make(&style, &execution);
    timeline_fold_operations(&style, &timeline, &execution);
    bool steps = false, merged = false;
    for (uint32_t index = 0; index < timeline.count; index++) {
        steps |= strncmp(timeline.rows[index].text, "write RemoveLock.Removed", 24) == 0;
        merged |= strncmp(timeline.rows[index].text, "IoReleaseRemoveLockAndWait", 26) == 0;
    }
    assert_true(steps);
    assert_false(merged);
    timeline_free(&timeline);
    replay_free(&replay);
}

static void sentences_name_fields_and_requests(void **state)
{
    (void)state;
    char *text = explain("op-touched-after-call", WIDE, false);
    assert_non_null(strstr(text, "used IRP4(IRP_MJ_READ).IoStatus"));
    assert_null(strstr(text, "at offset"));
    assert_non_null(strstr(text, "FDO extension.RemoveLock: tag"));
    assert_null(strstr(text, "extension+0x"));
    free(text);
    text = explain("op-cancel-race", WIDE, false);
    assert_non_null(strstr(text, "with IRP4(IRP_MJ_READ)."));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_fit_a_page),
        cmocka_unit_test(what_the_finding_is_made_of_is_shown),
        cmocka_unit_test(every_interruption_is_shown),
        cmocka_unit_test(everything_is_shown_on_request),
        cmocka_unit_test(an_interrupted_call_keeps_its_steps),
        cmocka_unit_test(sentences_name_fields_and_requests),
    };
    return cmocka_run_group_tests_name("reports.pages", tests, NULL, NULL);
}
