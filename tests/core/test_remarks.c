/* test_remarks.c - bug checks, assertions and remarks reach who listens, and the trace. */
#include "support.h"

static void bug_checks_are_heard_with_their_parameters(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    KeBugCheckEx(0xE2, 1, 2, 3, UINTPTR_MAX);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.remarks[0].kind, REMARK_BUG_CHECK);
    assert_int_equal(heard.remarks[0].bug_check, 0xE2);
    for (uint32_t index = 0; index < 3; index++) {
        assert_int_equal(heard.remarks[0].parameters[index], index + 1);
    }
    assert_int_equal(heard.remarks[0].parameters[3], UINTPTR_MAX);
}

static void assertions_are_heard_with_their_place(void **state)
{
    (void)state;
    start_personality(PERSONALITY_CHECKED);
    RtlAssert((PVOID) "count > 0", (PVOID) "driver.c", 17, NULL);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.remarks[0].kind, REMARK_ASSERTION);
    assert_string_equal(heard.texts[0], "count > 0");
    assert_string_equal(heard.remarks[0].file, "driver.c");
    assert_int_equal(heard.remarks[0].line, 17);
    assert_null(heard.remarks[0].lock);
}

static void a_remark_nobody_hears_does_no_harm(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    core_on_remark(NULL);
    KeBugCheckEx(0xE2, 0, 0, 0, 0);
    RtlAssert((PVOID) "never", (PVOID) "driver.c", 1, NULL);
    assert_int_equal(heard.count, 0);
}

static void stop_the_system(void *argument)
{
    (void)argument;
    KeBugCheckEx(0xE2, 0, 0, 0, 0);
}

static void remarks_are_notes_of_the_trace(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    scheduler_reset(&(struct scheduler_options){.record = true});
    run_alone(stop_the_system, NULL);
    struct scheduler_trace trace = scheduler_trace();
    uint32_t calls = 0;
    uint32_t notes = 0;
    for (uint32_t index = 0; index < trace.count; index++) {
        const struct scheduler_event *event = &trace.events[index];
        calls += event->operation == OPERATION_CALL && strcmp(event->call->name, "KeBugCheckEx") == 0;
        notes += event->operation == OPERATION_NOTE && strcmp(event->text, "bug check") == 0;
    }
    assert_int_equal(calls, 1);
    assert_int_equal(notes, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bug_checks_are_heard_with_their_parameters),
        cmocka_unit_test(assertions_are_heard_with_their_place),
        cmocka_unit_test(a_remark_nobody_hears_does_no_harm),
        cmocka_unit_test(remarks_are_notes_of_the_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
