/*
 * call.c - IoCallDriver: a request goes to the next device.
 *
 * What a dispatch routine returned and whether its stack location was marked pending must agree (facts of WDM: STATUS_PENDING
 * is returned if and only if IoMarkIrpPending was called). Either may be known first, so both are kept by stack location:
 * pending.c compares when the second one comes.
 */
#include "io.h"
#include "pending.h"

#include <string.h>

static const struct scheduler_call call_driver = {"IoCallDriver", CALL_IO_CALL_DRIVER, EFFECT_ANY};

static bool take_location(PDEVICE_OBJECT device, PIRP irp)
{
    if (irp->CurrentLocation <= 1) {
        kernel_violation("no-stack-location", irp,
                         "the request has no stack location left for the next driver; allocate it with the StackSize of the "
                         "device that it is sent to");
        return false;
    }
    irp->CurrentLocation--;
    irp->Tail.Overlay.CurrentStackLocation--;
    irp->Tail.Overlay.CurrentStackLocation->DeviceObject = device;
    return true;
}

static void begin_flight(struct irp_record *record, PDEVICE_OBJECT device)
{
    if (record == NULL) {
        return;
    }
    if (!record->in_flight) {
        const IO_STACK_LOCATION *location = IoGetCurrentIrpStackLocation(record->irp);
        record->in_flight = true;
        record->done = false;
        record->base = record->irp->CurrentLocation;
        record->major = location->MajorFunction;
        record->minor = location->MinorFunction;
        pending_forget(record);
    }
    record->holder = device;
}

/* The request was neither completed nor passed on nor kept. */
static void judge_forgotten(const struct irp_record *record, PIRP irp, CHAR level, NTSTATUS status)
{
    if (status == STATUS_PENDING || !record->live || !record->in_flight || record->completing ||
        irp->CurrentLocation != level) {
        return;
    }
    if ((IoGetCurrentIrpStackLocation(irp)->Control & SL_PENDING_RETURNED) != 0) {
        kernel_violation("pending-mismatch", irp,
                         "the dispatch routine marks the request pending and keeps it, but returns 0x%08X", (unsigned)status);
    } else {
        kernel_violation("irp-lost", irp,
                         "the dispatch routine returns 0x%08X, but it has neither completed the request nor passed it on",
                         (unsigned)status);
    }
}

static NTSTATUS dispatch(PDEVICE_OBJECT device, PIRP irp, struct irp_record *record)
{
    struct driver_call call;
    CHAR level = irp->CurrentLocation;
    PDRIVER_DISPATCH routine = device->DriverObject->MajorFunction[IoGetCurrentIrpStackLocation(irp)->MajorFunction];
    if (!io_is_under_test(device)) {
        return routine(device, irp);
    }
    uint8_t time = record == NULL ? 0 : pending_called(record, level);
    kernel_enter_driver(&call, ROUTINE_DISPATCH, device, irp);
    NTSTATUS status = routine == NULL ? io_refuse(device, irp) : routine(device, irp);
    if (record != NULL && pending_is_same(record, level, time)) {
        pending_returned(record, level, status == STATUS_PENDING);
        judge_forgotten(record, irp, level, status);
    }
    kernel_leave_driver(&call, status);
    return status;
}

