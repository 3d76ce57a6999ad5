/*
 * forward-sync.c - a function driver that sends requests of its own to the device below, and gets them back in time.
 *
 * A read from this device becomes a control request to the bus, sent by a thread that uses one request over and over.
 * IOCTL_RELAY_ASK is sent on by the thread that it came in, and waited for.
 *
 * - A request of ours is answered when the lower driver likes, perhaps only when the device is removed. So whoever waits for
 * one holds the remove lock, and IRP_MN_REMOVE_DEVICE is forwarded before the lock is waited for. Waiting for the thread in
 *   IRP_MN_SURPRISE_REMOVAL would be too early as well: there is one more request that could set it free.
 * - Requests under way are cancelled when the device goes. IoCancelIrp needs a request that still exists, so all of ours stand
 *   in a list under a mutex, and are taken out of it, under the same mutex, before they may be freed or used again. The
 *   completion routine keeps them from being freed: it always takes them back.
 * - IoBuildDeviceIoControlRequest makes a request that belongs to the thread and that the I/O manager frees when it is
 * completed; one that is not sent could not be got rid of. Whether it may be sent is settled under the mutex before it is made.
 * When it has come back, IoCompleteRequest lets the I/O manager finish it.
 * - A request from IoAllocateIrp is ours: it is freed by us, when the thread that uses it is no more. IoReuseIrp clears Cancel,
 *   so a request enters the list after it has been made ready, and only if nobody has closed the list meanwhile.
 * - The mutex is a KMUTEX: requests are made at PASSIVE_LEVEL, which a fast mutex would not leave us.
 * - The device cannot do without its thread, so it does not agree to be stopped.
 */
#include <wdm.h>

#define IOCTL_RELAY_ASK CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_RELAY_QUERY CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

/* What the bus understands. */
#define IOCTL_BUS_SAMPLE CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x810, METHOD_BUFFERED, FILE_ANY_ACCESS)

enum { PATIENCE_SECONDS = 5, UNITS_PER_SECOND = 10000000 };

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    PETHREAD Thread; /* of Plug and Play requests alone, as the two below; those requests come one after the other */
    BOOLEAN ShutdownRegistered;
    PIRP SampleIrp; /* the thread's, from before it starts until after it has ended */

    IO_CSQ Queue;
    KSPIN_LOCK QueueLock;
    LIST_ENTRY QueueHead; /* under QueueLock, as the two below */
    BOOLEAN Open;         /* requests are taken */
    BOOLEAN ThreadEnds;
    KEVENT Work;
    KEVENT ThreadEnded; /* all but its last instructions */

    KMUTEX Mutex;
    LIST_ENTRY Sent; /* under Mutex, as the two below */
    BOOLEAN SendingClosed;
    ULONG Samples;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

/* A request of ours that is under way; on the stack of the thread that waits for it. */
typedef struct _SENT {
    LIST_ENTRY Entry;
    PIRP Irp;
    KEVENT Returned;
} SENT, *PSENT;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE RelayAddDevice;
static DRIVER_UNLOAD RelayUnload;
static DRIVER_DISPATCH RelayCreateClose, RelayCleanup, RelayRead, RelayDeviceControl, RelayShutdown, RelayPnp, RelayPower;
static DRIVER_DISPATCH RelaySystemControl;
static IO_COMPLETION_ROUTINE RelayReturned;
static KSTART_ROUTINE RelayThread;
static IO_CSQ_INSERT_IRP_EX RelayInsert;
static IO_CSQ_REMOVE_IRP RelayRemoveIrp;
static IO_CSQ_PEEK_NEXT_IRP RelayPeek;
static IO_CSQ_ACQUIRE_LOCK RelayAcquireQueue;
static IO_CSQ_RELEASE_LOCK RelayReleaseQueue;
static IO_CSQ_COMPLETE_CANCELED_IRP RelayCompleteCanceled;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = RelayCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = RelayCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = RelayCleanup;
    DriverObject->MajorFunction[IRP_MJ_READ] = RelayRead;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = RelayDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_SHUTDOWN] = RelayShutdown;
    DriverObject->MajorFunction[IRP_MJ_PNP] = RelayPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = RelayPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = RelaySystemControl;
    DriverObject->DriverExtension->AddDevice = RelayAddDevice;
    DriverObject->DriverUnload = RelayUnload;
    return STATUS_SUCCESS;
}

