/*
 * device.c - device objects: their stacks, their references, and their delayed deletion.
 *
 * IoDeleteDevice says that a driver is done with a device. Its memory goes when nothing refers to it any more: no pointer
 * reference, no open handle, no device attached above (as IoDeleteDevice's page says: "the I/O manager sends no more requests
 * and deletes the object when its reference count is zero").
 */
#include "io.h"

#include <string.h>

static struct {
    struct device_record records[DEVICE_LIMIT];
    uint32_t count;
} devices;

void io_reset_devices(void)
{
    devices.count = 0;
}

struct device_record *io_device(const DEVICE_OBJECT *device)
{
    for (uint32_t index = devices.count; index > 0; index--) {
        if (devices.records[index - 1].device == device) {
            return &devices.records[index - 1];
        }
    }
    return NULL;
}

static bool within(const void *address, const void *start, const void *end)
{
    return (const char *)address >= (const char *)start && (const char *)address < (const char *)end;
}

struct device_record *io_device_of(const void *address)
{
    for (uint32_t index = 0; index < devices.count; index++) {
        struct device_record *record = &devices.records[index];
        if (within(address, record->device, record->device + 1) || within(address, record->extension, record->extension_end)) {
            return record;
        }
    }
    return NULL;
}

uint32_t io_device_count(void)
{
    return devices.count;
}

struct device_record *io_device_at(uint32_t index)
{
    return index < devices.count ? &devices.records[index] : NULL;
}

/* ------------------------------------------------------------------------------------------------------- creating -- */

static void copy_name(struct device_record *record, PCUNICODE_STRING name)
{
    size_t length = 0;
    size_t limit = sizeof record->name / sizeof record->name[0] - 1;
    if (name != NULL && name->Buffer != NULL) {
        scheduler_access(name->Buffer, name->Length, false);
        length = name->Length / sizeof(WCHAR) < limit ? name->Length / sizeof(WCHAR) : limit;
        memcpy(record->name, name->Buffer, length * sizeof(WCHAR));
    }
    record->name[length] = 0;
}

static void link_to_driver(PDRIVER_OBJECT driver, PDEVICE_OBJECT device)
{
    device->NextDevice = driver->DeviceObject;
    driver->DeviceObject = device;
}

static void unlink_from_driver(PDEVICE_OBJECT device)
{
    PDEVICE_OBJECT *link = &device->DriverObject->DeviceObject;
    while (*link != NULL && *link != device) {
        link = &(*link)->NextDevice;
    }
    if (*link == device) {
        *link = device->NextDevice;
    }
}

static void initialise(PDEVICE_OBJECT device, PDRIVER_OBJECT driver, DEVICE_TYPE type, ULONG characteristics, PVOID extension,
                       ULONG extension_size)
{
    memset(device, 0, sizeof *device);
    device->Type = IO_TYPE_DEVICE;
    device->Size = (USHORT)(sizeof *device + extension_size);
    device->DriverObject = driver;
    device->Flags = DO_DEVICE_INITIALIZING;
    device->Characteristics = characteristics;
    device->DeviceExtension = extension;
    device->DeviceType = type;
    device->StackSize = 1;
    InitializeListHead(&device->DeviceQueue.DeviceListHead);
}

static NTSTATUS create(PDRIVER_OBJECT driver, ULONG extension_size, PCUNICODE_STRING name, DEVICE_TYPE type,
                       ULONG characteristics, bool exclusive, PDEVICE_OBJECT *result)
{
    if (devices.count == DEVICE_LIMIT) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    PDEVICE_OBJECT device = scheduler_allocate(sizeof *device, "device object");
    PVOID extension = extension_size == 0 ? NULL : scheduler_allocate(extension_size, "device extension");
    if (device == NULL || (extension_size != 0 && extension == NULL)) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (extension != NULL) {
        memset(extension, 0, extension_size);
    }
    initialise(device, driver, type, characteristics, extension, extension_size);
    device->Flags |= exclusive ? DO_EXCLUSIVE : 0;
    struct device_record *record = &devices.records[devices.count++];
    memset(record, 0, offsetof(struct device_record, name));
    record->device = device;
    record->model = driver != io_driver();
    record->extension = extension;
    record->extension_end = extension == NULL ? NULL : (char *)extension + extension_size;
    copy_name(record, name);
    link_to_driver(driver, device);
    *result = device;
    return STATUS_SUCCESS;
}

PDEVICE_OBJECT io_create_model_device(PDRIVER_OBJECT driver)
{
    PDEVICE_OBJECT device = NULL;
    create(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, false, &device);
    if (device != NULL) {
        device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    }
    return device;
}

