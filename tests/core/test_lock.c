/* test_lock.c - the remove lock by itself: states, results, sizes, personalities. */
#include "support.h"

#include "../../core/lock/lock.h"

enum { PERSONALITIES = 3, NO_TAG = 0 };

/* In a task, so that every access of the lock's own code is checked against the memory it may touch. */
static void for_each_personality(void (*body)(void *argument))
{
    for (enum personality personality = PERSONALITY_FREE; personality <= PERSONALITY_VERIFIER; personality++) {
        start_personality(personality);
        run_alone(body, &personality);
        assert_int_equal(heard.count, 0);
    }
}

static enum personality personality_of(const void *argument)
{
    return *(const enum personality *)argument;
}

static void check_view(const void *lock, bool removed, LONG count, uint32_t blocks)
{
    struct remove_lock_view now;
    CHECK(core_view_lock(lock, &now));
    CHECK(now.removed == removed);
    CHECK(now.count == count);
    CHECK(!now.tracked || now.blocks == blocks);
    CHECK(now.low_memory_count == 0);
}

static void live_and_die(void *argument)
{
    PIO_REMOVE_LOCK lock = new_lock(personality_of(argument), 0, 0);
    check_view(lock, false, 1, 0);
    CHECK(acquire(lock, 1) == STATUS_SUCCESS);
    check_view(lock, false, 2, 1);
    CHECK(acquire(lock, 1) == STATUS_SUCCESS);
    CHECK(acquire(lock, NO_TAG) == STATUS_SUCCESS);
    check_view(lock, false, 4, 3);
    release(lock, 1);
    release(lock, NO_TAG);
    check_view(lock, false, 2, 1);
    release_and_wait(lock, 1);
    check_view(lock, true, 0, 0);
    CHECK(acquire(lock, 1) == STATUS_DELETE_PENDING);
    CHECK(acquire(lock, 2) == STATUS_DELETE_PENDING);
    check_view(lock, true, 0, 0);
}

static void a_lock_counts_its_holders_and_ends_at_zero(void **state)
{
    (void)state;
    for_each_personality(live_and_die);
}

static void touch_nothing_else(void *argument)
{
    enum personality personality = personality_of(argument);
    PIO_REMOVE_LOCK lock = new_lock(personality, 0, 0);
    CHECK(scheduler_accessible(lock, core_remove_lock_size(personality)));
    CHECK(!scheduler_accessible(lock, core_remove_lock_size(personality) + 1u));
    CHECK(acquire(lock, 1) == STATUS_SUCCESS);
    release_and_wait(lock, 1);
}

/* Memory behind the lock is not the lock's: instrumented code that touched it would be stopped. */
static void a_lock_needs_no_more_memory_than_its_size(void **state)
{
    (void)state;
    for_each_personality(touch_nothing_else);
}

/* -------------------------------------------------------------------------------------------------------- the waits -- */

static PIO_REMOVE_LOCK shared;

static void hold(void *argument)
{
    uintptr_t tag = (uintptr_t)argument;
    if (acquire(shared, tag) == STATUS_SUCCESS) {
        release(shared, tag);
    }
}

static void remove_shared(void *argument)
{
    (void)argument;
    CHECK(acquire(shared, 9) == STATUS_SUCCESS);
    release_and_wait(shared, 9);
    struct remove_lock_view now;
    CHECK(core_view_lock(shared, &now) && now.removed);
    CHECK(!now.tracked || now.blocks == 0);
    core_delete_device(shared, 0x20);
}

static enum personality personality_of_world;

/* A request that is refused may be the last one to touch the lock, so only one that begins before the removal is certain. */
static void begin_holder_and_remover(void)
{
    shared = new_lock(personality_of_world, 0, 0);
    CHECK(acquire(shared, 1) == STATUS_SUCCESS);
    scheduler_spawn("remover", remove_shared, NULL);
}

static void release_shared(void *argument)
{
    release(shared, (uintptr_t)argument);
}

static void begin_releaser_and_remover(void)
{
    begin_holder_and_remover();
    scheduler_spawn("holder", release_shared, (void *)1);
}

static void judge_clean(enum scheduler_outcome outcome)
{
    if (outcome == SCHEDULER_STOPPED) {
        fail_msg("%s: %s", scheduler_violation()->identifier, scheduler_violation()->message);
    }
    assert_int_equal(heard.count, 0);
    assert_false(scheduler_accessible(shared, 1));
}

