/*
 * work-item.c - a function driver that works at PASSIVE_LEVEL: a thread of its own, and a work item for each long request.
 *
 * Reads and writes go through a queue to one system thread, in order. IOCTL_STORE_SORT takes long and may run beside them, in a
 * work item.
 *
 * - A work item is a reference to the device that comes back later. Here it carries a request, and the request's hold on the
 *   remove lock covers it: the worker completes the request, frees the item, and lets go of the lock last.
 * - The thread holds the remove lock as long as it runs. That is not enough to unload the driver: between letting go and its
 *   last instruction the thread is still in our code. So whoever ends it waits for the thread object as well.
 * - IRP_MN_START_DEVICE is not waited for. The completion routine may run at DISPATCH_LEVEL, where no thread can be created, so
 *   it hands the request to a work item, which was allocated in AddDevice: starting cannot fail for want of it.
 * - To stop is not to end the thread, since there would be no way to say that it cannot be created again. The queue gives
 *   nothing out, and the mutex that the thread works under tells when it has finished what it had.
 * - The thread ends at a surprise removal, or at the removal, which here waits before it forwards: nothing that holds the lock
 *   depends on a lower driver.
 */
#include <wdm.h>

#define IOCTL_STORE_SORT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define IOCTL_STORE_SUM CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_READ_ACCESS)

#define STORE_TAG 'rotS'

enum { STORE_SIZE = 16 };

typedef enum _PNP_STATE { NotStarted, Started, StopPending, Stopped, RemovePending, SurpriseRemoved } PNP_STATE;

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    PNP_STATE State; /* of Plug and Play requests alone, as all down to Thread; those requests come one after the other */
    PNP_STATE PreviousState;
    PIO_WORKITEM StartItem;
    PETHREAD Thread; /* NULL when there is none */

    IO_CSQ Queue;
    KSPIN_LOCK QueueLock;
    LIST_ENTRY QueueHead; /* under QueueLock, as the three below */
    BOOLEAN Running;      /* the thread may take requests out */
    BOOLEAN Closed;       /* no more may be put in */
    BOOLEAN ThreadEnds;
    KEVENT Work;        /* there may be something to do for the thread */
    KEVENT ThreadEnded; /* all but its last instructions */

    FAST_MUTEX Mutex;
    UCHAR Store[STORE_SIZE]; /* under Mutex */
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

typedef struct _SORT {
    PIRP Irp;
    PIO_WORKITEM Item;
} SORT, *PSORT;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE StoreAddDevice;
static DRIVER_UNLOAD StoreUnload;
static DRIVER_DISPATCH StoreCreateClose, StoreCleanup, StoreTransfer, StoreDeviceControl, StorePnp, StorePower;
static DRIVER_DISPATCH StoreSystemControl;
static IO_COMPLETION_ROUTINE StoreLowerStarted, StoreSignal;
static IO_WORKITEM_ROUTINE StoreStarted, StoreSort;
static KSTART_ROUTINE StoreThread;
static IO_CSQ_INSERT_IRP_EX StoreInsert;
static IO_CSQ_REMOVE_IRP StoreRemoveIrp;
static IO_CSQ_PEEK_NEXT_IRP StorePeek;
static IO_CSQ_ACQUIRE_LOCK StoreAcquireQueue;
static IO_CSQ_RELEASE_LOCK StoreReleaseQueue;
static IO_CSQ_COMPLETE_CANCELED_IRP StoreCompleteCanceled;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = StoreCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = StoreCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = StoreCleanup;
    DriverObject->MajorFunction[IRP_MJ_READ] = StoreTransfer;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = StoreTransfer;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = StoreDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = StorePnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = StorePower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = StoreSystemControl;
    DriverObject->DriverExtension->AddDevice = StoreAddDevice;
    DriverObject->DriverUnload = StoreUnload;
    return STATUS_SUCCESS;
}

static VOID StoreUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

static VOID StoreInitialize(PDEVICE_EXTENSION Extension, PDEVICE_OBJECT Device)
{
    RtlZeroMemory(Extension, sizeof(DEVICE_EXTENSION));
    Extension->Self = Device;
    Extension->State = NotStarted;
    Extension->PreviousState = NotStarted;
    KeInitializeSpinLock(&Extension->QueueLock);
    InitializeListHead(&Extension->QueueHead);
    KeInitializeEvent(&Extension->Work, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Extension->ThreadEnded, NotificationEvent, FALSE);
    ExInitializeFastMutex(&Extension->Mutex);
    IoInitializeRemoveLock(&Extension->RemoveLock, STORE_TAG, 0, 0);
    IoCsqInitializeEx(&Extension->Queue, StoreInsert, StoreRemoveIrp, StorePeek, StoreAcquireQueue, StoreReleaseQueue,
                      StoreCompleteCanceled);
}

