/*
 * driver.c - thermo: a filter above a thermometer, which keeps count of readings
 *
 * An example of a driver that remlock tests; see README.md.
 */
#include "thermo.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE ThermoAddDevice;
static DRIVER_UNLOAD ThermoUnload;

NTSTATUS DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
    ULONG i;

    UNREFERENCED_PARAMETER(RegistryPath);
    for (i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) {
        DriverObject->MajorFunction[i] = ThermoPass;
    }
    DriverObject->MajorFunction[IRP_MJ_READ] = ThermoRead;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = ThermoDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = ThermoPnp;
    DriverObject->DriverExtension->AddDevice = ThermoAddDevice;
    DriverObject->DriverUnload = ThermoUnload;
    return STATUS_SUCCESS;
}

static VOID ThermoUnload(_In_ PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

static NTSTATUS ThermoAddDevice(_In_ PDRIVER_OBJECT DriverObject, _In_ PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION ext;
    NTSTATUS status;

    status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    ext = (PDEVICE_EXTENSION)device->DeviceExtension;
    RtlZeroMemory(ext, sizeof(*ext));
    ext->Self = device;
    KeInitializeSpinLock(&ext->Lock);
    IoInitializeRemoveLock(&ext->RemoveLock, THERMO_TAG, 0, 0);

    ext->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (ext->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }

    device->Flags |= ext->LowerDevice->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO | DO_POWER_PAGABLE);
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}
