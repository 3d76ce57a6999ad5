/* test_timer.c - timers and deferred calls: when they run, what cancels them, and that they never keep an execution going. */
#include "support.h"

#include "../../core/kernel/kernel.h"

static KTIMER *timer;
static KDPC *dpc;
static KEVENT *done;
static uint32_t runs, most_at_once, at_once;
static bool cancelled, stopped_in_time;

static void count_run(PKDPC called, PVOID context, PVOID argument1, PVOID argument2)
{
    LARGE_INTEGER ticks;
    CHECK(called == dpc && context == done);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    (void)argument1;
    (void)argument2;
    at_once++;
    most_at_once = at_once > most_at_once ? at_once : most_at_once;
    KeQueryTickCount(&ticks);
    at_once--;
    runs++;
    KeSetEvent(done, 0, FALSE);
}

static void new_objects(void)
{
    timer = ExAllocatePoolWithTag(NonPagedPool, sizeof *timer, 0x656D6954);
    dpc = ExAllocatePoolWithTag(NonPagedPool, sizeof *dpc, 0x20637044);
    done = scheduler_allocate(sizeof *done, "event");
    KeInitializeTimer(timer);
    KeInitializeEvent(done, NotificationEvent, FALSE);
    KeInitializeDpc(dpc, count_run, done);
    runs = most_at_once = at_once = 0;
    cancelled = stopped_in_time = false;
}

static const LARGE_INTEGER second = {.QuadPart = -10000000};

static NTSTATUS wait_for(PVOID object)
{
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
}

/* --------------------------------------------------------------------------------------------------- deferred calls -- */

static void queue_and_wait(void *argument)
{
    (void)argument;
    CHECK(KeInsertQueueDpc(dpc, NULL, NULL));
    KeFlushQueuedDpcs();
    CHECK(runs == 1);
    CHECK(dpc->DpcData == NULL);
}

static void begin_one_call(void)
{
    new_objects();
    scheduler_spawn("driver", queue_and_wait, NULL);
}

static void judge_quiet(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(heard.count, 0);
}

static void a_queued_call_runs_once_and_can_be_waited_for(void **state)
{
    static const struct world world = {.begin = begin_one_call, .judge = judge_quiet};
    (void)state;
    assert_true(every_schedule(&world, UINT32_MAX) >= 1);
}

static uint32_t queued;

static void queue_often(void *argument)
{
    (void)argument;
    for (uint32_t round = 0; round < 2; round++) {
        queued += KeInsertQueueDpc(dpc, NULL, NULL);
    }
    KeFlushQueuedDpcs();
}

static void remove_once(void *argument)
{
    (void)argument;
    queued -= KeRemoveQueueDpc(dpc);
}

static void begin_queueing(void)
{
    new_objects();
    queued = 0;
    scheduler_spawn("one", queue_often, NULL);
    scheduler_spawn("two", queue_often, NULL);
    scheduler_spawn("remover", remove_once, NULL);
}

static uint32_t fewest, most;

static void judge_queueing(enum scheduler_outcome outcome)
{
    judge_quiet(outcome);
    assert_int_equal(runs, queued);
    fewest = runs < fewest ? runs : fewest;
    most = runs > most ? runs : most;
}

static void a_call_runs_as_often_as_it_was_queued(void **state)
{
    static const struct world world = {.begin = begin_queueing, .judge = judge_queueing};
    (void)state;
    fewest = 100;
    most = 0;
    many_schedules(&world, "random", 3, 5000);
    many_schedules(&world, "pct", 4, 5000);
    assert_int_equal(fewest, 0);
    assert_int_equal(most, 4);
}

static void queue_many_times(void *argument)
{
    (void)argument;
    for (uint32_t round = 0; round < 1000; round++) {
        CHECK(KeInsertQueueDpc(dpc, NULL, NULL));
        KeFlushQueuedDpcs();
    }
    CHECK(runs == 1000);
    CHECK(scheduler_task_count() == 2);
}

static void calls_one_after_the_other_share_a_task(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    new_objects();
    run_alone(queue_many_times, NULL);
}

