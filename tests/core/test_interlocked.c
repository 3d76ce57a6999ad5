/* test_interlocked.c - what Interlocked routines return and leave, with instrumentation as without. */
#include "interlocked.h"
#include "support.h"

enum { RANDOM_VALUES = 20000, CASES_OF_32_BITS = 14, CASES_OF_OTHER_WIDTHS = 8 };

static LONG wrap(LONGLONG value)
{
    return (LONG)(ULONG)value;
}

/* The routines that exist for 16 and for 64 bits. */
static void expect_of_width(LONG64 start, LONG64 value, LONG64 other, ULONG64 mask, struct interlocked_result *results)
{
    const LONG64 expected[CASES_OF_OTHER_WIDTHS][2] = {
        {start + 1, start + 1},
        {start - 1, start - 1},
        {start, value},
        {start, start + value},
        {start, start == other ? value : start},
        {start, start & value},
        {start, start | value},
        {start, start ^ value},
    };
    for (uint32_t index = 0; index < CASES_OF_OTHER_WIDTHS; index++) {
        results[index].returned = (ULONG64)expected[index][0] & mask;
        results[index].left = (ULONG64)expected[index][1] & mask;
    }
}

/* The documented values, computed without any of the routines. */
static void expect(LONG start, LONG value, LONG other, struct interlocked_result results[INTERLOCKED_CASES])
{
    const LONG sum = wrap((LONGLONG)start + value);
    const LONG exchanged = start == other ? value : start;
    const LONG bit = wrap((LONGLONG)1 << (value & 31));
    const LONG expected[CASES_OF_32_BITS][2] = {
        {wrap((LONGLONG)start + 1), wrap((LONGLONG)start + 1)},
        {wrap((LONGLONG)start - 1), wrap((LONGLONG)start - 1)},
        {start, value},
        {start, sum},
        {start, exchanged},
        {start, start & value},
        {start, start | value},
        {start, start ^ value},
        {start, value},
        {start, exchanged},
        {sum, sum},
        {(start & bit) != 0, start | bit},
        {(start & bit) != 0, start & ~bit},
        {(start & bit) != 0, start ^ bit},
    };
    for (uint32_t index = 0; index < CASES_OF_32_BITS; index++) {
        results[index].returned = (ULONG)expected[index][0];
        results[index].left = (ULONG)expected[index][1];
    }
    expect_of_width(start, value, other, UINT64_MAX, results + CASES_OF_32_BITS);
    results[CASES_OF_32_BITS + CASES_OF_OTHER_WIDTHS].returned = (ULONG64)((LONG64)start + value);
    results[CASES_OF_32_BITS + CASES_OF_OTHER_WIDTHS].left = (ULONG64)((LONG64)start + value);
    expect_of_width((SHORT)start, (SHORT)value, (SHORT)other, UINT16_MAX,
                    results + CASES_OF_32_BITS + CASES_OF_OTHER_WIDTHS + 1);
}

static void compare(interlocked_function *function, LONG start, LONG value, LONG other)
{
    struct interlocked_result expected[INTERLOCKED_CASES];
    struct interlocked_result results[INTERLOCKED_CASES];
    expect(start, value, other, expected);
    function(start, value, other, results);
    for (uint32_t index = 0; index < INTERLOCKED_CASES; index++) {
        if (results[index].returned != expected[index].returned || results[index].left != expected[index].left) {
            print_error("%s(%d; %d, %d) returned 0x%lX and left 0x%lX, expected 0x%lX and 0x%lX\n", results[index].name, start,
                        value, other, results[index].returned, results[index].left, expected[index].returned,
                        expected[index].left);
            fail();
        }
    }
}

static LONG draw_value(uint64_t *seed)
{
    static const LONG interesting[] = {0, 1, -1, 2, -2, 0x7FFFFFFF, -0x7FFFFFFF - 1, 0x55555555};
    uint32_t index = draw_below(seed, 2 * COUNT_OF(interesting));
    return index < COUNT_OF(interesting) ? interesting[index] : (LONG)draw(seed);
}

static void compare_many(void *argument)
{
    interlocked_function *const *function = argument;
    uint64_t seed = 7;
    for (uint32_t round = 0; round < RANDOM_VALUES; round++) {
        LONG start = draw_value(&seed);
        LONG value = draw_value(&seed);
        compare(*function, start, value, draw_below(&seed, 2) == 0 ? start : draw_value(&seed));
    }
}

static void values_are_the_documented_ones_without_instrumentation(void **state)
{
    interlocked_function *function = interlocked_plain;
    (void)state;
    compare_many(&function);
}

static void values_are_the_documented_ones_outside_tasks(void **state)
{
    interlocked_function *function = interlocked_instrumented;
    (void)state;
    start_personality(PERSONALITY_FREE);
    compare_many(&function);
}

static void compare_in_task(void *argument)
{
    interlocked_function *function = interlocked_instrumented;
    (void)argument;
    compare_many(&function);
}

static void values_are_the_documented_ones_in_a_task(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    scheduler_reset(&(struct scheduler_options){.step_limit = 50 * RANDOM_VALUES});
    run_alone(compare_in_task, NULL);
}

static void run_each_once(void *argument)
{
    struct interlocked_result results[INTERLOCKED_CASES];
    (void)argument;
    interlocked_instrumented(1, 2, 3, results);
}

/* Each routine, the write that prepares its memory and the read that looks at it. */
static void each_routine_is_one_scheduling_point(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    run_alone(run_each_once, NULL);
    assert_int_equal(scheduler_steps(), 3 * INTERLOCKED_CASES);
}

static BOOLEAN volatile flag;
static LONG volatile number;

static void access_singly(void *argument)
{
    (void)argument;
    CHECK(single_accesses_instrumented(&flag, &number) == (ULONG)-4);
    CHECK(flag == TRUE && number == -5);
}

static void single_accesses_are_scheduling_points(void **state)
{
    (void)state;
    assert_int_equal(single_accesses_plain(&flag, &number), (ULONG)-4);
    start_personality(PERSONALITY_FREE);
    run_alone(access_singly, NULL);
    assert_int_equal(scheduler_steps(), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_the_documented_ones_without_instrumentation),
        cmocka_unit_test(values_are_the_documented_ones_outside_tasks),
        cmocka_unit_test(values_are_the_documented_ones_in_a_task),
        cmocka_unit_test(each_routine_is_one_scheduling_point),
        cmocka_unit_test(single_accesses_are_scheduling_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