static VOID RelayUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

static VOID RelayInitialize(PDEVICE_EXTENSION Extension, PDEVICE_OBJECT Device)
{
    RtlZeroMemory(Extension, sizeof(DEVICE_EXTENSION));
    Extension->Self = Device;
    KeInitializeSpinLock(&Extension->QueueLock);
    InitializeListHead(&Extension->QueueHead);
    KeInitializeEvent(&Extension->Work, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Extension->ThreadEnded, NotificationEvent, FALSE);
    KeInitializeMutex(&Extension->Mutex, 0);
    InitializeListHead(&Extension->Sent);
    IoInitializeRemoveLock(&Extension->RemoveLock, 'yleR', 0, 0);
    IoCsqInitializeEx(&Extension->Queue, RelayInsert, RelayRemoveIrp, RelayPeek, RelayAcquireQueue, RelayReleaseQueue,
                      RelayCompleteCanceled);
}

static NTSTATUS RelayAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION extension;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    RelayInitialize(extension, device);
    device->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS RelayComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* --------------------------------------------------------------------------------------------- requests of our own -- */

static VOID RelayEnter(PDEVICE_EXTENSION Extension)
{
    KeWaitForSingleObject(&Extension->Mutex, Executive, KernelMode, FALSE, NULL);
}

static VOID RelayLeave(PDEVICE_EXTENSION Extension)
{
    KeReleaseMutex(&Extension->Mutex, FALSE);
}