static NTSTATUS StoreAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION extension;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    StoreInitialize(extension, device);
    extension->StartItem = IoAllocateWorkItem(device);
    if (extension->StartItem == NULL) {
        IoDeleteDevice(device);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    device->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        IoFreeWorkItem(extension->StartItem);
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS StoreComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* ------------------------------------------------------------------------------------------------------ the queue -- */

static NTSTATUS StoreInsert(PIO_CSQ Csq, PIRP Irp, PVOID InsertContext)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);

    UNREFERENCED_PARAMETER(InsertContext);
    if (extension->Closed) {
        return STATUS_DELETE_PENDING;
    }
    InsertTailList(&extension->QueueHead, &Irp->Tail.Overlay.ListEntry);
    return STATUS_SUCCESS;
}

static VOID StoreRemoveIrp(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

/* PeekContext: a file object, the extension for whatever is there, or NULL for what the thread may work on. */
static PIRP StorePeek(PIO_CSQ Csq, PIRP Irp, PVOID PeekContext)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);
    PLIST_ENTRY entry = Irp == NULL ? extension->QueueHead.Flink : Irp->Tail.Overlay.ListEntry.Flink;

    if (PeekContext == NULL && !extension->Running) {
        return NULL;
    }
    for (; entry != &extension->QueueHead; entry = entry->Flink) {
        PIRP candidate = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);

        if (PeekContext == NULL || PeekContext == extension ||
            PeekContext == IoGetCurrentIrpStackLocation(candidate)->FileObject) {
            return candidate;
        }
    }
    return NULL;
}

static VOID StoreAcquireQueue(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue)->QueueLock, Irql);
}

static VOID StoreReleaseQueue(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue)->QueueLock, Irql);
}

static VOID StoreCompleteCanceled(PIO_CSQ Csq, PIRP Irp)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);

    StoreComplete(Irp, STATUS_CANCELLED, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
}

static VOID StoreFail(PDEVICE_EXTENSION Extension, PVOID Which, NTSTATUS Status)
{
    PIRP irp;

    while ((irp = IoCsqRemoveNextIrp(&Extension->Queue, Which)) != NULL) {
        StoreComplete(irp, Status, 0);
        IoReleaseRemoveLock(&Extension->RemoveLock, irp);
    }
}

static VOID StoreSetRunning(PDEVICE_EXTENSION Extension, BOOLEAN Running)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    Extension->Running = Running;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
}

static BOOLEAN StoreIsClosed(PDEVICE_EXTENSION Extension)
{
    BOOLEAN closed;
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    closed = Extension->Closed;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
    return closed;
}

/* ----------------------------------------------------------------------------------------------------- the thread -- */

/* Under Mutex. */
static VOID StoreMove(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    BOOLEAN reading = stack->MajorFunction == IRP_MJ_READ;
    ULONG length = reading ? stack->Parameters.Read.Length : stack->Parameters.Write.Length;

    if (length > STORE_SIZE) {
        length = STORE_SIZE;
    }
    if (length != 0 && reading) {
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Extension->Store, length);
    } else if (length != 0) {
        RtlCopyMemory(Extension->Store, Irp->AssociatedIrp.SystemBuffer, length);
    }
    Irp->IoStatus.Information = length;
}

/* Works on one request. FALSE: there is none. */
static BOOLEAN StoreWorkOnOne(PDEVICE_EXTENSION Extension)
{
    PIRP irp;

    ExAcquireFastMutex(&Extension->Mutex);
    irp = IoCsqRemoveNextIrp(&Extension->Queue, NULL);
    if (irp != NULL) {
        StoreMove(Extension, irp);
    }
    ExReleaseFastMutex(&Extension->Mutex);
    if (irp == NULL) {
        return FALSE;
    }
    StoreComplete(irp, STATUS_SUCCESS, irp->IoStatus.Information);
    IoReleaseRemoveLock(&Extension->RemoveLock, irp);
    return TRUE;
}

