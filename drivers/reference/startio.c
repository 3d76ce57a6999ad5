/*
 * startio.c - a function driver that lets the I/O manager queue: StartIo, a cancel routine, a DPC for the end of each request.
 *
 * One request at a time is at the hardware, which is a page of memory here and answers by an interrupt whose DPC is requested
 * with IoRequestDpc.
 *
 * - A request in the queue can be cancelled. The cancel routine and StartIo agree by the cancel spin lock who of them completes
 *   it: as long as the request is in the device queue it is the cancel routine; once it is DeviceObject->CurrentIrp StartIo is
 *   certain to run for it, sees that it was cancelled, and lets it end like any other. So there is one place that completes
 *   current requests and starts the next, the DPC, and nobody who compares pointers to requests that may have come and gone.
 * - Requests in the queue and at the hardware hold the remove lock. They all come to an end by themselves: when the device is
 *   gone StartIo does not touch the hardware but fails them.
 * - A stop lets the requests that were accepted finish, and refuses others until the device is started again. For that the
 *   requests under way are counted; the remove lock cannot serve twice.
 * - This driver waits for its requests before it forwards IRP_MN_REMOVE_DEVICE. It may, since no request that holds its lock is
 *   ever in the hands of a lower driver; compare filter.c, which must not.
 * - Large transfers use the requestor's pages: DO_DIRECT_IO, and mapping them can fail.
 */
#include <wdm.h>

#define IOCTL_PAGE_ERASE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define IOCTL_PAGE_EXCHANGE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_OUT_DIRECT, FILE_READ_ACCESS | FILE_WRITE_ACCESS)

enum { PAGE_LENGTH = 32 };

typedef enum _PNP_STATE { NotStarted, Started, StopPending, Stopped, RemovePending, SurpriseRemoved } PNP_STATE;

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    PNP_STATE State; /* of Plug and Play requests alone, which come one after the other */
    PNP_STATE PreviousState;

    KSPIN_LOCK Lock;
    BOOLEAN Accepting; /* under Lock, as the four below */
    BOOLEAN Gone;
    ULONG UnderWay;
    KEVENT Idle; /* signalled when UnderWay is 0 */
    UCHAR Page[PAGE_LENGTH];
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE PageAddDevice;
static DRIVER_UNLOAD PageUnload;
static DRIVER_DISPATCH PageHandle, PageQueue, PagePnp, PagePower, PageSystemControl;
static DRIVER_STARTIO PageStartIo;
static DRIVER_CANCEL PageCancel;
static IO_DPC_ROUTINE PageDone;
static IO_COMPLETION_ROUTINE PageSignal;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = PageHandle;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = PageHandle;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = PageHandle;
    DriverObject->MajorFunction[IRP_MJ_READ] = PageQueue;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = PageQueue;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = PageQueue;
    DriverObject->MajorFunction[IRP_MJ_PNP] = PagePnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = PagePower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = PageSystemControl;
    DriverObject->DriverExtension->AddDevice = PageAddDevice;
    DriverObject->DriverStartIo = PageStartIo;
    DriverObject->DriverUnload = PageUnload;
    return STATUS_SUCCESS;
}

static VOID PageUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

static NTSTATUS PageAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION extension;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    RtlZeroMemory(extension, sizeof(DEVICE_EXTENSION));
    extension->Self = device;
    extension->State = NotStarted;
    extension->PreviousState = NotStarted;
    KeInitializeSpinLock(&extension->Lock);
    KeInitializeEvent(&extension->Idle, NotificationEvent, TRUE);
    IoInitializeRemoveLock(&extension->RemoveLock, 'egaP', 0, 0);
    IoInitializeDpcRequest(device, PageDone);
    device->Flags |= DO_DIRECT_IO | DO_POWER_PAGABLE;
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS PageComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* ----------------------------------------------------------------------------------------------- requests under way -- */

static BOOLEAN PageBegin(PDEVICE_EXTENSION Extension)
{
    BOOLEAN accepting;
    KIRQL irql;

    KeAcquireSpinLock(&Extension->Lock, &irql);
    accepting = Extension->Accepting;
    if (accepting && Extension->UnderWay++ == 0) {
        KeClearEvent(&Extension->Idle);
    }
    KeReleaseSpinLock(&Extension->Lock, irql);
    return accepting;
}

