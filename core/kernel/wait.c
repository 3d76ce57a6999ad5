/*
 * wait.c - waits for dispatcher objects.
 *
 * Who waits for one object stands in the scheduler's line for it, and who signals it hands it over: the wait is satisfied at
 * that moment. Who waits for several stands in the line of its own wait, which is kept in a list here: whoever changes an
 * object looks through that list.
 */
#include "dispatcher.h"

enum { PATIENCE_AFTER = 4, PATIENCE = 32 };

/* A wait for several objects; it lives on the stack of the waiting task. */
struct group {
    struct group *next;
    PVOID *objects;
    ULONG count;
    WAIT_TYPE type;
    uint32_t task;
    bool over;
    NTSTATUS status;
};

static struct group *groups; /* in the order in which they began */
static uint8_t timed_waits[SCHEDULER_TASK_LIMIT + 1];
static uint32_t timed_waits_used;

SCHEDULER_STATE(groups);
SCHEDULER_STATE(timed_waits);

void wait_reset(void)
{
    groups = NULL;
    for (uint32_t task = 0; task < timed_waits_used; task++) {
        timed_waits[task] = 0;
    }
    timed_waits_used = 0;
}

/* --------------------------------------------------------------------------------------------------- one object -- */

struct look {
    DISPATCHER_HEADER *header;
    PKTHREAD thread; /* of the waiting task; only for mutexes */
};

static bool can_take(const void *argument)
{
    const struct look *look = argument;
    const DISPATCHER_HEADER *header = look->header;
    if (header->Type == MUTANT_OBJECT) {
        return header->SignalState > 0 || ((const KMUTANT *)header)->OwnerThread == look->thread;
    }
    return header->SignalState != 0;
}

static struct look look_at(PVOID object, PKTHREAD thread)
{
    DISPATCHER_HEADER *header = object;
    return (struct look){.header = header, .thread = header->Type == MUTANT_OBJECT ? thread : NULL};
}

static void own(KMUTANT *mutex, PKTHREAD thread)
{
    mutex->OwnerThread = thread;
    thread_count_mutex(thread, 1);
}

/* Takes what can be taken. */
static void take(const struct look *look)
{
    DISPATCHER_HEADER *header = look->header;
    switch (header->Type) {
    case SynchronizationEvent:
    case TIMER_SYNCHRONIZATION_OBJECT:
        header->SignalState = 0;
        break;
    case SEMAPHORE_OBJECT:
        header->SignalState--;
        break;
    case MUTANT_OBJECT:
        if (--header->SignalState == 0) {
            own((KMUTANT *)header, look->thread);
        }
        break;
    default:
        return;
    }
    dispatcher_changed(header);
}

/* ----------------------------------------------------------------------------------------------- several objects -- */

static PKTHREAD thread_of_group(const struct group *group, const DISPATCHER_HEADER *header);

static bool member_can_be_taken(const struct group *group, ULONG index)
{
    DISPATCHER_HEADER *header = group->objects[index];
    struct look look = {.header = header, .thread = thread_of_group(group, header)};
    return can_take(&look);
}

static bool group_can_be_satisfied(const void *argument)
{
    const struct group *group = argument;
    for (ULONG index = 0; index < group->count; index++) {
        if (member_can_be_taken(group, index) == (group->type == WaitAny)) {
            return group->type == WaitAny;
        }
    }
    return group->type == WaitAll;
}

static void satisfy(struct group *group)
{
    group->over = true;
    for (ULONG index = 0; index < group->count; index++) {
        if (group->type == WaitAny && !member_can_be_taken(group, index)) {
            continue;
        }
        DISPATCHER_HEADER *header = group->objects[index];
        struct look look = {.header = header, .thread = thread_of_group(group, header)};
        take(&look);
        group->status = group->type == WaitAny ? STATUS_WAIT_0 + (NTSTATUS)index : STATUS_SUCCESS;
        if (group->type == WaitAny) {
            return;
        }
    }
}

static bool is_member(const struct group *group, const void *object)
{
    for (ULONG index = 0; index < group->count; index++) {
        if (group->objects[index] == object) {
            return true;
        }
    }
    return false;
}

