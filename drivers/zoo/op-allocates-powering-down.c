/*
 * op-allocates-powering-down.c - pool is allocated while the system powers down
 *
 * When the system goes to sleep, DispatchPower allocates memory for the state of the device, and frees it when the system is
 * awake again. By then the device that holds the paging file may be asleep, and whoever allocates may wait for ever.
 *
 * How it shows: PowerDownAllocate in ExAllocatePoolWithTag.
 *
 * Known case: what the rule PowerDownAllocate looks for.
 *
 * Fix: allocate in AddDevice what powering down needs.
 */
#include <wdm.h>

#define STATE_SIZE 64

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    PVOID Saved;
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

static VOID ForgetState(PDEVICE_EXTENSION Extension)
{
    PVOID saved = InterlockedExchangePointer((PVOID volatile *)&Extension->Saved, NULL);

    if (saved != NULL) {
        ExFreePoolWithTag(saved, 'oooZ');
    }
}

static NTSTATUS DispatchPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    if (stack->MinorFunction == IRP_MN_SET_POWER && stack->Parameters.Power.Type == SystemPowerState &&
        stack->Parameters.Power.State.SystemState != PowerSystemWorking) {
        ForgetState(extension);
        extension->Saved = ExAllocatePoolWithTag(NonPagedPoolNx, STATE_SIZE, 'oooZ');
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = PoCallDriver(extension->LowerDevice, Irp);
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
    ForgetState(Extension);
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
    DriverObject->MajorFunction[IRP_MJ_POWER] = DispatchPower;
    DriverObject->MajorFunction[IRP_MJ_PNP] = DispatchPnp;
    DriverObject->DriverExtension->AddDevice = AddDevice;
    DriverObject->DriverUnload = DriverUnload;
    return STATUS_SUCCESS;
}
