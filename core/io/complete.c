/*
 * complete.c - IoCompleteRequest: the completion routines, from the one who completes up to whoever made the request.
 *
 * A routine that returns STATUS_MORE_PROCESSING_REQUIRED takes the request; from then on it is not looked at here any more,
 * because it may be gone already.
 */
#include "io.h"
#include "pending.h"

#include <string.h>

static const struct scheduler_call complete_request = {"IoCompleteRequest", CALL_IO_COMPLETE_REQUEST, EFFECT_ANY};
static const struct scheduler_call wait_for_request = {"wait for a request", CALL_IO_WAIT_FOR_REQUEST, EFFECT_ANY};

/* --------------------------------------------------------------------------------------------------------- judges -- */

static void judge(const struct irp_record *record, const IRP *irp)
{
    if (record != NULL && (record->completing || record->done)) {
        kernel_violation("double-completion", irp, "IoCompleteRequest is called for a request that is complete already");
    } else if (irp->CurrentLocation > irp->StackCount + 1) {
        kernel_violation("double-completion", irp, "IoCompleteRequest is called more often than the request has locations");
    } else if (irp->CancelRoutine != NULL) {
        kernel_violation("completed-while-cancelable", irp,
                         "the request is completed while its cancel routine is set; IoSetCancelRoutine(Irp, NULL) comes first");
    } else if (irp->IoStatus.Status == STATUS_PENDING) {
        kernel_violation("completed-pending", irp, "the request is completed with the status STATUS_PENDING");
    }
}

/* The request is complete and its memory gone, or somebody below has it, who will complete it. */
static void judge_owner(PIRP irp, uintptr_t site)
{
    const struct scheduler_allocation *memory = scheduler_accessible(irp, OBJECT_PROBE) ? NULL : scheduler_allocation_of(irp);
    if (memory != NULL && memory->address == irp && strcmp(memory->kind, "IRP") == 0) {
        kernel_violation("double-completion", irp, "IoCompleteRequest is called for a request that is complete already");
    }
    scheduler_access_at(irp, OBJECT_PROBE, true, site);
    if (irp->CurrentLocation < 1 || irp->CurrentLocation > irp->StackCount) {
        return;
    }
    const struct device_record *holder = io_device(IoGetCurrentIrpStackLocation(irp)->DeviceObject);
    if (holder != NULL && holder->model) {
        kernel_violation("double-completion", irp,
                         "IoCompleteRequest is called for a request that a lower driver has, and will complete");
    }
}

static void judge_late(PIRP irp, const void *context)
{
    PDEVICE_OBJECT own = irp->CurrentLocation <= irp->StackCount ? IoGetCurrentIrpStackLocation(irp)->DeviceObject : NULL;
    struct device_record *record = own != NULL ? io_device(own) : io_device_of(context);
    if (record == NULL || record->model || !record->deleted) {
        return;
    }
    kernel_event(
        (struct core_event){.kind = EVENT_LATE_CALLBACK, .routine = ROUTINE_COMPLETION, .device = record->device, .irp = irp});
    kernel_violation("callback-after-delete", record->device,
                     "a completion routine runs for a device that the driver has deleted: the request was not waited for");
}

/* ------------------------------------------------------------------------------------------------------- the walk -- */

static bool wants(const IO_STACK_LOCATION *location, const IRP *irp)
{
    UCHAR control = location->Control;
    if (location->CompletionRoutine == NULL) {
        return false;
    }
    return (NT_SUCCESS(irp->IoStatus.Status) && (control & SL_INVOKE_ON_SUCCESS) != 0) ||
           (!NT_SUCCESS(irp->IoStatus.Status) && (control & SL_INVOKE_ON_ERROR) != 0) ||
           (irp->Cancel && (control & SL_INVOKE_ON_CANCEL) != 0);
}