static void queue_zeroes(void *argument)
{
    (void)argument;
    memset(dpc, 0, sizeof *dpc);
    CHECK(!KeInsertQueueDpc(dpc, NULL, NULL));
}

static void a_call_must_be_initialised(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    new_objects();
    run_alone(queue_zeroes, NULL);
    assert_int_equal(heard_of(REMARK_VIOLATION), 1);
    assert_string_equal(heard.remarks[0].identifier, "not-initialised");
}

/* --------------------------------------------------------------------------------------------------------- timers -- */

static void set_and_wait(void *argument)
{
    (void)argument;
    CHECK(!KeSetTimer(timer, second, dpc));
    CHECK(wait_for(timer) == STATUS_SUCCESS);
    CHECK(scheduler_now() == 10000000);
    CHECK(KeReadStateTimer(timer));
    CHECK(wait_for(done) == STATUS_SUCCESS);
    CHECK(!KeCancelTimer(timer));
    KeFlushQueuedDpcs();
    CHECK(runs == 1);
}

static void begin_one_timer(void)
{
    new_objects();
    scheduler_spawn("driver", set_and_wait, NULL);
}

static void a_timer_is_signalled_and_queues_its_call(void **state)
{
    static const struct world world = {.begin = begin_one_timer, .judge = judge_quiet};
    (void)state;
    every_schedule(&world, UINT32_MAX);
}

static void set_and_cancel(void *argument)
{
    (void)argument;
    KeSetTimer(timer, second, dpc);
    cancelled = KeCancelTimer(timer);
    KeFlushQueuedDpcs();
    uint32_t runs_then = runs;
    CHECK(runs_then == 0 || !cancelled);
    ExFreePool(timer);
    ExFreePool(dpc);
    stopped_in_time = runs_then == 0;
}

static void begin_cancelling(void)
{
    new_objects();
    scheduler_spawn("driver", set_and_cancel, NULL);
}

static uint32_t cancels, expiries;

static void judge_cancelling(enum scheduler_outcome outcome)
{
    judge_quiet(outcome);
    assert_true(cancelled == stopped_in_time);
    cancels += cancelled;
    expiries += !cancelled;
}

static void a_cancelled_timer_does_not_expire_and_can_be_freed(void **state)
{
    static const struct world world = {.begin = begin_cancelling, .judge = judge_cancelling};
    (void)state;
    cancels = expiries = 0;
    every_schedule(&world, UINT32_MAX);
    assert_true(cancels > 0 && expiries > 0);
}

static void cancel_without_flush(void *argument)
{
    (void)argument;
    KeSetTimer(timer, second, dpc);
    KeCancelTimer(timer);
    ExFreePool(dpc);
}

static void begin_no_flush(void)
{
    new_objects();
    scheduler_spawn("driver", cancel_without_flush, NULL);
}

static uint32_t outstanding, used_after_free, clean;

static void judge_no_flush(enum scheduler_outcome outcome)
{
    if (heard_of(REMARK_VIOLATION) != 0) {
        assert_string_equal(heard.remarks[0].identifier, "timer-or-dpc-outstanding");
        assert_string_equal(heard.texts[0], "the pool block goes away while a deferred call in it is queued");
        outstanding++;
    } else if (outcome == SCHEDULER_STOPPED) {
        used_after_free++;
    } else {
        clean++;
    }
}

static void without_a_flush_a_queued_call_outlives_its_memory(void **state)
{
    static const struct world world = {.begin = begin_no_flush, .judge = judge_no_flush};
    (void)state;
    outstanding = used_after_free = clean = 0;
    every_schedule(&world, UINT32_MAX);
    assert_true(outstanding > 0 && clean > 0);
}

static void free_while_set(void *argument)
{
    (void)argument;
    KeSetTimer(timer, second, NULL);
    core_on_remark(NULL);
    const char *what;
    const void *object;
    CHECK(kernel_timer_or_dpc_within(timer, timer + 1, &what, &object));
    CHECK(strcmp(what, "timer") == 0 && object == timer);
    CHECK(!kernel_timer_or_dpc_within(timer + 1, timer + 2, &what, &object));
    KeCancelTimer(timer);
    CHECK(!kernel_timer_or_dpc_within(timer, timer + 1, &what, &object));
}

