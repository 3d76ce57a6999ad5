/* test_names.c - what a report needs besides the verdict: the table of holders, and names for addresses. */
#include "support.h"

#include "../../harness/lock/world.h"

static struct verdict deadlock_of(struct scenario *scenario)
{
    struct verdict verdict = run_default(scenario);
    assert_verdict(scenario, &verdict, "deadlock");
    return verdict;
}

static void the_table_tells_who_holds_the_lock_since_when(void **state)
{
    struct scenario scenario =
        scenario_of("lock", "", "io: acquire A\nwrite: acquire B lock1; advance 2; acquire C; advance 1\npnp: remove");
    (void)state;
    struct verdict verdict = deadlock_of(&scenario);
    assert_string_equal(
        verdict.holders,
        "lock0 is held with tag A by io, since its operation 1 (acquire A), for 3 minutes; the task has ended\n"
        "lock0 is held with tag C by write, since its operation 3 (acquire C), for 1 minute; the task has ended\n"
        "lock1 is held with tag B by write, since its operation 1 (acquire B lock1), for 3 minutes; "
        "the task has ended\n");
    assert_non_null(strstr(verdict.message, "pnp"));
    assert_int_equal(verdict.task, 2);
}

static void a_holder_that_waits_itself_has_not_ended(void **state)
{
    struct scenario scenario = scenario_of("lock", "", "pnp: acquire A; remove");
    (void)state;
    struct verdict verdict = deadlock_of(&scenario);
    assert_string_equal(verdict.holders, "lock0 is held with tag A by pnp, since its operation 1 (acquire A), for 0 minutes\n");
}

static void nobody_holds_a_lock_whose_wakeup_was_lost(void **state)
{
    struct scenario scenario = scenario_of("lock:m06", "", "io: acquire A; release A\npnp: remove");
    struct verdict verdict;
    (void)state;
    assert_true(find_exhaustively(&scenario, "lost-wakeup", 2, 100000, &verdict));
    assert_string_equal(verdict.holders, "");
}

/* More holders than the table has room for. */
static void a_long_table_ends_in_time(void **state)
{
    char program[1024] = "io:";
    (void)state;
    for (uint32_t count = 0; count < 40; count++) {
        strcat(program, " acquire A;");
    }
    strcat(program, "\npnp: remove");
    struct scenario scenario = scenario_of("lock", "", program);
    struct verdict verdict = deadlock_of(&scenario);
    assert_int_equal(strlen(verdict.holders), sizeof verdict.holders - 1);
}

/* --------------------------------------------------------------------------------------------------------- addresses -- */

static void assert_described(const volatile void *address, const char *expected)
{
    char text[64];
    harness_describe((const void *)address, text, sizeof text);
    assert_string_equal(text, expected);
}

static void fields_of_the_only_lock_need_no_number(void **state)
{
    struct scenario scenario = scenario_of("lock", "lock=checked", "io: acquire A; release A");
    (void)state;
    run_default(&scenario);
    const struct device *device = &world.devices[0];
    const char *lock = (const char *)device->lock;
    assert_described(&device->lock->Common.IoCount, "IoCount");
    assert_described(&device->lock->Common.Removed, "Removed");
    assert_described(&device->lock->Common.RemoveEvent, "RemoveEvent");
    assert_described(lock + 0x48, "Spin");
    assert_described(lock + 0x70, "Blocks");
    assert_described(lock + 1, "lock0+1");
    assert_described(device->extension, "extension0");
    assert_described(device->extension + 31, "extension0+31");
}

static void fields_of_several_locks_do(void **state)
{
    struct scenario scenario = scenario_of("lock", "", "io: acquire A; acquire A lock2");
    (void)state;
    run_default(&scenario);
    assert_int_equal(world.device_count, 2);
    assert_described(&world.devices[0].lock->Common.IoCount, "lock0.IoCount");
    assert_described(&world.devices[1].lock->Common.IoCount, "lock2.IoCount");
    assert_described(world.devices[1].extension + 4, "extension2+4");
}

static void shadows_have_names_of_their_own(void **state)
{
    struct scenario scenario = scenario_of("lock", "lock=verifier", "io: acquire A");
    size_t size;
    (void)state;
    run_default(&scenario);
    const char *shadow = core_shadow_of(world.devices[0].lock, &size);
    assert_described(shadow + 4, "shadow.IoCount");
    assert_described(shadow + 0x70, "shadow.Blocks");
    assert_described(&world.devices[0].lock->Common.IoCount, "IoCount");
}

static void blocks_are_named_by_their_kind(void **state)
{
    struct scenario scenario = scenario_of("lock", "lock=checked", "io: acquire A");
    (void)state;
    run_default(&scenario);
    const struct scheduler_allocation *last = scheduler_allocation_at(scheduler_allocation_count() - 1);
    assert_string_equal(last->kind, "pool block");
    assert_described((const char *)last->address + 8, "pool block+8");
}

static void what_is_unknown_has_no_name(void **state)
{
    int local = 0;
    struct scenario scenario = scenario_of("lock", "", "io: acquire A");
    (void)state;
    run_default(&scenario);
    assert_described(NULL, "");
    assert_described(&local, "");
    assert_described(world.devices[0].extension - 1, "");
}

static void freed_devices_keep_their_names(void **state)
{
    struct scenario scenario = scenario_of("lock", "", "pnp: remove");
    (void)state;
    run_default(&scenario);
    assert_null(world.devices[0].extension);
    assert_described(&world.devices[0].lock->Common.IoCount, "IoCount");
}

/* ------------------------------------------------------------------------------------------------------------- trace -- */

static void a_trace_tells_the_operations(void **state)
{
    static const char *const expected[] = {"> acquire A", "< acquire A", "> release A", "< release A"};
    struct scenario scenario = scenario_of("lock", "", "io: acquire A; release A");
    struct verdict verdict;
    size_t found = 0;
    (void)state;
    harness_execute(&scenario, strategy_replay((struct schedule){NULL, 0}), HARNESS_RECORD, &verdict);
    struct scheduler_trace trace = scheduler_trace();
    for (uint32_t index = 0; index < trace.count; index++) {
        if (trace.events[index].operation == OPERATION_NOTE && found < COUNT_OF(expected)) {
            assert_string_equal(trace.events[index].text, expected[found++]);
        }
    }
    assert_int_equal(found, COUNT_OF(expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_tells_who_holds_the_lock_since_when),
        cmocka_unit_test(a_holder_that_waits_itself_has_not_ended),
        cmocka_unit_test(nobody_holds_a_lock_whose_wakeup_was_lost),
        cmocka_unit_test(a_long_table_ends_in_time),
        cmocka_unit_test(fields_of_the_only_lock_need_no_number),
        cmocka_unit_test(fields_of_several_locks_do),
        cmocka_unit_test(shadows_have_names_of_their_own),
        cmocka_unit_test(blocks_are_named_by_their_kind),
        cmocka_unit_test(what_is_unknown_has_no_name),
        cmocka_unit_test(freed_devices_keep_their_names),
        cmocka_unit_test(a_trace_tells_the_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
