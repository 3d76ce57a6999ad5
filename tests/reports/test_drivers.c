/* test_drivers.c - what drivers bring: fields of kernel objects by name, and more tasks than there is room for. */
#include "../../reports/fields.h"
#include "../../reports/style.h"

#include <remlock/replay.h>
#include <toy.h>
#include <wdm.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---------------------------------------------------------------------------------------------------------- fields -- */

static const struct {
    const char *kind;
    size_t offset;
    bool whole;
    const char *field;
} places[] = {
    {"IRP", offsetof(IRP, IoStatus) + offsetof(IO_STATUS_BLOCK, Information), false, ".IoStatus.Information"},
    {"IRP", offsetof(IRP, CurrentLocation), false, ".CurrentLocation"},
    {"device object", offsetof(DEVICE_OBJECT, ReferenceCount), false, ".ReferenceCount"},
    {"device object", offsetof(DEVICE_OBJECT, ReferenceCount) + 1, false, ".ReferenceCount+1"},
    {"device object", offsetof(DEVICE_OBJECT, DeviceLock), true, ".DeviceLock"},
    {"driver object", offsetof(DRIVER_OBJECT, MajorFunction) + 3 * sizeof(PVOID), false, ".MajorFunction[3]"},
    {"a thing of another kind", 8, false, NULL},
};

static void fields_of_kernel_objects_have_names(void **state)
{
    char field[96];
    (void)state;
    for (size_t row = 0; row < sizeof places / sizeof places[0]; row++) {
        scheduler_reset(&(struct scheduler_options){.record = true});
        const char *memory = scheduler_allocate(4096, places[row].kind);
        bool named = fields_name(memory + places[row].offset, places[row].whole, field, sizeof field);
        assert_int_equal(named, places[row].field != NULL);
        if (named) {
            assert_string_equal(field, places[row].field);
        }
    }
    assert_false(fields_name(&state, false, field, sizeof field));
    assert_false(fields_name(NULL, false, field, sizeof field));
}

/* --------------------------------------------------------------------------------------------------------- columns -- */

static char *explain(const char *program, uint32_t width)
{
    char text[512];
    char *explanation = NULL;
    size_t size;
    struct replay replay = {0};
    struct replay_error error;
    struct replay_result result;
    int length = snprintf(text, sizeof text, "remlock 1\nsubject toy:driver\nprogram\n%s", program);
    assert_true(replay_parse_for(&replay, toy_subject(), text, (size_t)length, "toy", &error));
    replay_run(&replay, HARNESS_RECORD, &result);
    FILE *stream = open_memstream(&explanation, &size);
    struct report_style style = {.width = width, .everything = true};
    report_explanation(
        stream, &style,
        &(struct report_execution){.scenario = &replay.scenario, .verdict = &result.verdict, .path = "toy.replay"});
    fclose(stream);
    replay_free(&replay);
    return explanation;
}

/* Six tasks are started, each runs alone: beside a column for each, there is room for one of all of them. */
static void tasks_that_follow_one_another_share_a_column(void **state)
{
    static const char program[] = "  io: queue; queue; queue; queue; queue; queue\n  other: ioctl 0x0\n";
    (void)state;
    char *narrow = explain(program, 120);
    assert_non_null(strstr(narrow, "| dpc#2, ... "));
    assert_non_null(strstr(narrow, "\ndpc#7@1 "));
    assert_null(strstr(narrow, "| dpc#3"));
    assert_null(strstr(narrow, "all tasks"));
    free(narrow);
    char *wide = explain(program, 400);
    assert_non_null(strstr(wide, "| dpc#2 "));
    assert_non_null(strstr(wide, "| dpc#7 "));
    free(wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_kernel_objects_have_names),
        cmocka_unit_test(tasks_that_follow_one_another_share_a_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