static void groups_changed(const void *object)
{
    for (struct group *group = groups; group != NULL; group = group->next) {
        if (group->over || !is_member(group, object)) {
            continue;
        }
        if (scheduler_waiting_for(group->task) == group && group_can_be_satisfied(group)) {
            satisfy(group);
            scheduler_wake(group, 1);
        } else {
            scheduler_changed(group);
        }
    }
}

static void add_group(struct group *group)
{
    struct group **end = &groups;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = group;
}

static void remove_group(struct group *group)
{
    struct group **link = &groups;
    while (*link != group) {
        link = &(*link)->next;
    }
    *link = group->next;
}

/* ---------------------------------------------------------------------------------------------------- signalling -- */

void dispatcher_changed(void *object)
{
    scheduler_changed(object);
    if (groups != NULL) {
        groups_changed(object);
    }
}

bool dispatcher_signal(DISPATCHER_HEADER *header, bool one)
{
    scheduler_touch(header, 1, EFFECT_UPDATE);
    if (one && scheduler_wake(header, 1) == 1) {
        return true;
    }
    if (!one) {
        scheduler_wake(header, UINT32_MAX);
    }
    header->SignalState = header->Type == SEMAPHORE_OBJECT ? header->SignalState + 1 : 1;
    dispatcher_changed(header);
    return false;
}

void dispatcher_initialize(DISPATCHER_HEADER *header, UCHAR type, size_t size, LONG state)
{
    header->Type = type;
    header->Signalling = 0;
    header->Size = (UCHAR)(size / sizeof(LONG));
    header->Reserved1 = 0;
    header->SignalState = state;
    InitializeListHead(&header->WaitListHead);
}

bool dispatcher_require(const void *object, bool right, const char *what, const char *routine)
{
    if (!right) {
        kernel_violation("not-initialised", object, "%s is called for what is not an initialised %s", routine, what);
    }
    return right;
}

/* -------------------------------------------------------------------------------------------------------- waiting -- */

uint64_t dispatcher_deadline(const LARGE_INTEGER *timeout)
{
    if (timeout == NULL) {
        return SCHEDULER_NEVER;
    }
    if (timeout->QuadPart >= 0) {
        return (uint64_t)timeout->QuadPart;
    }
    return scheduler_now() - (uint64_t)timeout->QuadPart;
}

void dispatcher_be_patient(uint32_t waits_before)
{
    if (waits_before >= PATIENCE_AFTER) {
        scheduler_be_patient(PATIENCE);
    }
}

static uint64_t begin_timed_wait(const LARGE_INTEGER *timeout)
{
    uint64_t deadline = dispatcher_deadline(timeout);
    uint32_t task = scheduler_running();
    if (deadline == SCHEDULER_NEVER || deadline <= scheduler_now() || task == SCHEDULER_NO_TASK) {
        return deadline;
    }
    if (task >= timed_waits_used) {
        timed_waits_used = task + 1;
    }
    dispatcher_be_patient(timed_waits[task]);
    timed_waits[task] += timed_waits[task] < PATIENCE_AFTER;
    return deadline;
}

static NTSTATUS end_wait(NTSTATUS status, bool by_driver)
{
    if (by_driver) {
        kernel_event((struct core_event){.kind = EVENT_WAIT, .status = status});
    }
    return status;
}

static void require_irql(const LARGE_INTEGER *timeout, const char *routine)
{
    bool looks_only = timeout != NULL && timeout->QuadPart == 0;
    kernel_require_irql(looks_only ? DISPATCH_LEVEL : APC_LEVEL, routine);
}

static PKTHREAD thread_for(const DISPATCHER_HEADER *header)
{
    return header->Type == MUTANT_OBJECT ? KeGetCurrentThread() : NULL;
}

static bool announces(void)
{
    return kernel.hear_event != NULL && kernel_called_by_driver();
}

/* Signallers look for those who wait already. */
static void touch_by_arrival(const struct look *look)
{
    scheduler_touch(look->header, 1, can_take(look) ? EFFECT_READ : EFFECT_UPDATE);
}

NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                               PLARGE_INTEGER Timeout)
{
    static const struct scheduler_call call = {"KeWaitForSingleObject", CALL_KE_WAIT_FOR_SINGLE_OBJECT, EFFECT_UPDATE};
    DISPATCHER_HEADER *header = Object;
    UNREFERENCED_PARAMETER(WaitReason);
    UNREFERENCED_PARAMETER(WaitMode);
    UNREFERENCED_PARAMETER(Alertable);
    bool by_driver = announces();
    require_irql(Timeout, "KeWaitForSingleObject");
    scheduler_access(header, sizeof *header, false);
    struct look look = look_at(header, thread_for(header));
    touch_by_arrival(&look);
    enum scheduler_wait_result result = scheduler_wait(&call, header, can_take, &look, begin_timed_wait(Timeout));
    if (result == SCHEDULER_WAIT_WOKEN) {
        /* A signaller that met this wait ended it for good; only a mutex is touched once more, to say whose it is now. */
        if (look.thread != NULL) {
            own((KMUTANT *)header, look.thread);
        }
        return end_wait(STATUS_SUCCESS, by_driver);
    }
    scheduler_access(header, sizeof *header, true);
    if (result == SCHEDULER_WAIT_TIMEOUT) {
        return end_wait(STATUS_TIMEOUT, by_driver);
    }
    take(&look);
    return end_wait(STATUS_SUCCESS, by_driver);
}

/* By task: the thread objects of tasks in waits for several objects, so that their conditions can be looked at by others. */
static PKTHREAD waiting_threads[SCHEDULER_TASK_LIMIT + 1];
SCHEDULER_STATE(waiting_threads);

static PKTHREAD thread_of_group(const struct group *group, const DISPATCHER_HEADER *header)
{
    return header->Type == MUTANT_OBJECT ? waiting_threads[group->task] : NULL;
}

static void touch_all_by_arrival(const struct group *group)
{
    for (ULONG index = 0; index < group->count; index++) {
        scheduler_touch(group->objects[index], 1, EFFECT_UPDATE);
    }
}

static void access_all(const struct group *group, bool write, uintptr_t site)
{
    for (ULONG index = 0; index < group->count; index++) {
        scheduler_access_at(group->objects[index], sizeof(DISPATCHER_HEADER), write, site);
    }
}

/* The wait comes after what signalled the objects that satisfied it. */
static void acquire_order_of(const struct group *group)
{
    for (ULONG index = 0; index < group->count; index++) {
        if (group->status == STATUS_WAIT_0 + (NTSTATUS)index || (group->type == WaitAll && group->status == STATUS_SUCCESS)) {
            scheduler_acquire_order(group->objects[index]);
        }
    }
}

NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType, KWAIT_REASON WaitReason,
                                  KPROCESSOR_MODE WaitMode, BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                  PKWAIT_BLOCK WaitBlockArray)
{
    static const struct scheduler_call call = {"KeWaitForMultipleObjects", CALL_KE_WAIT_FOR_MULTIPLE_OBJECTS, EFFECT_ANY};
    enum { MAXIMUM_WAIT_OBJECTS_EXCEEDED = 0x0C };
    uintptr_t site = (uintptr_t)__builtin_return_address(0);
    UNREFERENCED_PARAMETER(WaitReason);
    UNREFERENCED_PARAMETER(WaitMode);
    UNREFERENCED_PARAMETER(Alertable);
    bool by_driver = announces();
    require_irql(Timeout, "KeWaitForMultipleObjects");
    if (Count > (WaitBlockArray == NULL ? THREAD_WAIT_OBJECTS : MAXIMUM_WAIT_OBJECTS)) {
        KeBugCheck(MAXIMUM_WAIT_OBJECTS_EXCEEDED);
        return STATUS_INVALID_PARAMETER;
    }
    PVOID objects[MAXIMUM_WAIT_OBJECTS];
    for (ULONG index = 0; index < Count; index++) {
        objects[index] = Object[index];
    }
    struct group group = {.objects = objects, .count = Count, .type = WaitType, .task = scheduler_running()};
    access_all(&group, false, site);
    waiting_threads[group.task] = KeGetCurrentThread();
    add_group(&group);
    touch_all_by_arrival(&group);
    enum scheduler_wait_result result =
        scheduler_wait_at(&call, &group, group_can_be_satisfied, &group, begin_timed_wait(Timeout), site);
    if (result == SCHEDULER_WAIT_HOLDS) {
        access_all(&group, true, site);
        satisfy(&group);
    } else if (result == SCHEDULER_WAIT_TIMEOUT) {
        access_all(&group, true, site);
        group.status = STATUS_TIMEOUT;
    }
    remove_group(&group);
    acquire_order_of(&group);
    return end_wait(group.status, by_driver);
}
