/* test_irql.c - the highest IRQL at which each routine may be called, as its page documents it. */
#include "support.h"

#include "../../core/kernel/kernel.h"

#include <stdio.h>

static KEVENT *event;
static KSPIN_LOCK *spin_lock;
static PIO_REMOVE_LOCK lock;
static PVOID block;

static void prepare(void)
{
    start_personality(PERSONALITY_FREE);
    event = scheduler_allocate(sizeof *event, "event");
    KeInitializeEvent(event, NotificationEvent, TRUE);
    spin_lock = scheduler_allocate(sizeof *spin_lock, "spin lock");
    KeInitializeSpinLock(spin_lock);
    lock = new_lock(PERSONALITY_FREE, 0, 0);
    block = ExAllocatePoolWithTag(NonPagedPool, 16, 0);
}

/* -------------------------------------------------------------------------------------------------------- routines -- */

static void set_event(void)
{
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);
}

static void reset_event(void)
{
    KeResetEvent(event);
}

static void clear_event(void)
{
    KeClearEvent(event);
}

static void wait(void)
{
    KeWaitForSingleObject(event, Executive, KernelMode, FALSE, NULL);
}

static void wait_a_while(void)
{
    LARGE_INTEGER timeout = {.QuadPart = -1};
    KeWaitForSingleObject(event, Executive, KernelMode, FALSE, &timeout);
}

static void look(void)
{
    LARGE_INTEGER timeout = {.QuadPart = 0};
    KeWaitForSingleObject(event, Executive, KernelMode, FALSE, &timeout);
}

static void acquire_spin_lock(void)
{
    KIRQL old;
    KeAcquireSpinLock(spin_lock, &old);
}

static void allocate_nonpaged(void)
{
    ExAllocatePoolWithTag(NonPagedPool, 16, 0);
}

static void allocate_nonpaged_nx(void)
{
    ExAllocatePoolWithTag(NonPagedPoolNx, 16, 0);
}

static void allocate_paged(void)
{
    ExAllocatePoolWithTag(PagedPool, 16, 0);
}

static void free_block(void)
{
    ExFreePoolWithTag(block, 0);
}

static void initialize_lock(void)
{
    IoInitializeRemoveLockEx(lock, 0, 0, 0, 0x20);
}

static void acquire_lock(void)
{
    (void)acquire(lock, 1);
}

static void release_lock(void)
{
    release(lock, 1);
}

static void release_lock_and_wait(void)
{
    release_and_wait(lock, 1);
}

static void query_clocks(void)
{
    LARGE_INTEGER now;
    KeQueryTickCount(&now);
    KeQuerySystemTime(&now);
    KeQueryTimeIncrement();
}

/* Documented for DISPATCH_LEVEL and below, and in the same breath for interrupt service routines: no limit to check. */
static void read_event(void)
{
    KeReadStateEvent(event);
}

static const struct {
    const char *routine; /* as the remark names it */
    void (*call)(void);
    KIRQL highest;
} limits[] = {
    {"KeSetEvent", set_event, DISPATCH_LEVEL},
    {"KeResetEvent", reset_event, DISPATCH_LEVEL},
    {"KeResetEvent", clear_event, DISPATCH_LEVEL},
    {"KeWaitForSingleObject", wait, APC_LEVEL},
    {"KeWaitForSingleObject", wait_a_while, APC_LEVEL},
    {"KeWaitForSingleObject", look, DISPATCH_LEVEL},
    {"KeAcquireSpinLock", acquire_spin_lock, DISPATCH_LEVEL},
    {"ExAllocatePoolWithTag", allocate_nonpaged, DISPATCH_LEVEL},
    {"ExAllocatePoolWithTag", allocate_nonpaged_nx, DISPATCH_LEVEL},
    {"ExAllocatePoolWithTag", allocate_paged, APC_LEVEL},
    {"ExFreePoolWithTag", free_block, DISPATCH_LEVEL},
    {"IoInitializeRemoveLockEx", initialize_lock, PASSIVE_LEVEL},
    {"IoAcquireRemoveLockEx", acquire_lock, DISPATCH_LEVEL},
    {"IoReleaseRemoveLockEx", release_lock, DISPATCH_LEVEL},
    {"IoReleaseRemoveLockAndWaitEx", release_lock_and_wait, PASSIVE_LEVEL},
    {"a clock", query_clocks, HIGH_LEVEL},
    {"KeReadStateEvent", read_event, HIGH_LEVEL},
};

