/* test_results.c - whether the result of an atomic addition is used, in code of several compilers at several levels. */
#include "programs/additions.h"

#include <remlock/code.h>
#include <remlock/scheduler.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Where the addition of a function returns to. */
static uintptr_t site_in(const struct addition *addition)
{
    scheduler_reset(&(struct scheduler_options){.record = true});
    scheduler_spawn("task", addition->function, NULL);
    assert_int_equal(scheduler_run(strategy_replay((struct schedule){NULL, 0})), SCHEDULER_FINISHED);
    struct scheduler_trace trace = scheduler_trace();
    for (uint32_t index = 0; index < trace.count; index++) {
        const struct scheduler_event *event = &trace.events[index];
        if (event->operation == OPERATION_ATOMIC_ADD || event->operation == OPERATION_ATOMIC_SUB) {
            return event->stack[0];
        }
    }
    fail_msg("%s adds nothing", addition->name);
    return 0;
}

static void results_are_used_where_they_are(void **unused)
{
    (void)unused;
    uint32_t wrong = 0;
    for (const struct addition *addition = additions; addition->name != NULL; addition++) {
        bool used = code_result_used(site_in(addition));
        if (used != addition->used) {
            print_message("%s: %s\n", addition->name, used ? "said to be used" : "said not to be used");
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void what_is_no_code_counts_as_used(void **unused)
{
    (void)unused;
    static const uint8_t data[16];
    assert_true(code_result_used(0));
    assert_true(code_result_used((uintptr_t)data));
    assert_true(code_result_used(UINTPTR_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_used_where_they_are),
        cmocka_unit_test(what_is_no_code_counts_as_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
