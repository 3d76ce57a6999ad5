/* thermo.h - what the files of the driver share. */
#pragma once

#include <wdm.h>

#define IOCTL_THERMO_LAST CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, METHOD_BUFFERED, FILE_READ_ACCESS)

/* What IOCTL_THERMO_LAST answers. */
typedef struct _THERMO_LAST {
    ULONG Readings;
    ULONG Failures;
} THERMO_LAST, *PTHERMO_LAST;

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    KSPIN_LOCK Lock; /* of Last */
    THERMO_LAST Last;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

#define THERMO_TAG 'mrhT'

DRIVER_DISPATCH ThermoPass, ThermoRead, ThermoDeviceControl, ThermoPnp;

NTSTATUS ThermoComplete(_Inout_ PIRP Irp, _In_ NTSTATUS Status, _In_ ULONG_PTR Information);
