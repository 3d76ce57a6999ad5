/* test_tracking.c - what a tracked lock keeps: its list, the watermark, the age of acquisitions, missing memory. */
#include "support.h"

#include "../../core/lock/lock.h"

static PIO_REMOVE_LOCK lock;

static void begin(const struct core_options *options, ULONG minutes, ULONG watermark)
{
    start(options);
    lock = new_lock(options->personality, minutes, watermark);
}

static const EXTENDED_REMOVE_LOCK *state_of_lock(void)
{
    const void *shadow = VerifierShadow(lock);
    return shadow == NULL ? (const EXTENDED_REMOVE_LOCK *)lock : shadow;
}

static const struct core_options tracked[] = {
    {.personality = PERSONALITY_CHECKED},
    {.personality = PERSONALITY_VERIFIER},
};

/* ------------------------------------------------------------------------------------------------------- watermark -- */

/* The remark's line is the number of acquisitions; remarks come from the first one too many on. */
static void acquire_up_to(ULONG acquisitions, ULONG allowed)
{
    for (ULONG held = 1; held <= acquisitions; held++) {
        assert_int_equal(acquire(lock, held), STATUS_SUCCESS);
        ULONG expected = held > allowed ? held - allowed : 0;
        assert_int_equal(heard_of(REMARK_WATERMARK), expected);
        assert_true(expected == 0 || heard.remarks[heard.count - 1].line == held);
        assert_true(expected == 0 || heard.remarks[heard.count - 1].bug_check == 0);
    }
}

static void the_watermark_is_the_most_allowed_or_the_first_too_many(void **state)
{
    static const struct {
        enum watermark_reading reading;
        ULONG watermark, allowed;
    } rows[] = {
        {WATERMARK_MAXIMUM, 0, MAXLONG}, {WATERMARK_MAXIMUM, 1, 1},       {WATERMARK_MAXIMUM, 2, 2},
        {WATERMARK_MAXIMUM, 5, 5},       {WATERMARK_REACHED, 0, MAXLONG}, {WATERMARK_REACHED, 1, 0},
        {WATERMARK_REACHED, 2, 1},       {WATERMARK_REACHED, 3, 2},       {WATERMARK_REACHED, 6, 5},
    };
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        for (size_t which = 0; which < COUNT_OF(tracked); which++) {
            struct core_options options = tracked[which];
            options.watermark_reading = rows[index].reading;
            begin(&options, 0, rows[index].watermark);
            acquire_up_to(8, rows[index].allowed);
            assert_int_equal(heard.count, heard_of(REMARK_WATERMARK));
        }
    }
}

static void a_release_makes_room_below_the_watermark(void **state)
{
    (void)state;
    begin(&tracked[0], 0, 2);
    acquire_up_to(2, 2);
    release(lock, 1);
    assert_int_equal(acquire(lock, 3), STATUS_SUCCESS);
    assert_int_equal(heard.count, 0);
    assert_int_equal(acquire(lock, 4), STATUS_SUCCESS);
    assert_int_equal(heard_of(REMARK_WATERMARK), 1);
}

/* ------------------------------------------------------------------------------------------------------------- age -- */

static void exactly_the_limit_is_allowed_and_a_tick_more_is_not(void **state)
{
    (void)state;
    for (ULONG minutes = 1; minutes < 1000; minutes = minutes * 3 + 1) {
        for (size_t which = 0; which < COUNT_OF(tracked); which++) {
            begin(&tracked[which], minutes, 0);
            assert_int_equal(state_of_lock()->Dbg.MaxLockedTicks, (LONGLONG)minutes * TICKS_PER_MINUTE);
            (void)acquire(lock, 1);
            (void)acquire(lock, 2);
            core_advance_minutes(minutes);
            release(lock, 1);
            assert_int_equal(heard.count, 0);
            scheduler_advance(KeQueryTimeIncrement());
            release(lock, 2);
            assert_int_equal(heard.count, 1);
            assert_int_equal(heard.remarks[0].kind, REMARK_HELD_TOO_LONG);
            assert_ptr_equal(heard.remarks[0].tag, 2);
            assert_string_equal(heard.remarks[0].file, "driver.c");
            assert_int_equal(heard.remarks[0].line, 2);
            assert_int_equal(heard.remarks[0].bug_check, 0);
        }
    }
}

static void without_a_limit_age_does_not_matter(void **state)
{
    (void)state;
    begin(&tracked[0], 0, 0);
    (void)acquire(lock, 1);
    core_advance_minutes(UINT32_MAX);
    release(lock, 1);
    assert_int_equal(heard.count, 0);
}

/* Any release looks at everybody who holds the lock. */
static void a_release_finds_all_who_are_too_old(void **state)
{
    (void)state;
    begin(&tracked[0], 1, 0);
    (void)acquire(lock, 1);
    (void)acquire(lock, 2);
    core_advance_minutes(2);
    (void)acquire(lock, 3);
    release(lock, 3);
    assert_int_equal(heard_of(REMARK_HELD_TOO_LONG), 2);
    assert_ptr_equal(heard.remarks[0].tag, 2);
    assert_ptr_equal(heard.remarks[1].tag, 1);
}

static void the_largest_limit_does_not_overflow(void **state)
{
    (void)state;
    begin(&tracked[0], 0xFFFFFFFF, 0);
    assert_int_equal(state_of_lock()->Dbg.MaxLockedTicks, (LONGLONG)0xFFFFFFFF * TICKS_PER_MINUTE);
}

/* ------------------------------------------------------------------------------------------------------ the list -- */