static NTSTATUS RelayReturned(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(&((PSENT)Context)->Returned, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* The request is listed: from now on it can be cancelled. Under Mutex. */
static VOID RelayList(PDEVICE_EXTENSION Extension, PSENT Sent, PIRP Irp)
{
    Sent->Irp = Irp;
    KeInitializeEvent(&Sent->Returned, NotificationEvent, FALSE);
    IoSetCompletionRoutine(Irp, RelayReturned, Sent, TRUE, TRUE, TRUE);
    InsertTailList(&Extension->Sent, &Sent->Entry);
}

/* Sends a listed request and waits for it, with patience. Afterwards nobody but the caller knows it. */
static NTSTATUS RelaySend(PDEVICE_EXTENSION Extension, PSENT Sent)
{
    LARGE_INTEGER patience;

    patience.QuadPart = -(LONGLONG)PATIENCE_SECONDS * UNITS_PER_SECOND;
    IoCallDriver(Extension->LowerDevice, Sent->Irp);
    if (KeWaitForSingleObject(&Sent->Returned, Executive, KernelMode, FALSE, &patience) == STATUS_TIMEOUT) {
        IoCancelIrp(Sent->Irp); /* it exists: nobody but us could let it go */
        KeWaitForSingleObject(&Sent->Returned, Executive, KernelMode, FALSE, NULL);
    }
    RelayEnter(Extension);
    RemoveEntryList(&Sent->Entry);
    RelayLeave(Extension);
    return Sent->Irp->IoStatus.Status;
}

/* No more requests of ours, and those under way come back as soon as the lower driver lets them. */
static VOID RelayCancelSent(PDEVICE_EXTENSION Extension)
{
    PLIST_ENTRY entry;

    RelayEnter(Extension);
    Extension->SendingClosed = TRUE;
    for (entry = Extension->Sent.Flink; entry != &Extension->Sent; entry = entry->Flink) {
        IoCancelIrp(CONTAINING_RECORD(entry, SENT, Entry)->Irp);
    }
    RelayLeave(Extension);
}

/* Asks the bus in the context of the calling thread. */
static NTSTATUS RelayAsk(PDEVICE_EXTENSION Extension, PULONG Answer)
{
    SENT sent;
    KEVENT finished;
    IO_STATUS_BLOCK result;
    PIRP irp = NULL;
    NTSTATUS status = STATUS_DELETE_PENDING;

    *Answer = 0;
    KeInitializeEvent(&finished, NotificationEvent, FALSE);
    RelayEnter(Extension);
    if (!Extension->SendingClosed) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        irp = IoBuildDeviceIoControlRequest(IOCTL_BUS_SAMPLE, Extension->LowerDevice, NULL, 0, Answer, sizeof(ULONG), FALSE,
                                            &finished, &result);
    }
    if (irp != NULL) {
        RelayList(Extension, &sent, irp);
    }
    RelayLeave(Extension);
    if (irp == NULL) {
        return status;
    }
    RelaySend(Extension, &sent);
    /* Ours until here. Now the I/O manager copies the answer, fills in the result, sets the event and frees the request. */
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    KeWaitForSingleObject(&finished, Executive, KernelMode, FALSE, NULL);
    return result.Status;
}

/* Asks the bus with the thread's own request. */
static NTSTATUS RelaySample(PDEVICE_EXTENSION Extension, PULONG Answer)
{
    PIRP irp = Extension->SampleIrp;
    PIO_STACK_LOCATION stack;
    SENT sent;
    BOOLEAN closed;
    NTSTATUS status;

    *Answer = 0;
    IoReuseIrp(irp, STATUS_NOT_SUPPORTED);
    irp->AssociatedIrp.SystemBuffer = Answer;
    stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    stack->Parameters.DeviceIoControl.IoControlCode = IOCTL_BUS_SAMPLE;
    stack->Parameters.DeviceIoControl.OutputBufferLength = sizeof(ULONG);
    RelayEnter(Extension);
    closed = Extension->SendingClosed;
    if (!closed) {
        RelayList(Extension, &sent, irp);
    }
    RelayLeave(Extension);
    if (closed) {
        return STATUS_DELETE_PENDING;
    }
    status = RelaySend(Extension, &sent);
    if (NT_SUCCESS(status)) {
        RelayEnter(Extension);
        Extension->Samples++;
        RelayLeave(Extension);
    }
    return status;
}

/* ------------------------------------------------------------------------------------------ the queue of the thread -- */

static NTSTATUS RelayInsert(PIO_CSQ Csq, PIRP Irp, PVOID InsertContext)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);

    UNREFERENCED_PARAMETER(InsertContext);
    if (!extension->Open) {
        return STATUS_DELETE_PENDING;
    }
    InsertTailList(&extension->QueueHead, &Irp->Tail.Overlay.ListEntry);
    return STATUS_SUCCESS;
}

static VOID RelayRemoveIrp(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

/* PeekContext: a file object, or NULL for whatever is there. */
static PIRP RelayPeek(PIO_CSQ Csq, PIRP Irp, PVOID PeekContext)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);
    PLIST_ENTRY entry = Irp == NULL ? extension->QueueHead.Flink : Irp->Tail.Overlay.ListEntry.Flink;

    for (; entry != &extension->QueueHead; entry = entry->Flink) {
        PIRP candidate = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);

        if (PeekContext == NULL || PeekContext == IoGetCurrentIrpStackLocation(candidate)->FileObject) {
            return candidate;
        }
    }
    return NULL;
}

static VOID RelayAcquireQueue(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue)->QueueLock, Irql);
}

static VOID RelayReleaseQueue(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue)->QueueLock, Irql);
}

static VOID RelayCompleteCanceled(PIO_CSQ Csq, PIRP Irp)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);

    RelayComplete(Irp, STATUS_CANCELLED, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
}

static VOID RelayFail(PDEVICE_EXTENSION Extension, PFILE_OBJECT FileObject, NTSTATUS Status)
{
    PIRP irp;

    while ((irp = IoCsqRemoveNextIrp(&Extension->Queue, FileObject)) != NULL) {
        RelayComplete(irp, Status, 0);
        IoReleaseRemoveLock(&Extension->RemoveLock, irp);
    }
}

