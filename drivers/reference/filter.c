/*
 * filter.c - a device filter, upper or lower, that counts what passes and changes nothing.
 *
 * The smallest driver that does everything a filter has to do, and the one to start from:
 *
 * - The remove lock is initialised before the device is attached, because from the attachment on requests can arrive.
 * - A request that is only passed on holds the lock until IoCallDriver has returned. Nothing of ours is used afterwards,
 * whatever becomes of the request.
 * - A request with a completion routine holds it until that routine has run: the routine uses the device extension, and it may
 *   run long after the dispatch routine has returned.
 * - IRP_MN_START_DEVICE is waited for, so that the lower devices have started before we touch anything; and we complete it.
 * - IRP_MN_REMOVE_DEVICE is forwarded first. Requests that a lower driver keeps until it is removed come back by that, and only
 *   then does waiting for them end. Waiting first is a deadlock with the first driver below that pends a wait/wake request.
 * - Whoever holds a reference to the device sends requests after the removal, too. They find the lock closed.
 */
#include <wdm.h>

#define IOCTL_FILTER_QUERY_STATISTICS CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct _FILTER_STATISTICS {
    ULONG Requests;
    ULONG Failures;
    ULONGLONG Bytes;
    DEVICE_POWER_STATE PowerState;
} FILTER_STATISTICS, *PFILTER_STATISTICS;

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    DEVICE_POWER_STATE volatile PowerState; /* written by one power request at a time, read by anybody */
    KSPIN_LOCK StatisticsLock;
    FILTER_STATISTICS Statistics;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE FilterAddDevice;
static DRIVER_UNLOAD FilterUnload;
static DRIVER_DISPATCH FilterPass, FilterWatch, FilterDeviceControl, FilterPnp, FilterPower;
static IO_COMPLETION_ROUTINE FilterWatched, FilterSignal, FilterUsageNotified, FilterPoweredUp;

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, FilterAddDevice)
#pragma alloc_text(PAGE, FilterUnload)
#endif

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG major;

    UNREFERENCED_PARAMETER(RegistryPath);
    for (major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        DriverObject->MajorFunction[major] = FilterPass;
    }
    DriverObject->MajorFunction[IRP_MJ_READ] = FilterWatch;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = FilterWatch;
    DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = FilterWatch;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = FilterDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = FilterPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = FilterPower;
    DriverObject->DriverExtension->AddDevice = FilterAddDevice;
    DriverObject->DriverUnload = FilterUnload;
    return STATUS_SUCCESS;
}

static VOID FilterUnload(PDRIVER_OBJECT DriverObject)
{
    PAGED_CODE();
    UNREFERENCED_PARAMETER(DriverObject);
}

static NTSTATUS FilterAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION extension;
    NTSTATUS status;

    PAGED_CODE();
    status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    RtlZeroMemory(extension, sizeof(DEVICE_EXTENSION));
    extension->Self = device;
    extension->PowerState = PowerDeviceD3;
    KeInitializeSpinLock(&extension->StatisticsLock);
    IoInitializeRemoveLock(&extension->RemoveLock, 'tliF', 0, 0);

    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }

    /* A filter looks to those above like the device that it stands on. */
    device->DeviceType = extension->LowerDevice->DeviceType;
    device->Characteristics = extension->LowerDevice->Characteristics;
    device->Flags |= extension->LowerDevice->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO | DO_POWER_PAGABLE | DO_POWER_INRUSH);
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

/* Answers a request that we may not begin with any more, or that we have dealt with ourselves. */
static NTSTATUS FilterComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* ------------------------------------------------------------------------------------------ requests for transfer -- */

static NTSTATUS FilterPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return FilterComplete(Irp, status, 0);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp); /* the pointer is only a tag now: the request may be gone */
    return status;
}

static NTSTATUS FilterWatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return FilterComplete(Irp, status, 0);
    }
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, FilterWatched, extension, TRUE, TRUE, TRUE);
    return IoCallDriver(extension->LowerDevice, Irp);
}

static NTSTATUS FilterWatched(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)Context;
    KIRQL irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned) {
        IoMarkIrpPending(Irp);
    }
    KeAcquireSpinLock(&extension->StatisticsLock, &irql);
    extension->Statistics.Requests++;
    if (NT_SUCCESS(Irp->IoStatus.Status)) {
        extension->Statistics.Bytes += Irp->IoStatus.Information;
    } else {
        extension->Statistics.Failures++;
    }
    KeReleaseSpinLock(&extension->StatisticsLock, irql);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_CONTINUE_COMPLETION;
}