/* The request is complete; lets go of everything that was held for it. */
static VOID PageEnd(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->Lock, &irql);
    if (--Extension->UnderWay == 0) {
        KeSetEvent(&Extension->Idle, IO_NO_INCREMENT, FALSE);
    }
    KeReleaseSpinLock(&Extension->Lock, irql);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
}

static VOID PageSetAccepting(PDEVICE_EXTENSION Extension, BOOLEAN Accepting, BOOLEAN Gone)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->Lock, &irql);
    Extension->Accepting = Accepting;
    Extension->Gone = Extension->Gone || Gone;
    KeReleaseSpinLock(&Extension->Lock, irql);
}

static BOOLEAN PageIsGone(PDEVICE_EXTENSION Extension)
{
    BOOLEAN gone;
    KIRQL irql;

    KeAcquireSpinLock(&Extension->Lock, &irql);
    gone = Extension->Gone;
    KeReleaseSpinLock(&Extension->Lock, irql);
    return gone;
}

/* Nothing is kept for a handle, and at its cleanup there is nothing to hurry up: requests do not wait for one another long. */
static NTSTATUS PageHandle(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PageComplete(Irp, status, 0);
    }
    if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_CREATE && PageIsGone(extension)) {
        status = STATUS_DELETE_PENDING;
    }
    PageComplete(Irp, status, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

/* Refuses at once what cannot be done, so that StartIo has only to look at lengths that fit. */
static NTSTATUS PageCheck(PIO_STACK_LOCATION Stack)
{
    if (Stack->MajorFunction != IRP_MJ_DEVICE_CONTROL) {
        return STATUS_SUCCESS;
    }
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_PAGE_ERASE:
        return STATUS_SUCCESS;
    case IOCTL_PAGE_EXCHANGE:
        if (Stack->Parameters.DeviceIoControl.InputBufferLength < PAGE_LENGTH ||
            Stack->Parameters.DeviceIoControl.OutputBufferLength < PAGE_LENGTH) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_DEVICE_REQUEST;
    }
}

static NTSTATUS PageQueue(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PageComplete(Irp, status, 0);
    }
    status = PageCheck(IoGetCurrentIrpStackLocation(Irp));
    if (NT_SUCCESS(status) && !PageBegin(extension)) {
        status = STATUS_DEVICE_NOT_READY;
    }
    if (!NT_SUCCESS(status)) {
        PageComplete(Irp, status, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
        return status;
    }
    IoMarkIrpPending(Irp);
    IoStartPacket(DeviceObject, Irp, NULL, PageCancel);
    return STATUS_PENDING;
}

/* Called with the cancel spin lock held. */
static VOID PageCancel(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;

    if (DeviceObject->CurrentIrp == Irp) {
        /* StartIo is about to take it, and will see Irp->Cancel. */
        IoReleaseCancelSpinLock(Irp->CancelIrql);
        return;
    }
    KeRemoveEntryDeviceQueue(&DeviceObject->DeviceQueue, &Irp->Tail.Overlay.DeviceQueueEntry);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    PageComplete(Irp, STATUS_CANCELLED, 0);
    PageEnd(extension, Irp);
}

/* ------------------------------------------------------------------------------------------------- the hardware -- */

