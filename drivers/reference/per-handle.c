/*
 * per-handle.c - a driver without Plug and Play, with a lock for each handle: mailboxes that messages are posted to.
 *
 * Each handle is a mailbox. A write through one is delivered to a read that waits at each of the others. The state of a handle
 * stands in FsContext of its file object and must outlive all that use it, and that is what remove locks are good for even
 * where no device is ever removed:
 *
 * - The lock lives in the context, is initialised before the context can be found, and every request through the handle holds
 *   it from its dispatch routine to its completion.
 * - IRP_MJ_CLEANUP, which comes when the last handle to the file object is closed, is this lock's removal: no more requests,
 *   end those that wait, wait for the others. Requests may still arrive, from threads that looked the handle up before it was
 *   closed, and are refused. IRP_MJ_CLOSE comes when nobody has the file object any more; it frees the context.
 * - IoReleaseRemoveLockAndWait outside of IRP_MN_REMOVE_DEVICE is a mistake in a driver for Plug and Play. This is none.
 * - Whoever goes through the list of mailboxes must not find one that is going away. The list's lock is taken before that of a
 *   mailbox's queue, and requests are completed under neither.
 */
#include <ntddk.h>

#define IOCTL_MAIL_QUERY CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_MAIL_FLUSH CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

#define MAIL_TAG 'liaM'

enum { MESSAGE_SIZE = 32 };

typedef struct _DEVICE_EXTENSION {
    KSPIN_LOCK Lock;
    LIST_ENTRY Boxes; /* under Lock, as the one below */
    ULONG Posted;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

typedef struct _BOX {
    LIST_ENTRY Entry; /* in Boxes, from IRP_MJ_CREATE to IRP_MJ_CLEANUP */
    IO_REMOVE_LOCK RemoveLock;
    IO_CSQ Queue;
    KSPIN_LOCK QueueLock;
    LIST_ENTRY QueueHead; /* under QueueLock, as the one below */
    BOOLEAN Closed;
} BOX, *PBOX;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD MailUnload;
static DRIVER_DISPATCH MailCreate, MailCleanup, MailClose, MailRead, MailWrite, MailDeviceControl;
static IO_CSQ_INSERT_IRP_EX MailInsert;
static IO_CSQ_REMOVE_IRP MailRemove;
static IO_CSQ_PEEK_NEXT_IRP MailPeek;
static IO_CSQ_ACQUIRE_LOCK MailAcquireQueue;
static IO_CSQ_RELEASE_LOCK MailReleaseQueue;
static IO_CSQ_COMPLETE_CANCELED_IRP MailCompleteCanceled;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING name, link;
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION extension;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(RegistryPath);
    RtlInitUnicodeString(&name, L"\\Device\\Mailbox");
    RtlInitUnicodeString(&link, L"\\DosDevices\\Mailbox");
    status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), &name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE,
                            &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    RtlZeroMemory(extension, sizeof(DEVICE_EXTENSION));
    KeInitializeSpinLock(&extension->Lock);
    InitializeListHead(&extension->Boxes);
    device->Flags |= DO_BUFFERED_IO;
    status = IoCreateSymbolicLink(&link, &name);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    DriverObject->MajorFunction[IRP_MJ_CREATE] = MailCreate;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = MailCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = MailClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = MailRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = MailWrite;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = MailDeviceControl;
    DriverObject->DriverUnload = MailUnload;
    return STATUS_SUCCESS;
}

/* Called when no file object is left, so no box is either. */
static VOID MailUnload(PDRIVER_OBJECT DriverObject)
{
    UNICODE_STRING link;

    RtlInitUnicodeString(&link, L"\\DosDevices\\Mailbox");
    IoDeleteSymbolicLink(&link);
    IoDeleteDevice(DriverObject->DeviceObject);
}

static NTSTATUS MailComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* ------------------------------------------------------------------------------------------------ a box's queue -- */

