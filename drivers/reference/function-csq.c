/*
 * function-csq.c - a function driver for a pipe: reads wait in a cancel-safe queue, a DPC completes them.
 *
 * What is written to the device can be read from it. A read that finds nothing waits, which may be for ever, so everything that
 * can end it is here: data, cancellation, the end of its handle, the end of the device.
 *
 * - The queue decides under its own lock whether it still takes requests (PipeInsert). A flag that the dispatch routine looked
 *   at before would be out of date by the time of the insertion, and the request would wait behind the back of a removal that
 *   has already emptied the queue.
 * - Each request holds the remove lock until it is completed, by whomever. The DPC holds it once more, for itself, from
 *   KeInsertQueueDpc to its end: it touches the device extension when the last request is gone, too.
 * - A stop takes the hardware away. The queue keeps its requests but gives none out, and KeFlushQueuedDpcs waits for a DPC that
 *   is under way.
 * - Removal: no more requests, fail those that wait, forward, wait for the others, detach, delete. A surprise removal does the
 *   first two; the same again at the removal finds nothing to do.
 * - WMI: a data block with the number of bytes that came through.
 */
#include <initguid.h>
#include <wdm.h>

#include <wmilib.h>
#include <wmistr.h>

DEFINE_GUID(GUID_DEVINTERFACE_PIPE, 0x6f1ad9c4, 0x2b53, 0x4d4e, 0x9a, 0x07, 0x51, 0x0c, 0x2e, 0x90, 0x3b, 0x11);
DEFINE_GUID(PIPE_STATISTICS_GUID, 0x6f1ad9c5, 0x2b53, 0x4d4e, 0x9a, 0x07, 0x51, 0x0c, 0x2e, 0x90, 0x3b, 0x12);

#define IOCTL_PIPE_QUERY CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS)
#define IOCTL_PIPE_PURGE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_WRITE_ACCESS)

enum { PIPE_SIZE = 64 };

typedef enum _PNP_STATE { NotStarted, Started, StopPending, Stopped, RemovePending, SurpriseRemoved } PNP_STATE;

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    PDEVICE_OBJECT PhysicalDevice;
    IO_REMOVE_LOCK RemoveLock;
    PNP_STATE State; /* of Plug and Play requests alone, which come one after the other */
    PNP_STATE PreviousState;
    UNICODE_STRING InterfaceName;
    BOOLEAN WmiRegistered;
    WMILIB_CONTEXT WmiLibrary;
    KDPC Dpc;

    IO_CSQ Queue;
    KSPIN_LOCK QueueLock;
    LIST_ENTRY QueueHead; /* under QueueLock, as the two below */
    BOOLEAN Running;      /* requests may be taken out and worked on */
    BOOLEAN Closed;       /* no more may be put in */

    KSPIN_LOCK DataLock; /* taken before QueueLock */
    UCHAR Data[PIPE_SIZE];
    ULONG First; /* under DataLock, as the two below */
    ULONG Used;
    ULONG Total;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

/* What IoCsqRemoveNextIrp is asked for; NULL: a request that can be worked on now. */
typedef struct _PIPE_CHOICE {
    PFILE_OBJECT FileObject; /* NULL: whatever it belongs to */
} PIPE_CHOICE, *PPIPE_CHOICE;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE PipeAddDevice;
static DRIVER_UNLOAD PipeUnload;
static DRIVER_DISPATCH PipeCreateClose, PipeCleanup, PipeRead, PipeWrite, PipeDeviceControl, PipePnp, PipePower;
static DRIVER_DISPATCH PipeSystemControl;
static IO_COMPLETION_ROUTINE PipeSignal;
static KDEFERRED_ROUTINE PipeServe;
static IO_CSQ_INSERT_IRP_EX PipeInsert;
static IO_CSQ_REMOVE_IRP PipeRemove;
static IO_CSQ_PEEK_NEXT_IRP PipePeek;
static IO_CSQ_ACQUIRE_LOCK PipeAcquireQueue;
static IO_CSQ_RELEASE_LOCK PipeReleaseQueue;
static IO_CSQ_COMPLETE_CANCELED_IRP PipeCompleteCanceled;
static WMI_QUERY_REGINFO_CALLBACK PipeQueryRegistration;
static WMI_QUERY_DATABLOCK_CALLBACK PipeQueryDataBlock;