static void judge_hang(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
    assert_string_equal(scheduler_violation()->routine, "IoReleaseRemoveLockAndWaitEx");
}

static void the_remover_waits_for_every_holder(void **state)
{
    (void)state;
    for (personality_of_world = PERSONALITY_FREE; personality_of_world <= PERSONALITY_VERIFIER; personality_of_world++) {
        const struct world with = {{.personality = personality_of_world}, begin_releaser_and_remover, judge_clean};
        const struct world without = {{.personality = personality_of_world}, begin_holder_and_remover, judge_hang};
        assert_true(every_schedule(&with, UINT32_MAX) > 1);
        every_schedule(&without, UINT32_MAX);
    }
}

static void remove_and_keep(void *argument)
{
    (void)argument;
    CHECK(acquire(shared, 9) == STATUS_SUCCESS);
    release_and_wait(shared, 9);
}

static void begin_crowd(void)
{
    shared = new_lock(personality_of_world, 0, 0);
    scheduler_spawn("one", hold, (void *)1);
    scheduler_spawn("two", hold, (void *)1);
    scheduler_spawn("three", hold, (void *)3);
    scheduler_spawn("remover", remove_and_keep, NULL);
}

static void judge_crowd(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(heard.count, 0);
    assert_int_equal(view(shared).count, 0);
    assert_int_equal(view(shared).blocks, 0);
    assert_null(scheduler_violation());
}

static void a_crowd_leaves_nothing_behind(void **state)
{
    (void)state;
    for (personality_of_world = PERSONALITY_FREE; personality_of_world <= PERSONALITY_VERIFIER; personality_of_world++) {
        const struct world world = {{.personality = personality_of_world}, begin_crowd, judge_crowd};
        many_schedules(&world, "random", 11, 10000);
        many_schedules(&world, "pct", 12, 10000);
    }
}

/* ------------------------------------------------------------------------------------------------------ RemlockSize -- */

static const struct {
    ULONG size;
    bool tracked;
} sizes[] = {
    {0x78, true},  {0x20, false}, {0, false},    {0x1F, false},       {0x21, false},       {0x40, false},
    {0x58, false}, {0x77, false}, {0x79, false}, {0x7FFFFFFF, false}, {0xFFFFFFFF, false},
};

static const ULONG *size_of_row;

static void use_with_size(void *argument)
{
    static const unsigned char pattern[0x58];
    EXTENDED_REMOVE_LOCK *extended = argument;
    PIO_REMOVE_LOCK lock = argument;
    IoInitializeRemoveLockEx(lock, 1, 2, 3, *size_of_row);
    CHECK(lock->Common.IoCount == 1 && !lock->Common.Removed);
    CHECK(IoAcquireRemoveLockEx(lock, (PVOID)1, "", 1, *size_of_row) == STATUS_SUCCESS);
    CHECK(lock->Common.IoCount == 2);
    bool tracks = memcmp(&extended->Dbg, pattern, sizeof pattern) != 0;
    CHECK(tracks == (*size_of_row == 0x78));
    CHECK(!tracks || extended->Dbg.Blocks != NULL);
    IoReleaseRemoveLockAndWaitEx(lock, (PVOID)1, *size_of_row);
    CHECK(lock->Common.IoCount == 0 && lock->Common.Removed);
    CHECK(tracks || memcmp(&extended->Dbg, pattern, sizeof pattern) == 0);
}

/* Only the tracked size tracks; every other one leaves the second half alone, as it was before the lock: all zero here. */
static void only_the_tracked_size_tracks(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(sizes); index++) {
        start_personality(PERSONALITY_FREE);
        EXTENDED_REMOVE_LOCK *lock = scheduler_allocate(sizeof *lock, "device extension");
        memset(lock, 0, sizeof *lock);
        size_of_row = &sizes[index].size;
        run_alone(use_with_size, lock);
        assert_int_equal(RemoveLockIsTracked(sizes[index].size), sizes[index].tracked);
    }
}

static void call_with_checked_size(void *argument)
{
    (void)IoAcquireRemoveLockEx(argument, (PVOID)1, "", 1, 0x78);
}

