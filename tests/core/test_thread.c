/* test_thread.c - system threads, their handles and references, events with handles, delays, work items. */
#include "support.h"

#include "../../core/kernel/kernel.h"

static HANDLE handle;
static PKTHREAD thread;
static KMUTEX *mutex;
static KEVENT *event;
static uint32_t bodies, after_end;

static NTSTATUS wait_for(PVOID object)
{
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
}

static void prepare(void)
{
    mutex = scheduler_allocate(sizeof *mutex, "mutex");
    KeInitializeMutex(mutex, 0);
    event = scheduler_allocate(sizeof *event, "event");
    KeInitializeEvent(event, NotificationEvent, FALSE);
    handle = NULL;
    thread = NULL;
    bodies = after_end = 0;
}

static void run_in_kernel(void (*body)(void *argument))
{
    start_personality(PERSONALITY_FREE);
    prepare();
    run_alone(body, NULL);
}

static NTSTATUS create(PKSTART_ROUTINE body)
{
    return PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, body, event);
}

static void open_thread(void)
{
    CHECK(ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, (PVOID *)&thread, NULL) ==
          STATUS_SUCCESS);
    CHECK(ZwClose(handle) == STATUS_SUCCESS);
}

/* --------------------------------------------------------------------------------------------------- life and death -- */

static void return_from_body(PVOID context)
{
    CHECK(context == event);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK(PsIsSystemThread(PsGetCurrentThread()));
    bodies++;
}

static void terminate_in(uint32_t depth)
{
    if (depth == 0) {
        PsTerminateSystemThread(STATUS_CANCELLED);
        after_end++;
        return;
    }
    terminate_in(depth - 1);
    after_end++;
}

static void terminate_deep(PVOID context)
{
    return_from_body(context);
    terminate_in(3);
    after_end++;
}

static PKSTART_ROUTINE body_of_thread;

static void create_and_join(void *argument)
{
    (void)argument;
    CHECK(create(body_of_thread) == STATUS_SUCCESS);
    open_thread();
    CHECK(wait_for(thread) == STATUS_SUCCESS);
    CHECK(bodies == 1);
    CHECK(PsGetThreadExitStatus((PETHREAD)thread) == (body_of_thread == terminate_deep ? STATUS_CANCELLED : STATUS_SUCCESS));
    CHECK(scheduler_accessible(thread, 8));
    ObDereferenceObject(thread);
    CHECK(!scheduler_accessible(thread, 8));
    uint32_t cursor = 0;
    struct core_handle left;
    CHECK(!core_next_handle(&cursor, &left));
    cursor = 0;
    CHECK(!core_next_reference(&cursor, &left));
}

static void begin_joining(void)
{
    prepare();
    scheduler_spawn("driver", create_and_join, NULL);
}

static void judge_quiet(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(heard.count, 0);
    assert_int_equal(after_end, 0);
}

static void a_thread_is_signalled_when_it_ends(void **state)
{
    static const struct world world = {.begin = begin_joining, .judge = judge_quiet};
    static const PKSTART_ROUTINE routines[] = {return_from_body, terminate_deep};
    (void)state;
    for (size_t index = 0; index < COUNT_OF(routines); index++) {
        body_of_thread = routines[index];
        assert_true(every_schedule(&world, UINT32_MAX) > 1);
    }
}

static void create_many(void *argument)
{
    (void)argument;
    for (uint32_t round = 0; round < 300; round++) {
        CHECK(create(return_from_body) == STATUS_SUCCESS);
        open_thread();
        wait_for(thread);
        ObDereferenceObject(thread);
    }
    CHECK(bodies == 300);
}

static void threads_one_after_the_other_share_a_task(void **state)
{
    (void)state;
    run_in_kernel(create_many);
    assert_int_equal(scheduler_task_count(), 2);
    assert_int_equal(heard.count, 0);
}

static void terminate_myself(void *argument)
{
    (void)argument;
    CHECK(PsTerminateSystemThread(STATUS_SUCCESS) == STATUS_INVALID_PARAMETER);
}

static void only_a_system_thread_can_end_itself(void **state)
{
    (void)state;
    run_in_kernel(terminate_myself);
}

static void leave_with_mutex(PVOID context)
{
    (void)context;
    wait_for(mutex);
}

static void leave_in_region(PVOID context)
{
    (void)context;
    KeEnterCriticalRegion();
    CHECK(KeAreApcsDisabled());
}