static void call_at(void *argument)
{
    const size_t index = *(const size_t *)argument / 16;
    KIRQL old;
    KeRaiseIrql((KIRQL)(*(const size_t *)argument % 16), &old);
    limits[index].call();
}

static void at_the_limit_silence_above_it_a_remark(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(limits); index++) {
        for (KIRQL irql = PASSIVE_LEVEL; irql <= HIGH_LEVEL; irql++) {
            prepare();
            size_t argument = index * 16 + irql;
            run_alone(call_at, &argument);
            bool allowed = irql <= limits[index].highest;
            if ((heard_of(REMARK_IRQL) == 0) != allowed) {
                fail_msg("%s at IRQL %d: %u remarks, the limit is %d", limits[index].routine, irql, heard_of(REMARK_IRQL),
                         limits[index].highest);
            }
            char expected[96];
            snprintf(expected, sizeof expected, "%s is called at IRQL %d, allowed is %d", limits[index].routine, irql,
                     limits[index].highest);
            assert_true(allowed || strcmp(heard.texts[0], expected) == 0);
        }
    }
}

static void raise_downwards(void)
{
    KIRQL old;
    KeRaiseIrql(PASSIVE_LEVEL, &old);
    kernel_set_irql(APC_LEVEL);
}

static void lower_upwards(void)
{
    KeLowerIrql(DISPATCH_LEVEL);
}

static void acquire_at_dpc_level(void)
{
    KeAcquireSpinLockAtDpcLevel(spin_lock);
}

static void release_where_not_raised(void)
{
    *spin_lock = 1;
    KeReleaseSpinLock(spin_lock, PASSIVE_LEVEL);
}

static void remove_from_device_queue(void)
{
    KDEVICE_QUEUE queue;
    KeInitializeDeviceQueue(&queue);
    KeRemoveDeviceQueue(&queue);
}

static const struct {
    void (*call)(void);
    KIRQL irql;
    const char *text; /* NULL: nothing to be said */
} lower_limits[] = {
    {raise_downwards, APC_LEVEL, "KeRaiseIrql to 0 is called at IRQL 1"},
    {raise_downwards, PASSIVE_LEVEL, NULL},
    {lower_upwards, APC_LEVEL, "KeLowerIrql to 2 is called at IRQL 1"},
    {lower_upwards, DISPATCH_LEVEL, NULL},
    {acquire_at_dpc_level, APC_LEVEL, "KeAcquireSpinLockAtDpcLevel is called at IRQL 1, the least is 2"},
    {acquire_at_dpc_level, DISPATCH_LEVEL, NULL},
    {release_where_not_raised, APC_LEVEL, "KeReleaseSpinLock is called at IRQL 1, not at 2"},
    {release_where_not_raised, DISPATCH_LEVEL, NULL},
    {remove_from_device_queue, APC_LEVEL, "KeRemoveDeviceQueue is called at IRQL 1, not at 2"},
    {remove_from_device_queue, DISPATCH_LEVEL, NULL},
};

static void call_from_below(void *argument)
{
    const size_t index = *(const size_t *)argument;
    kernel_set_irql(lower_limits[index].irql);
    lower_limits[index].call();
}

static void below_the_least_irql_a_remark(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(lower_limits); index++) {
        prepare();
        run_alone(call_from_below, &index);
        assert_int_equal(heard_of(REMARK_IRQL), lower_limits[index].text != NULL);
        assert_true(lower_limits[index].text == NULL || strcmp(heard.texts[0], lower_limits[index].text) == 0);
    }
}

/* ------------------------------------------------------------------------------------------------ each task its own -- */

static void raise_and_end(void *argument)
{
    KIRQL old;
    (void)argument;
    KeRaiseIrql(HIGH_LEVEL, &old);
    CHECK(old == PASSIVE_LEVEL);
}

static void stay_passive(void *argument)
{
    (void)argument;
    set_event();
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

static void begin_both(void)
{
    event = scheduler_allocate(sizeof *event, "event");
    KeInitializeEvent(event, NotificationEvent, FALSE);
    scheduler_spawn("high", raise_and_end, NULL);
    scheduler_spawn("passive", stay_passive, NULL);
}

static void judge_silence(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(heard.count, 0);
}

static void each_task_has_its_own_irql_and_begins_passive(void **state)
{
    static const struct world world = {.begin = begin_both, .judge = judge_silence};
    (void)state;
    every_schedule(&world, UINT32_MAX);
    many_schedules(&world, "random", 3, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_the_limit_silence_above_it_a_remark),
        cmocka_unit_test(below_the_least_irql_a_remark),
        cmocka_unit_test(each_task_has_its_own_irql_and_begins_passive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