static VOID StoreThread(PVOID StartContext)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)StartContext;
    BOOLEAN ends;
    KIRQL irql;

    do {
        KeWaitForSingleObject(&extension->Work, Executive, KernelMode, FALSE, NULL);
        while (StoreWorkOnOne(extension)) {
        }
        KeAcquireSpinLock(&extension->QueueLock, &irql);
        ends = extension->ThreadEnds;
        KeReleaseSpinLock(&extension->QueueLock, irql);
    } while (!ends);
    KeSetEvent(&extension->ThreadEnded, IO_NO_INCREMENT, FALSE);
    IoReleaseRemoveLock(&extension->RemoveLock, StoreThread);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID StoreTellThreadToEnd(PDEVICE_EXTENSION Extension)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    Extension->ThreadEnds = TRUE;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
    KeSetEvent(&Extension->Work, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS StoreStartThread(PDEVICE_EXTENSION Extension)
{
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle;
    NTSTATUS status = IoAcquireRemoveLock(&Extension->RemoveLock, StoreThread);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, &attributes, NULL, NULL, StoreThread, Extension);
    if (!NT_SUCCESS(status)) {
        IoReleaseRemoveLock(&Extension->RemoveLock, StoreThread);
        return status;
    }
    status = ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, (PVOID *)&Extension->Thread, NULL);
    if (!NT_SUCCESS(status)) {
        /* It runs, but nobody could wait for it later: end it now. */
        Extension->Thread = NULL;
        StoreTellThreadToEnd(Extension);
        KeWaitForSingleObject(&Extension->ThreadEnded, Executive, KernelMode, FALSE, NULL);
    }
    ZwClose(handle);
    return status;
}

static VOID StoreEndThread(PDEVICE_EXTENSION Extension)
{
    if (Extension->Thread == NULL) {
        return;
    }
    StoreTellThreadToEnd(Extension);
    KeWaitForSingleObject(Extension->Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Extension->Thread);
    Extension->Thread = NULL;
}

/* ------------------------------------------------------------------------------------------------------- requests -- */

static NTSTATUS StoreCreateClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return StoreComplete(Irp, status, 0);
    }
    if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_CREATE && StoreIsClosed(extension)) {
        status = STATUS_DELETE_PENDING;
    }
    StoreComplete(Irp, status, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS StoreCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return StoreComplete(Irp, status, 0);
    }
    if (file != NULL) {
        StoreFail(extension, file, STATUS_CANCELLED);
    }
    StoreComplete(Irp, STATUS_SUCCESS, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_SUCCESS;
}

static NTSTATUS StoreTransfer(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return StoreComplete(Irp, status, 0);
    }
    /* A second hold, for what follows the insertion: then the request may be complete and its own hold gone. */
    status = IoAcquireRemoveLock(&extension->RemoveLock, DeviceObject);
    if (!NT_SUCCESS(status)) {
        StoreComplete(Irp, status, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
        return status;
    }
    IoMarkIrpPending(Irp);
    status = IoCsqInsertIrpEx(&extension->Queue, Irp, NULL, NULL);
    if (NT_SUCCESS(status)) {
        KeSetEvent(&extension->Work, IO_NO_INCREMENT, FALSE);
    } else {
        StoreComplete(Irp, status, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    }
    IoReleaseRemoveLock(&extension->RemoveLock, DeviceObject);
    return STATUS_PENDING;
}

static VOID StoreSort(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PSORT sort = (PSORT)Context;
    PIRP irp = sort->Irp;
    ULONG done, position;
    UCHAR value;

    ExAcquireFastMutex(&extension->Mutex);
    for (done = 1; done < STORE_SIZE; done++) {
        value = extension->Store[done];
        for (position = done; position > 0 && extension->Store[position - 1] > value; position--) {
            extension->Store[position] = extension->Store[position - 1];
        }
        extension->Store[position] = value;
    }
    ExReleaseFastMutex(&extension->Mutex);
    IoFreeWorkItem(sort->Item);
    ExFreePoolWithTag(sort, STORE_TAG);
    StoreComplete(irp, STATUS_SUCCESS, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, irp);
}

static NTSTATUS StoreQueueSort(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSORT sort = (PSORT)ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(SORT), STORE_TAG);

    if (sort == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    sort->Irp = Irp;
    sort->Item = IoAllocateWorkItem(DeviceObject);
    if (sort->Item == NULL) {
        ExFreePoolWithTag(sort, STORE_TAG);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoMarkIrpPending(Irp);
    IoQueueWorkItem(sort->Item, StoreSort, DelayedWorkQueue, sort);
    return STATUS_PENDING;
}

static NTSTATUS StoreSum(PDEVICE_EXTENSION Extension, PIRP Irp, ULONG_PTR *Information)
{
    ULONG position, sum = 0;

    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG)) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    ExAcquireFastMutex(&Extension->Mutex);
    for (position = 0; position < STORE_SIZE; position++) {
        sum += Extension->Store[position];
    }
    ExReleaseFastMutex(&Extension->Mutex);
    *(PULONG)Irp->AssociatedIrp.SystemBuffer = sum;
    *Information = sizeof(ULONG);
    return STATUS_SUCCESS;
}