static void a_set_timer_is_known_by_its_memory(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    new_objects();
    run_alone(free_while_set, NULL);
}

/* ------------------------------------------------------------------------------------------------ again and again -- */

static void set_periodic(void *argument)
{
    KeSetTimerEx(timer, second, 1000, dpc);
    while (runs < *(const uint32_t *)argument) {
        KeClearEvent(done);
        wait_for(done);
    }
    KeCancelTimer(timer);
    KeFlushQueuedDpcs();
    CHECK(most_at_once == 1);
}

static void a_periodic_timer_expires_until_it_is_cancelled(void **state)
{
    uint32_t times = 20;
    (void)state;
    start_personality(PERSONALITY_FREE);
    new_objects();
    run_alone(set_periodic, &times);
    assert_true(runs >= times && runs <= times + 2);
}

static void leave_periodic(void *argument)
{
    (void)argument;
    KeSetTimerEx(timer, second, 1000, dpc);
}

static void begin_left_periodic(void)
{
    new_objects();
    scheduler_spawn("driver", leave_periodic, NULL);
}

static void judge_end(enum scheduler_outcome outcome)
{
    judge_quiet(outcome);
    assert_true(runs < 100);
}

static void a_periodic_timer_does_not_keep_an_execution_going(void **state)
{
    static const struct world world = {.begin = begin_left_periodic, .judge = judge_end};
    (void)state;
    assert_int_equal(default_schedule(&world), SCHEDULER_FINISHED);
    many_schedules(&world, "random", 5, 500);
    many_schedules(&world, "pct", 6, 500);
}

static void arm_again(PKDPC called, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)called;
    (void)context;
    (void)argument1;
    (void)argument2;
    runs++;
    KeSetTimer(timer, second, dpc);
}

static void arm(void *argument)
{
    (void)argument;
    KeSetTimer(timer, second, dpc);
}

static void begin_rearming(void)
{
    new_objects();
    KeInitializeDpc(dpc, arm_again, NULL);
    scheduler_spawn("driver", arm, NULL);
}

static void nor_does_one_that_its_call_sets_again(void **state)
{
    static const struct world world = {.begin = begin_rearming, .judge = judge_end};
    (void)state;
    assert_int_equal(default_schedule(&world), SCHEDULER_FINISHED);
    assert_true(runs >= 1);
    many_schedules(&world, "pct", 7, 500);
}

static void wait_in_vain(void *argument)
{
    (void)argument;
    KEVENT *never = scheduler_allocate(sizeof *never, "event");
    KeInitializeEvent(never, NotificationEvent, FALSE);
    wait_for(never);
}

static void begin_deadlock(void)
{
    new_objects();
    scheduler_spawn("driver", leave_periodic, NULL);
    scheduler_spawn("stuck", wait_in_vain, NULL);
}

static void judge_deadlock(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
}

static void a_clock_that_ticks_does_not_hide_a_deadlock(void **state)
{
    static const struct world world = {.begin = begin_deadlock, .judge = judge_deadlock};
    (void)state;
    assert_int_equal(default_schedule(&world), SCHEDULER_STOPPED);
    many_schedules(&world, "random", 8, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queued_call_runs_once_and_can_be_waited_for),
        cmocka_unit_test(a_call_runs_as_often_as_it_was_queued),
        cmocka_unit_test(calls_one_after_the_other_share_a_task),
        cmocka_unit_test(a_call_must_be_initialised),
        cmocka_unit_test(a_timer_is_signalled_and_queues_its_call),
        cmocka_unit_test(a_cancelled_timer_does_not_expire_and_can_be_freed),
        cmocka_unit_test(without_a_flush_a_queued_call_outlives_its_memory),
        cmocka_unit_test(a_set_timer_is_known_by_its_memory),
        cmocka_unit_test(a_periodic_timer_expires_until_it_is_cancelled),
        cmocka_unit_test(a_periodic_timer_does_not_keep_an_execution_going),
        cmocka_unit_test(nor_does_one_that_its_call_sets_again),
        cmocka_unit_test(a_clock_that_ticks_does_not_hide_a_deadlock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