static NTSTATUS PageTransfer(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG length = stack->MajorFunction == IRP_MJ_READ ? stack->Parameters.Read.Length : stack->Parameters.Write.Length;
    PUCHAR pages;

    if (stack->MajorFunction == IRP_MJ_DEVICE_CONTROL) {
        length = PAGE_LENGTH;
        if (stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_PAGE_ERASE) {
            RtlZeroMemory(Extension->Page, PAGE_LENGTH);
            return STATUS_SUCCESS;
        }
    }
    if (length == 0) {
        return STATUS_SUCCESS; /* without bytes there are no pages either */
    }
    if (length > PAGE_LENGTH) {
        length = PAGE_LENGTH;
    }
    pages = (PUCHAR)MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    if (pages == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (stack->MajorFunction == IRP_MJ_WRITE) {
        RtlCopyMemory(Extension->Page, pages, length);
    } else {
        RtlCopyMemory(pages, Extension->Page, length);
    }
    if (stack->MajorFunction == IRP_MJ_DEVICE_CONTROL) {
        RtlCopyMemory(Extension->Page, Irp->AssociatedIrp.SystemBuffer, length);
    }
    Irp->IoStatus.Information = length;
    return STATUS_SUCCESS;
}

/* At DISPATCH_LEVEL, for one request at a time: until the DPC calls IoStartNextPacket nobody else comes here. */
static VOID PageStartIo(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    BOOLEAN cancelled;
    KIRQL irql;

    IoAcquireCancelSpinLock(&irql);
    IoSetCancelRoutine(Irp, NULL);
    cancelled = Irp->Cancel;
    IoReleaseCancelSpinLock(irql);

    Irp->IoStatus.Information = 0;
    KeAcquireSpinLockAtDpcLevel(&extension->Lock);
    if (cancelled) {
        Irp->IoStatus.Status = STATUS_CANCELLED;
    } else if (extension->Gone) {
        Irp->IoStatus.Status = STATUS_DELETE_PENDING;
    } else {
        Irp->IoStatus.Status = PageTransfer(extension, Irp);
    }
    KeReleaseSpinLockFromDpcLevel(&extension->Lock);
    IoRequestDpc(DeviceObject, Irp, NULL);
}

static VOID PageDone(PKDPC Dpc, PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    IoStartNextPacket(DeviceObject, TRUE);
    IoCompleteRequest(Irp, IO_DISK_INCREMENT);
    PageEnd(extension, Irp);
}

/* ------------------------------------------------------------------------------------------------- Plug and Play -- */

static NTSTATUS PageSignal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Simple, and a little slower than it could be: waits for the event whatever IoCallDriver returned. */
static NTSTATUS PageForwardAndWait(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    KEVENT done;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, PageSignal, &done, TRUE, TRUE, TRUE);
    IoCallDriver(Extension->LowerDevice, Irp);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    return Irp->IoStatus.Status;
}

static NTSTATUS PageForward(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS PageFinish(PDEVICE_EXTENSION Extension, PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

static NTSTATUS PageStart(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status = PageForwardAndWait(Extension, Irp);

    if (NT_SUCCESS(status)) {
        Extension->State = Started;
        PageSetAccepting(Extension, TRUE, FALSE);
    }
    return PageFinish(Extension, Irp, status);
}

static NTSTATUS PageQueryStop(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    PageSetAccepting(Extension, FALSE, FALSE);
    KeWaitForSingleObject(&Extension->Idle, Executive, KernelMode, FALSE, NULL);
    Extension->PreviousState = Extension->State;
    Extension->State = StopPending;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return PageForward(Extension, Irp);
}

static NTSTATUS PageCancelQuery(PDEVICE_EXTENSION Extension, PIRP Irp, PNP_STATE Pending)
{
    NTSTATUS status;

    Irp->IoStatus.Status = STATUS_SUCCESS;
    status = PageForwardAndWait(Extension, Irp);
    if (NT_SUCCESS(status) && Extension->State == Pending) {
        Extension->State = Extension->PreviousState;
        PageSetAccepting(Extension, Extension->State == Started, FALSE);
    }
    return PageFinish(Extension, Irp, status);
}

static NTSTATUS PageRemove(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    PageSetAccepting(Extension, FALSE, TRUE);
    IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoDetachDevice(Extension->LowerDevice);
    IoDeleteDevice(Extension->Self);
    return status;
}

static NTSTATUS PagePnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PageComplete(Irp, status, 0);
    }
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return PageStart(extension, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
        return PageQueryStop(extension, Irp);
    case IRP_MN_CANCEL_STOP_DEVICE:
        return PageCancelQuery(extension, Irp, StopPending);
    case IRP_MN_STOP_DEVICE:
        extension->State = Stopped;
        break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
        extension->PreviousState = extension->State;
        extension->State = RemovePending;
        break;
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return PageCancelQuery(extension, Irp, RemovePending);
    case IRP_MN_SURPRISE_REMOVAL:
        extension->State = SurpriseRemoved;
        PageSetAccepting(extension, FALSE, TRUE);
        break;
    case IRP_MN_REMOVE_DEVICE:
        return PageRemove(extension, Irp);
    default:
        return PageForward(extension, Irp);
    }
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return PageForward(extension, Irp);
}

/* --------------------------------------------------------------------------------------------------- power and WMI -- */

static NTSTATUS PagePower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    PoStartNextPowerIrp(Irp);
    if (!NT_SUCCESS(status)) {
        return PageComplete(Irp, status, 0);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = PoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS PageSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PageComplete(Irp, status, 0);
    }
    return PageForward(extension, Irp);
}