static void leave_with_nothing(PVOID context)
{
    (void)context;
    KeEnterCriticalRegion();
    wait_for(mutex);
    KeReleaseMutex(mutex, FALSE);
    KeLeaveCriticalRegion();
    CHECK(!KeAreApcsDisabled());
}

static void create_and_close(void *argument)
{
    (void)argument;
    create(body_of_thread);
    ZwClose(handle);
}

static void a_thread_must_not_end_while_it_holds_something(void **state)
{
    static const struct {
        PKSTART_ROUTINE body;
        uint32_t remarks;
    } rows[] = {{leave_with_mutex, 1}, {leave_in_region, 1}, {leave_with_nothing, 0}};
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        body_of_thread = rows[index].body;
        run_in_kernel(create_and_close);
        assert_int_equal(heard.count, rows[index].remarks);
        assert_true(heard.count == 0 || strcmp(heard.remarks[0].identifier, "held-at-exit") == 0);
    }
}

static void wait_for_ever(PVOID context)
{
    bodies++;
    wait_for(context);
}

static void stay(void *argument)
{
    LARGE_INTEGER ticks;
    bool leaves = *(const bool *)argument;
    create(wait_for_ever);
    ZwClose(handle);
    while (bodies == 0) {
        KeQueryTickCount(&ticks);
    }
    if (leaves) {
        kernel_leave_threads_waiting();
    }
}

static void the_threads_of_a_driver_that_stays_may_wait(void **state)
{
    (void)state;
    for (int round = 0; round <= 1; round++) {
        bool leaves = round != 0;
        start_personality(PERSONALITY_FREE);
        prepare();
        scheduler_spawn("driver", stay, &leaves);
        enum scheduler_outcome outcome = scheduler_run(strategy_open("random", &(struct strategy_options){.seed = 1}));
        assert_int_equal(outcome, leaves ? SCHEDULER_FINISHED : SCHEDULER_STOPPED);
    }
}

/* ------------------------------------------------------------------------------------------------- handles, references -- */

static void leave_handle(void *argument)
{
    struct core_handle left;
    uint32_t cursor = 0;
    (void)argument;
    create(return_from_body);
    CHECK(core_next_handle(&cursor, &left));
    CHECK(left.handle == handle && strcmp(left.what, "thread") == 0);
    CHECK(!core_next_handle(&cursor, &left));
}

static void an_open_handle_is_listed(void **state)
{
    (void)state;
    run_in_kernel(leave_handle);
}

static void close_twice(void *argument)
{
    (void)argument;
    create(return_from_body);
    CHECK(ZwClose(handle) == STATUS_SUCCESS);
    CHECK(heard.count == 0);
    CHECK(ZwClose(handle) == STATUS_INVALID_HANDLE);
}

static void dereference_twice(void *argument)
{
    (void)argument;
    PVOID current = KeGetCurrentThread();
    ObReferenceObject(current);
    ObDereferenceObject(current);
    CHECK(heard.count == 0);
    ObDereferenceObject(current);
}

static void dereference_nothing(void *argument)
{
    (void)argument;
    ObDereferenceObject(event);
}

static void what_is_given_back_too_often_is_noticed(void **state)
{
    (void)state;
    run_in_kernel(close_twice);
    assert_int_equal(heard.remarks[0].bug_check, 0x93);
    run_in_kernel(dereference_twice);
    assert_int_equal(heard.remarks[0].bug_check, 0x18);
    run_in_kernel(dereference_nothing);
    assert_string_equal(heard.remarks[0].identifier, "not-initialised");
}

