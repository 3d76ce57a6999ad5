/*
 * interfaces.c - device interfaces: registered for a PDO, enabled and disabled, and found by class.
 *
 * An interface that is enabled before its device has started arrives when the start is complete. One that its driver forgets to
 * disable is disabled when the device is removed. Both as IoSetDeviceInterfaceState's page says.
 */
#include "notify.h"

#include "pnp.h"

#include <stdio.h>
#include <string.h>

enum { NAME_TAG = 0x6E696F49 };

static const struct scheduler_call register_call = {"IoRegisterDeviceInterface", CALL_IO_REGISTER_INTERFACE, EFFECT_ANY};
static const struct scheduler_call set_state_call = {"IoSetDeviceInterfaceState", CALL_IO_SET_INTERFACE_STATE, EFFECT_ANY};

static struct {
    struct device_interface interfaces[INTERFACE_LIMIT];
    uint32_t count;
} registry;

void pnp_reset_interfaces(void)
{
    registry.count = 0;
}

uint32_t pnp_interface_count(void)
{
    return registry.count;
}

const struct device_interface *pnp_interface_at(uint32_t index)
{
    return &registry.interfaces[index];
}

/* ------------------------------------------------------------------------------------------------------------ names -- */

bool guids_equal(const GUID *one, const GUID *other)
{
    return memcmp(one, other, sizeof *one) == 0;
}

static uint32_t device_number(const DEVICE_OBJECT *pdo)
{
    for (uint32_t index = 0; index < io_device_count(); index++) {
        if (io_device_at(index)->device == pdo) {
            return index;
        }
    }
    return 0;
}

/* Writes "\??\ROOT#device#N#{class}", and the reference string behind it. */
static void set_name(struct device_interface *interface, PCUNICODE_STRING reference)
{
    char text[INTERFACE_NAME_LIMIT];
    const GUID *guid = &interface->class_guid;
    snprintf(text, sizeof text, "\\??\\ROOT#device#%u#{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}%s",
             device_number(interface->pdo), guid->Data1, guid->Data2, guid->Data3, guid->Data4[0], guid->Data4[1],
             guid->Data4[2], guid->Data4[3], guid->Data4[4], guid->Data4[5], guid->Data4[6], guid->Data4[7],
             reference == NULL ? "" : "\\");
    interface->name_length = 0;
    for (const char *letter = text; *letter != '\0'; letter++) {
        interface->name[interface->name_length++] = (UCHAR)*letter;
    }
    interface->reference_length = reference == NULL ? 0 : reference->Length / (uint32_t)sizeof(WCHAR);
    for (uint32_t index = 0; index < interface->reference_length; index++) {
        interface->name[interface->name_length++] = reference->Buffer[index];
    }
}

/* Reference strings name a part of a path; longer ones than this model keeps are refused. */
static bool is_valid_reference(PCUNICODE_STRING reference)
{
    if (reference == NULL) {
        return true;
    }
    uint32_t length = reference->Length / (uint32_t)sizeof(WCHAR);
    if (length > INTERFACE_NAME_LIMIT - 80) {
        return false;
    }
    if (length != 0) {
        scheduler_access(reference->Buffer, reference->Length, false);
    }
    for (uint32_t index = 0; index < length; index++) {
        if (reference->Buffer[index] == '/' || reference->Buffer[index] == '\\') {
            return false;
        }
    }
    return true;
}

static bool same_text(const WCHAR *one, const WCHAR *other, uint32_t length)
{
    return memcmp(one, other, length * sizeof(WCHAR)) == 0;
}

static bool same_reference(const struct device_interface *interface, PCUNICODE_STRING reference)
{
    uint32_t length = reference == NULL ? 0 : reference->Length / (uint32_t)sizeof(WCHAR);
    return interface->reference_length == length &&
           (length == 0 || same_text(&interface->name[interface->name_length - length], reference->Buffer, length));
}

static struct device_interface *find(const DEVICE_OBJECT *pdo, const GUID *guid, PCUNICODE_STRING reference)
{
    for (uint32_t index = 0; index < registry.count; index++) {
        struct device_interface *interface = &registry.interfaces[index];
        if (interface->pdo == pdo && guids_equal(&interface->class_guid, guid) && same_reference(interface, reference)) {
            return interface;
        }
    }
    return NULL;
}

