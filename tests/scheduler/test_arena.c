/*
 * test_arena.c - the memory of an execution: where it lies, what may be touched, and who is told when something else is.
 *
 * Every kind of access that instrumented code can make is tried at every offset around allocations of every small size; what
 * must happen is computed from the size alone.
 */
#include "support.h"

#include "programs/touch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 48, MARGIN = 40 };

static const struct scheduler_call step_call = {"step", 13, EFFECT_UPDATE};
static const struct scheduler_options plain_options;
static const struct scheduler_options recording = {.record = true};

/* --------------------------------------------------------------------------------------------------------- access -- */

static char *block;
static const struct touch_row *row;
static ptrdiff_t at;

static void touch_block(void *unused)
{
    (void)unused;
    row->run(block + at);
}

static enum scheduler_outcome touch(size_t size, bool freed)
{
    scheduler_reset(&plain_options);
    block = scheduler_allocate(size, "block");
    assert_int_equal((uintptr_t)block % 16, 0);
    if (freed) {
        scheduler_free(block, "block");
    }
    scheduler_spawn("toucher", touch_block, NULL);
    return scheduler_run(the_default());
}

static bool fits(size_t size)
{
    return at >= 0 && (size_t)at + row->size <= size;
}

static bool allowed(ptrdiff_t offset)
{
    return row->anywhere || offset % (ptrdiff_t)row->size == 0;
}

static void check_bounds(size_t size)
{
    if ((touch(size, false) == SCHEDULER_FINISHED) != fits(size)) {
        fail_msg("%s at offset %td of %zu bytes is %s", row->name, at, size, fits(size) ? "refused" : "allowed");
    }
    if (fits(size)) {
        return;
    }
    assert_violation(VIOLATION_OUT_OF_BOUNDS);
    const struct violation *violation = scheduler_violation();
    assert_int_equal(violation->task, 0);
    assert_ptr_equal(violation->object, block + at);
    assert_true(violation->site != 0);
    assert_non_null(strstr(violation->message, row->write ? "written" : "read"));
}

static void every_access_within_bounds_is_allowed_and_no_other(void **unused)
{
    (void)unused;
    for (row = touch_rows; row->name != NULL; row++) {
        for (size_t size = 0; size <= LARGEST; size++) {
            for (at = -MARGIN; at < (ptrdiff_t)size + MARGIN; at++) {
                if (allowed(at)) {
                    check_bounds(size);
                }
            }
        }
    }
}

static void what_a_touch_may_do_is_what_accessible_says(void **unused)
{
    (void)unused;
    for (size_t size = 0; size <= 2 * LARGEST; size++) {
        scheduler_reset(&plain_options);
        char *memory = scheduler_allocate(size, "block");
        for (ptrdiff_t offset = -MARGIN; offset < (ptrdiff_t)size + MARGIN; offset++) {
            for (size_t width = 1; width <= 100; width++) {
                bool expected = offset >= 0 && (size_t)offset + width <= size;
                assert_int_equal(scheduler_accessible(memory + offset, width), expected);
            }
        }
        assert_true(scheduler_accessible(memory, 0));
        assert_false(scheduler_accessible(memory, SIZE_MAX));
        assert_false(scheduler_accessible(memory, SIZE_MAX - 7));
        assert_false(scheduler_accessible(memory, (size_t)1 << 40));
    }
    char local = 0;
    assert_true(scheduler_accessible(&local, 1));
}

static void every_access_to_freed_memory_is_a_use_after_free(void **unused)
{
    (void)unused;
    for (row = touch_rows; row->name != NULL; row++) {
        for (size_t size = 1; size <= LARGEST; size++) {
            for (at = 0; at < (ptrdiff_t)size; at++) {
                if (!allowed(at)) {
                    continue;
                }
                if (touch(size, true) != SCHEDULER_STOPPED) {
                    fail_msg("%s at offset %td of %zu freed bytes is allowed", row->name, at, size);
                }
                assert_violation(VIOLATION_USE_AFTER_FREE);
                assert_non_null(strstr(scheduler_violation()->message, "nobody freed it"));
                assert_non_null(strstr(scheduler_violation()->message, row->write ? "written" : "read"));
            }
        }
    }
}

static void read_null(void *unused)
{
    (void)unused;
    touch_rows[0].run((void *)8);
}

static void null_pointers_are_out_of_bounds(void **unused)
{
    (void)unused;
    scheduler_reset(&plain_options);
    scheduler_spawn("reader", read_null, NULL);
    assert_int_equal(scheduler_run(the_default()), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_OUT_OF_BOUNDS);
}

static void copy_nothing(void *unused)
{
    (void)unused;
    scheduler_access(NULL, 0, false);
    scheduler_access((char *)block + 64, 0, true);
    scheduler_free(block, "block");
    scheduler_access(block, 0, false);
}

static void no_bytes_touch_nothing(void **unused)
{
    (void)unused;
    scheduler_reset(&plain_options);
    block = scheduler_allocate(8, "block");
    scheduler_spawn("copier", copy_nothing, NULL);
    assert_int_equal(scheduler_run(the_default()), SCHEDULER_FINISHED);
}

