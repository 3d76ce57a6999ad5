/* io.c - requests for transfer. */
#include "thermo.h"

static IO_COMPLETION_ROUTINE ThermoReadDone;

NTSTATUS ThermoComplete(_Inout_ PIRP Irp, _In_ NTSTATUS Status, _In_ ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

NTSTATUS ThermoPass(_In_ PDEVICE_OBJECT DeviceObject, _Inout_ PIRP Irp)
{
    PDEVICE_EXTENSION ext = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status;

    status = IoAcquireRemoveLock(&ext->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        return ThermoComplete(Irp, status, 0);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(ext->LowerDevice, Irp);
    IoReleaseRemoveLock(&ext->RemoveLock, Irp);
    return status;
}

NTSTATUS ThermoRead(_In_ PDEVICE_OBJECT DeviceObject, _Inout_ PIRP Irp)
{
    PDEVICE_EXTENSION ext = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status;

    status = IoAcquireRemoveLock(&ext->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        return ThermoComplete(Irp, status, 0);
    }
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, ThermoReadDone, ext, TRUE, TRUE, TRUE);
#ifdef THERMO_OLD_BUG
    /* As it was in version 1.0: the device can be gone when ThermoReadDone runs. tests/driver/ has the replay. */
    status = IoCallDriver(ext->LowerDevice, Irp);
    IoReleaseRemoveLock(&ext->RemoveLock, Irp);
    return status;
#else
    return IoCallDriver(ext->LowerDevice, Irp);
#endif
}

static NTSTATUS ThermoReadDone(_In_ PDEVICE_OBJECT DeviceObject, _In_ PIRP Irp, _In_ PVOID Context)
{
    PDEVICE_EXTENSION ext = (PDEVICE_EXTENSION)Context;
    KIRQL irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned) {
        IoMarkIrpPending(Irp);
    }

    KeAcquireSpinLock(&ext->Lock, &irql);
    if (NT_SUCCESS(Irp->IoStatus.Status)) {
        ext->Last.Readings++;
    } else {
        ext->Last.Failures++;
    }
    KeReleaseSpinLock(&ext->Lock, irql);
#ifndef THERMO_OLD_BUG
    IoReleaseRemoveLock(&ext->RemoveLock, Irp);
#endif
    return STATUS_CONTINUE_COMPLETION;
}

NTSTATUS ThermoDeviceControl(_In_ PDEVICE_OBJECT DeviceObject, _Inout_ PIRP Irp)
{
    PDEVICE_EXTENSION ext = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    KIRQL irql;
    NTSTATUS status;

    if (stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_THERMO_LAST) {
        return ThermoPass(DeviceObject, Irp);
    }

    status = IoAcquireRemoveLock(&ext->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        return ThermoComplete(Irp, status, 0);
    }
    if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(THERMO_LAST)) {
        status = ThermoComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    } else {
        KeAcquireSpinLock(&ext->Lock, &irql);
        *(PTHERMO_LAST)Irp->AssociatedIrp.SystemBuffer = ext->Last;
        KeReleaseSpinLock(&ext->Lock, irql);
        status = ThermoComplete(Irp, STATUS_SUCCESS, sizeof(THERMO_LAST));
    }
    IoReleaseRemoveLock(&ext->RemoveLock, Irp);
    return status;
}
