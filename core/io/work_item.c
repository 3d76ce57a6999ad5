/*
 * work_item.c - work items: routines of a driver that system threads call at PASSIVE_LEVEL.
 *
 * A queued item holds a reference to its device until its routine has returned. The item leaves the queue before its routine is
 * called, so the routine may queue or free it. Each item gets a thread of its own, as on a system that is not short of threads.
 */
#include "io.h"

#include <string.h>

static const struct scheduler_call wait_call = {"wait until work items are done", CALL_IO_WAIT_FOR_WORK, EFFECT_ANY};
static const char worker_name[] = "work";

enum { WORK_ITEM_SIGNATURE = 0x6D655449 };

static const struct scheduler_call allocate_call = {"IoAllocateWorkItem", CALL_IO_ALLOCATE_WORK_ITEM, EFFECT_ANY};
static const struct scheduler_call free_call = {"IoFreeWorkItem", CALL_IO_FREE_WORK_ITEM, EFFECT_ANY};
static const struct scheduler_call queue_call = {"IoQueueWorkItem", CALL_IO_QUEUE_WORK_ITEM, EFFECT_ANY};

struct _IO_WORKITEM {
    ULONG Signature;
    BOOLEAN Queued;
    PVOID IoObject;
    PIO_WORKITEM_ROUTINE Routine;
    PIO_WORKITEM_ROUTINE_EX RoutineEx;
    PVOID Context;
};

static struct {
    uint32_t pending; /* items that are queued or whose routine runs */
} work;

void io_reset_work_items(void)
{
    work.pending = 0;
}

/* ---------------------------------------------------------------------------------------------------------- items -- */

static void initialise(PIO_WORKITEM item, PVOID object)
{
    memset(item, 0, sizeof *item);
    item->Signature = WORK_ITEM_SIGNATURE;
    item->IoObject = object;
}

ULONG IoSizeofWorkItem(VOID)
{
    return sizeof(struct _IO_WORKITEM);
}

PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
    kernel_require_irql(DISPATCH_LEVEL, "IoAllocateWorkItem");
    scheduler_access(DeviceObject, OBJECT_PROBE, false);
    PIO_WORKITEM item = kernel_allocate(&allocate_call, sizeof *item, WORK_ITEM_KIND, (uintptr_t)__builtin_return_address(0));
    if (item != NULL) {
        initialise(item, DeviceObject);
    }
    return item;
}

VOID IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem)
{
    scheduler_access(IoWorkItem, sizeof *IoWorkItem, true);
    initialise(IoWorkItem, IoObject);
}

static void judge_end(PIO_WORKITEM item, const char *routine)
{
    scheduler_access(item, sizeof *item, true);
    if (item->Signature == WORK_ITEM_SIGNATURE && item->Queued) {
        kernel_violation("freed-while-queued", item, "%s is called for a work item that is queued", routine);
    }
}

VOID IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
    kernel_require_irql(DISPATCH_LEVEL, "IoFreeWorkItem");
    scheduler_call(&free_call, IoWorkItem);
    const char *previous = scheduler_enter_routine("IoFreeWorkItem");
    judge_end(IoWorkItem, "IoFreeWorkItem");
    scheduler_free(IoWorkItem, WORK_ITEM_KIND);
    scheduler_leave_routine(previous);
}

VOID IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem)
{
    scheduler_call(&free_call, IoWorkItem);
    const char *previous = scheduler_enter_routine("IoUninitializeWorkItem");
    judge_end(IoWorkItem, "IoUninitializeWorkItem");
    IoWorkItem->Signature = 0;
    scheduler_leave_routine(previous);
}

/* -------------------------------------------------------------------------------------------------------- workers -- */

static PDEVICE_OBJECT device_of(PVOID object)
{
    return io_device(object) == NULL ? NULL : object;
}

static void announce_late(PDEVICE_OBJECT device)
{
    const struct device_record *record = device == NULL ? NULL : io_device(device);
    if (record != NULL && record->deleted) {
        kernel_event((struct core_event){.kind = EVENT_LATE_CALLBACK, .routine = ROUTINE_WORK_ITEM, .device = device});
    }
}

static void run(void *argument)
{
    struct driver_call call;
    PIO_WORKITEM item = argument;
    scheduler_access(item, sizeof *item, true);
    item->Queued = FALSE;
    struct _IO_WORKITEM copy = *item;
    PDEVICE_OBJECT device = device_of(copy.IoObject);
    announce_late(device);
    kernel_enter_driver(&call, ROUTINE_WORK_ITEM, device, NULL);
    if (copy.RoutineEx != NULL) {
        copy.RoutineEx(copy.IoObject, copy.Context, item);
    } else {
        copy.Routine(copy.IoObject, copy.Context);
    }
    kernel_leave_driver(&call, STATUS_SUCCESS);
    if (device != NULL) {
        io_dereference_device(device);
    }
    work.pending--;
    scheduler_changed(&work);
}

static bool is_done(const void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    return work.pending == 0;
}

void io_wait_for_work_items(void)
{
    scheduler_acquire_order(&work);
    if (work.pending != 0) {
        scheduler_wait(&wait_call, &work, is_done, NULL, SCHEDULER_NEVER);
    }
}

static void queue(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, PIO_WORKITEM_ROUTINE_EX routine_ex, PVOID context,
                  const char *name)
{
    const char *previous = scheduler_enter_routine(name);
    scheduler_access(item, sizeof *item, true);
    if (item->Signature != WORK_ITEM_SIGNATURE) {
        kernel_violation("not-initialised", item, "%s is called for a work item that is not initialised", name);
    } else if (item->Queued) {
        kernel_violation("queued-twice", item, "%s is called for a work item that is queued already", name);
    } else {
        item->Queued = TRUE;
        item->Routine = routine;
        item->RoutineEx = routine_ex;
        item->Context = context;
        if (device_of(item->IoObject) != NULL) {
            io_reference_device(item->IoObject);
        }
        work.pending++;
        kernel_spawn(worker_name, PASSIVE_LEVEL, run, item);
    }
    scheduler_leave_routine(previous);
}

VOID IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine, WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    UNREFERENCED_PARAMETER(QueueType);
    kernel_require_irql(DISPATCH_LEVEL, "IoQueueWorkItem");
    scheduler_call(&queue_call, IoWorkItem);
    queue(IoWorkItem, WorkerRoutine, NULL, Context, "IoQueueWorkItem");
}

VOID IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine, WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    UNREFERENCED_PARAMETER(QueueType);
    kernel_require_irql(DISPATCH_LEVEL, "IoQueueWorkItemEx");
    scheduler_call(&queue_call, IoWorkItem);
    queue(IoWorkItem, NULL, WorkerRoutine, Context, "IoQueueWorkItemEx");
}
