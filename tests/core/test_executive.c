/* test_executive.c - fast mutexes, resources, rundown protection, lists of the executive, device queues, processors, pool tags.
 */
#include "support.h"

#include "../../core/kernel/kernel.h"

static FAST_MUTEX *mutex;
static ERESOURCE *resource;
static EX_RUNDOWN_REF *rundown;
static KSPIN_LOCK *lock;
static uint32_t writers, readers, most_writers, most_readers;
static bool gone;

static void prepare(void)
{
    mutex = scheduler_allocate(sizeof *mutex, "mutex");
    ExInitializeFastMutex(mutex);
    resource = scheduler_allocate(sizeof *resource, "resource");
    ExInitializeResourceLite(resource);
    rundown = scheduler_allocate(sizeof *rundown, "rundown reference");
    ExInitializeRundownProtection(rundown);
    lock = scheduler_allocate(sizeof *lock, "spin lock");
    KeInitializeSpinLock(lock);
    writers = readers = most_writers = most_readers = 0;
    gone = false;
}

static void run_in_kernel(void (*body)(void *argument))
{
    start_personality(PERSONALITY_FREE);
    prepare();
    run_alone(body, NULL);
}

static void pass_point(void)
{
    LARGE_INTEGER ticks;
    KeQueryTickCount(&ticks);
}

static void write_something(void)
{
    writers++;
    most_writers = writers > most_writers ? writers : most_writers;
    CHECK(readers == 0);
    pass_point();
    writers--;
}

static void read_something(void)
{
    readers++;
    most_readers = readers > most_readers ? readers : most_readers;
    CHECK(writers == 0);
    pass_point();
    readers--;
}

static void judge_quiet(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(heard.count, 0);
    assert_true(most_writers <= 1);
}

/* ---------------------------------------------------------------------------------------------------- fast mutexes -- */

