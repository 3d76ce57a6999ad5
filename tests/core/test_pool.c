/* test_pool.c - pool memory: what it holds, how its allocations are made to fail, how wrong frees are noticed. */
#include "support.h"

enum { TAG = 0x74736574 };

static PVOID allocate(SIZE_T size)
{
    return ExAllocatePoolWithTag(NonPagedPoolNx, size, TAG);
}

static void memory_is_live_until_it_is_freed(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    char *memory = allocate(40);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % 16, 0);
    assert_true(scheduler_accessible(memory, 40));
    assert_false(scheduler_accessible(memory, 41));
    for (size_t index = 0; index < 40; index++) {
        assert_int_not_equal(memory[index], 0);
    }
    ExFreePoolWithTag(memory, TAG);
    assert_false(scheduler_accessible(memory, 1));
    assert_ptr_not_equal(allocate(40), memory);
}

static void the_next_allocations_fail_by_count(void **state)
{
    (void)state;
    for (uint32_t failing = 0; failing < 5; failing++) {
        start_personality(PERSONALITY_FREE);
        core_fail_allocations(failing);
        for (uint32_t index = 0; index < 8; index++) {
            assert_int_equal(allocate(16) == NULL, index < failing);
        }
        assert_int_equal(core_failed_allocations(), failing);
    }
}

static void counts_add_up_and_are_forgotten_by_a_reset(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    core_fail_allocations(1);
    core_fail_allocations(2);
    for (uint32_t index = 0; index < 3; index++) {
        assert_null(allocate(16));
    }
    assert_non_null(allocate(16));
    core_fail_allocations(5);
    start_personality(PERSONALITY_FREE);
    assert_int_equal(core_failed_allocations(), 0);
    assert_non_null(allocate(16));
}

/* ---------------------------------------------------------------------------------------------------------- choice -- */

enum { ALLOCATIONS = 3 };

static uint32_t pattern;

static void allocate_some(void *argument)
{
    (void)argument;
    for (uint32_t index = 0; index < ALLOCATIONS; index++) {
        pattern |= (allocate(16) == NULL ? 1u : 0u) << index;
    }
}

static void begin_allocating(void)
{
    pattern = 0;
    scheduler_spawn("driver", allocate_some, NULL);
}

static uint32_t patterns_seen;

static void judge_pattern(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(core_failed_allocations(), __builtin_popcount(pattern));
    patterns_seen |= 1u << pattern;
}

static void each_allocation_can_fail_by_choice(void **state)
{
    static const struct world world = {
        .options = {.allocation_failures = true}, .begin = begin_allocating, .judge = judge_pattern};
    (void)state;
    patterns_seen = 0;
    assert_int_equal(every_schedule(&world, UINT32_MAX), 1 << ALLOCATIONS);
    assert_int_equal(patterns_seen, 0xFF);
}

static void no_allocation_fails_by_choice_unless_asked_for(void **state)
{
    static const struct world world = {.begin = begin_allocating, .judge = judge_pattern};
    (void)state;
    patterns_seen = 0;
    assert_int_equal(every_schedule(&world, UINT32_MAX), 1);
    assert_int_equal(patterns_seen, 1);
}

/* The default of the choice is success, so that a schedule without deviations is one without failures. */
static void by_default_allocations_succeed(void **state)
{
    static const struct world world = {.options = {.allocation_failures = true}, .begin = begin_allocating};
    (void)state;
    assert_int_equal(default_schedule(&world), SCHEDULER_FINISHED);
    assert_int_equal(pattern, 0);
}

/* ------------------------------------------------------------------------------------------------------ wrong frees -- */

static void freeing_twice_is_a_violation(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    PVOID memory = allocate(16);
    ExFreePool(memory);
    assert_null(scheduler_violation());
    ExFreePool(memory);
    assert_violation(VIOLATION_DOUBLE_FREE);
}

static void freeing_what_is_no_allocation_is_a_violation(void **state)
{
    char local[16];
    (void)state;
    start_personality(PERSONALITY_FREE);
    char *memory = allocate(16);
    ExFreePool(memory + 8);
    assert_violation(VIOLATION_DOUBLE_FREE);
    start_personality(PERSONALITY_FREE);
    ExFreePool(local);
    assert_violation(VIOLATION_DOUBLE_FREE);
}

static void a_device_takes_the_shadows_of_its_locks_along(void **state)
{
    size_t size;
    (void)state;
    start_personality(PERSONALITY_VERIFIER);
    PIO_REMOVE_LOCK lock = new_lock(PERSONALITY_VERIFIER, 0, 0);
    const void *shadow = core_shadow_of(lock, &size);
    assert_non_null(shadow);
    assert_int_equal(size, 0x78);
    core_delete_device(lock, 0x20);
    assert_false(scheduler_accessible(lock, 1));
    assert_false(scheduler_accessible(shadow, 1));
    assert_null(core_shadow_of(lock, &size));
    assert_null(scheduler_violation());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_live_until_it_is_freed),
        cmocka_unit_test(the_next_allocations_fail_by_count),
        cmocka_unit_test(counts_add_up_and_are_forgotten_by_a_reset),
        cmocka_unit_test(each_allocation_can_fail_by_choice),
        cmocka_unit_test(no_allocation_fails_by_choice_unless_asked_for),
        cmocka_unit_test(by_default_allocations_succeed),
        cmocka_unit_test(freeing_twice_is_a_violation),
        cmocka_unit_test(freeing_what_is_no_allocation_is_a_violation),
        cmocka_unit_test(a_device_takes_the_shadows_of_its_locks_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