static NTSTATUS MailInsert(PIO_CSQ Csq, PIRP Irp, PVOID InsertContext)
{
    PBOX box = CONTAINING_RECORD(Csq, BOX, Queue);

    UNREFERENCED_PARAMETER(InsertContext);
    if (box->Closed) {
        return STATUS_CANCELLED;
    }
    InsertTailList(&box->QueueHead, &Irp->Tail.Overlay.ListEntry);
    return STATUS_SUCCESS;
}

static VOID MailRemove(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

static PIRP MailPeek(PIO_CSQ Csq, PIRP Irp, PVOID PeekContext)
{
    PBOX box = CONTAINING_RECORD(Csq, BOX, Queue);
    PLIST_ENTRY entry = Irp == NULL ? box->QueueHead.Flink : Irp->Tail.Overlay.ListEntry.Flink;

    UNREFERENCED_PARAMETER(PeekContext);
    return entry == &box->QueueHead ? NULL : CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
}

static VOID MailAcquireQueue(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&CONTAINING_RECORD(Csq, BOX, Queue)->QueueLock, Irql);
}

static VOID MailReleaseQueue(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&CONTAINING_RECORD(Csq, BOX, Queue)->QueueLock, Irql);
}

static VOID MailCompleteCanceled(PIO_CSQ Csq, PIRP Irp)
{
    PBOX box = CONTAINING_RECORD(Csq, BOX, Queue);

    MailComplete(Irp, STATUS_CANCELLED, 0);
    IoReleaseRemoveLock(&box->RemoveLock, Irp);
}

static VOID MailFail(PBOX Box)
{
    PIRP irp;

    while ((irp = IoCsqRemoveNextIrp(&Box->Queue, NULL)) != NULL) {
        MailComplete(irp, STATUS_CANCELLED, 0);
        IoReleaseRemoveLock(&Box->RemoveLock, irp);
    }
}

/* ------------------------------------------------------------------------------------------- the life of a handle -- */

static NTSTATUS MailCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PBOX box = (PBOX)ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(BOX), MAIL_TAG);
    KIRQL irql;

    if (box == NULL) {
        return MailComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    }
    RtlZeroMemory(box, sizeof(BOX));
    IoInitializeRemoveLock(&box->RemoveLock, MAIL_TAG, 0, 0);
    KeInitializeSpinLock(&box->QueueLock);
    InitializeListHead(&box->QueueHead);
    IoCsqInitializeEx(&box->Queue, MailInsert, MailRemove, MailPeek, MailAcquireQueue, MailReleaseQueue, MailCompleteCanceled);
    IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext = box;

    KeAcquireSpinLock(&extension->Lock, &irql);
    InsertTailList(&extension->Boxes, &box->Entry);
    KeReleaseSpinLock(&extension->Lock, irql);
    return MailComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS MailCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PBOX box = (PBOX)IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext;
    KIRQL irql;
    NTSTATUS status = IoAcquireRemoveLock(&box->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return MailComplete(Irp, status, 0);
    }
    KeAcquireSpinLock(&extension->Lock, &irql);
    RemoveEntryList(&box->Entry);
    KeAcquireSpinLockAtDpcLevel(&box->QueueLock);
    box->Closed = TRUE;
    KeReleaseSpinLockFromDpcLevel(&box->QueueLock);
    KeReleaseSpinLock(&extension->Lock, irql);

    MailFail(box);
    IoReleaseRemoveLockAndWait(&box->RemoveLock, Irp);
    return MailComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS MailClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(Irp)->FileObject;

    UNREFERENCED_PARAMETER(DeviceObject);
    ExFreePoolWithTag(file->FsContext, MAIL_TAG);
    file->FsContext = NULL;
    return MailComplete(Irp, STATUS_SUCCESS, 0);
}

/* The box of a request, held for it; NULL: the request is completed with *Status. */
static PBOX MailEnter(PIRP Irp, PNTSTATUS Status)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    PBOX box = file == NULL ? NULL : (PBOX)file->FsContext;

    *Status = box == NULL ? STATUS_INVALID_HANDLE : IoAcquireRemoveLock(&box->RemoveLock, Irp);
    if (!NT_SUCCESS(*Status)) {
        MailComplete(Irp, *Status, 0);
        return NULL;
    }
    return box;
}