static VOID RelayServe(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    ULONG length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length;
    ULONG answer;
    NTSTATUS status = RelaySample(Extension, &answer);

    if (length > sizeof(answer)) {
        length = sizeof(answer);
    }
    if (NT_SUCCESS(status) && length != 0) {
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, &answer, length);
    }
    RelayComplete(Irp, status, NT_SUCCESS(status) ? length : 0);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
}

static VOID RelayThread(PVOID StartContext)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)StartContext;
    PIRP irp;
    BOOLEAN ends;
    KIRQL irql;

    do {
        KeWaitForSingleObject(&extension->Work, Executive, KernelMode, FALSE, NULL);
        while ((irp = IoCsqRemoveNextIrp(&extension->Queue, NULL)) != NULL) {
            RelayServe(extension, irp);
        }
        KeAcquireSpinLock(&extension->QueueLock, &irql);
        ends = extension->ThreadEnds;
        KeReleaseSpinLock(&extension->QueueLock, irql);
    } while (!ends);
    KeSetEvent(&extension->ThreadEnded, IO_NO_INCREMENT, FALSE);
    IoReleaseRemoveLock(&extension->RemoveLock, RelayThread);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID RelayTellThreadToEnd(PDEVICE_EXTENSION Extension)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    Extension->ThreadEnds = TRUE;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
    KeSetEvent(&Extension->Work, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS RelayStartThread(PDEVICE_EXTENSION Extension)
{
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle;
    NTSTATUS status = IoAcquireRemoveLock(&Extension->RemoveLock, RelayThread);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, &attributes, NULL, NULL, RelayThread, Extension);
    if (!NT_SUCCESS(status)) {
        IoReleaseRemoveLock(&Extension->RemoveLock, RelayThread);
        return status;
    }
    status = ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, (PVOID *)&Extension->Thread, NULL);
    if (!NT_SUCCESS(status)) {
        /* It runs, but nobody could wait for it later: end it now. */
        Extension->Thread = NULL;
        RelayTellThreadToEnd(Extension);
        KeWaitForSingleObject(&Extension->ThreadEnded, Executive, KernelMode, FALSE, NULL);
    }
    ZwClose(handle);
    return status;
}

/* ------------------------------------------------------------------------------------------------------- requests -- */

static BOOLEAN RelayIsOpen(PDEVICE_EXTENSION Extension)
{
    BOOLEAN open;
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    open = Extension->Open;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
    return open;
}

static NTSTATUS RelayCreateClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return RelayComplete(Irp, status, 0);
    }
    if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_CREATE && !RelayIsOpen(extension)) {
        status = STATUS_DEVICE_NOT_READY;
    }
    RelayComplete(Irp, status, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS RelayCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return RelayComplete(Irp, status, 0);
    }
    if (file != NULL) {
        RelayFail(extension, file, STATUS_CANCELLED);
    }
    RelayComplete(Irp, STATUS_SUCCESS, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_SUCCESS;
}

static NTSTATUS RelayRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return RelayComplete(Irp, status, 0);
    }
    /* A second hold for what follows the insertion: by then the request may be complete, and its own hold gone. */
    status = IoAcquireRemoveLock(&extension->RemoveLock, DeviceObject);
    if (!NT_SUCCESS(status)) {
        RelayComplete(Irp, status, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
        return status;
    }
    IoMarkIrpPending(Irp);
    status = IoCsqInsertIrpEx(&extension->Queue, Irp, NULL, NULL);
    if (NT_SUCCESS(status)) {
        KeSetEvent(&extension->Work, IO_NO_INCREMENT, FALSE);
    } else {
        RelayComplete(Irp, status, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    }
    IoReleaseRemoveLock(&extension->RemoveLock, DeviceObject);
    return STATUS_PENDING;
}

static NTSTATUS RelayDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG answer = 0;
    ULONG_PTR information = 0;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return RelayComplete(Irp, status, 0);
    }
    if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG)) {
        status = STATUS_BUFFER_TOO_SMALL;
    } else if (stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_RELAY_ASK) {
        status = RelayIsOpen(extension) ? RelayAsk(extension, &answer) : STATUS_DEVICE_NOT_READY;
    } else if (stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_RELAY_QUERY) {
        RelayEnter(extension);
        answer = extension->Samples;
        RelayLeave(extension);
    } else {
        status = STATUS_INVALID_DEVICE_REQUEST;
    }
    if (NT_SUCCESS(status)) {
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = answer;
        information = sizeof(ULONG);
    }
    RelayComplete(Irp, status, information);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

