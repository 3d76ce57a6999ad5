/*
 * cancel-looks.c - a completing path that leaves the request alone when its cancel routine is already running
 *
 * What drivers/zoo/op-cancel-race.c would be without its bug: double-completion must not be found.
 */
#include <wdm.h>

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    KSPIN_LOCK PendingLock;
    PIRP Pending;
    BOOLEAN Stopped;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

static NTSTATUS CompleteRequest(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* Passes a request down; since Windows Vista IoCallDriver does so for power requests too. */
static NTSTATUS DispatchPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static VOID FinishRead(PDEVICE_EXTENSION Extension, PIRP Irp, NTSTATUS Status)
{
    CompleteRequest(Irp, Status, 0);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
}

static VOID CancelRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    KIRQL irql;

    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(&extension->PendingLock, &irql);
    if (extension->Pending == Irp) {
        extension->Pending = NULL;
    }
    KeReleaseSpinLock(&extension->PendingLock, irql);
    FinishRead(extension, Irp, STATUS_CANCELLED);
}

/* The read that waits, if any; with a file object, only when it is that file's. It is the caller's to complete. */
static PIRP TakePending(PDEVICE_EXTENSION Extension, PFILE_OBJECT FileObject)
{
    KIRQL irql;
    PIRP irp;

    KeAcquireSpinLock(&Extension->PendingLock, &irql);
    irp = Extension->Pending;
    if (irp != NULL && FileObject != NULL && IoGetCurrentIrpStackLocation(irp)->FileObject != FileObject) {
        irp = NULL;
    }
    if (irp != NULL) {
        Extension->Pending = NULL;
        if (IoSetCancelRoutine(irp, NULL) == NULL) {
            irp = NULL;
        }
    }
    KeReleaseSpinLock(&Extension->PendingLock, irql);
    return irp;
}

static NTSTATUS DispatchRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    KIRQL irql;

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    KeAcquireSpinLock(&extension->PendingLock, &irql);
    if (extension->Stopped || extension->Pending != NULL) {
        status = extension->Stopped ? STATUS_DELETE_PENDING : STATUS_DEVICE_BUSY;
        KeReleaseSpinLock(&extension->PendingLock, irql);
        FinishRead(extension, Irp, status);
        return status;
    }
    IoMarkIrpPending(Irp);
    extension->Pending = Irp;
    (void)IoSetCancelRoutine(Irp, CancelRead);
    if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL) != NULL) {
        extension->Pending = NULL;
        KeReleaseSpinLock(&extension->PendingLock, irql);
        FinishRead(extension, Irp, STATUS_CANCELLED);
        return STATUS_PENDING;
    }
    KeReleaseSpinLock(&extension->PendingLock, irql);
    return STATUS_PENDING;
}

static NTSTATUS DispatchWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    PIRP read;

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    read = TakePending(extension, NULL);
    if (read != NULL) {
        FinishRead(extension, read, STATUS_SUCCESS);
    }
    status = CompleteRequest(Irp, STATUS_SUCCESS, IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS DispatchCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    PIRP read;

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    read = TakePending(extension, IoGetCurrentIrpStackLocation(Irp)->FileObject);
    if (read != NULL) {
        FinishRead(extension, read, STATUS_CANCELLED);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static VOID StopReads(PDEVICE_EXTENSION Extension)
{
    KIRQL irql;
    PIRP read;

    KeAcquireSpinLock(&Extension->PendingLock, &irql);
    Extension->Stopped = TRUE;
    KeReleaseSpinLock(&Extension->PendingLock, irql);
    read = TakePending(Extension, NULL);
    if (read != NULL) {
        FinishRead(Extension, read, STATUS_DELETE_PENDING);
    }
}

static NTSTATUS RemoveDevice(PDEVICE_EXTENSION Extension, PIRP Irp)
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

static NTSTATUS DispatchPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    UCHAR minor = IoGetCurrentIrpStackLocation(Irp)->MinorFunction;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    if (minor == IRP_MN_SURPRISE_REMOVAL || minor == IRP_MN_REMOVE_DEVICE) {
        StopReads(extension);
        Irp->IoStatus.Status = STATUS_SUCCESS;
    }
    if (minor == IRP_MN_REMOVE_DEVICE) {
        return RemoveDevice(extension, Irp);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS AddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_EXTENSION extension;
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = device->DeviceExtension;
    extension->Self = device;
    IoInitializeRemoveLock(&extension->RemoveLock, 'oooZ', 0, 0);
    KeInitializeSpinLock(&extension->PendingLock);
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags |= DO_BUFFERED_IO | (extension->LowerDevice->Flags & DO_POWER_PAGABLE);
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

DRIVER_INITIALIZE DriverEntry;
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG major;

    UNREFERENCED_PARAMETER(RegistryPath);
    for (major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        DriverObject->MajorFunction[major] = DispatchPass;
    }
    DriverObject->MajorFunction[IRP_MJ_READ] = DispatchRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = DispatchWrite;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = DispatchCleanup;
    DriverObject->MajorFunction[IRP_MJ_PNP] = DispatchPnp;
    DriverObject->DriverExtension->AddDevice = AddDevice;
    DriverObject->DriverUnload = DriverUnload;
    return STATUS_SUCCESS;
}