NTSTATUS io_call(PDEVICE_OBJECT device, PIRP irp, uintptr_t site)
{
    scheduler_call_at(&call_driver, irp, site);
    scheduler_access_at(device, OBJECT_PROBE, false, site);
    scheduler_access_at(irp, OBJECT_PROBE, true, site);
    if (!take_location(device, irp)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    struct irp_record *record = io_record(irp);
    begin_flight(record, device);
    if (IoGetCurrentIrpStackLocation(irp)->MajorFunction > IRP_MJ_MAXIMUM_FUNCTION) {
        return io_refuse(device, irp);
    }
    return dispatch(device, irp, record);
}

NTSTATUS io_send(PDEVICE_OBJECT device, PIRP irp)
{
    return io_call(device, irp, 0);
}

/* What a driver has no routine for. */
NTSTATUS io_refuse(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    NTSTATUS status =
        IoGetCurrentIrpStackLocation(irp)->MajorFunction == IRP_MJ_POWER ? STATUS_NOT_SUPPORTED : STATUS_INVALID_DEVICE_REQUEST;
    io_complete(irp, status, 0);
    return status;
}

/*
 * Force Pending, as Driver Verifier does it since Windows 7: the completion pauses just before it comes back to the driver,
 * which sees STATUS_PENDING meanwhile. IRP_MN_REMOVE_DEVICE is left alone, because nobody has to wait for those below.
 */
static bool may_be_forced(const DEVICE_OBJECT *device, PIRP irp, const struct irp_record *record)
{
    if (!machine.options.force_pending || record == NULL || record->held_at != 0 || irp->CurrentLocation <= 1 ||
        !scheduler_accessible(device, sizeof *device) || io_is_under_test(device)) {
        return false;
    }
    const IO_STACK_LOCATION *next = IoGetNextIrpStackLocation(irp);
    return next->MajorFunction != IRP_MJ_PNP || next->MinorFunction != IRP_MN_REMOVE_DEVICE;
}

static bool force_pending(const DEVICE_OBJECT *device, PIRP irp)
{
    struct irp_record *record = machine.options.force_pending ? io_record(irp) : NULL;
    if (!may_be_forced(device, irp, record) || scheduler_choose(CHOICE_DEVICE, 2) == 0) {
        return false;
    }
    scheduler_note(irp, "the completion is held: Force Pending");
    record->held_at = (uint8_t)(irp->CurrentLocation - 1);
    return true;
}

/*
 * The next location must say what is asked: copied, skipped to, or filled in. One that is as fresh as the request's memory
 * (nothing but a completion routine in it) would reach the next driver as IRP_MJ_CREATE of no file. Who sends a request of its
 * own may mean just that.
 */
static void judge_next_location(PIRP irp)
{
    static const IO_STACK_LOCATION fresh;
    const struct irp_record *record = io_record(irp);
    bool own = record != NULL && !record->in_flight;
    const IO_STACK_LOCATION *next = irp->CurrentLocation > 1 ? IoGetNextIrpStackLocation(irp) : NULL;
    if (own || next == NULL || next->MajorFunction != 0 || next->FileObject != NULL) {
        return;
    }
    if (next->MinorFunction == 0 && memcmp(&next->Parameters, &fresh.Parameters, sizeof fresh.Parameters) == 0) {
        kernel_violation(
            "stack-location-not-set", irp,
            "the request is passed on, but its next stack location was neither copied nor skipped to nor filled in");
    }
}

NTSTATUS io_call_by_driver(PDEVICE_OBJECT device, PIRP irp, const char *routine, uintptr_t site)
{
    kernel_require_irql(DISPATCH_LEVEL, routine);
    const char *previous = scheduler_enter_routine(routine);
    scheduler_access_at(irp, OBJECT_PROBE, true, site);
    struct core_event event = {.kind = EVENT_CALL, .irp = irp, .device = device, .site = site};
    if (irp->CurrentLocation > 1) {
        event.major = IoGetNextIrpStackLocation(irp)->MajorFunction;
        event.minor = IoGetNextIrpStackLocation(irp)->MinorFunction;
    }
    judge_next_location(irp);
    kernel_event(event);
    bool forced = force_pending(device, irp);
    NTSTATUS status = io_call(device, irp, site);
    status = forced ? STATUS_PENDING : status;
    event.kind = EVENT_CALLED;
    event.status = status;
    kernel_event(event);
    scheduler_leave_routine(previous);
    return status;
}

NTSTATUS IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return io_call_by_driver(DeviceObject, Irp, "IoCallDriver", (uintptr_t)__builtin_return_address(0));
}