static NTSTATUS StoreDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    ULONG_PTR information = 0;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return StoreComplete(Irp, status, 0);
    }
    if (StoreIsClosed(extension)) {
        status = STATUS_DELETE_PENDING;
    } else {
        switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode) {
        case IOCTL_STORE_SORT:
            status = StoreQueueSort(DeviceObject, Irp);
            if (status == STATUS_PENDING) {
                return STATUS_PENDING;
            }
            break;
        case IOCTL_STORE_SUM:
            status = StoreSum(extension, Irp, &information);
            break;
        default:
            status = STATUS_INVALID_DEVICE_REQUEST;
            break;
        }
    }
    StoreComplete(Irp, status, information);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

/* ------------------------------------------------------------------------------------------------- Plug and Play -- */

static NTSTATUS StoreForward(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS StoreStart(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    IoMarkIrpPending(Irp);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, StoreLowerStarted, Extension, TRUE, TRUE, TRUE);
    IoCallDriver(Extension->LowerDevice, Irp);
    return STATUS_PENDING;
}

static NTSTATUS StoreLowerStarted(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoQueueWorkItem(extension->StartItem, StoreStarted, DelayedWorkQueue, Irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID StoreStarted(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PIRP irp = (PIRP)Context;
    NTSTATUS status = irp->IoStatus.Status;

    if (NT_SUCCESS(status) && extension->Thread == NULL) {
        status = StoreStartThread(extension);
    }
    if (NT_SUCCESS(status)) {
        extension->State = Started;
        StoreSetRunning(extension, TRUE);
        KeSetEvent(&extension->Work, IO_NO_INCREMENT, FALSE);
    }
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&extension->RemoveLock, irp);
}

/* When this returns, nothing is being worked on. */
static VOID StorePause(PDEVICE_EXTENSION Extension)
{
    StoreSetRunning(Extension, FALSE);
    ExAcquireFastMutex(&Extension->Mutex);
    ExReleaseFastMutex(&Extension->Mutex);
}

/* Once more does no harm. */
static VOID StoreShutDown(PDEVICE_EXTENSION Extension)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    Extension->Running = FALSE;
    Extension->Closed = TRUE;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
    StoreFail(Extension, Extension, STATUS_DELETE_PENDING);
    StoreEndThread(Extension);
}

static NTSTATUS StoreRemove(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    StoreShutDown(Extension);
    IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoFreeWorkItem(Extension->StartItem);
    IoDetachDevice(Extension->LowerDevice);
    IoDeleteDevice(Extension->Self);
    return status;
}

static NTSTATUS StoreSignal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS StoreCancelQuery(PDEVICE_EXTENSION Extension, PIRP Irp, PNP_STATE Pending)
{
    KEVENT done;
    NTSTATUS status;

    Irp->IoStatus.Status = STATUS_SUCCESS;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, StoreSignal, &done, TRUE, TRUE, TRUE);
    IoCallDriver(Extension->LowerDevice, Irp);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    status = Irp->IoStatus.Status;
    if (NT_SUCCESS(status) && Extension->State == Pending) {
        Extension->State = Extension->PreviousState;
        if (Extension->State == Started) {
            StoreSetRunning(Extension, TRUE);
            KeSetEvent(&Extension->Work, IO_NO_INCREMENT, FALSE);
        }
    }
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS StorePnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return StoreComplete(Irp, status, 0);
    }
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return StoreStart(extension, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
        extension->PreviousState = extension->State;
        extension->State = StopPending;
        StorePause(extension);
        break;
    case IRP_MN_CANCEL_STOP_DEVICE:
        return StoreCancelQuery(extension, Irp, StopPending);
    case IRP_MN_STOP_DEVICE:
        extension->State = Stopped;
        StorePause(extension);
        break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
        extension->PreviousState = extension->State;
        extension->State = RemovePending;
        break;
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return StoreCancelQuery(extension, Irp, RemovePending);
    case IRP_MN_SURPRISE_REMOVAL:
        extension->State = SurpriseRemoved;
        StoreShutDown(extension);
        break;
    case IRP_MN_REMOVE_DEVICE:
        return StoreRemove(extension, Irp);
    default:
        return StoreForward(extension, Irp);
    }
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return StoreForward(extension, Irp);
}

/* --------------------------------------------------------------------------------------------------- power and WMI -- */

static NTSTATUS StorePower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    PoStartNextPowerIrp(Irp);
    if (!NT_SUCCESS(status)) {
        return StoreComplete(Irp, status, 0);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = PoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS StoreSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return StoreComplete(Irp, status, 0);
    }
    return StoreForward(extension, Irp);
}