/* There is nothing to save; the system only has to know that nobody is in the middle of asking the bus. */
static NTSTATUS RelayShutdown(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return RelayComplete(Irp, status, 0);
    }
    RelayCancelSent(extension);
    RelayComplete(Irp, STATUS_SUCCESS, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------- Plug and Play -- */

static NTSTATUS RelayForward(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return status;
}

static VOID RelaySetOpen(PDEVICE_EXTENSION Extension, BOOLEAN Open)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    Extension->Open = Open;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
}

static NTSTATUS RelayPrepare(PDEVICE_EXTENSION Extension)
{
    if (Extension->SampleIrp == NULL) {
        Extension->SampleIrp = IoAllocateIrp(Extension->LowerDevice->StackSize, FALSE);
        if (Extension->SampleIrp == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    if (!Extension->ShutdownRegistered) {
        Extension->ShutdownRegistered = NT_SUCCESS(IoRegisterShutdownNotification(Extension->Self));
    }
    return Extension->Thread == NULL ? RelayStartThread(Extension) : STATUS_SUCCESS;
}

static NTSTATUS RelayStart(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status = STATUS_UNSUCCESSFUL;

    if (IoForwardIrpSynchronously(Extension->LowerDevice, Irp)) {
        status = Irp->IoStatus.Status;
    }
    if (NT_SUCCESS(status)) {
        status = RelayPrepare(Extension);
    }
    if (NT_SUCCESS(status)) {
        RelaySetOpen(Extension, TRUE);
    }
    Irp->IoStatus.Status = status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return status;
}

/* Once more does no harm. */
static VOID RelayShutDown(PDEVICE_EXTENSION Extension)
{
    RelaySetOpen(Extension, FALSE);
    RelayFail(Extension, NULL, STATUS_DELETE_PENDING);
    RelayCancelSent(Extension);
    RelayTellThreadToEnd(Extension);
    if (Extension->ShutdownRegistered) {
        IoUnregisterShutdownNotification(Extension->Self);
        Extension->ShutdownRegistered = FALSE;
    }
}

static NTSTATUS RelayRemove(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    RelayShutDown(Extension);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    if (Extension->Thread != NULL) {
        KeWaitForSingleObject(Extension->Thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(Extension->Thread);
    }
    if (Extension->SampleIrp != NULL) {
        IoFreeIrp(Extension->SampleIrp);
    }
    IoDetachDevice(Extension->LowerDevice);
    IoDeleteDevice(Extension->Self);
    return status;
}

static NTSTATUS RelayPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return RelayComplete(Irp, status, 0);
    }
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return RelayStart(extension, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
        RelayComplete(Irp, STATUS_UNSUCCESSFUL, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
        return STATUS_UNSUCCESSFUL;
    case IRP_MN_SURPRISE_REMOVAL:
        RelayShutDown(extension);
        break;
    case IRP_MN_REMOVE_DEVICE:
        return RelayRemove(extension, Irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
        break;
    default:
        return RelayForward(extension, Irp);
    }
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return RelayForward(extension, Irp);
}

/* --------------------------------------------------------------------------------------------------- power and WMI -- */

static NTSTATUS RelayPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    PoStartNextPowerIrp(Irp);
    if (!NT_SUCCESS(status)) {
        return RelayComplete(Irp, status, 0);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = PoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS RelaySystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return RelayComplete(Irp, status, 0);
    }
    return RelayForward(extension, Irp);
}