static void use_wrong_handles(void *argument)
{
    PVOID object = event;
    (void)argument;
    create(return_from_body);
    CHECK(ObReferenceObjectByHandle(handle, 0, *ExEventObjectType, KernelMode, &object, NULL) == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(object == NULL);
    CHECK(ObReferenceObjectByHandle((HANDLE)0x1000, 0, NULL, KernelMode, &object, NULL) == STATUS_INVALID_HANDLE);
    ZwClose(handle);
}

static void a_handle_has_a_type(void **state)
{
    (void)state;
    run_in_kernel(use_wrong_handles);
    assert_int_equal(heard.count, 0);
}

static WCHAR letters[] = {'\\', 'e', 'v'};

static void share_event(void *argument)
{
    UNICODE_STRING name = {.Length = sizeof letters, .MaximumLength = sizeof letters, .Buffer = letters};
    HANDLE second, third;
    LONG before;
    (void)argument;
    PKEVENT first = IoCreateNotificationEvent(&name, &handle);
    CHECK(first != NULL && KeReadStateEvent(first) == 1);
    CHECK(IoCreateNotificationEvent(&name, &second) == first);
    CHECK(IoCreateNotificationEvent(NULL, &third) != first);
    KeClearEvent(first);
    CHECK(ZwSetEvent(second, &before) == STATUS_SUCCESS && before == 0);
    CHECK(ZwWaitForSingleObject(handle, FALSE, NULL) == STATUS_SUCCESS);
    ZwClose(handle);
    CHECK(scheduler_accessible(first, sizeof *first));
    ZwClose(second);
    CHECK(!scheduler_accessible(first, sizeof *first));
    ZwClose(third);
}

static void a_named_event_is_shared_and_goes_with_its_last_handle(void **state)
{
    (void)state;
    run_in_kernel(share_event);
    assert_int_equal(heard.count, 0);
}

/* ------------------------------------------------------------------------------------------------- delays, work items -- */

static bool stop;

static void poll(PVOID context)
{
    LARGE_INTEGER interval = {.QuadPart = -10000};
    (void)context;
    while (!stop) {
        KeDelayExecutionThread(KernelMode, FALSE, &interval);
        bodies++;
    }
}

static void stop_polling(void *argument)
{
    LARGE_INTEGER ticks;
    (void)argument;
    stop = false;
    create(poll);
    open_thread();
    for (uint32_t round = 0; round < 10; round++) {
        KeQueryTickCount(&ticks);
    }
    stop = true;
    wait_for(thread);
    ObDereferenceObject(thread);
}

static void begin_polling(void)
{
    prepare();
    scheduler_spawn("driver", stop_polling, NULL);
}

static void judge_polling(enum scheduler_outcome outcome)
{
    judge_quiet(outcome);
    assert_true(bodies < 100);
    assert_int_equal(scheduler_now(), bodies * 10000);
}

static void who_polls_does_not_crowd_out_the_others(void **state)
{
    static const struct world world = {.begin = begin_polling, .judge = judge_polling};
    (void)state;
    many_schedules(&world, "pct", 9, 1000);
    many_schedules(&world, "random", 10, 1000);
}

static PWORK_QUEUE_ITEM item;

static void work(PVOID parameter)
{
    CHECK(parameter == event && KeGetCurrentIrql() == PASSIVE_LEVEL);
    bodies++;
    KeSetEvent(event, 0, FALSE);
}

static void queue_and_wait(void *argument)
{
    (void)argument;
    for (uint32_t round = 0; round < 2; round++) {
        KeClearEvent(event);
        ExQueueWorkItem(item, DelayedWorkQueue);
        wait_for(event);
    }
    ExFreePool(item);
    CHECK(bodies == 2);
}

static void begin_work(void)
{
    prepare();
    item = ExAllocatePoolWithTag(NonPagedPool, sizeof *item, 1);
    ExInitializeWorkItem(item, work, event);
    scheduler_spawn("driver", queue_and_wait, NULL);
}

static void an_item_may_be_queued_again_once_it_runs(void **state)
{
    static const struct world world = {.begin = begin_work, .judge = judge_quiet};
    (void)state;
    every_schedule(&world, UINT32_MAX);
}

static void queue_twice(void *argument)
{
    (void)argument;
    item = ExAllocatePoolWithTag(NonPagedPool, sizeof *item, 1);
    ExInitializeWorkItem(item, work, event);
    ExQueueWorkItem(item, DelayedWorkQueue);
    ExQueueWorkItem(item, DelayedWorkQueue);
}

static void but_not_before(void **state)
{
    (void)state;
    run_in_kernel(queue_twice);
    assert_string_equal(heard.remarks[0].identifier, "work-item-queued-twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_is_signalled_when_it_ends),
        cmocka_unit_test(threads_one_after_the_other_share_a_task),
        cmocka_unit_test(only_a_system_thread_can_end_itself),
        cmocka_unit_test(a_thread_must_not_end_while_it_holds_something),
        cmocka_unit_test(the_threads_of_a_driver_that_stays_may_wait),
        cmocka_unit_test(an_open_handle_is_listed),
        cmocka_unit_test(what_is_given_back_too_often_is_noticed),
        cmocka_unit_test(a_handle_has_a_type),
        cmocka_unit_test(a_named_event_is_shared_and_goes_with_its_last_handle),
        cmocka_unit_test(who_polls_does_not_crowd_out_the_others),
        cmocka_unit_test(an_item_may_be_queued_again_once_it_runs),
        cmocka_unit_test(but_not_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
