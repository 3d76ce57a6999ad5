/*
 * control-thread.c - a control device whose reads a thread of the driver's completes, with a timer that is only cancelled
 *
 * Nothing may be found. DriverUnload is called after the last IRP_MJ_CLOSE, so the thread, which rests until then, does not
 * hang for ever; and a deferred call that is queued or running when DriverUnload returns ends before the image goes, so it may
 * use what belongs to the image.
 */
#include <ntddk.h>

typedef struct _DEVICE_EXTENSION {
    IO_CSQ Queue;
    KSPIN_LOCK QueueLock;
    LIST_ENTRY Requests;
    KSEMAPHORE Arrived;
    PVOID Thread;
    BOOLEAN volatile Stop;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

static KTIMER Timer;
static KDPC TimerDpc;
static volatile LONG Expired;

static PDEVICE_EXTENSION ExtensionOf(PIO_CSQ Csq)
{
    return CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);
}

static VOID InsertRequest(PIO_CSQ Csq, PIRP Irp)
{
    InsertTailList(&ExtensionOf(Csq)->Requests, &Irp->Tail.Overlay.ListEntry);
}

static VOID RemoveRequest(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

/* With a file object, requests of that file alone. */
static PIRP PeekRequest(PIO_CSQ Csq, PIRP Irp, PVOID PeekContext)
{
    PLIST_ENTRY head = &ExtensionOf(Csq)->Requests;
    PLIST_ENTRY entry = Irp == NULL ? head->Flink : Irp->Tail.Overlay.ListEntry.Flink;

    for (; entry != head; entry = entry->Flink) {
        PIRP irp = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        if (PeekContext == NULL || IoGetCurrentIrpStackLocation(irp)->FileObject == PeekContext) {
            return irp;
        }
    }
    return NULL;
}

static VOID AcquireQueue(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&ExtensionOf(Csq)->QueueLock, Irql);
}

static VOID ReleaseQueue(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&ExtensionOf(Csq)->QueueLock, Irql);
}

static NTSTATUS CompleteRequest(PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID CancelRequest(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    CompleteRequest(Irp, STATUS_CANCELLED);
}

static VOID TimerExpired(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(DeferredContext);
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
    InterlockedIncrement(&Expired);
}

static VOID Work(PVOID StartContext)
{
    PDEVICE_EXTENSION extension = StartContext;

    for (;;) {
        PIRP irp;
        KeWaitForSingleObject(&extension->Arrived, Executive, KernelMode, FALSE, NULL);
        if (extension->Stop) {
            PsTerminateSystemThread(STATUS_SUCCESS);
        }
        irp = IoCsqRemoveNextIrp(&extension->Queue, NULL);
        if (irp != NULL) {
            CompleteRequest(irp, STATUS_SUCCESS);
        }
    }
}

static NTSTATUS DispatchRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    LARGE_INTEGER millisecond;

    millisecond.QuadPart = -10000;
    KeSetTimer(&Timer, millisecond, &TimerDpc);
    IoCsqInsertIrp(&extension->Queue, Irp, NULL);
    KeReleaseSemaphore(&extension->Arrived, IO_NO_INCREMENT, 1, FALSE);
    return STATUS_PENDING;
}

static NTSTATUS DispatchCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    PIRP pending;

    while ((pending = IoCsqRemoveNextIrp(&extension->Queue, file)) != NULL) {
        CompleteRequest(pending, STATUS_CANCELLED);
    }
    return CompleteRequest(Irp, STATUS_SUCCESS);
}

static NTSTATUS DispatchSucceed(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return CompleteRequest(Irp, STATUS_SUCCESS);
}

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    PDEVICE_EXTENSION extension = DriverObject->DeviceObject->DeviceExtension;

    extension->Stop = TRUE;
    KeReleaseSemaphore(&extension->Arrived, IO_NO_INCREMENT, 1, FALSE);
    KeWaitForSingleObject(extension->Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(extension->Thread);
    KeCancelTimer(&Timer);
    IoDeleteDevice(DriverObject->DeviceObject);
}

static NTSTATUS StartThread(PDEVICE_EXTENSION Extension)
{
    HANDLE handle;
    NTSTATUS status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Work, Extension);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, NULL, KernelMode, &Extension->Thread, NULL);
    ZwClose(handle);
    return STATUS_SUCCESS;
}

DRIVER_INITIALIZE DriverEntry;
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\ControlThread");
    PDEVICE_EXTENSION extension;
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), &name, FILE_DEVICE_UNKNOWN,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &device);

    UNREFERENCED_PARAMETER(RegistryPath);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = device->DeviceExtension;
    KeInitializeSpinLock(&extension->QueueLock);
    InitializeListHead(&extension->Requests);
    KeInitializeSemaphore(&extension->Arrived, 0, MAXLONG);
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&TimerDpc, TimerExpired, NULL);
    IoCsqInitialize(&extension->Queue, InsertRequest, RemoveRequest, PeekRequest, AcquireQueue, ReleaseQueue, CancelRequest);
    status = StartThread(extension);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    DriverObject->MajorFunction[IRP_MJ_CREATE] = DispatchSucceed;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = DispatchSucceed;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = DispatchCleanup;
    DriverObject->MajorFunction[IRP_MJ_READ] = DispatchRead;
    DriverObject->DriverUnload = DriverUnload;
    return STATUS_SUCCESS;
}