static UNICODE_STRING PipeRegistryPath;
static WMIGUIDREGINFO PipeGuids[] = {{&PIPE_STATISTICS_GUID, 1, 0}};

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PipeRegistryPath.Buffer = (PWSTR)ExAllocatePoolWithTag(PagedPool, RegistryPath->Length + sizeof(WCHAR), 'epiP');
    if (PipeRegistryPath.Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    PipeRegistryPath.Length = 0;
    PipeRegistryPath.MaximumLength = RegistryPath->Length + sizeof(WCHAR);
    RtlCopyUnicodeString(&PipeRegistryPath, RegistryPath);

    DriverObject->MajorFunction[IRP_MJ_CREATE] = PipeCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = PipeCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = PipeCleanup;
    DriverObject->MajorFunction[IRP_MJ_READ] = PipeRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = PipeWrite;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = PipeDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = PipePnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = PipePower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = PipeSystemControl;
    DriverObject->DriverExtension->AddDevice = PipeAddDevice;
    DriverObject->DriverUnload = PipeUnload;
    return STATUS_SUCCESS;
}

static VOID PipeUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    ExFreePoolWithTag(PipeRegistryPath.Buffer, 'epiP');
}

static VOID PipeInitialize(PDEVICE_EXTENSION Extension, PDEVICE_OBJECT Device, PDEVICE_OBJECT PhysicalDevice)
{
    RtlZeroMemory(Extension, sizeof(DEVICE_EXTENSION));
    Extension->Self = Device;
    Extension->PhysicalDevice = PhysicalDevice;
    Extension->State = NotStarted;
    Extension->PreviousState = NotStarted;
    KeInitializeSpinLock(&Extension->QueueLock);
    KeInitializeSpinLock(&Extension->DataLock);
    InitializeListHead(&Extension->QueueHead);
    KeInitializeDpc(&Extension->Dpc, PipeServe, Extension);
    IoInitializeRemoveLock(&Extension->RemoveLock, 'epiP', 0, 0);
    IoCsqInitializeEx(&Extension->Queue, PipeInsert, PipeRemove, PipePeek, PipeAcquireQueue, PipeReleaseQueue,
                      PipeCompleteCanceled);
    Extension->WmiLibrary.GuidCount = RTL_NUMBER_OF(PipeGuids);
    Extension->WmiLibrary.GuidList = PipeGuids;
    Extension->WmiLibrary.QueryWmiRegInfo = PipeQueryRegistration;
    Extension->WmiLibrary.QueryWmiDataBlock = PipeQueryDataBlock;
}

static NTSTATUS PipeAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION extension;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    PipeInitialize(extension, device, PhysicalDeviceObject);
    status = IoRegisterDeviceInterface(PhysicalDeviceObject, &GUID_DEVINTERFACE_PIPE, NULL, &extension->InterfaceName);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    device->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        RtlFreeUnicodeString(&extension->InterfaceName);
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS PipeComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, NT_SUCCESS(Status) ? IO_NETWORK_INCREMENT : IO_NO_INCREMENT);
    return Status;
}

/* ------------------------------------------------------------------------------------------------------ the queue -- */

static NTSTATUS PipeInsert(PIO_CSQ Csq, PIRP Irp, PVOID InsertContext)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);

    UNREFERENCED_PARAMETER(InsertContext);
    if (extension->Closed) {
        return STATUS_DELETE_PENDING;
    }
    InsertTailList(&extension->QueueHead, &Irp->Tail.Overlay.ListEntry);
    return STATUS_SUCCESS;
}

static VOID PipeRemove(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

static PIRP PipePeek(PIO_CSQ Csq, PIRP Irp, PVOID PeekContext)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);
    PPIPE_CHOICE choice = (PPIPE_CHOICE)PeekContext;
    PLIST_ENTRY entry = Irp == NULL ? extension->QueueHead.Flink : Irp->Tail.Overlay.ListEntry.Flink;

    if (choice == NULL && !extension->Running) {
        return NULL;
    }
    for (; entry != &extension->QueueHead; entry = entry->Flink) {
        PIRP candidate = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);

        if (choice == NULL || choice->FileObject == NULL ||
            choice->FileObject == IoGetCurrentIrpStackLocation(candidate)->FileObject) {
            return candidate;
        }
    }
    return NULL;
}

static VOID PipeAcquireQueue(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue)->QueueLock, Irql);
}