static void write_under_mutex(void *argument)
{
    (void)argument;
    ExAcquireFastMutex(mutex);
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    write_something();
    ExReleaseFastMutex(mutex);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

static void write_if_free(void *argument)
{
    (void)argument;
    if (ExTryToAcquireFastMutex(mutex)) {
        write_something();
        ExReleaseFastMutex(mutex);
    }
    KeAcquireGuardedMutex(mutex);
    CHECK(KeAreAllApcsDisabled() && KeGetCurrentIrql() == PASSIVE_LEVEL);
    write_something();
    KeReleaseGuardedMutex(mutex);
}

static void begin_mutex(void)
{
    prepare();
    scheduler_spawn("one", write_under_mutex, NULL);
    scheduler_spawn("two", write_if_free, NULL);
}

static void a_fast_mutex_has_one_owner(void **state)
{
    static const struct world world = {.begin = begin_mutex, .judge = judge_quiet};
    (void)state;
    assert_true(every_schedule(&world, UINT32_MAX) > 10);
    assert_int_equal(most_writers, 1);
}

static void acquire_twice(void *argument)
{
    (void)argument;
    ExAcquireFastMutex(mutex);
    ExAcquireFastMutex(mutex);
}

static void release_unowned(void *argument)
{
    KIRQL old;
    (void)argument;
    KeRaiseIrql(APC_LEVEL, &old);
    ExReleaseFastMutex(mutex);
}

static void owning_it_twice_hangs_and_not_owning_it_is_noticed(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    prepare();
    scheduler_spawn("alone", acquire_twice, NULL);
    assert_int_equal(scheduler_run(strategy_replay((struct schedule){NULL, 0})), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
    assert_string_equal(heard.remarks[0].identifier, VIOLATION_DEADLOCK);
    run_in_kernel(release_unowned);
    assert_string_equal(heard.remarks[0].identifier, "lock-not-owned");
}

/* ------------------------------------------------------------------------------------------------------- resources -- */

static void read_under_resource(void *argument)
{
    (void)argument;
    CHECK(ExAcquireResourceSharedLite(resource, TRUE));
    CHECK(ExAcquireResourceSharedLite(resource, TRUE));
    CHECK(ExIsResourceAcquiredSharedLite(resource) == 2 && !ExIsResourceAcquiredExclusiveLite(resource));
    ExReleaseResourceLite(resource);
    read_something();
    ExReleaseResourceLite(resource);
    CHECK(ExIsResourceAcquiredSharedLite(resource) == 0);
}

static void write_under_resource(void *argument)
{
    (void)argument;
    CHECK(ExAcquireResourceExclusiveLite(resource, TRUE));
    CHECK(ExAcquireResourceSharedLite(resource, TRUE));
    CHECK(ExIsResourceAcquiredExclusiveLite(resource));
    ExReleaseResourceLite(resource);
    write_something();
    ExConvertExclusiveToSharedLite(resource);
    read_something();
    ExReleaseResourceLite(resource);
}

static void begin_resource(void)
{
    prepare();
    scheduler_spawn("reader", read_under_resource, NULL);
    scheduler_spawn("other", read_under_resource, NULL);
    scheduler_spawn("writer", write_under_resource, NULL);
}

static uint32_t met;

static void judge_resource(enum scheduler_outcome outcome)
{
    judge_quiet(outcome);
    assert_int_equal(resource->ActiveCount, 0);
    met += most_readers > 1;
}

static void a_resource_is_shared_or_owned(void **state)
{
    static const struct world world = {.begin = begin_resource, .judge = judge_resource};
    (void)state;
    met = 0;
    every_schedule(&world, 2);
    many_schedules(&world, "random", 12, 3000);
    assert_true(met > 0);
}

static void release_unowned_resource(void *argument)
{
    (void)argument;
    CHECK(ExTryToAcquireResourceExclusiveLite(resource));
    ExReleaseResourceLite(resource);
    CHECK(heard.count == 0);
    ExReleaseResourceLite(resource);
}

static void who_does_not_own_a_resource_cannot_release_it(void **state)
{
    (void)state;
    run_in_kernel(release_unowned_resource);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.remarks[0].identifier, "lock-not-owned");
}

/* ------------------------------------------------------------------------------------------------------- rundown -- */

static void use_object(void *argument)
{
    (void)argument;
    if (ExAcquireRundownProtection(rundown)) {
        pass_point();
        CHECK(!gone);
        ExReleaseRundownProtection(rundown);
    }
}

static void run_down(void *argument)
{
    (void)argument;
    ExWaitForRundownProtectionRelease(rundown);
    gone = true;
    CHECK(!ExAcquireRundownProtection(rundown));
}

static void begin_rundown(void)
{
    prepare();
    scheduler_spawn("one", use_object, NULL);
    scheduler_spawn("two", use_object, NULL);
    scheduler_spawn("remover", run_down, NULL);
}

static void an_object_runs_down_when_nobody_uses_it(void **state)
{
    static const struct world world = {.begin = begin_rundown, .judge = judge_quiet};
    (void)state;
    assert_true(every_schedule(&world, UINT32_MAX) > 10);
}

static void release_protection(void *argument)
{
    (void)argument;
    ExReleaseRundownProtection(rundown);
}

static void protection_is_released_once(void **state)
{
    (void)state;
    run_in_kernel(release_protection);
    assert_string_equal(heard.remarks[0].identifier, "rundown-underflow");
}

/* ---------------------------------------------------------------------------------------------------------- lists -- */

static LIST_ENTRY *head;
static SLIST_HEADER *slist;

struct node {
    SLIST_ENTRY single;
    LIST_ENTRY entry;
};

static void move_nodes(void *argument)
{
    struct node *node = argument;
    ExInterlockedInsertTailList(head, &node->entry, lock);
    InterlockedPushEntrySList(slist, &node->single);
    CHECK(ExInterlockedRemoveHeadList(head, lock) != NULL);
    CHECK(InterlockedPopEntrySList(slist) != NULL);
}

static void hold_lock(void *argument)
{
    KIRQL old;
    (void)argument;
    KeAcquireSpinLock(lock, &old);
    PLIST_ENTRY first = head->Flink;
    pass_point();
    CHECK(head->Flink == first);
    KeReleaseSpinLock(lock, old);
}

static void begin_lists(void)
{
    prepare();
    head = scheduler_allocate(sizeof *head, "list");
    InitializeListHead(head);
    slist = scheduler_allocate(sizeof *slist, "list");
    InitializeSListHead(slist);
    scheduler_spawn("one", move_nodes, scheduler_allocate(sizeof(struct node), "node"));
    scheduler_spawn("two", move_nodes, scheduler_allocate(sizeof(struct node), "node"));
    scheduler_spawn("holder", hold_lock, NULL);
}

static void judge_lists(enum scheduler_outcome outcome)
{
    judge_quiet(outcome);
    assert_true(IsListEmpty(head));
    assert_int_equal(QueryDepthSList(slist), 0);
    assert_null(InterlockedFlushSList(slist));
}

static void interlocked_lists_respect_their_lock(void **state)
{
    static const struct world world = {.begin = begin_lists, .judge = judge_lists};
    (void)state;
    every_schedule(&world, 2);
    many_schedules(&world, "random", 13, 3000);
}

static void use_device_queue(void *argument)
{
    static const ULONG keys[] = {5, 9, 2, 5};
    KDEVICE_QUEUE queue;
    KDEVICE_QUEUE_ENTRY entries[4];
    KIRQL old;
    (void)argument;
    KeInitializeDeviceQueue(&queue);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    for (uint32_t index = 0; index < 4; index++) {
        CHECK(KeInsertByKeyDeviceQueue(&queue, &entries[index], keys[index]) == (index != 0));
    }
    CHECK(KeRemoveByKeyDeviceQueue(&queue, 4) == &entries[3]);
    CHECK(!KeRemoveEntryDeviceQueue(&queue, &entries[3]));
    CHECK(KeRemoveDeviceQueue(&queue) == &entries[2]);
    CHECK(KeRemoveEntryDeviceQueue(&queue, &entries[1]));
    CHECK(queue.Busy && KeRemoveDeviceQueue(&queue) == NULL && !queue.Busy);
    CHECK(KeRemoveByKeyDeviceQueueIfBusy(&queue, 0) == NULL);
    CHECK(!KeInsertDeviceQueue(&queue, &entries[0]));
    KeLowerIrql(old);
    CHECK(heard.count == 0);
    KeRemoveDeviceQueue(&queue);
}

static void a_device_queue_is_busy_until_it_was_found_empty(void **state)
{
    (void)state;
    run_in_kernel(use_device_queue);
    assert_int_equal(heard_of(REMARK_IRQL), 1);
}

/* ----------------------------------------------------------------------------------------------------- processors -- */

static void write_at_dispatch(void *argument)
{
    KIRQL old;
    (void)argument;
    pass_point();
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    writers++;
    most_writers = writers > most_writers ? writers : most_writers;
    pass_point();
    writers--;
    KeLowerIrql(old);
}

static void begin_at_dispatch(void)
{
    prepare();
    scheduler_spawn("one", write_at_dispatch, NULL);
    scheduler_spawn("two", write_at_dispatch, NULL);
}

static uint32_t at_once;

static void note_most(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    at_once = most_writers > at_once ? most_writers : at_once;
}

static void one_processor_runs_one_task_at_dispatch_level(void **state)
{
    static const struct world worlds[] = {
        {.begin = begin_at_dispatch, .judge = note_most},
        {.options = {.processors = 1}, .begin = begin_at_dispatch, .judge = note_most},
    };
    (void)state;
    for (size_t index = 0; index < COUNT_OF(worlds); index++) {
        at_once = 0;
        every_schedule(&worlds[index], UINT32_MAX);
        assert_int_equal(at_once, 2 - index);
    }
}

/* ------------------------------------------------------------------------------------------------------- pool tags -- */

static struct core_event events[8];
static uint32_t event_count;

static void hear_event(const struct core_event *event)
{
    if ((event->kind == EVENT_ALLOCATE || event->kind == EVENT_FREE || event->kind == EVENT_WAIT) && event_count < 8) {
        events[event_count++] = *event;
    }
}

static void allocate_as_driver(PVOID parameter)
{
    KEVENT event;
    LARGE_INTEGER none = {.QuadPart = 0};
    struct core_pool_block block;
    uint32_t cursor = 0;
    (void)parameter;
    PVOID memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, 24, 0x31676154);
    CHECK(*(const char *)memory == 0);
    CHECK(core_next_pool_block(&cursor, &block));
    CHECK(block.address == memory && block.size == 24 && block.tag == 0x31676154 && block.by_driver);
    CHECK(!core_next_pool_block(&cursor, &block));
    ExFreePoolWithTag(memory, parameter == NULL ? 0x31676154 : 0x32676154);
    cursor = 0;
    CHECK(!core_next_pool_block(&cursor, &block));
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &none);
}