static NTSTATUS MailLeave(PBOX Box, PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    MailComplete(Irp, Status, Information);
    IoReleaseRemoveLock(&Box->RemoveLock, Irp);
    return Status;
}

/* ------------------------------------------------------------------------------------------------------- requests -- */

static NTSTATUS MailRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    NTSTATUS status;
    PBOX box = MailEnter(Irp, &status);

    UNREFERENCED_PARAMETER(DeviceObject);
    if (box == NULL) {
        return status;
    }
    IoMarkIrpPending(Irp);
    status = IoCsqInsertIrpEx(&box->Queue, Irp, NULL, NULL);
    if (!NT_SUCCESS(status)) {
        MailLeave(box, Irp, status, 0);
    }
    return STATUS_PENDING;
}

/* What the writer has, as far as the reader has room for it. */
static VOID MailDeliver(PIRP Reader, PIRP Writer)
{
    ULONG length = IoGetCurrentIrpStackLocation(Writer)->Parameters.Write.Length;
    ULONG room = IoGetCurrentIrpStackLocation(Reader)->Parameters.Read.Length;

    if (length > room) {
        length = room;
    }
    if (length != 0) {
        RtlCopyMemory(Reader->AssociatedIrp.SystemBuffer, Writer->AssociatedIrp.SystemBuffer, length);
    }
    Reader->IoStatus.Information = length;
}

/* Takes one waiting read from each box but `Sender`, delivers to it, and chains it up. */
static VOID MailPost(PDEVICE_EXTENSION Extension, PBOX Sender, PIRP Irp, PLIST_ENTRY Delivered)
{
    PLIST_ENTRY entry;
    KIRQL irql;

    KeAcquireSpinLock(&Extension->Lock, &irql);
    for (entry = Extension->Boxes.Flink; entry != &Extension->Boxes; entry = entry->Flink) {
        PBOX box = CONTAINING_RECORD(entry, BOX, Entry);
        PIRP reader = box == Sender ? NULL : IoCsqRemoveNextIrp(&box->Queue, NULL);

        if (reader != NULL) {
            MailDeliver(reader, Irp);
            InsertTailList(Delivered, &reader->Tail.Overlay.ListEntry);
        }
    }
    Extension->Posted++;
    KeReleaseSpinLock(&Extension->Lock, irql);
}

static NTSTATUS MailWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    ULONG length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length;
    LIST_ENTRY delivered;
    NTSTATUS status;
    PBOX sender = MailEnter(Irp, &status);

    if (sender == NULL) {
        return status;
    }
    if (length > MESSAGE_SIZE) {
        return MailLeave(sender, Irp, STATUS_INVALID_PARAMETER, 0);
    }
    InitializeListHead(&delivered);
    MailPost(extension, sender, Irp, &delivered);
    while (!IsListEmpty(&delivered)) {
        PIRP reader = CONTAINING_RECORD(RemoveHeadList(&delivered), IRP, Tail.Overlay.ListEntry);
        PBOX box = (PBOX)IoGetCurrentIrpStackLocation(reader)->FileObject->FsContext; /* the reader still holds it */

        MailLeave(box, reader, STATUS_SUCCESS, reader->IoStatus.Information);
    }
    return MailLeave(sender, Irp, STATUS_SUCCESS, length);
}

static NTSTATUS MailDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    KIRQL irql;
    NTSTATUS status;
    PBOX box = MailEnter(Irp, &status);

    if (box == NULL) {
        return status;
    }
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_MAIL_QUERY:
        if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG)) {
            return MailLeave(box, Irp, STATUS_BUFFER_TOO_SMALL, 0);
        }
        KeAcquireSpinLock(&extension->Lock, &irql);
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = extension->Posted;
        KeReleaseSpinLock(&extension->Lock, irql);
        return MailLeave(box, Irp, STATUS_SUCCESS, sizeof(ULONG));
    case IOCTL_MAIL_FLUSH:
        MailFail(box);
        return MailLeave(box, Irp, STATUS_SUCCESS, 0);
    default:
        return MailLeave(box, Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}