static void announce(void *unused)
{
    (void)unused;
    scheduler_access(block, 8, true);
    scheduler_access(block, 9, false);
}

static void the_environment_s_own_accesses_are_checked_as_well(void **unused)
{
    (void)unused;
    scheduler_reset(&plain_options);
    block = scheduler_allocate(8, "block");
    scheduler_spawn("announcer", announce, NULL);
    assert_int_equal(scheduler_run(the_default()), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_OUT_OF_BOUNDS);
    assert_non_null(strstr(scheduler_violation()->message, "9 bytes at offset 0 are read, but the block has only 8"));
}

/* ----------------------------------------------------------------------------------------------------------- free -- */

static void free_block(void *unused)
{
    (void)unused;
    const char *previous = scheduler_enter_routine("FreeBlock");
    scheduler_call(&step_call, block);
    scheduler_free(block, "block");
    scheduler_leave_routine(previous);
}

static void use_block(void *unused)
{
    (void)unused;
    const char *previous = scheduler_enter_routine("UseBlock");
    scheduler_call(&step_call, block);
    scheduler_access(block + 3, 2, false);
    scheduler_leave_routine(previous);
}

static enum scheduler_outcome use_and_free(struct strategy *strategy, const struct scheduler_options *options)
{
    scheduler_reset(options);
    block = scheduler_allocate(16, "device extension");
    scheduler_spawn("remover", free_block, NULL);
    scheduler_spawn("reader", use_block, NULL);
    return scheduler_run(strategy);
}

static void a_use_after_free_names_who_freed_and_who_used(void **unused)
{
    (void)unused;
    assert_int_equal(use_and_free(the_default(), &plain_options), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_USE_AFTER_FREE);
    const struct violation *violation = scheduler_violation();
    assert_string_equal(violation->message, "2 bytes at offset 3 of the device extension are read after remover freed it");
    assert_string_equal(violation->routine, "UseBlock");
    assert_int_equal(violation->task, 1);
    assert_ptr_equal(violation->object, block + 3);
}

static void exactly_the_schedules_that_free_first_fail(void **unused)
{
    (void)unused;
    struct strategy *strategy = exhaustive(UINT32_MAX);
    uint32_t failing = 0;
    do {
        failing += use_and_free(strategy, &plain_options) == SCHEDULER_STOPPED;
    } while (scheduler_more());
    assert_int_equal(strategy_coverage(strategy).executions, 2);
    assert_int_equal(failing, 1);
}

static void free_what(void *memory)
{
    scheduler_free(memory, "pool block");
}

static enum scheduler_outcome free_in_a_task(void *memory)
{
    scheduler_spawn("freer", free_what, memory);
    return scheduler_run(the_default());
}

static void only_the_start_of_a_live_allocation_can_be_freed(void **unused)
{
    (void)unused;
    char local = 0;
    for (int kind = 0; kind < 4; kind++) {
        scheduler_reset(&plain_options);
        char *memory = scheduler_allocate(32, "block");
        scheduler_free(memory, "block");
        char *live = scheduler_allocate(32, "block");
        void *const wrong[] = {memory, live + 8, &local, NULL};
        assert_int_equal(free_in_a_task(wrong[kind]), SCHEDULER_STOPPED);
        assert_violation(VIOLATION_DOUBLE_FREE);
        assert_ptr_equal(scheduler_violation()->object, wrong[kind]);
    }
    scheduler_reset(&plain_options);
    assert_int_equal(free_in_a_task(scheduler_allocate(32, "block")), SCHEDULER_FINISHED);
}

static void a_violation_outside_tasks_is_recorded(void **unused)
{
    (void)unused;
    scheduler_reset(&plain_options);
    char *memory = scheduler_allocate(32, "block");
    scheduler_free(memory, "block");
    scheduler_free(memory, "block");
    assert_violation(VIOLATION_DOUBLE_FREE);
    assert_int_equal(scheduler_violation()->task, SCHEDULER_NO_TASK);
    scheduler_access(memory, 1, false); /* the first violation stays */
    assert_violation(VIOLATION_DOUBLE_FREE);
}

/* -------------------------------------------------------------------------------------------------------- address -- */

static void every_execution_gets_the_same_addresses(void **unused)
{
    (void)unused;
    enum { ALLOCATIONS = 200 };
    void *first[ALLOCATIONS];
    for (int execution = 0; execution < 3; execution++) {
        scheduler_reset(&plain_options);
        for (size_t index = 0; index < ALLOCATIONS; index++) {
            void *memory = scheduler_allocate(index * 7 % 300, "block");
            if (execution == 0) {
                first[index] = memory;
            }
            assert_ptr_equal(memory, first[index]);
            if (index % 3 == 0) {
                scheduler_free(memory, "block");
            }
        }
    }
}

static void freed_memory_is_not_handed_out_again(void **unused)
{
    (void)unused;
    scheduler_reset(&plain_options);
    char *last = NULL;
    for (int index = 0; index < 1000; index++) {
        char *memory = scheduler_allocate(64, "block");
        assert_true(memory > last);
        last = memory;
        scheduler_free(memory, "block");
        assert_false(scheduler_accessible(memory, 1));
    }
}