static void assert_tags(const uintptr_t *tags, size_t count)
{
    const IO_REMOVE_LOCK_TRACKING_BLOCK *block = state_of_lock()->Dbg.Blocks;
    for (size_t index = 0; index < count; index++) {
        assert_non_null(block);
        assert_ptr_equal(block->Tag, tags[index]);
        block = block->Next;
    }
    assert_null(block);
}

static void the_youngest_comes_first_and_goes_first(void **state)
{
    (void)state;
    for (size_t which = 0; which < COUNT_OF(tracked); which++) {
        begin(&tracked[which], 0, 0);
        (void)acquire(lock, 1);
        core_advance_minutes(1);
        (void)acquire(lock, 2);
        core_advance_minutes(1);
        (void)acquire(lock, 1);
        assert_tags((uintptr_t[]){1, 2, 1}, 3);
        assert_int_equal(state_of_lock()->Dbg.Blocks->LockMoment, 2 * TICKS_PER_MINUTE);
        release(lock, 1);
        assert_tags((uintptr_t[]){2, 1}, 2);
        assert_int_equal(state_of_lock()->Dbg.Blocks->Next->LockMoment, 0);
        (void)acquire(lock, 3);
        release(lock, 2);
        assert_tags((uintptr_t[]){3, 1}, 2);
        release(lock, 1);
        assert_tags((uintptr_t[]){3}, 1);
        release(lock, 3);
        assert_tags(NULL, 0);
        assert_int_equal(heard.count, 0);
    }
}

static void acquire_after_removal(void *argument)
{
    (void)argument;
    (void)acquire(lock, 1);
    release_and_wait(lock, 1);
    CHECK(acquire(lock, 2) == STATUS_DELETE_PENDING);
}

static void a_refused_acquire_is_not_listed(void **state)
{
    (void)state;
    begin(&tracked[0], 0, 0);
    run_alone(acquire_after_removal, NULL);
    assert_tags(NULL, 0);
    assert_int_equal(scheduler_allocation_count(), 2);
}

/* --------------------------------------------------------------------------------------------------- low memory -- */

static void a_missing_block_excuses_one_release(void **state)
{
    (void)state;
    for (size_t which = 0; which < COUNT_OF(tracked); which++) {
        begin(&tracked[which], 0, 0);
        core_fail_allocations(2);
        assert_int_equal(acquire(lock, 1), STATUS_SUCCESS);
        assert_int_equal(acquire(lock, 2), STATUS_SUCCESS);
        assert_int_equal(acquire(lock, 3), STATUS_SUCCESS);
        assert_int_equal(view(lock).low_memory_count, 2);
        assert_int_equal(view(lock).blocks, 1);
        assert_int_equal(view(lock).count, 4);
        release(lock, 2);
        assert_int_equal(view(lock).low_memory_count, 1);
        release(lock, 1);
        assert_int_equal(view(lock).low_memory_count, 0);
        assert_int_equal(heard.count, 0);
        release(lock, 1);
        assert_int_equal(heard_of(REMARK_UNKNOWN_TAG), 1);
        assert_int_equal(view(lock).low_memory_count, 0);
    }
}

static void remove_without_block(void *argument)
{
    (void)argument;
    core_fail_allocations(1);
    CHECK(acquire(lock, 1) == STATUS_SUCCESS);
    release_and_wait(lock, 1);
}

static void the_removers_own_block_may_be_missing(void **state)
{
    (void)state;
    for (size_t which = 0; which < COUNT_OF(tracked); which++) {
        begin(&tracked[which], 0, 0);
        run_alone(remove_without_block, NULL);
        assert_int_equal(heard.count, 0);
        assert_int_equal(view(lock).count, 0);
        assert_int_equal(view(lock).low_memory_count, 0);
    }
}

/* A block that fails by choice in one acquisition of three: whichever it is, nobody is accused. */
static void use_three(void *argument)
{
    (void)argument;
    for (uintptr_t tag = 1; tag <= 3; tag++) {
        CHECK(acquire(lock, tag) == STATUS_SUCCESS);
    }
    release(lock, 2);
    release(lock, 3);
    release_and_wait(lock, 1);
}

static void begin_three(void)
{
    lock = new_lock(PERSONALITY_CHECKED, 0, 0);
    scheduler_spawn("driver", use_three, NULL);
}

static void judge_three(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(heard.count, 0);
    assert_int_equal(view(lock).count, 0);
    assert_int_equal(view(lock).blocks, 0);
    assert_int_equal(view(lock).low_memory_count, 0);
}

static void whichever_block_is_missing_nobody_is_accused(void **state)
{
    static const struct world world = {.options = {.personality = PERSONALITY_CHECKED, .allocation_failures = true},
                                       .begin = begin_three,
                                       .judge = judge_three};
    (void)state;
    assert_int_equal(every_schedule(&world, UINT32_MAX), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_watermark_is_the_most_allowed_or_the_first_too_many),
        cmocka_unit_test(a_release_makes_room_below_the_watermark),
        cmocka_unit_test(exactly_the_limit_is_allowed_and_a_tick_more_is_not),
        cmocka_unit_test(without_a_limit_age_does_not_matter),
        cmocka_unit_test(a_release_finds_all_who_are_too_old),
        cmocka_unit_test(the_largest_limit_does_not_overflow),
        cmocka_unit_test(the_youngest_comes_first_and_goes_first),
        cmocka_unit_test(a_refused_acquire_is_not_listed),
        cmocka_unit_test(a_missing_block_excuses_one_release),
        cmocka_unit_test(the_removers_own_block_may_be_missing),
        cmocka_unit_test(whichever_block_is_missing_nobody_is_accused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