static struct device_interface *find_by_name(PCUNICODE_STRING name)
{
    uint32_t length = name->Length / (uint32_t)sizeof(WCHAR);
    if (length != 0) {
        scheduler_access(name->Buffer, name->Length, false);
    }
    for (uint32_t index = 0; index < registry.count; index++) {
        struct device_interface *interface = &registry.interfaces[index];
        if (interface->pdo != NULL && interface->name_length == length && same_text(interface->name, name->Buffer, length)) {
            return interface;
        }
    }
    return NULL;
}

PDEVICE_OBJECT pnp_find_interface(PCUNICODE_STRING name)
{
    const struct device_interface *interface = find_by_name(name);
    return interface == NULL || !interface->announced ? NULL : interface->pdo;
}

/* The caller frees the buffer by RtlFreeUnicodeString. */
static NTSTATUS copy_name(const struct device_interface *interface, PUNICODE_STRING string)
{
    USHORT size = (USHORT)(interface->name_length * sizeof(WCHAR));
    scheduler_access(string, sizeof *string, true);
    PWSTR buffer = ExAllocatePoolWithTag(PagedPool, size + sizeof(WCHAR), NAME_TAG);
    if (buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(buffer, interface->name, size);
    buffer[interface->name_length] = 0;
    string->Buffer = buffer;
    string->Length = size;
    string->MaximumLength = size + (USHORT)sizeof(WCHAR);
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------------------------------------------- registration -- */

static struct device_interface *new_interface(PDEVICE_OBJECT pdo, const GUID *guid, PCUNICODE_STRING reference)
{
    struct device_interface *interface = NULL;
    for (uint32_t index = 0; index < registry.count && interface == NULL; index++) {
        interface = registry.interfaces[index].pdo == NULL ? &registry.interfaces[index] : NULL;
    }
    if (interface == NULL) {
        if (registry.count == INTERFACE_LIMIT) {
            return NULL;
        }
        interface = &registry.interfaces[registry.count++];
    }
    interface->pdo = pdo;
    interface->class_guid = *guid;
    interface->enabled = false;
    interface->announced = false;
    set_name(interface, reference);
    return interface;
}

NTSTATUS IoRegisterDeviceInterface(PDEVICE_OBJECT PhysicalDeviceObject, const GUID *InterfaceClassGuid,
                                   PUNICODE_STRING ReferenceString, PUNICODE_STRING SymbolicLinkName)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoRegisterDeviceInterface");
    scheduler_call(&register_call, PhysicalDeviceObject);
    scheduler_access(PhysicalDeviceObject, OBJECT_PROBE, false);
    PCUNICODE_STRING reference = ReferenceString == NULL || ReferenceString->Length == 0 ? NULL : ReferenceString;
    if (pnp_node_of(PhysicalDeviceObject) == NULL || !is_valid_reference(reference)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    struct device_interface *interface = find(PhysicalDeviceObject, InterfaceClassGuid, reference);
    NTSTATUS status = interface == NULL ? STATUS_SUCCESS : STATUS_OBJECT_NAME_EXISTS;
    if (interface == NULL) {
        interface = new_interface(PhysicalDeviceObject, InterfaceClassGuid, reference);
    }
    if (interface == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    NTSTATUS copied = copy_name(interface, SymbolicLinkName);
    return NT_SUCCESS(copied) ? status : copied;
}

static void announce(struct device_interface *interface)
{
    if (interface->enabled && !interface->announced) {
        interface->announced = true;
        pnp_notify_interface(interface, &GUID_DEVICE_INTERFACE_ARRIVAL);
    }
}

static void withdraw(struct device_interface *interface)
{
    interface->enabled = false;
    if (interface->announced) {
        interface->announced = false;
        pnp_notify_interface(interface, &GUID_DEVICE_INTERFACE_REMOVAL);
    }
}

NTSTATUS IoSetDeviceInterfaceState(PUNICODE_STRING SymbolicLinkName, BOOLEAN Enable)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoSetDeviceInterfaceState");
    scheduler_call(&set_state_call, NULL);
    scheduler_access(SymbolicLinkName, sizeof *SymbolicLinkName, false);
    struct device_interface *interface = find_by_name(SymbolicLinkName);
    if (interface == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (!Enable) {
        NTSTATUS status = interface->enabled ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
        withdraw(interface);
        return status;
    }
    if (interface->enabled) {
        return STATUS_OBJECT_NAME_EXISTS;
    }
    const struct node *node = pnp_node_of(interface->pdo);
    interface->enabled = true;
    if (node != NULL && node->state == NODE_STARTED) {
        announce(interface);
    }
    return STATUS_SUCCESS;
}

void pnp_interfaces_started(PDEVICE_OBJECT pdo)
{
    for (uint32_t index = 0; index < registry.count; index++) {
        if (registry.interfaces[index].pdo == pdo) {
            announce(&registry.interfaces[index]);
        }
    }
}

void pnp_interfaces_removed(PDEVICE_OBJECT pdo)
{
    for (uint32_t index = 0; index < registry.count; index++) {
        if (registry.interfaces[index].pdo == pdo) {
            withdraw(&registry.interfaces[index]);
            registry.interfaces[index].pdo = NULL;
        }
    }
}

/* --------------------------------------------------------------------------------------------------------- searching -- */

static bool is_wanted(const struct device_interface *interface, const GUID *guid, const DEVICE_OBJECT *pdo, ULONG flags)
{
    return interface->pdo != NULL && guids_equal(&interface->class_guid, guid) && (pdo == NULL || interface->pdo == pdo) &&
           (interface->announced || (flags & DEVICE_INTERFACE_INCLUDE_NONACTIVE) != 0);
}

NTSTATUS IoGetDeviceInterfaces(const GUID *InterfaceClassGuid, PDEVICE_OBJECT PhysicalDeviceObject, ULONG Flags,
                               PZZWSTR *SymbolicLinkList)
{
    size_t length = 1;
    kernel_require_irql(PASSIVE_LEVEL, "IoGetDeviceInterfaces");
    scheduler_access(SymbolicLinkList, sizeof *SymbolicLinkList, true);
    for (uint32_t index = 0; index < registry.count; index++) {
        const struct device_interface *interface = &registry.interfaces[index];
        length += is_wanted(interface, InterfaceClassGuid, PhysicalDeviceObject, Flags) ? interface->name_length + 1 : 0;
    }
    PWSTR list = ExAllocatePoolWithTag(PagedPool, (length + 1) * sizeof(WCHAR), NAME_TAG);
    *SymbolicLinkList = list;
    if (list == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memset(list, 0, (length + 1) * sizeof(WCHAR));
    for (uint32_t index = 0; index < registry.count; index++) {
        const struct device_interface *interface = &registry.interfaces[index];
        if (is_wanted(interface, InterfaceClassGuid, PhysicalDeviceObject, Flags)) {
            memcpy(list, interface->name, interface->name_length * sizeof(WCHAR));
            list += interface->name_length + 1;
        }
    }
    return STATUS_SUCCESS;
}

NTSTATUS IoGetDeviceInterfaceAlias(PUNICODE_STRING SymbolicLinkName, const GUID *AliasInterfaceClassGuid,
                                   PUNICODE_STRING AliasSymbolicLinkName)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoGetDeviceInterfaceAlias");
    scheduler_access(SymbolicLinkName, sizeof *SymbolicLinkName, false);
    struct device_interface *interface = find_by_name(SymbolicLinkName);
    if (interface == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    USHORT size = (USHORT)(interface->reference_length * sizeof(WCHAR));
    UNICODE_STRING reference = {size, size, &interface->name[interface->name_length - interface->reference_length]};
    const struct device_interface *alias = find(interface->pdo, AliasInterfaceClassGuid, size == 0 ? NULL : &reference);
    return alias == NULL ? STATUS_OBJECT_NAME_NOT_FOUND : copy_name(alias, AliasSymbolicLinkName);
}
