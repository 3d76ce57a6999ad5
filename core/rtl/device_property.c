/*
 * device_property.c - what the PnP manager knows about a device, and the registry keys it keeps for it.
 *
 * Plausible answers, the same for every device but for its number: what an INF file and an enumerator would have left behind.
 */
#include "registry.h"

#include "../io/io.h"

#include <stdio.h>
#include <string.h>

#define CLASS "{4d36e97d-e325-11ce-bfc1-08002be10318}" /* of system devices */

static const struct scheduler_call property_call = {"IoGetDeviceProperty", CALL_ZW_QUERY_KEY, EFFECT_ANY};
static const struct scheduler_call open_call = {"IoOpenDeviceRegistryKey", CALL_ZW_OPEN_KEY, EFFECT_ANY};

struct text_property {
    const char *text; /* a number sign stands for the device's number */
    bool several;     /* ends with one more zero */
};

static const struct text_property texts[DevicePropertyContainerID + 1] = {
    [DevicePropertyDeviceDescription] = {"Device under test", false},
    [DevicePropertyHardwareID] = {"REMLOCK\\DEVICE", true},
    [DevicePropertyCompatibleIDs] = {"REMLOCK\\ANY", true},
    [DevicePropertyClassName] = {"System", false},
    [DevicePropertyClassGuid] = {CLASS, false},
    [DevicePropertyDriverKeyName] = {CLASS "\\#", false},
    [DevicePropertyManufacturer] = {"remlock", false},
    [DevicePropertyLocationInformation] = {"Slot #", false},
    [DevicePropertyPhysicalDeviceObjectName] = {"\\Device\\#", false},
    [DevicePropertyEnumeratorName] = {"REMLOCK", false},
    [DevicePropertyContainerID] = {"{00000000-0000-0000-ffff-ffffffffffff}", false},
};

static const struct {
    DEVICE_REGISTRY_PROPERTY property;
    ULONG value;
} numbers[] = {
    {DevicePropertyLegacyBusType, (ULONG)PNPBus},
    {DevicePropertyBusNumber, 0},
    {DevicePropertyAddress, 0},
    {DevicePropertyInstallState, InstallStateInstalled},
    {DevicePropertyRemovalPolicy, RemovalPolicyExpectSurpriseRemoval},
};

static const GUID bus_type = {0x1530ea73, 0x086b, 0x11d1, {0xa0, 0x9f, 0x00, 0xc0, 0x4f, 0xc3, 0x40, 0xb1}}; /* internal */

/* The number of a PDO among the devices; false for anything else, for which properties are not kept. */
static bool number_of(const DEVICE_OBJECT *device, uint32_t *number)
{
    for (*number = 0; *number < io_device_count(); ++*number) {
        const struct device_record *record = io_device_at(*number);
        if (record->device == device) {
            return record->is_pdo;
        }
    }
    return false;
}

static size_t expand(char *text, size_t size, const char *pattern, uint32_t number)
{
    const char *sign = strchr(pattern, '#');
    int length = sign == NULL ? snprintf(text, size, "%s", pattern)
                              : snprintf(text, size, "%.*s%04u", (int)(sign - pattern), pattern, number);
    return (size_t)length;
}

static ULONG find_property(DEVICE_REGISTRY_PROPERTY property, uint32_t number, UCHAR answer[256])
{
    if ((size_t)property < RTL_NUMBER_OF(texts) && texts[property].text != NULL) {
        char text[100] = {0};
        size_t length = expand(text, sizeof text, texts[property].text, number) + 1 + texts[property].several;
        text_transfer((struct text){.buffer = answer, .length = length, .width = sizeof(WCHAR)}, narrow_text(text, length));
        return (ULONG)(length * sizeof(WCHAR));
    }
    if (property == DevicePropertyBusTypeGuid) {
        memcpy(answer, &bus_type, sizeof bus_type);
        return sizeof bus_type;
    }
    for (size_t i = 0; i < RTL_NUMBER_OF(numbers); i++) {
        if (numbers[i].property == property) {
            memcpy(answer, &numbers[i].value, sizeof(ULONG));
            return sizeof(ULONG);
        }
    }
    return 0;
}

