/* test_spin_lock.c - spin locks: one at a time, and the IRQL around them. */
#include "support.h"

enum { ROUNDS = 3 };

static KSPIN_LOCK *lock;
static uint32_t inside, most_inside;

static void visit(void)
{
    LARGE_INTEGER ticks;
    inside++;
    most_inside = inside > most_inside ? inside : most_inside;
    KeQueryTickCount(&ticks);
    inside--;
}

static void visit_locked(void *argument)
{
    uint32_t rounds = (uint32_t)(uintptr_t)argument;
    for (uint32_t round = 0; round < rounds; round++) {
        KIRQL old = HIGH_LEVEL;
        KeAcquireSpinLock(lock, &old);
        CHECK(old == PASSIVE_LEVEL && KeGetCurrentIrql() == DISPATCH_LEVEL);
        visit();
        CHECK(*lock != 0);
        KeReleaseSpinLock(lock, old);
        CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    }
}

static void visit_at_dpc_level(void *argument)
{
    KIRQL old;
    (void)argument;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeAcquireSpinLockAtDpcLevel(lock);
    visit();
    KeReleaseSpinLockFromDpcLevel(lock);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    KeLowerIrql(old);
}

static void visit_unlocked(void *argument)
{
    LARGE_INTEGER ticks;
    (void)argument;
    KeQueryTickCount(&ticks);
    visit();
}

static void new_spin_lock(void)
{
    lock = scheduler_allocate(sizeof *lock, "spin lock");
    KeInitializeSpinLock(lock);
    inside = most_inside = 0;
}

static void begin_three_visitors(void)
{
    new_spin_lock();
    scheduler_spawn("one", visit_locked, (void *)(uintptr_t)ROUNDS);
    scheduler_spawn("two", visit_locked, (void *)(uintptr_t)ROUNDS);
    scheduler_spawn("dpc", visit_at_dpc_level, NULL);
}

static void begin_two_visitors(void)
{
    new_spin_lock();
    scheduler_spawn("one", visit_locked, (void *)2);
    scheduler_spawn("dpc", visit_at_dpc_level, NULL);
}

static void judge_exclusion(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(most_inside, 1);
    assert_int_equal(*lock, 0);
    assert_int_equal(heard.count, 0);
}

static void one_at_a_time_under_random_schedules(void **state)
{
    static const struct world world = {.begin = begin_three_visitors, .judge = judge_exclusion};
    (void)state;
    many_schedules(&world, "random", 1, 5000);
    many_schedules(&world, "pct", 2, 5000);
}

static void one_at_a_time_under_every_schedule(void **state)
{
    static const struct world world = {.begin = begin_two_visitors, .judge = judge_exclusion};
    (void)state;
    assert_true(every_schedule(&world, UINT32_MAX) > 10);
}

static void begin_unlocked(void)
{
    new_spin_lock();
    scheduler_spawn("one", visit_unlocked, NULL);
    scheduler_spawn("two", visit_unlocked, NULL);
}

/* The test above can fail: without the lock the visitors meet. */
static void visitors_meet_without_the_lock(void **state)
{
    static const struct world world = {.begin = begin_unlocked};
    (void)state;
    bool met = false;
    for (uint64_t seed = 1; seed < 100 && !met; seed++) {
        many_schedules(&world, "random", seed, 1);
        met = most_inside == 2;
    }
    assert_true(met);
}

static void acquire_at_each_level(void *argument)
{
    static const KIRQL levels[] = {PASSIVE_LEVEL, APC_LEVEL, DISPATCH_LEVEL};
    (void)argument;
    for (size_t index = 0; index < COUNT_OF(levels); index++) {
        KIRQL before;
        KIRQL old = HIGH_LEVEL;
        KeRaiseIrql(levels[index], &before);
        KeAcquireSpinLock(lock, &old);
        CHECK(old == levels[index]);
        CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
        KeReleaseSpinLock(lock, old);
        CHECK(KeGetCurrentIrql() == levels[index]);
        KeLowerIrql(before);
    }
}