/* One control code is ours; the others belong to the device. */
static NTSTATUS FilterDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    KIRQL irql;
    NTSTATUS status;

    if (stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_FILTER_QUERY_STATISTICS) {
        return FilterWatch(DeviceObject, Irp);
    }
    status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        return FilterComplete(Irp, status, 0);
    }
    if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(FILTER_STATISTICS)) {
        status = FilterComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    } else {
        KeAcquireSpinLock(&extension->StatisticsLock, &irql);
        extension->Statistics.PowerState = extension->PowerState;
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, &extension->Statistics, sizeof(FILTER_STATISTICS));
        KeReleaseSpinLock(&extension->StatisticsLock, irql);
        status = FilterComplete(Irp, STATUS_SUCCESS, sizeof(FILTER_STATISTICS));
    }
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

/* ------------------------------------------------------------------------------------------------- Plug and Play -- */

static NTSTATUS FilterSignal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    /* Only when the request was pended does somebody wait for the event. */
    if (Irp->PendingReturned) {
        KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS FilterStart(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    KEVENT done;
    NTSTATUS status;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, FilterSignal, &done, TRUE, TRUE, TRUE);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        status = Irp->IoStatus.Status;
    }
    if (NT_SUCCESS(status)) {
        Extension->PowerState = PowerDeviceD0;
        /* The lower devices may have found out by starting that their medium can be taken out. */
        Extension->Self->Characteristics |= Extension->LowerDevice->Characteristics & FILE_REMOVABLE_MEDIA;
    }
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return status;
}

/* Paging files and the like: whether we may be paged at power requests follows the devices around us. */
static NTSTATUS FilterUsageNotification(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    PDEVICE_OBJECT above = Extension->Self->AttachedDevice;

    if (above == NULL || (above->Flags & DO_POWER_PAGABLE) != 0) {
        Extension->Self->Flags |= DO_POWER_PAGABLE;
    }
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, FilterUsageNotified, Extension, TRUE, TRUE, TRUE);
    return IoCallDriver(Extension->LowerDevice, Irp);
}

static NTSTATUS FilterUsageNotified(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned) {
        IoMarkIrpPending(Irp);
    }
    if ((extension->LowerDevice->Flags & DO_POWER_PAGABLE) == 0) {
        extension->Self->Flags &= ~DO_POWER_PAGABLE;
    }
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS FilterRemove(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    IoDetachDevice(Extension->LowerDevice);
    IoDeleteDevice(Extension->Self);
    return status;
}

static NTSTATUS FilterPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return FilterComplete(Irp, status, Irp->IoStatus.Information);
    }
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return FilterStart(extension, Irp);
    case IRP_MN_DEVICE_USAGE_NOTIFICATION:
        return FilterUsageNotification(extension, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return FilterRemove(extension, Irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        /* We have no state that these change. Whoever passes one of them on has to say that it agrees. */
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

/* --------------------------------------------------------------------------------------------------------- power -- */

static NTSTATUS FilterPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    DEVICE_POWER_STATE state = stack->Parameters.Power.State.DeviceState;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        PoStartNextPowerIrp(Irp);
        return FilterComplete(Irp, status, 0);
    }
    if (stack->MinorFunction == IRP_MN_SET_POWER && stack->Parameters.Power.Type == DevicePowerState) {
        if (state == PowerDeviceD0) {
            /* Power comes from below: we are up when the request comes back. */
            IoMarkIrpPending(Irp);
            IoCopyCurrentIrpStackLocationToNext(Irp);
            IoSetCompletionRoutine(Irp, FilterPoweredUp, extension, TRUE, TRUE, TRUE);
            PoCallDriver(extension->LowerDevice, Irp);
            return STATUS_PENDING;
        }
        extension->PowerState = state;
    }
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    status = PoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS FilterPoweredUp(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (NT_SUCCESS(Irp->IoStatus.Status)) {
        extension->PowerState = PowerDeviceD0;
    }
    PoStartNextPowerIrp(Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_CONTINUE_COMPLETION;
}
