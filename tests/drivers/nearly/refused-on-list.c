/*
 * refused-on-list.c - a device stays on a list until after the wait, and who finds it there asks its lock
 *
 * What drivers/zoo/z23-trusted-list.c would be without its bug: double-release and wrong-refusal must not be found.
 */
#include <wdm.h>

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    LIST_ENTRY Link;
    volatile LONG Charge;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

static LIST_ENTRY Devices;
static KSPIN_LOCK DevicesLock;

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

/* The first device of the driver, with its lock held, or NULL. */
static PDEVICE_EXTENSION FindDevice(PVOID Tag)
{
    PDEVICE_EXTENSION extension = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&DevicesLock, &irql);
    if (!IsListEmpty(&Devices)) {
        extension = CONTAINING_RECORD(Devices.Flink, DEVICE_EXTENSION, Link);
        if (!NT_SUCCESS(IoAcquireRemoveLock(&extension->RemoveLock, Tag))) {
            extension = NULL;
        }
    }
    KeReleaseSpinLock(&DevicesLock, irql);
    return extension;
}

static NTSTATUS DispatchRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = FindDevice(Irp);
    NTSTATUS status;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (extension == NULL) {
        return CompleteRequest(Irp, STATUS_DELETE_PENDING, 0);
    }
    InterlockedIncrement(&extension->Charge);
    status = CompleteRequest(Irp, STATUS_SUCCESS, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS RemoveDevice(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;
    KIRQL irql;

    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    KeAcquireSpinLock(&DevicesLock, &irql);
    RemoveEntryList(&Extension->Link);
    KeReleaseSpinLock(&DevicesLock, irql);
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
    KIRQL irql;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = device->DeviceExtension;
    extension->Self = device;
    IoInitializeRemoveLock(&extension->RemoveLock, 'oooZ', 0, 0);
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    KeAcquireSpinLock(&DevicesLock, &irql);
    InsertTailList(&Devices, &extension->Link);
    KeReleaseSpinLock(&DevicesLock, irql);
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
    InitializeListHead(&Devices);
    KeInitializeSpinLock(&DevicesLock);
    for (major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        DriverObject->MajorFunction[major] = DispatchPass;
    }
    DriverObject->MajorFunction[IRP_MJ_READ] = DispatchRead;
    DriverObject->MajorFunction[IRP_MJ_PNP] = DispatchPnp;
    DriverObject->DriverExtension->AddDevice = AddDevice;
    DriverObject->DriverUnload = DriverUnload;
    return STATUS_SUCCESS;
}