/* False when the routine has taken the request. */
static bool call_completion_routine(const IO_STACK_LOCATION *location, PIRP irp, struct irp_record *record)
{
    struct driver_call call;
    bool beyond = irp->CurrentLocation > irp->StackCount;
    bool by_owner = beyond || (record != NULL && irp->CurrentLocation > record->base);
    PDEVICE_OBJECT device = beyond ? NULL : IoGetCurrentIrpStackLocation(irp)->DeviceObject;
    if (record != NULL) {
        record->completing = false;
        record->in_flight = !by_owner;
    }
    if (location->CompletionRoutine != io_forwarded) {
        judge_late(irp, location->Context);
    }
    kernel_enter_driver(&call, ROUTINE_COMPLETION, device, irp);
    NTSTATUS status = location->CompletionRoutine(device, irp, location->Context);
    kernel_leave_driver(&call, status);
    if (status == STATUS_MORE_PROCESSING_REQUIRED) {
        return false;
    }
    scheduler_access(irp, OBJECT_PROBE, true);
    if (record != NULL) {
        record->completing = true;
        record->in_flight = true;
    }
    return true;
}

static uint32_t held;      /* completions that a task of the verifier's has still to go on with */
static uint32_t finishing; /* requests that are done, whose requester is being told */
static void go_on(void *argument);

void io_reset_completions(void)
{
    held = 0;
    finishing = 0;
}

static bool none_held(const void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    return held == 0;
}

void io_wait_for_completions(void)
{
    scheduler_acquire_order(&held);
    if (held != 0) {
        scheduler_wait(&wait_for_request, &held, none_held, NULL, SCHEDULER_NEVER);
    }
}

static bool none_finishing(const void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    return finishing == 0;
}

void io_wait_for_requesters(void)
{
    scheduler_acquire_order(&finishing);
    if (finishing != 0) {
        scheduler_wait(&wait_for_request, &finishing, none_finishing, NULL, SCHEDULER_NEVER);
    }
}

/* Force Pending: a task of the verifier's goes on with the completion. Plug and Play and power requests do at PASSIVE_LEVEL. */
static void hand_over(PIRP irp, struct irp_record *record)
{
    bool passive = record->major == IRP_MJ_PNP || record->major == IRP_MJ_POWER;
    record->held_at = 0;
    held++;
    IoGetCurrentIrpStackLocation(irp)->Control |= SL_PENDING_RETURNED;
    kernel_spawn("completion", passive ? PASSIVE_LEVEL : DISPATCH_LEVEL, go_on, irp);
}

