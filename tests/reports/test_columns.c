/* test_columns.c - the table of an interleaving: as wide as it may be, nothing lost. */
#include "../../reports/columns.h"
#include "hunt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *print(const struct report_style *style, const struct timeline *timeline)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    columns_print(stream, style, timeline);
    fclose(stream);
    return text;
}

static void check_width(const char *text, uint32_t width)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        assert_true(style_columns(text, length) <= width);
        assert_true(length == 0 || text[length - 1] != ' ' || text[length] == 0);
        text += length + (text[length] == '\n');
    }
}

/* Every word of a row stands somewhere in the table, unless it had to be cut. */
static void check_row(const char *text, const struct row *row)
{
    for (const char *at = row->text; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        assert_true(length >= 20 || memmem(text, strlen(text), at, length) != NULL);
        at += length;
    }
}

static void check_words(const char *text, const struct timeline *timeline)
{
    for (uint32_t index = 0; index < timeline->count; index++) {
        check_row(text, &timeline->rows[index]);
    }
}

static void run_tasks(uint32_t count, struct replay *replay, struct replay_result *result)
{
    char text[4096] = "remlock 1\nsubject lock\nconfig lock=checked\nprogram\n";
    for (uint32_t task = 0; task < count; task++) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "  task%u: acquire A; release A\n", task);
    }
    run_text(text, replay, result);
}

static void fits_every_width(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= PROGRAM_TASK_LIMIT; count++) {
        struct replay replay;
        struct replay_result result;
        run_tasks(count, &replay, &result);
        struct report_execution execution = {.scenario = &replay.scenario, .verdict = &result.verdict};
        for (uint32_t width = 80; width <= 200; width += 7) {
            struct report_style style = {.width = width, .unicode = width % 2};
            struct timeline timeline = timeline_make(&style, &execution);
            assert_true(timeline.count > count);
            char *text = print(&style, &timeline);
            check_width(text, width);
            check_words(text, &timeline);
            free(text);
            timeline_free(&timeline);
        }
        replay_free(&replay);
    }
}

static uint32_t count_in_line(const char *text, const char *what)
{
    uint32_t count = 0;
    const char *end = strchr(text, '\n');
    for (const char *at = strstr(text, what); at && at < end; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

static void a_column_for_each_task_when_there_is_room(void **state)
{
    static const struct {
        uint32_t tasks, width, columns;
    } cases[] = {{1, 80, 1}, {2, 80, 2}, {2, 200, 2}, {4, 200, 4}, {12, 80, 1}, {12, 200, 1}};
    (void)state;
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct replay replay;
        struct replay_result result;
        run_tasks(cases[index].tasks, &replay, &result);
        struct report_execution execution = {.scenario = &replay.scenario, .verdict = &result.verdict};
        struct report_style style = {.width = cases[index].width};
        struct timeline timeline = timeline_make(&style, &execution);
        char *text = print(&style, &timeline);
        assert_int_equal(count_in_line(text, "|"), cases[index].columns + 1);
        assert_int_equal(count_in_line(text, "all tasks"), cases[index].tasks > 1 && cases[index].columns == 1);
        free(text);
        timeline_free(&timeline);
        replay_free(&replay);
    }
}

static void an_empty_timeline_has_a_head(void **state)
{
    (void)state;
    scheduler_reset(
        &(struct scheduler_options){0}); /* the task names of the execution before belong to a replay that is gone */
    struct report_style style = {.width = 80};
    struct timeline timeline = {0};
    char *text = print(&style, &timeline);
    check_width(text, 80);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_every_width),
        cmocka_unit_test(a_column_for_each_task_when_there_is_room),
        cmocka_unit_test(an_empty_timeline_has_a_head),
    };
    return cmocka_run_group_tests_name("reports.columns", tests, NULL, NULL);
}