static VOID PipeReleaseQueue(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue)->QueueLock, Irql);
}

static VOID PipeCompleteCanceled(PIO_CSQ Csq, PIRP Irp)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);

    PipeComplete(Irp, STATUS_CANCELLED, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
}

/* Completes what waits of one handle, or all that waits. */
static VOID PipeFail(PDEVICE_EXTENSION Extension, PFILE_OBJECT FileObject, NTSTATUS Status)
{
    PIPE_CHOICE choice;
    PIRP irp;

    choice.FileObject = FileObject;
    while ((irp = IoCsqRemoveNextIrp(&Extension->Queue, &choice)) != NULL) {
        PipeComplete(irp, Status, 0);
        IoReleaseRemoveLock(&Extension->RemoveLock, irp);
    }
}

static VOID PipeSetRunning(PDEVICE_EXTENSION Extension, BOOLEAN Running)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    Extension->Running = Running;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
}

static BOOLEAN PipeIsRunning(PDEVICE_EXTENSION Extension)
{
    BOOLEAN running;
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    running = Extension->Running;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
    return running;
}

/* -------------------------------------------------------------------------------------------------------- the DPC -- */

/* The caller holds the remove lock; the DPC needs it for longer. */
static VOID PipeKick(PDEVICE_EXTENSION Extension)
{
    if (!NT_SUCCESS(IoAcquireRemoveLock(&Extension->RemoveLock, &Extension->Dpc))) {
        return; /* being removed: the queue has been emptied */
    }
    if (!KeInsertQueueDpc(&Extension->Dpc, NULL, NULL)) {
        IoReleaseRemoveLock(&Extension->RemoveLock, &Extension->Dpc); /* it is queued, and holds the lock, already */
    }
}

/* Moves data into the read's buffer. Under DataLock. */
static VOID PipeFill(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    ULONG length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length;
    PUCHAR buffer = (PUCHAR)Irp->AssociatedIrp.SystemBuffer;
    ULONG moved = 0;

    while (moved < length && Extension->Used != 0) {
        buffer[moved++] = Extension->Data[Extension->First];
        Extension->First = (Extension->First + 1) % PIPE_SIZE;
        Extension->Used--;
    }
    Extension->Total += moved;
    Irp->IoStatus.Information = moved;
}

static VOID PipeServe(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeferredContext;
    LIST_ENTRY served;
    PIRP irp;

    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
    InitializeListHead(&served);
    KeAcquireSpinLockAtDpcLevel(&extension->DataLock);
    while (extension->Used != 0 && (irp = IoCsqRemoveNextIrp(&extension->Queue, NULL)) != NULL) {
        PipeFill(extension, irp);
        InsertTailList(&served, &irp->Tail.Overlay.ListEntry);
    }
    KeReleaseSpinLockFromDpcLevel(&extension->DataLock);

    /* Completed with no lock held: whoever is above may send the next request from its completion routine. */
    while (!IsListEmpty(&served)) {
        irp = CONTAINING_RECORD(RemoveHeadList(&served), IRP, Tail.Overlay.ListEntry);
        PipeComplete(irp, STATUS_SUCCESS, irp->IoStatus.Information);
        IoReleaseRemoveLock(&extension->RemoveLock, irp);
    }
    IoReleaseRemoveLock(&extension->RemoveLock, Dpc);
}

/* ------------------------------------------------------------------------------------------------------- requests -- */

static NTSTATUS PipeCreateClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PipeComplete(Irp, status, 0);
    }
    if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_CREATE && !PipeIsRunning(extension)) {
        status = STATUS_DEVICE_NOT_READY;
    }
    PipeComplete(Irp, status, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS PipeCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PipeComplete(Irp, status, 0);
    }
    if (file != NULL) {
        PipeFail(extension, file, STATUS_CANCELLED);
    }
    PipeComplete(Irp, STATUS_SUCCESS, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_SUCCESS;
}