static void call_as_driver(void *argument)
{
    struct driver_call call;
    kernel_enter_driver(&call, ROUTINE_WORK_ITEM, NULL, NULL);
    allocate_as_driver(argument);
    kernel_leave_driver(&call, STATUS_SUCCESS);
}

static void what_a_driver_does_with_pool_is_announced(void **state)
{
    static const enum core_event_kind kinds[] = {EVENT_ALLOCATE, EVENT_FREE, EVENT_WAIT};
    (void)state;
    start_personality(PERSONALITY_FREE);
    core_on_event(hear_event);
    event_count = 0;
    run_alone(call_as_driver, NULL);
    core_on_event(NULL);
    assert_int_equal(heard.count, 0);
    assert_int_equal(event_count, COUNT_OF(kinds));
    for (size_t index = 0; index < COUNT_OF(kinds); index++) {
        assert_int_equal(events[index].kind, kinds[index]);
    }
    assert_ptr_equal(events[0].tag, events[1].tag);
    assert_int_equal(events[2].status, STATUS_TIMEOUT);
}

static void pool_is_freed_with_its_tag(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    run_alone(call_as_driver, (void *)1);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.remarks[0].identifier, "pool-tag-mismatch");
    assert_string_equal(heard.texts[0], "pool allocated with the tag 'Tag1' is freed with 'Tag2'");
}

