/* test_crt.c - the C run-time of drivers: its cases (crt.c), and that it sees memory that is gone. */
#include "support.h"

#include <ntstrsafe.h>

const char *crt_first_wrong(void);

static void cases_hold(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    const char *wrong = crt_first_wrong();
    if (wrong != NULL) {
        fail_msg("does not hold: %s", wrong);
    }
}

static char *text;
static bool free_first;

static void print_text(void *argument)
{
    (void)argument;
    char buffer[32];
    if (free_first) {
        scheduler_free(text, "text");
    }
    RtlStringCbPrintfA(buffer, sizeof buffer, "<%s>", text);
    CHECK(strcmp(buffer, "<live>") == 0);
    DbgPrint("%s\n", text);
}

static enum scheduler_outcome print_once(bool freed)
{
    start_personality(PERSONALITY_FREE);
    free_first = freed;
    text = scheduler_allocate(5, "text");
    memcpy(text, "live", 5);
    scheduler_spawn("driver", print_text, NULL);
    return scheduler_run(strategy_replay((struct schedule){NULL, 0}));
}

static void freed_text_is_seen(void **state)
{
    (void)state;
    assert_int_equal(print_once(false), SCHEDULER_FINISHED);
    assert_int_equal(print_once(true), SCHEDULER_STOPPED);
    assert_string_equal(scheduler_violation()->identifier, VIOLATION_USE_AFTER_FREE);
}

static void print_without_end(void *argument)
{
    (void)argument;
    text[4] = 'x';
    DbgPrint("%s", text);
}

static void text_without_end_is_seen(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    text = scheduler_allocate(5, "text");
    memcpy(text, "live", 5);
    scheduler_spawn("driver", print_without_end, NULL);
    assert_int_equal(scheduler_run(strategy_replay((struct schedule){NULL, 0})), SCHEDULER_STOPPED);
    assert_string_equal(scheduler_violation()->identifier, VIOLATION_OUT_OF_BOUNDS);
}

static void print_note(void *argument)
{
    (void)argument;
    UNICODE_STRING name = {8, 8, (PWSTR)(uintptr_t)u"name"};
    DbgPrint("opened %wZ, %I64d\n", &name, (LONGLONG)7);
}

static void printed_text_is_a_note(void **state)
{
    (void)state;
    scheduler_reset(&(struct scheduler_options){.record = true});
    core_reset(&(struct core_options){.personality = PERSONALITY_FREE});
    scheduler_spawn("driver", print_note, NULL);
    assert_int_equal(scheduler_run(strategy_replay((struct schedule){NULL, 0})), SCHEDULER_FINISHED);
    struct scheduler_trace trace = scheduler_trace();
    uint32_t found = 0;
    for (uint32_t index = 0; index < trace.count; index++) {
        found += trace.events[index].operation == OPERATION_NOTE && strcmp(trace.events[index].text, "opened name, 7") == 0;
    }
    assert_int_equal(found, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_hold),
        cmocka_unit_test(freed_text_is_seen),
        cmocka_unit_test(text_without_end_is_seen),
        cmocka_unit_test(printed_text_is_a_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