static NTSTATUS PipeRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PipeComplete(Irp, status, 0);
    }
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length == 0) {
        PipeComplete(Irp, STATUS_SUCCESS, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
        return STATUS_SUCCESS;
    }
    /* A second hold for what follows the insertion: by then the request may be complete, and its own hold gone. */
    status = IoAcquireRemoveLock(&extension->RemoveLock, DeviceObject);
    if (!NT_SUCCESS(status)) {
        PipeComplete(Irp, status, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
        return status;
    }
    /* Marked here, so that STATUS_PENDING is the right answer whether the queue takes the request or not. */
    IoMarkIrpPending(Irp);
    status = IoCsqInsertIrpEx(&extension->Queue, Irp, NULL, NULL);
    if (NT_SUCCESS(status)) {
        PipeKick(extension);
    } else {
        PipeComplete(Irp, status, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    }
    IoReleaseRemoveLock(&extension->RemoveLock, DeviceObject);
    return STATUS_PENDING;
}

static NTSTATUS PipeWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    ULONG length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length;
    PUCHAR buffer = (PUCHAR)Irp->AssociatedIrp.SystemBuffer;
    ULONG moved = 0;
    KIRQL irql;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PipeComplete(Irp, status, 0);
    }
    if (!PipeIsRunning(extension)) {
        status = STATUS_DEVICE_NOT_READY;
    } else {
        KeAcquireSpinLock(&extension->DataLock, &irql);
        while (moved < length && extension->Used < PIPE_SIZE) {
            extension->Data[(extension->First + extension->Used) % PIPE_SIZE] = buffer[moved++];
            extension->Used++;
        }
        KeReleaseSpinLock(&extension->DataLock, irql);
        status = moved == 0 && length != 0 ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
        PipeKick(extension);
    }
    PipeComplete(Irp, status, moved);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS PipeDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG_PTR information = 0;
    KIRQL irql;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PipeComplete(Irp, status, 0);
    }
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_PIPE_QUERY:
        if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG)) {
            status = STATUS_BUFFER_TOO_SMALL;
            break;
        }
        KeAcquireSpinLock(&extension->DataLock, &irql);
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = extension->Used;
        KeReleaseSpinLock(&extension->DataLock, irql);
        information = sizeof(ULONG);
        break;
    case IOCTL_PIPE_PURGE:
        KeAcquireSpinLock(&extension->DataLock, &irql);
        extension->Used = 0;
        KeReleaseSpinLock(&extension->DataLock, irql);
        PipeFail(extension, NULL, STATUS_CANCELLED);
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
        break;
    }
    PipeComplete(Irp, status, information);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

/* ------------------------------------------------------------------------------------------------- Plug and Play -- */

static NTSTATUS PipeSignal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned) {
        KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Lets the lower devices handle the request first, and keeps it. */
static NTSTATUS PipeForwardAndWait(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    KEVENT done;
    NTSTATUS status;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, PipeSignal, &done, TRUE, TRUE, TRUE);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        status = Irp->IoStatus.Status;
    }
    return status;
}