/* A file built with DBG in a driver that is not: the lock ends where the file looks for its second half. */
static void a_checked_call_on_a_free_lock_reads_past_its_end(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    PIO_REMOVE_LOCK lock = new_lock(PERSONALITY_FREE, 0, 0);
    scheduler_spawn("driver", call_with_checked_size, lock);
    assert_int_equal(scheduler_run(strategy_replay((struct schedule){NULL, 0})), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_OUT_OF_BOUNDS);
    assert_string_equal(scheduler_violation()->routine, "IoAcquireRemoveLockEx");
}

/* --------------------------------------------------------------------------------------------------- seen from outside -- */

static void the_fields_of_a_lock_have_names(void **state)
{
    static const struct {
        size_t offset;
        const char *name;
    } fields[] = {
        {offsetof(EXTENDED_REMOVE_LOCK, Common.Removed), "Removed"},
        {offsetof(EXTENDED_REMOVE_LOCK, Common.IoCount), "IoCount"},
        {offsetof(EXTENDED_REMOVE_LOCK, Common.IoCount) + 3, "IoCount"},
        {offsetof(EXTENDED_REMOVE_LOCK, Common.RemoveEvent), "RemoveEvent"},
        {offsetof(EXTENDED_REMOVE_LOCK, Common.RemoveEvent) + 23, "RemoveEvent"},
        {offsetof(EXTENDED_REMOVE_LOCK, Dbg.Signature), "Signature"},
        {offsetof(EXTENDED_REMOVE_LOCK, Dbg.HighWatermark), "HighWatermark"},
        {offsetof(EXTENDED_REMOVE_LOCK, Dbg.MaxLockedTicks), "MaxLockedTicks"},
        {offsetof(EXTENDED_REMOVE_LOCK, Dbg.AllocateTag), "AllocateTag"},
        {offsetof(EXTENDED_REMOVE_LOCK, Dbg.LockList), "LockList"},
        {offsetof(EXTENDED_REMOVE_LOCK, Dbg.Spin), "Spin"},
        {offsetof(EXTENDED_REMOVE_LOCK, Dbg.LowMemoryCount), "LowMemoryCount"},
        {offsetof(EXTENDED_REMOVE_LOCK, Dbg.Blocks), "Blocks"},
        {offsetof(EXTENDED_REMOVE_LOCK, Common.Reserved), NULL},
        {offsetof(EXTENDED_REMOVE_LOCK, Dbg.Reserved1), NULL},
        {sizeof(EXTENDED_REMOVE_LOCK), NULL},
    };
    (void)state;
    for (size_t index = 0; index < COUNT_OF(fields); index++) {
        const char *name = core_lock_field(fields[index].offset, 0x78);
        if (fields[index].name == NULL) {
            assert_null(name);
        } else {
            assert_string_equal(name, fields[index].name);
        }
    }
    assert_null(core_lock_field(offsetof(EXTENDED_REMOVE_LOCK, Dbg.Spin), 0x20));
}

static void freed_locks_and_broken_lists_can_be_looked_at(void **state)
{
    struct remove_lock_view now;
    (void)state;
    start_personality(PERSONALITY_CHECKED);
    PIO_REMOVE_LOCK lock = new_lock(PERSONALITY_CHECKED, 0, 0);
    assert_int_equal(acquire(lock, 1), STATUS_SUCCESS);
    PIO_REMOVE_LOCK_TRACKING_BLOCK block = ((PEXTENDED_REMOVE_LOCK)lock)->Dbg.Blocks;
    block->Next = block;
    assert_int_equal(view(lock).blocks, UINT32_MAX);
    block->Next = (PIO_REMOVE_LOCK_TRACKING_BLOCK)(uintptr_t)0x10;
    assert_int_equal(view(lock).blocks, UINT32_MAX);
    block->Next = NULL;
    scheduler_free(block, "pool block");
    assert_int_equal(view(lock).blocks, UINT32_MAX);
    scheduler_free(lock, "device extension");
    assert_false(core_view_lock(lock, &now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_counts_its_holders_and_ends_at_zero),
        cmocka_unit_test(a_lock_needs_no_more_memory_than_its_size),
        cmocka_unit_test(the_remover_waits_for_every_holder),
        cmocka_unit_test(a_crowd_leaves_nothing_behind),
        cmocka_unit_test(only_the_tracked_size_tracks),
        cmocka_unit_test(a_checked_call_on_a_free_lock_reads_past_its_end),
        cmocka_unit_test(the_fields_of_a_lock_have_names),
        cmocka_unit_test(freed_locks_and_broken_lists_can_be_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
