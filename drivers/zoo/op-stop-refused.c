/*
 * op-stop-refused.c - IRP_MN_STOP_DEVICE is refused
 *
 * While reads are under way the driver does not want to be stopped, and says so when it is told to stop. But it was asked
 * before, by IRP_MN_QUERY_STOP_DEVICE, and agreed; the one that follows is an order.
 *
 * How it shows: required-request-failed when the request is completed.
 *
 * Known case: Driver Verifier has a code for it, 0xC9/0x247.
 *
 * Fix: refuse the question, or hold the reads until the device is started again.
 */
#include <wdm.h>

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    volatile LONG Reads;
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

static NTSTATUS DispatchRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    InterlockedIncrement(&extension->Reads);
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(extension->LowerDevice, Irp);
    InterlockedDecrement(&extension->Reads);
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
    if (minor == IRP_MN_REMOVE_DEVICE) {
        return RemoveDevice(extension, Irp);
    }
    if (minor == IRP_MN_STOP_DEVICE && extension->Reads != 0) {
        status = CompleteRequest(Irp, STATUS_DEVICE_BUSY, 0);
    } else {
        IoSkipCurrentIrpStackLocation(Irp);
        status = IoCallDriver(extension->LowerDevice, Irp);
    }
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
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
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
    DriverObject->MajorFunction[IRP_MJ_PNP] = DispatchPnp;
    DriverObject->DriverExtension->AddDevice = AddDevice;
    DriverObject->DriverUnload = DriverUnload;
    return STATUS_SUCCESS;
}
