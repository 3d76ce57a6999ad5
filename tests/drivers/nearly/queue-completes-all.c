/*
 * queue-completes-all.c - a queue whose error path completes the request that it has taken out
 *
 * What drivers/zoo/z02-dropped-request.c would be without its bug: irp-lost and deadlock must not be found.
 */
#include <wdm.h>

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    KSPIN_LOCK QueueLock;
    LIST_ENTRY Queue;
    IO_CSQ Csq;
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

static NTSTATUS InsertIrp(PIO_CSQ Csq, PIRP Irp, PVOID InsertContext)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Csq);

    UNREFERENCED_PARAMETER(InsertContext);
    if (extension->Stopped) {
        return STATUS_DELETE_PENDING;
    }
    InsertTailList(&extension->Queue, &Irp->Tail.Overlay.ListEntry);
    return STATUS_SUCCESS;
}

static VOID RemoveIrp(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

/* PeekContext: the file object whose requests are wanted, or NULL for all. */
static PIRP PeekNextIrp(PIO_CSQ Csq, PIRP Irp, PVOID PeekContext)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Csq);
    PLIST_ENTRY entry = Irp == NULL ? extension->Queue.Flink : Irp->Tail.Overlay.ListEntry.Flink;

    for (; entry != &extension->Queue; entry = entry->Flink) {
        PIRP next = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);

        if (PeekContext == NULL || IoGetCurrentIrpStackLocation(next)->FileObject == PeekContext) {
            return next;
        }
    }
    return NULL;
}

static VOID AcquireQueueLock(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Csq)->QueueLock, Irql);
}

static VOID ReleaseQueueLock(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Csq)->QueueLock, Irql);
}

/* A queued read holds the remove lock until it is complete. */
static VOID FinishRead(PDEVICE_EXTENSION Extension, PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    CompleteRequest(Irp, Status, Information);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
}

static VOID CompleteCanceledIrp(PIO_CSQ Csq, PIRP Irp)
{
    FinishRead(CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Csq), Irp, STATUS_CANCELLED, 0);
}

static VOID DrainQueue(PDEVICE_EXTENSION Extension, PFILE_OBJECT FileObject, NTSTATUS Status)
{
    PIRP irp;

    while ((irp = IoCsqRemoveNextIrp(&Extension->Csq, FileObject)) != NULL) {
        FinishRead(Extension, irp, Status, 0);
    }
}

/* No read comes in any more, and those that wait fail. */
static VOID StopQueue(PDEVICE_EXTENSION Extension)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    Extension->Stopped = TRUE;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
    DrainQueue(Extension, NULL, STATUS_DELETE_PENDING);
}

static NTSTATUS DispatchRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    status = IoCsqInsertIrpEx(&extension->Csq, Irp, NULL, NULL);
    if (!NT_SUCCESS(status)) {
        FinishRead(extension, Irp, status, 0);
        return status;
    }
    return STATUS_PENDING;
}

/* What is written satisfies the read that has waited longest. */
static NTSTATUS DispatchWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    ULONG length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    PIRP read;

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    read = IoCsqRemoveNextIrp(&extension->Csq, NULL);
    if (read != NULL) {
        if (IoGetCurrentIrpStackLocation(read)->Parameters.Read.Length < length) {
            FinishRead(extension, read, STATUS_BUFFER_TOO_SMALL, 0);
            status = CompleteRequest(Irp, STATUS_BUFFER_TOO_SMALL, 0);
            goto exit;
        }
        RtlCopyMemory(read->AssociatedIrp.SystemBuffer, Irp->AssociatedIrp.SystemBuffer, length);
        FinishRead(extension, read, STATUS_SUCCESS, length);
    }
    status = CompleteRequest(Irp, STATUS_SUCCESS, length);
exit:
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS DispatchCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    DrainQueue(extension, IoGetCurrentIrpStackLocation(Irp)->FileObject, STATUS_CANCELLED);
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
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
        StopQueue(extension);
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
    KeInitializeSpinLock(&extension->QueueLock);
    InitializeListHead(&extension->Queue);
    IoCsqInitializeEx(&extension->Csq, InsertIrp, RemoveIrp, PeekNextIrp, AcquireQueueLock, ReleaseQueueLock,
                      CompleteCanceledIrp);
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