static void use_lookaside(void *argument)
{
    NPAGED_LOOKASIDE_LIST list;
    (void)argument;
    ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 40, 7, 0);
    char *entry = ExAllocateFromNPagedLookasideList(&list);
    CHECK(scheduler_accessible(entry, 40) && !scheduler_accessible(entry, 41));
    ExFreeToNPagedLookasideList(&list, entry);
    CHECK(!scheduler_accessible(entry, 1));
    ExDeleteNPagedLookasideList(&list);
}

static void an_entry_given_back_is_freed(void **state)
{
    (void)state;
    run_in_kernel(use_lookaside);
    assert_int_equal(heard.count, 0);
}

static uint32_t calls;

static void called_back(PVOID context, PVOID argument1, PVOID argument2)
{
    CHECK(context == &calls && argument1 == (PVOID)1 && argument2 == (PVOID)2);
    calls++;
}

static void use_callback(void *argument)
{
    WCHAR letters[] = {'\\', 'C', 'a', 'l', 'l', 'b', 'a', 'c', 'k', '\\', 'P', 'o', 'w', 'e', 'r', 'S', 't', 'a', 't', 'e'};
    UNICODE_STRING name = {.Length = sizeof letters, .MaximumLength = sizeof letters, .Buffer = letters};
    OBJECT_ATTRIBUTES attributes;
    PCALLBACK_OBJECT callback, same;
    (void)argument;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    CHECK(ExCreateCallback(&callback, &attributes, FALSE, TRUE) == STATUS_SUCCESS);
    CHECK(ExCreateCallback(&same, &attributes, FALSE, TRUE) == STATUS_SUCCESS && same == callback);
    ObDereferenceObject(same);
    PVOID registration = ExRegisterCallback(callback, called_back, &calls);
    ExNotifyCallback(callback, (PVOID)1, (PVOID)2);
    ExUnregisterCallback(registration);
    ExNotifyCallback(callback, (PVOID)1, (PVOID)2);
    CHECK(calls == 1);
    ObDereferenceObject(callback);
    name.Length -= sizeof(WCHAR);
    CHECK(ExCreateCallback(&callback, &attributes, FALSE, TRUE) == STATUS_OBJECT_NAME_NOT_FOUND);
}

static void a_callback_calls_who_is_registered(void **state)
{
    (void)state;
    calls = 0;
    run_in_kernel(use_callback);
    assert_int_equal(heard.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fast_mutex_has_one_owner),
        cmocka_unit_test(owning_it_twice_hangs_and_not_owning_it_is_noticed),
        cmocka_unit_test(a_resource_is_shared_or_owned),
        cmocka_unit_test(who_does_not_own_a_resource_cannot_release_it),
        cmocka_unit_test(an_object_runs_down_when_nobody_uses_it),
        cmocka_unit_test(protection_is_released_once),
        cmocka_unit_test(interlocked_lists_respect_their_lock),
        cmocka_unit_test(a_device_queue_is_busy_until_it_was_found_empty),
        cmocka_unit_test(one_processor_runs_one_task_at_dispatch_level),
        cmocka_unit_test(what_a_driver_does_with_pool_is_announced),
        cmocka_unit_test(pool_is_freed_with_its_tag),
        cmocka_unit_test(an_entry_given_back_is_freed),
        cmocka_unit_test(a_callback_calls_who_is_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