static void fresh_memory_is_filled_and_freed_memory_kept(void **unused)
{
    (void)unused;
    for (int execution = 0; execution < 2; execution++) {
        scheduler_reset(&plain_options);
        unsigned char *memory = scheduler_allocate(100, "block");
        for (size_t index = 0; index < 100; index++) {
            assert_int_equal(memory[index], 0xA5);
        }
        memset(memory, 0x17, 100);
        scheduler_free(memory, "block");
        for (size_t index = 0; index < 100; index++) {
            assert_int_equal(memory[index], 0x17);
        }
    }
}

static void nothing_is_accessible_after_a_reset(void **unused)
{
    (void)unused;
    scheduler_reset(&plain_options);
    char *first = scheduler_allocate(1, "block");
    char *last = first;
    for (int index = 0; index < 100; index++) {
        last = scheduler_allocate(1000, "block");
    }
    scheduler_reset(&plain_options);
    for (char *byte = first - 32; byte < last + 1100; byte++) {
        assert_false(scheduler_accessible(byte, 1));
    }
    assert_int_equal(scheduler_allocation_count(), 0);
}

static void a_full_arena_allocates_nothing(void **unused)
{
    (void)unused;
    scheduler_reset(&plain_options);
    assert_null(scheduler_allocate(SIZE_MAX, "block"));
    assert_null(scheduler_allocate(SIZE_MAX - 31, "block"));
    assert_null(scheduler_allocate((size_t)1 << 32, "block"));
    size_t count = 0;
    while (scheduler_allocate(0, "block") != NULL) { /* as many as the table holds */
        count++;
    }
    assert_true(count >= 1000);
    scheduler_reset(&plain_options);
    uint64_t bytes = 0;
    enum { LARGE = 1 << 20 };
    for (char *memory; (memory = scheduler_allocate(LARGE, "block")) != NULL; bytes += LARGE) {
        assert_true(scheduler_accessible(memory, LARGE));
        assert_false(scheduler_accessible(memory, LARGE + 1));
    }
    assert_true(bytes >= 16 * (uint64_t)LARGE);
    scheduler_reset(&plain_options);
    assert_non_null(scheduler_allocate(LARGE, "block"));
}

/* ---------------------------------------------------------------------------------------------------------- table -- */

static void check_row(const struct scheduler_allocation *allocation, bool recorded)
{
    assert_ptr_equal(allocation->address, block);
    assert_int_equal(allocation->size, 16);
    assert_string_equal(allocation->kind, "device extension");
    assert_false(allocation->live);
    assert_int_equal(allocation->allocated_by, SCHEDULER_NO_TASK);
    assert_int_equal(allocation->freed_by, 0);
    assert_int_equal(allocation->freed_at, 1);
    assert_string_equal(allocation->allocation_routine, "");
    assert_string_equal(allocation->free_routine, "FreeBlock");
    assert_int_equal(allocation->allocation_stack[0], 0);
    assert_int_equal(allocation->free_stack[0] != 0, recorded);
}

static void the_table_tells_who_allocated_and_freed_what(void **unused)
{
    (void)unused;
    use_and_free(the_default(), &recording);
    assert_int_equal(scheduler_allocation_count(), 1);
    assert_ptr_equal(scheduler_allocation_at(0), scheduler_allocation_of(block));
    assert_ptr_equal(scheduler_allocation_at(0), scheduler_allocation_of(block + 15));
    assert_null(scheduler_allocation_of(block + 16));
    assert_null(scheduler_allocation_at(1));
    check_row(scheduler_allocation_at(0), true);
    use_and_free(the_default(), &plain_options);
    check_row(scheduler_allocation_at(0), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_access_within_bounds_is_allowed_and_no_other),
        cmocka_unit_test(what_a_touch_may_do_is_what_accessible_says),
        cmocka_unit_test(every_access_to_freed_memory_is_a_use_after_free),
        cmocka_unit_test(null_pointers_are_out_of_bounds),
        cmocka_unit_test(no_bytes_touch_nothing),
        cmocka_unit_test(the_environment_s_own_accesses_are_checked_as_well),
        cmocka_unit_test(a_use_after_free_names_who_freed_and_who_used),
        cmocka_unit_test(exactly_the_schedules_that_free_first_fail),
        cmocka_unit_test(only_the_start_of_a_live_allocation_can_be_freed),
        cmocka_unit_test(a_violation_outside_tasks_is_recorded),
        cmocka_unit_test(every_execution_gets_the_same_addresses),
        cmocka_unit_test(freed_memory_is_not_handed_out_again),
        cmocka_unit_test(fresh_memory_is_filled_and_freed_memory_kept),
        cmocka_unit_test(nothing_is_accessible_after_a_reset),
        cmocka_unit_test(a_full_arena_allocates_nothing),
        cmocka_unit_test(the_table_tells_who_allocated_and_freed_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
