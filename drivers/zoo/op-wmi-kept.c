/*
 * op-wmi-kept.c - a WMI request that is not for this driver is completed instead of passed down
 *
 * DispatchSystemControl lets WmiSystemControl look at each request. When that says that the request is for another driver, it
 * is to be passed down; this driver completes it, and nobody below ever answers.
 *
 * How it shows: WmiForward when the dispatch routine returns.
 *
 * Known case: what the rule WmiForward looks for.
 *
 * Fix: for IrpNotWmi and IrpForward, IoSkipCurrentIrpStackLocation and IoCallDriver.
 */
#include <wdm.h>
#include <wmilib.h>
#include <wmistr.h>

static const GUID StatisticsGuid = {0x2b1c5f3e, 0x84d7, 0x4a5b, {0x9c, 0x31, 0x6e, 0x0d, 0x52, 0xf8, 0x17, 0xa4}};
static WCHAR DriverPathBuffer[256];
static UNICODE_STRING DriverPath;

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    PDEVICE_OBJECT PhysicalDevice;
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

static NTSTATUS QueryRegInfo(PDEVICE_OBJECT DeviceObject, PULONG RegFlags, PUNICODE_STRING InstanceName,
                             PUNICODE_STRING *RegistryPath, PUNICODE_STRING MofResourceName, PDEVICE_OBJECT *Pdo)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;

    UNREFERENCED_PARAMETER(InstanceName);
    UNREFERENCED_PARAMETER(MofResourceName);
    *RegFlags = WMIREG_FLAG_INSTANCE_PDO;
    *RegistryPath = &DriverPath;
    *Pdo = extension->PhysicalDevice;
    return STATUS_SUCCESS;
}

static NTSTATUS QueryDataBlock(PDEVICE_OBJECT DeviceObject, PIRP Irp, ULONG GuidIndex, ULONG InstanceIndex, ULONG InstanceCount,
                               PULONG InstanceLengthArray, ULONG BufferAvail, PUCHAR Buffer)
{
    ULONG size = sizeof(ULONG);

    UNREFERENCED_PARAMETER(GuidIndex);
    UNREFERENCED_PARAMETER(InstanceIndex);
    UNREFERENCED_PARAMETER(InstanceCount);
    if (BufferAvail < size) {
        return WmiCompleteRequest(DeviceObject, Irp, STATUS_BUFFER_TOO_SMALL, size, IO_NO_INCREMENT);
    }
    RtlZeroMemory(Buffer, size);
    *InstanceLengthArray = size;
    return WmiCompleteRequest(DeviceObject, Irp, STATUS_SUCCESS, size, IO_NO_INCREMENT);
}

static WMIGUIDREGINFO Guids[] = {{&StatisticsGuid, 1, 0}};
static WMILIB_CONTEXT Library = {
    .GuidCount = 1, .GuidList = Guids, .QueryWmiRegInfo = QueryRegInfo, .QueryWmiDataBlock = QueryDataBlock};

static NTSTATUS DispatchSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    SYSCTL_IRP_DISPOSITION disposition;

    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status, 0);
    }
    status = WmiSystemControl(&Library, DeviceObject, Irp, &disposition);
    if (disposition != IrpProcessed) {
        status = Irp->IoStatus.Status;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
    }
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS RemoveDevice(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    IoWMIRegistrationControl(Extension->Self, WMIREG_ACTION_DEREGISTER);
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
    extension->PhysicalDevice = PhysicalDeviceObject;
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags |= extension->LowerDevice->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO | DO_POWER_PAGABLE);
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    (void)IoWMIRegistrationControl(device, WMIREG_ACTION_REGISTER);
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

    DriverPath.MaximumLength = sizeof(DriverPathBuffer);
    DriverPath.Buffer = DriverPathBuffer;
    RtlCopyUnicodeString(&DriverPath, RegistryPath);
    for (major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        DriverObject->MajorFunction[major] = DispatchPass;
    }
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = DispatchSystemControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = DispatchPnp;
    DriverObject->DriverExtension->AddDevice = AddDevice;
    DriverObject->DriverUnload = DriverUnload;
    return STATUS_SUCCESS;
}