NTSTATUS IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject, DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                             PVOID PropertyBuffer, PULONG ResultLength)
{
    uint32_t number;
    kernel_require_irql(PASSIVE_LEVEL, "IoGetDeviceProperty");
    scheduler_call(&property_call, DeviceObject);
    touch(DeviceObject, sizeof *DeviceObject, false, SITE);
    touch(ResultLength, sizeof *ResultLength, true, SITE);
    *ResultLength = 0;
    if (!number_of(DeviceObject, &number)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if ((ULONG)DeviceProperty > DevicePropertyContainerID) {
        return STATUS_INVALID_PARAMETER_2;
    }
    _Alignas(WCHAR) UCHAR answer[256];
    ULONG size = find_property(DeviceProperty, number, answer);
    if (size == 0) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    *ResultLength = size;
    if (size > BufferLength) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    touch(PropertyBuffer, size, true, SITE);
    memcpy(PropertyBuffer, answer, size);
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------------------------------------------------- keys -- */

static NTSTATUS open_path(const char *path, PHANDLE handle, uintptr_t site)
{
    uint16_t key = registry_path(path);
    return key == NO_KEY ? STATUS_INSUFFICIENT_RESOURCES : registry_open(key, handle, site);
}

NTSTATUS IoOpenDeviceRegistryKey(PDEVICE_OBJECT DeviceObject, ULONG DevInstKeyType, ACCESS_MASK DesiredAccess,
                                 PHANDLE DeviceRegKey)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    char path[160];
    uint32_t number;
    kernel_require_irql(PASSIVE_LEVEL, "IoOpenDeviceRegistryKey");
    scheduler_call(&open_call, DeviceObject);
    touch(DeviceObject, sizeof *DeviceObject, false, SITE);
    touch(DeviceRegKey, sizeof *DeviceRegKey, true, SITE);
    *DeviceRegKey = NULL;
    if (!number_of(DeviceObject, &number)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    const char *current = "\\Registry\\Machine\\System\\CurrentControlSet";
    switch (DevInstKeyType & ~(ULONG)PLUGPLAY_REGKEY_CURRENT_HWPROFILE) {
    case PLUGPLAY_REGKEY_DEVICE:
        snprintf(path, sizeof path, "%s\\Enum\\REMLOCK\\DEVICE\\%04u\\Device Parameters", current, number);
        break;
    case PLUGPLAY_REGKEY_DRIVER:
        snprintf(path, sizeof path, "%s\\Control\\Class\\" CLASS "\\%04u", current, number);
        break;
    default:
        return STATUS_INVALID_PARAMETER;
    }
    return open_path(path, DeviceRegKey, SITE);
}

NTSTATUS IoOpenDriverRegistryKey(PDRIVER_OBJECT DriverObject, ULONG RegKeyType, ACCESS_MASK DesiredAccess, ULONG Flags,
                                 PHANDLE DriverRegKey)
{
    UNREFERENCED_PARAMETER(RegKeyType);
    UNREFERENCED_PARAMETER(DesiredAccess);
    kernel_require_irql(PASSIVE_LEVEL, "IoOpenDriverRegistryKey");
    scheduler_call(&open_call, DriverObject);
    touch(DriverObject, sizeof *DriverObject, false, SITE);
    touch(DriverRegKey, sizeof *DriverRegKey, true, SITE);
    *DriverRegKey = NULL;
    if (Flags != 0) {
        return STATUS_INVALID_PARAMETER_4;
    }
    return open_path("\\Registry\\Machine\\System\\CurrentControlSet\\Services\\driver\\Parameters", DriverRegKey, SITE);
}

NTSTATUS IoOpenDeviceInterfaceRegistryKey(PUNICODE_STRING SymbolicLinkName, ACCESS_MASK DesiredAccess,
                                          PHANDLE DeviceInterfaceRegKey)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    kernel_require_irql(PASSIVE_LEVEL, "IoOpenDeviceInterfaceRegistryKey");
    scheduler_call(&open_call, NULL);
    struct text name = text_of_unicode(SymbolicLinkName, SITE);
    touch(DeviceInterfaceRegKey, sizeof *DeviceInterfaceRegKey, true, SITE);
    *DeviceInterfaceRegKey = NULL;
    char link[120];
    char path[256];
    size_t length = text_transfer(narrow_text(link, sizeof link - 1), name);
    link[length] = 0;
    if (length != name.length || length == 0) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    for (size_t i = 0; i < length; i++) {
        link[i] = link[i] == '\\' ? '#' : link[i];
    }
    snprintf(path, sizeof path, "\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses\\%s", link);
    return open_path(path, DeviceInterfaceRegKey, SITE);
}
