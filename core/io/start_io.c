/*
 * start_io.c - the queue of a device whose driver has a StartIo routine: one request at a time is current, the others stand in
 * the device queue.
 *
 * The cancel function is set while the cancel spin lock is held, so a canceller meets a request either before it stands in the
 * queue or after. StartIo is called at DISPATCH_LEVEL, and again from within itself unless the driver asked to defer that.
 *
 * Sources: the pages of IoStartPacket, IoStartNextPacket and IoSetStartIoAttributes in Microsoft's driver documentation.
 */
#include "io.h"

/* What the driver asked for by IoSetStartIoAttributes. */
struct attributes {
    PDEVICE_OBJECT device;
    bool deferred;
    bool not_cancelable;
    bool inside; /* StartIo runs; only known when calls are deferred */
    uint32_t waiting;
    bool cancelable; /* of the call that waits, as its key */
    bool by_key;
    ULONG key;
};

static struct {
    struct attributes attributes[DEVICE_LIMIT];
    uint32_t count;
} start_io;

void io_reset_start_io(void)
{
    start_io.count = 0;
}

static struct attributes *attributes_of(const DEVICE_OBJECT *device)
{
    for (uint32_t index = 0; index < start_io.count; index++) {
        if (start_io.attributes[index].device == device) {
            return &start_io.attributes[index];
        }
    }
    return NULL;
}

VOID IoSetStartIoAttributes(PDEVICE_OBJECT DeviceObject, BOOLEAN DeferredStartIo, BOOLEAN NonCancelable)
{
    scheduler_access(DeviceObject, OBJECT_PROBE, true);
    struct attributes *attributes = attributes_of(DeviceObject);
    if (attributes == NULL) {
        if (start_io.count == DEVICE_LIMIT) {
            return;
        }
        attributes = &start_io.attributes[start_io.count++];
        *attributes = (struct attributes){.device = DeviceObject};
    }
    attributes->deferred = DeferredStartIo != FALSE;
    attributes->not_cancelable = NonCancelable != FALSE;
}

/* --------------------------------------------------------------------------------------------------------- checks -- */

static void require_start_io(PDEVICE_OBJECT device, const char *routine)
{
    scheduler_access(device, OBJECT_PROBE, true);
    if (device->DriverObject->DriverStartIo == NULL) {
        kernel_violation("no-start-io", device, "%s is called, but the driver has no StartIo routine", routine);
    }
}

static bool stands_in_queue(PDEVICE_OBJECT device, const IRP *irp)
{
    const LIST_ENTRY *head = &device->DeviceQueue.DeviceListHead;
    for (const LIST_ENTRY *entry = head->Flink; entry != NULL && entry != head; entry = entry->Flink) {
        if (entry == &irp->Tail.Overlay.DeviceQueueEntry.DeviceListEntry) {
            return true;
        }
    }
    return false;
}

/* -------------------------------------------------------------------------------------------------------- StartIo -- */

static void call_start_io(PDEVICE_OBJECT device, PIRP irp)
{
    struct driver_call call;
    kernel_enter_driver(&call, ROUTINE_START_IO, device, irp);
    device->DriverObject->DriverStartIo(device, irp);
    kernel_leave_driver(&call, STATUS_SUCCESS);
}

/* The next request becomes current; NULL when there is none. */
static PIRP take_next(PDEVICE_OBJECT device, bool cancelable, const ULONG *key)
{
    KIRQL irql = DISPATCH_LEVEL;
    const struct attributes *attributes = attributes_of(device);
    if (cancelable) {
        IoAcquireCancelSpinLock(&irql);
    }
    scheduler_access(device, OBJECT_PROBE, true);
    device->CurrentIrp = NULL;
    PKDEVICE_QUEUE_ENTRY entry =
        key == NULL ? KeRemoveDeviceQueue(&device->DeviceQueue) : KeRemoveByKeyDeviceQueue(&device->DeviceQueue, *key);
    PIRP irp = entry == NULL ? NULL : CONTAINING_RECORD(entry, IRP, Tail.Overlay.DeviceQueueEntry);
    device->CurrentIrp = irp;
    if (irp != NULL && cancelable && attributes != NULL && attributes->not_cancelable) {
        scheduler_access(irp, OBJECT_PROBE, true);
        irp->CancelRoutine = NULL;
    }
    if (cancelable) {
        IoReleaseCancelSpinLock(irql);
    }
    return irp;
}