NTSTATUS IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize, PUNICODE_STRING DeviceName,
                        DEVICE_TYPE DeviceType, ULONG DeviceCharacteristics, BOOLEAN Exclusive, PDEVICE_OBJECT *DeviceObject)
{
    static const struct scheduler_call call = {"IoCreateDevice", CALL_IO_CREATE_DEVICE, EFFECT_ANY};
    kernel_require_irql(APC_LEVEL, "IoCreateDevice");
    scheduler_call(&call, NULL);
    scheduler_access(DriverObject, sizeof *DriverObject, true);
    *DeviceObject = NULL;
    if (DeviceName != NULL && DeviceName->Length != 0 && io_find_device(DeviceName) != NULL) {
        return STATUS_OBJECT_NAME_COLLISION;
    }
    if (kernel.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1) {
        scheduler_note(NULL, "the allocation fails");
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    NTSTATUS status =
        create(DriverObject, DeviceExtensionSize, DeviceName, DeviceType, DeviceCharacteristics, Exclusive, DeviceObject);
    if (NT_SUCCESS(status)) {
        kernel_event((struct core_event){.kind = EVENT_CREATE_DEVICE, .device = *DeviceObject});
    }
    return status;
}

NTSTATUS IoCreateDeviceSecure(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize, PUNICODE_STRING DeviceName,
                              DEVICE_TYPE DeviceType, ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                              PCUNICODE_STRING DefaultSDDLString, LPCGUID DeviceClassGuid, PDEVICE_OBJECT *DeviceObject)
{
    UNREFERENCED_PARAMETER(DefaultSDDLString);
    UNREFERENCED_PARAMETER(DeviceClassGuid);
    return IoCreateDevice(DriverObject, DeviceExtensionSize, DeviceName, DeviceType, DeviceCharacteristics, Exclusive,
                          DeviceObject);
}

/* ------------------------------------------------------------------------------------------------------- deletion -- */

static void delete_memory(struct device_record *record)
{
    PDEVICE_OBJECT device = record->device;
    record->freed = true;
    unlink_from_driver(device);
    kernel_check_timers_and_dpcs(device, device + 1, "device object");
    if (record->extension != NULL) {
        kernel_check_timers_and_dpcs(record->extension, record->extension_end, "device extension");
        core_forget_locks(record->extension, (size_t)((char *)record->extension_end - (char *)record->extension));
        scheduler_free(record->extension, "device extension");
    }
    scheduler_free(device, "device object");
}

static void delete_if_unused(struct device_record *record)
{
    if (record->deleted && !record->freed && record->references == 0 && record->device->ReferenceCount == 0 &&
        record->device->AttachedDevice == NULL) {
        delete_memory(record);
    }
}

VOID IoDeleteDevice(PDEVICE_OBJECT DeviceObject)
{
    static const struct scheduler_call call = {"IoDeleteDevice", CALL_IO_DELETE_DEVICE_OBJECT, EFFECT_ANY};
    kernel_require_irql(APC_LEVEL, "IoDeleteDevice");
    scheduler_call(&call, DeviceObject);
    const char *previous = scheduler_enter_routine("IoDeleteDevice");
    scheduler_access(DeviceObject, OBJECT_PROBE, true);
    kernel_event((struct core_event){.kind = EVENT_DELETE_DEVICE, .device = DeviceObject});
    struct device_record *record = io_device(DeviceObject);
    if (record == NULL) {
        kernel_violation("bad-device-object", DeviceObject, "IoDeleteDevice is called with what is no device object");
    } else if (record->deleted) {
        kernel_violation("double-delete", DeviceObject, "IoDeleteDevice is called a second time for the same device");
    } else if (record->attached_to != NULL) {
        kernel_violation("delete-while-attached", DeviceObject,
                         "IoDeleteDevice is called for a device that is still attached to the one below; IoDetachDevice first");
    } else {
        record->deleted = true;
        io_delete_timer(DeviceObject);
        delete_if_unused(record);
    }
    scheduler_leave_routine(previous);
}

void io_delete_model_device(PDEVICE_OBJECT device)
{
    struct device_record *record = io_device(device);
    record->deleted = true;
    delete_if_unused(record);
}

/* ----------------------------------------------------------------------------------------------------- references -- */

void io_reference_device(PDEVICE_OBJECT device)
{
    struct device_record *record = io_device(device);
    if (record != NULL) {
        record->references++;
    }
}

void io_dereference_device(PDEVICE_OBJECT device)
{
    struct device_record *record = io_device(device);
    if (record == NULL) {
        return;
    }
    if (record->references == 0) {
        kernel_violation("reference-underflow", device, "a device object is dereferenced more often than it was referenced");
        return;
    }
    record->references--;
    delete_if_unused(record);
}

void io_count_handle(PDEVICE_OBJECT device, LONG by)
{
    device->ReferenceCount += by;
    struct device_record *record = io_device(device);
    if (record != NULL) {
        delete_if_unused(record);
    }
}

/* --------------------------------------------------------------------------------------------------------- stacks -- */

PDEVICE_OBJECT io_top_of_stack(PDEVICE_OBJECT device)
{
    while (device->AttachedDevice != NULL) {
        device = device->AttachedDevice;
    }
    return device;
}

PDEVICE_OBJECT io_attach(PDEVICE_OBJECT source, PDEVICE_OBJECT target)
{
    struct device_record *record = io_device(source);
    PDEVICE_OBJECT top = io_top_of_stack(target);
    struct device_record *below = io_device(top);
    if (record == NULL || below == NULL || below->deleted) {
        return NULL;
    }
    top->AttachedDevice = source;
    source->StackSize = top->StackSize + 1;
    source->AlignmentRequirement = top->AlignmentRequirement;
    source->SectorSize = top->SectorSize;
    record->attached_to = top;
    record->was_attached = true;
    return top;
}

PDEVICE_OBJECT IoAttachDeviceToDeviceStack(PDEVICE_OBJECT SourceDevice, PDEVICE_OBJECT TargetDevice)
{
    static const struct scheduler_call call = {"IoAttachDeviceToDeviceStack", CALL_IO_ATTACH_DEVICE, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, "IoAttachDeviceToDeviceStack");
    scheduler_call(&call, SourceDevice);
    scheduler_access(SourceDevice, OBJECT_PROBE, true);
    scheduler_access(TargetDevice, OBJECT_PROBE, true);
    bool fails = kernel.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1;
    PDEVICE_OBJECT below = fails ? NULL : io_attach(SourceDevice, TargetDevice);
    if (fails) {
        scheduler_note(SourceDevice, "the device cannot be attached");
    }
    if (below != NULL) {
        kernel_event((struct core_event){.kind = EVENT_ATTACH, .device = SourceDevice, .other = below});
    }
    return below;
}

NTSTATUS IoAttachDeviceToDeviceStackSafe(PDEVICE_OBJECT SourceDevice, PDEVICE_OBJECT TargetDevice,
                                         PDEVICE_OBJECT *AttachedToDeviceObject)
{
    scheduler_access(AttachedToDeviceObject, sizeof(PDEVICE_OBJECT), true);
    *AttachedToDeviceObject = IoAttachDeviceToDeviceStack(SourceDevice, TargetDevice);
    return *AttachedToDeviceObject == NULL ? STATUS_NO_SUCH_DEVICE : STATUS_SUCCESS;
}

NTSTATUS IoAttachDevice(PDEVICE_OBJECT SourceDevice, PUNICODE_STRING TargetDevice, PDEVICE_OBJECT *AttachedDevice)
{
    PDEVICE_OBJECT target = io_find_device(TargetDevice);
    if (target == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    return IoAttachDeviceToDeviceStackSafe(SourceDevice, target, AttachedDevice);
}

void io_detach(PDEVICE_OBJECT target)
{
    struct device_record *above = target->AttachedDevice == NULL ? NULL : io_device(target->AttachedDevice);
    struct device_record *record = io_device(target);
    target->AttachedDevice = NULL;
    if (above != NULL) {
        above->attached_to = NULL;
        delete_if_unused(above);
    }
    if (record != NULL) {
        delete_if_unused(record);
    }
}

VOID IoDetachDevice(PDEVICE_OBJECT TargetDevice)
{
    static const struct scheduler_call call = {"IoDetachDevice", CALL_IO_DETACH_DEVICE, EFFECT_ANY};
    kernel_require_irql(APC_LEVEL, "IoDetachDevice");
    scheduler_call(&call, TargetDevice);
    const char *previous = scheduler_enter_routine("IoDetachDevice");
    scheduler_access(TargetDevice, OBJECT_PROBE, true);
    kernel_event((struct core_event){.kind = EVENT_DETACH, .device = TargetDevice, .other = TargetDevice->AttachedDevice});
    if (TargetDevice->AttachedDevice == NULL) {
        kernel_violation("double-detach", TargetDevice, "IoDetachDevice is called for a device that nothing is attached to");
    }
    io_detach(TargetDevice);
    scheduler_leave_routine(previous);
}

PDEVICE_OBJECT IoGetAttachedDevice(PDEVICE_OBJECT DeviceObject)
{
    scheduler_access(DeviceObject, OBJECT_PROBE, false);
    return io_top_of_stack(DeviceObject);
}

PDEVICE_OBJECT IoGetAttachedDeviceReference(PDEVICE_OBJECT DeviceObject)
{
    PDEVICE_OBJECT top = IoGetAttachedDevice(DeviceObject);
    io_reference_device(top);
    return top;
}

PDEVICE_OBJECT IoGetLowerDeviceObject(PDEVICE_OBJECT DeviceObject)
{
    scheduler_access(DeviceObject, OBJECT_PROBE, false);
    struct device_record *record = io_device(DeviceObject);
    if (record == NULL || record->attached_to == NULL) {
        return NULL;
    }
    io_reference_device(record->attached_to);
    return record->attached_to;
}
