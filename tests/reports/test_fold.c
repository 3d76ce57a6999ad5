/* test_fold.c - what is left out, and that nothing that matters is. */
#include "../../reports/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LAST_ROWS = 6, ROUNDS = 300 };

static const struct report_style style = {.width = 120};

static struct timeline make(uint32_t count)
{
    struct timeline timeline = {.rows = calloc(count, sizeof(struct row)), .count = count};
    assert_non_null(timeline.rows);
    for (uint32_t index = 0; index < count; index++) {
        snprintf(timeline.rows[index].text, sizeof timeline.rows[index].text, "row %u", index);
    }
    return timeline;
}

static bool holds(const struct timeline *timeline, uint32_t number)
{
    char text[32];
    snprintf(text, sizeof text, "row %u", number);
    for (uint32_t index = 0; index < timeline->count; index++) {
        if (strcmp(timeline->rows[index].text, text) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t rows_behind(const struct timeline *timeline)
{
    uint32_t total = 0;
    for (uint32_t index = 0; index < timeline->count; index++) {
        const struct row *row = &timeline->rows[index];
        total += row->kind == ROW_FOLDED ? row->last - row->first + 1 : 1;
    }
    return total;
}

static void a_long_private_run_becomes_one_row(void **state)
{
    (void)state;
    struct timeline timeline = make(41);
    timeline_fold(&style, &timeline);
    assert_int_equal(timeline.count, 1 + 1 + LAST_ROWS);
    assert_int_equal(timeline.rows[1].kind, ROW_FOLDED);
    assert_int_equal(rows_behind(&timeline), 41);
    timeline_free(&timeline);
}

static void short_runs_stay(void **state)
{
    (void)state;
    struct timeline timeline = make(60);
    for (uint32_t index = 0; index < timeline.count; index += 3) {
        timeline.rows[index].matters = true;
    }
    timeline_fold(&style, &timeline);
    assert_int_equal(timeline.count, 60);
    timeline_free(&timeline);
}

static void what_fits_a_screen_is_shown_whole(void **state)
{
    (void)state;
    struct timeline timeline = make(40);
    timeline_fold(&style, &timeline);
    assert_int_equal(timeline.count, 40);
    timeline_free(&timeline);
}

static void folds_do_not_span_tasks(void **state)
{
    (void)state;
    struct timeline timeline = make(60);
    for (uint32_t index = 20; index < 40; index++) {
        timeline.rows[index].task = 1;
    }
    timeline_fold(&style, &timeline);
    uint32_t folds = 0;
    for (uint32_t index = 0; index < timeline.count; index++) {
        folds += timeline.rows[index].kind == ROW_FOLDED;
    }
    assert_int_equal(folds, 3);
    assert_true(holds(&timeline, 19) && holds(&timeline, 20) && holds(&timeline, 39) && holds(&timeline, 40));
    timeline_free(&timeline);
}

/* Random timelines, short enough for nothing to be dropped from the middle. */
static void what_matters_is_never_folded(void **state)
{
    struct generator generator = {.state = 7};
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t count = 1 + generator_below(&generator, 399);
        struct timeline timeline = make(count);
        bool *matters = calloc(count, sizeof *matters);
        assert_non_null(matters);
        for (uint32_t index = 0; index < count; index++) {
            timeline.rows[index].task = (uint8_t)(generator_chance(&generator, 9) ? 1 : 0);
            matters[index] = timeline.rows[index].matters = generator_chance(&generator, 6);
        }
        timeline_fold(&style, &timeline);
        for (uint32_t index = 0; index < count; index++) {
            assert_true(!matters[index] || holds(&timeline, index));
            assert_true(index + LAST_ROWS < count || holds(&timeline, index));
        }
        assert_int_equal(rows_behind(&timeline), count);
        free(matters);
        timeline_free(&timeline);
    }
}

static void very_long_ones_keep_their_ends_and_preemptions(void **state)
{
    (void)state;
    struct timeline timeline = make(30000);
    for (uint32_t index = 0; index < timeline.count; index++) {
        timeline.rows[index].matters = true;
        timeline.rows[index].task = (uint8_t)(index % 3);
    }
    timeline.rows[15000].kind = ROW_PREEMPTED;
    timeline_fold(&style, &timeline);
    assert_true(timeline.count < 400);
    assert_int_equal(rows_behind(&timeline), 30000);
    assert_true(holds(&timeline, 0) && holds(&timeline, 59) && holds(&timeline, 29999) && holds(&timeline, 29880));
    assert_true(holds(&timeline, 14997) && holds(&timeline, 15000) && holds(&timeline, 15003));
    timeline_free(&timeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_private_run_becomes_one_row), cmocka_unit_test(short_runs_stay),
        cmocka_unit_test(what_fits_a_screen_is_shown_whole),  cmocka_unit_test(folds_do_not_span_tasks),
        cmocka_unit_test(what_matters_is_never_folded),       cmocka_unit_test(very_long_ones_keep_their_ends_and_preemptions),
    };
    return cmocka_run_group_tests_name("reports.fold", tests, NULL, NULL);
}