static NTSTATUS PipeForward(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS PipeFinish(PDEVICE_EXTENSION Extension, PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

static NTSTATUS PipeStart(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status = PipeForwardAndWait(Extension, Irp);

    if (!NT_SUCCESS(status)) {
        return PipeFinish(Extension, Irp, status);
    }
    if (!Extension->WmiRegistered) {
        Extension->WmiRegistered = NT_SUCCESS(IoWMIRegistrationControl(Extension->Self, WMIREG_ACTION_REGISTER));
    }
    Extension->State = Started;
    PipeSetRunning(Extension, TRUE);
    IoSetDeviceInterfaceState(&Extension->InterfaceName, TRUE);
    PipeKick(Extension); /* what has waited while we were stopped */
    return PipeFinish(Extension, Irp, STATUS_SUCCESS);
}

/* From now on the hardware is left alone; what waits keeps waiting. */
static VOID PipePause(PDEVICE_EXTENSION Extension)
{
    PipeSetRunning(Extension, FALSE);
    KeFlushQueuedDpcs();
}

/* No hardware any more: nothing waits, nothing is taken, nobody is told of us. Once more does no harm. */
static VOID PipeShutDown(PDEVICE_EXTENSION Extension)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    Extension->Running = FALSE;
    Extension->Closed = TRUE;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
    PipeFail(Extension, NULL, STATUS_DELETE_PENDING);
    IoSetDeviceInterfaceState(&Extension->InterfaceName, FALSE);
    if (Extension->WmiRegistered) {
        IoWMIRegistrationControl(Extension->Self, WMIREG_ACTION_DEREGISTER);
        Extension->WmiRegistered = FALSE;
    }
}

static NTSTATUS PipeRemoveDevice(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    PipeShutDown(Extension);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    RtlFreeUnicodeString(&Extension->InterfaceName);
    IoDetachDevice(Extension->LowerDevice);
    IoDeleteDevice(Extension->Self);
    return status;
}

/* A query was not followed by what it asked about. It need not have reached us: then there is nothing to take back. */
static NTSTATUS PipeCancelQuery(PDEVICE_EXTENSION Extension, PIRP Irp, PNP_STATE Pending)
{
    NTSTATUS status;

    Irp->IoStatus.Status = STATUS_SUCCESS;
    status = PipeForwardAndWait(Extension, Irp);
    if (NT_SUCCESS(status) && Extension->State == Pending) {
        Extension->State = Extension->PreviousState;
        if (Extension->State == Started) {
            PipeSetRunning(Extension, TRUE);
            PipeKick(Extension);
        }
    }
    return PipeFinish(Extension, Irp, status);
}

static NTSTATUS PipePnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PipeComplete(Irp, status, 0);
    }
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return PipeStart(extension, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
        extension->PreviousState = extension->State;
        extension->State = StopPending;
        PipePause(extension);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        return PipeForward(extension, Irp);
    case IRP_MN_CANCEL_STOP_DEVICE:
        return PipeCancelQuery(extension, Irp, StopPending);
    case IRP_MN_STOP_DEVICE:
        PipePause(extension);
        extension->State = Stopped;
        Irp->IoStatus.Status = STATUS_SUCCESS;
        return PipeForward(extension, Irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
        extension->PreviousState = extension->State;
        extension->State = RemovePending;
        Irp->IoStatus.Status = STATUS_SUCCESS;
        return PipeForward(extension, Irp);
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return PipeCancelQuery(extension, Irp, RemovePending);
    case IRP_MN_SURPRISE_REMOVAL:
        extension->State = SurpriseRemoved;
        PipeShutDown(extension);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        return PipeForward(extension, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return PipeRemoveDevice(extension, Irp);
    default:
        return PipeForward(extension, Irp);
    }
}

/* --------------------------------------------------------------------------------------------------- power and WMI -- */

/* The pipe needs no power of its own: whatever the bus decides is right. */
static NTSTATUS PipePower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    PoStartNextPowerIrp(Irp);
    if (!NT_SUCCESS(status)) {
        return PipeComplete(Irp, status, 0);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = PoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS PipeSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    SYSCTL_IRP_DISPOSITION disposition;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PipeComplete(Irp, status, 0);
    }
    status = WmiSystemControl(&extension->WmiLibrary, DeviceObject, Irp, &disposition);
    switch (disposition) {
    case IrpProcessed: /* completed already, by the library or by our callback */
        break;
    case IrpNotCompleted:
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        break;
    case IrpForward:
    case IrpNotWmi:
    default:
        return PipeForward(extension, Irp);
    }
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS PipeQueryRegistration(PDEVICE_OBJECT DeviceObject, PULONG RegFlags, PUNICODE_STRING InstanceName,
                                      PUNICODE_STRING *RegistryPath, PUNICODE_STRING MofResourceName, PDEVICE_OBJECT *Pdo)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;

    UNREFERENCED_PARAMETER(InstanceName);
    UNREFERENCED_PARAMETER(MofResourceName);
    *RegFlags = WMIREG_FLAG_INSTANCE_PDO;
    *RegistryPath = &PipeRegistryPath;
    *Pdo = extension->PhysicalDevice;
    return STATUS_SUCCESS;
}

static NTSTATUS PipeQueryDataBlock(PDEVICE_OBJECT DeviceObject, PIRP Irp, ULONG GuidIndex, ULONG InstanceIndex,
                                   ULONG InstanceCount, PULONG InstanceLengthArray, ULONG BufferAvail, PUCHAR Buffer)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;

    if (GuidIndex != 0 || InstanceIndex != 0 || InstanceCount != 1) {
        status = STATUS_WMI_GUID_NOT_FOUND;
    } else if (BufferAvail < sizeof(ULONG)) {
        status = STATUS_BUFFER_TOO_SMALL;
    } else {
        KeAcquireSpinLock(&extension->DataLock, &irql);
        *(PULONG)Buffer = extension->Total;
        KeReleaseSpinLock(&extension->DataLock, irql);
        *InstanceLengthArray = sizeof(ULONG);
    }
    return WmiCompleteRequest(DeviceObject, Irp, status, sizeof(ULONG), IO_NO_INCREMENT);
}
