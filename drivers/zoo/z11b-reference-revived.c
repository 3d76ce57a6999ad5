/*
 * z11b-reference-revived.c - a lookup revives an object whose last reference is already gone
 *
 * The session of a device is counted: the device has a reference, and so has each read while it uses the session. FindSession
 * takes one by increasing the count, whatever it was, and gives it back when it finds that it was zero. A write that has just
 * dropped the last reference frees the session; so does the reader that gives back the one that it should not have taken.
 *
 * How it shows: use-after-free in FindSession or DereferenceSession, or double-free.
 *
 * Known case: a reading of openzfsonwindows/openzfs, zfs_windows_zvol_scsi.c: a lookup raises a slot's count from 0 to 1 for
 * an instant, and takes part in freeing it.
 *
 * Fix: find and reference under the lock that the session is replaced under.
 */
#include <wdm.h>

typedef struct _SESSION {
    volatile LONG References;
    volatile LONG Reads;
} SESSION, *PSESSION;

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    struct _SESSION *volatile Session;
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

static PSESSION CreateSession(VOID)
{
    PSESSION session = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(SESSION), 'oooZ');

    if (session != NULL) {
        session->References = 1;
        session->Reads = 0;
    }
    return session;
}

static VOID DereferenceSession(PSESSION Session)
{
    if (InterlockedDecrement(&Session->References) == 0) {
        ExFreePoolWithTag(Session, 'oooZ');
    }
}

static PSESSION FindSession(PDEVICE_EXTENSION Extension)
{
    PSESSION session = Extension->Session;

    if (InterlockedIncrement(&session->References) == 1) {
        DereferenceSession(session);
        return NULL;
    }
    return session;
}

static NTSTATUS DispatchRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    PSESSION session;

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    session = FindSession(extension);
    if (session == NULL) {
        status = CompleteRequest(Irp, STATUS_DEVICE_NOT_READY, 0);
    } else {
        InterlockedIncrement(&session->Reads);
        IoSkipCurrentIrpStackLocation(Irp);
        status = IoCallDriver(extension->LowerDevice, Irp);
        DereferenceSession(session);
    }
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

/* A write begins a new session. */
static NTSTATUS DispatchWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    PSESSION session;

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    session = CreateSession();
    if (session == NULL) {
        status = CompleteRequest(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    } else {
        DereferenceSession(InterlockedExchangePointer((PVOID volatile *)&extension->Session, session));
        IoSkipCurrentIrpStackLocation(Irp);
        status = IoCallDriver(extension->LowerDevice, Irp);
    }
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
    DereferenceSession(Extension->Session);
    IoDetachDevice(Extension->LowerDevice);
    IoDeleteDevice(Extension->Self);
    return status;
}

static NTSTATUS DispatchPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    if (IoGetCurrentIrpStackLocation(Irp)->MinorFunction == IRP_MN_REMOVE_DEVICE) {
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
    extension->Session = CreateSession();
    if (extension->Session == NULL) {
        IoDeleteDevice(device);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        DereferenceSession(extension->Session);
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags |= extension->LowerDevice->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO | DO_POWER_PAGABLE);
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
    DriverObject->MajorFunction[IRP_MJ_PNP] = DispatchPnp;
    DriverObject->DriverExtension->AddDevice = AddDevice;
    DriverObject->DriverUnload = DriverUnload;
    return STATUS_SUCCESS;
}
