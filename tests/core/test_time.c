/* test_time.c - clocks: ticks, units of 100 ns, minutes; all of them virtual. */
#include "support.h"

static LONGLONG ticks(void)
{
    LARGE_INTEGER now;
    KeQueryTickCount(&now);
    return now.QuadPart;
}

static LONGLONG system_time(void)
{
    LARGE_INTEGER now;
    KeQuerySystemTime(&now);
    return now.QuadPart;
}

static void a_minute_has_3840_ticks(void **state)
{
    (void)state;
    assert_int_equal(KeQueryTimeIncrement(), 156250);
    assert_int_equal(600000000 / KeQueryTimeIncrement(), TICKS_PER_MINUTE);
    for (uint32_t minutes = 0; minutes < 100; minutes += 7) {
        start_personality(PERSONALITY_FREE);
        core_advance_minutes(minutes);
        assert_int_equal(ticks(), (LONGLONG)minutes * TICKS_PER_MINUTE);
        assert_int_equal(core_ticks(), ticks());
        assert_int_equal(system_time(), (LONGLONG)minutes * 600000000);
        assert_int_equal(scheduler_now(), system_time());
    }
}

static void a_tick_is_counted_when_it_is_full(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    scheduler_advance(156249);
    assert_int_equal(ticks(), 0);
    scheduler_advance(1);
    assert_int_equal(ticks(), 1);
    scheduler_advance(156249);
    assert_int_equal(ticks(), 1);
}

static void minutes_beyond_32_bits_of_units_are_exact(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    core_advance_minutes(UINT32_MAX);
    assert_int_equal(ticks(), (LONGLONG)UINT32_MAX * TICKS_PER_MINUTE);
}

static void time_stands_still_and_starts_at_zero(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    core_advance_minutes(5);
    start_personality(PERSONALITY_FREE);
    for (uint32_t index = 0; index < 1000; index++) {
        assert_int_equal(system_time(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minute_has_3840_ticks),
        cmocka_unit_test(a_tick_is_counted_when_it_is_full),
        cmocka_unit_test(minutes_beyond_32_bits_of_units_are_exact),
        cmocka_unit_test(time_stands_still_and_starts_at_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