static void the_irql_is_raised_and_restored(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    new_spin_lock();
    run_alone(acquire_at_each_level, NULL);
    assert_int_equal(heard.count, 0);
}

static void acquire_twice(void *argument)
{
    KIRQL old;
    (void)argument;
    KeAcquireSpinLock(lock, &old);
    KeAcquireSpinLockAtDpcLevel(lock);
}

static void a_task_that_spins_on_its_own_lock_hangs(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    new_spin_lock();
    scheduler_spawn("alone", acquire_twice, NULL);
    assert_int_equal(scheduler_run(strategy_replay((struct schedule){NULL, 0})), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.remarks[0].identifier, VIOLATION_DEADLOCK);
    assert_string_equal(heard.texts[0], "the task acquires a spin lock that it holds already");
}

static void release_twice(void *argument)
{
    KIRQL old;
    (void)argument;
    KeAcquireSpinLock(lock, &old);
    KeReleaseSpinLockFromDpcLevel(lock);
    CHECK(heard.count == 0);
    KeReleaseSpinLock(lock, old);
}

static void a_lock_that_nobody_holds_cannot_be_released(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    new_spin_lock();
    run_alone(release_twice, NULL);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.remarks[0].identifier, "spin-lock-not-owned");
}

static void visit_by_queue(void *argument)
{
    KLOCK_QUEUE_HANDLE handle;
    KIRQL old;
    (void)argument;
    KeAcquireInStackQueuedSpinLock(lock, &handle);
    visit();
    KeReleaseInStackQueuedSpinLock(&handle);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    if (KeTryToAcquireSpinLockAtDpcLevel(lock)) {
        visit();
        KeReleaseSpinLockFromDpcLevel(lock);
    }
    KeAcquireInStackQueuedSpinLockAtDpcLevel(lock, &handle);
    CHECK(!KeTestSpinLock(lock) && !KeTryToAcquireSpinLockAtDpcLevel(lock));
    visit();
    KeReleaseInStackQueuedSpinLockFromDpcLevel(&handle);
    KeLowerIrql(old);
}

static void begin_queued(void)
{
    new_spin_lock();
    scheduler_spawn("one", visit_locked, (void *)2);
    scheduler_spawn("queued", visit_by_queue, NULL);
}

static void queued_locks_exclude_as_well(void **state)
{
    static const struct world world = {.begin = begin_queued, .judge = judge_exclusion};
    (void)state;
    every_schedule(&world, 4);
    many_schedules(&world, "random", 3, 3000);
}

static void hold_and_free(void *argument)
{
    KIRQL old;
    (void)argument;
    KeAcquireSpinLock(lock, &old);
    scheduler_free(lock, "spin lock");
}

static void begin_freeing(void)
{
    new_spin_lock();
    scheduler_spawn("owner", hold_and_free, NULL);
    scheduler_spawn("visitor", visit_at_dpc_level, NULL);
}

static uint32_t used_after_free;

static void judge_freed(enum scheduler_outcome outcome)
{
    if (outcome == SCHEDULER_STOPPED && strcmp(scheduler_violation()->identifier, VIOLATION_DEADLOCK) != 0) {
        assert_violation(VIOLATION_USE_AFTER_FREE);
        used_after_free++;
    }
}

static void a_freed_lock_is_not_acquired(void **state)
{
    static const struct world world = {.begin = begin_freeing, .judge = judge_freed};
    (void)state;
    used_after_free = 0;
    every_schedule(&world, UINT32_MAX);
    assert_true(used_after_free > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time_under_random_schedules),
        cmocka_unit_test(one_at_a_time_under_every_schedule),
        cmocka_unit_test(visitors_meet_without_the_lock),
        cmocka_unit_test(the_irql_is_raised_and_restored),
        cmocka_unit_test(a_task_that_spins_on_its_own_lock_hangs),
        cmocka_unit_test(a_freed_lock_is_not_acquired),
        cmocka_unit_test(a_lock_that_nobody_holds_cannot_be_released),
        cmocka_unit_test(queued_locks_exclude_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