/* One location is passed; false when the request was taken. */
static bool pass_location(PIRP irp, struct irp_record *record)
{
    if (record != NULL && record->held_at == irp->CurrentLocation) {
        hand_over(irp, record);
        return false;
    }
    PIO_STACK_LOCATION passed = IoGetCurrentIrpStackLocation(irp);
    IO_STACK_LOCATION location = *passed;
    irp->PendingReturned = (location.Control & SL_PENDING_RETURNED) != 0;
    if (record != NULL) {
        pending_marked(record, irp->CurrentLocation, irp->PendingReturned);
    }
    passed->Control = 0;
    passed->CompletionRoutine = NULL;
    irp->CurrentLocation++;
    irp->Tail.Overlay.CurrentStackLocation++;
    if (wants(&location, irp)) {
        return call_completion_routine(&location, irp, record);
    }
    if (irp->PendingReturned && irp->CurrentLocation <= irp->StackCount) {
        IoGetCurrentIrpStackLocation(irp)->Control |= SL_PENDING_RETURNED;
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------------ the result -- */

void io_release_request(struct irp_record *record)
{
    if (record->pins == 0 && record->done && record->live) {
        record->live = false;
        scheduler_free(record->irp, "IRP");
    }
}

static void tell_driver(struct irp_record *record)
{
    PIO_STATUS_BLOCK block = record->irp->UserIosb;
    PKEVENT event = record->irp->UserEvent;
    if (record->completed != NULL) {
        record->completed(record);
    }
    if (block != NULL) {
        scheduler_use(block, sizeof *block, true);
        block->Status = record->status;
        block->Information = record->information;
    }
    record->live = false;
    scheduler_free(record->irp, "IRP");
    if (event != NULL) {
        KeSetEvent(event, IO_NO_INCREMENT, FALSE);
    }
}

static void finish(struct irp_record *record)
{
    PIRP irp = record->irp;
    record->completing = false;
    record->in_flight = false;
    record->done = true;
    record->status = irp->IoStatus.Status;
    record->information = irp->IoStatus.Information;
    if (record->origin == IRP_OF_DRIVER || record->origin == IRP_IN_DRIVERS_MEMORY) {
        kernel_violation("irp-not-reclaimed", irp,
                         "a request of the driver's own is completed up to the I/O manager; its completion routine has to "
                         "return STATUS_MORE_PROCESSING_REQUIRED");
        return;
    }
    if (record->origin == IRP_OF_DRIVER_SYNC) {
        tell_driver(record);
        return;
    }
    finishing++;
    if (record->completed != NULL) {
        record->completed(record);
    }
    scheduler_changed(record);
    io_release_request(record);
    if (record->file != NULL) {
        io_dereference_file(record->file);
    }
    if (record->device != NULL) {
        io_dereference_device(record->device);
    }
    finishing--;
    scheduler_release_order(&finishing);
    scheduler_changed(&finishing);
}

static void walk(PIRP irp, struct irp_record *record)
{
    if (record != NULL) {
        record->completing = true;
    }
    while (irp->CurrentLocation <= irp->StackCount) {
        if (!pass_location(irp, record)) {
            return;
        }
    }
    if (record != NULL) {
        finish(record);
    }
}

static void go_on(void *argument)
{
    const char *previous = scheduler_enter_routine("IoCompleteRequest");
    walk(argument, io_record(argument));
    scheduler_leave_routine(previous);
    held--;
    scheduler_changed(&held);
}

void io_complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    scheduler_call(&complete_request, irp);
    scheduler_access(irp, OBJECT_PROBE, true);
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    walk(irp, io_record(irp));
}

VOID IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    uintptr_t site = (uintptr_t)__builtin_return_address(0);
    UNREFERENCED_PARAMETER(PriorityBoost);
    kernel_require_irql(DISPATCH_LEVEL, "IoCompleteRequest");
    scheduler_call_at(&complete_request, Irp, site);
    const char *previous = scheduler_enter_routine("IoCompleteRequest");
    judge_owner(Irp, site);
    struct irp_record *record = io_record(Irp);
    judge(record, Irp);
    struct core_event event = {.kind = EVENT_COMPLETE, .irp = Irp, .status = Irp->IoStatus.Status, .site = site};
    if (Irp->CurrentLocation <= Irp->StackCount) {
        event.major = IoGetCurrentIrpStackLocation(Irp)->MajorFunction;
        event.minor = IoGetCurrentIrpStackLocation(Irp)->MinorFunction;
        event.device = IoGetCurrentIrpStackLocation(Irp)->DeviceObject;
    }
    kernel_event(event);
    walk(Irp, record);
    scheduler_leave_routine(previous);
}

/* -------------------------------------------------------------------------------------------------------- waiting -- */

static bool is_done(const void *argument)
{
    const struct irp_record *record = argument;
    return record->done;
}

bool io_wait(struct irp_record *record, uint64_t deadline)
{
    return scheduler_wait(&wait_for_request, record, is_done, record, deadline) != SCHEDULER_WAIT_TIMEOUT;
}

NTSTATUS io_send_and_wait(struct irp_record *record, PDEVICE_OBJECT device, PIRP irp, ULONG_PTR *information)
{
    io_send(device, irp);
    if (record->done) {
        scheduler_acquire_order(record);
    } else {
        io_wait(record, SCHEDULER_NEVER);
    }
    if (information != NULL) {
        *information = record->information;
    }
    return record->status;
}