/* Calls StartIo, and then for what it asked to start meanwhile when such calls are deferred. */
static void start(PDEVICE_OBJECT device, PIRP irp)
{
    struct attributes *attributes = attributes_of(device);
    if (attributes == NULL || !attributes->deferred) {
        call_start_io(device, irp);
        return;
    }
    while (irp != NULL) {
        attributes->inside = true;
        call_start_io(device, irp);
        attributes->inside = false;
        irp = NULL;
        while (irp == NULL && attributes->waiting > 0) {
            attributes->waiting--;
            irp = take_next(device, attributes->cancelable, attributes->by_key ? &attributes->key : NULL);
        }
    }
}

/* The cancel spin lock is held, and `irql` is what it was taken at; the cancel function releases it. */
static void cancel_at_once(PDEVICE_OBJECT device, PIRP irp, KIRQL irql, PDRIVER_CANCEL cancel)
{
    struct driver_call call;
    irp->CancelIrql = irql;
    irp->CancelRoutine = NULL;
    kernel_enter_driver(&call, ROUTINE_CANCEL, device, irp);
    call.irql = irql;
    cancel(device, irp);
    kernel_leave_driver(&call, STATUS_SUCCESS);
}

static void start_packet(PDEVICE_OBJECT device, PIRP irp, const ULONG *key, PDRIVER_CANCEL cancel)
{
    KIRQL irql = DISPATCH_LEVEL;
    const struct attributes *attributes = attributes_of(device);
    if (cancel != NULL) {
        IoAcquireCancelSpinLock(&irql);
        irp->CancelRoutine = cancel;
    }
    PKDEVICE_QUEUE_ENTRY entry = &irp->Tail.Overlay.DeviceQueueEntry;
    BOOLEAN queued = key == NULL ? KeInsertDeviceQueue(&device->DeviceQueue, entry)
                                 : KeInsertByKeyDeviceQueue(&device->DeviceQueue, entry, *key);
    if (queued && cancel != NULL && irp->Cancel) {
        cancel_at_once(device, irp, irql, cancel);
        return;
    }
    if (!queued) {
        device->CurrentIrp = irp;
    }
    if (cancel != NULL) {
        if (!queued && attributes != NULL && attributes->not_cancelable) {
            irp->CancelRoutine = NULL;
        }
        IoReleaseCancelSpinLock(irql);
    }
    if (!queued) {
        start(device, irp);
    }
}

VOID IoStartPacket(PDEVICE_OBJECT DeviceObject, PIRP Irp, PULONG Key, PDRIVER_CANCEL CancelFunction)
{
    KIRQL irql;
    const char *previous = scheduler_enter_routine("IoStartPacket");
    kernel_require_irql(DISPATCH_LEVEL, "IoStartPacket");
    require_start_io(DeviceObject, "IoStartPacket");
    scheduler_access(Irp, OBJECT_PROBE, true);
    if (DeviceObject->CurrentIrp == Irp || stands_in_queue(DeviceObject, Irp)) {
        kernel_violation("queued-twice", Irp, "IoStartPacket is called for a request that the device's queue has already");
    }
    kernel_event((struct core_event){.kind = EVENT_QUEUE, .irp = Irp, .device = DeviceObject});
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    start_packet(DeviceObject, Irp, Key, CancelFunction);
    KeLowerIrql(irql);
    scheduler_leave_routine(previous);
}

static void start_next(PDEVICE_OBJECT device, bool cancelable, const ULONG *key, const char *routine)
{
    const char *previous = scheduler_enter_routine(routine);
    kernel_require_exact_irql(DISPATCH_LEVEL, routine);
    require_start_io(device, routine);
    struct attributes *attributes = attributes_of(device);
    if (attributes != NULL && attributes->deferred && attributes->inside) {
        attributes->waiting++;
        attributes->cancelable = cancelable;
        attributes->by_key = key != NULL;
        attributes->key = key == NULL ? 0 : *key;
    } else {
        PIRP irp = take_next(device, cancelable, key);
        if (irp != NULL) {
            start(device, irp);
        }
    }
    scheduler_leave_routine(previous);
}

VOID IoStartNextPacket(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable)
{
    start_next(DeviceObject, Cancelable != FALSE, NULL, "IoStartNextPacket");
}

VOID IoStartNextPacketByKey(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable, ULONG Key)
{
    start_next(DeviceObject, Cancelable != FALSE, &Key, "IoStartNextPacketByKey");
}
