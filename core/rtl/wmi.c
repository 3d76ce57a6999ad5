/*
 * wmi.c - registration with WMI, and its events.
 *
 * Nobody but the program's operations asks for data here, so registering only makes a device known; an event that is written is
 * taken and freed, as the page of IoWMIWriteEvent says.
 */
#include "wmi.h"

#include "registry.h"

#include <wmistr.h>

enum { WMI_DEVICE_LIMIT = 64 };

static const struct scheduler_call wmi_call = {"IoWMIRegistrationControl", CALL_IO_WMI, EFFECT_ANY};
static const struct scheduler_call event_call = {"IoWMIWriteEvent", CALL_IO_WMI, EFFECT_ANY};

static struct {
    const DEVICE_OBJECT *devices[WMI_DEVICE_LIMIT]; /* NULL: no more registered */
    uint32_t count;
    ULONG next_instance;
} wmi;

void wmi_reset(void)
{
    wmi.count = 0;
    wmi.next_instance = 0;
}

static const DEVICE_OBJECT **find(const DEVICE_OBJECT *device)
{
    for (uint32_t index = 0; index < wmi.count; index++) {
        if (wmi.devices[index] == device) {
            return &wmi.devices[index];
        }
    }
    return NULL;
}

bool wmi_is_registered(const DEVICE_OBJECT *device)
{
    return device != NULL && find(device) != NULL;
}

static NTSTATUS register_device(const DEVICE_OBJECT *device)
{
    if (find(device) != NULL) {
        return STATUS_OBJECT_NAME_EXISTS;
    }
    const DEVICE_OBJECT **place = find(NULL);
    if (place == NULL) {
        if (wmi.count == WMI_DEVICE_LIMIT) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        place = &wmi.devices[wmi.count++];
    }
    *place = device;
    return STATUS_SUCCESS;
}

NTSTATUS IoWMIRegistrationControl(PDEVICE_OBJECT DeviceObject, ULONG Action)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoWMIRegistrationControl");
    scheduler_call(&wmi_call, DeviceObject);
    touch(DeviceObject, sizeof *DeviceObject, false, SITE);
    const DEVICE_OBJECT **place = find(DeviceObject);
    switch (Action) {
    case WMIREG_ACTION_REGISTER:
        return register_device(DeviceObject);
    case WMIREG_ACTION_DEREGISTER:
        if (place != NULL) {
            *place = NULL;
        }
        return place != NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    case WMIREG_ACTION_REREGISTER:
    case WMIREG_ACTION_UPDATE_GUIDS:
    case WMIREG_ACTION_BLOCK_IRPS:
        return place != NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS IoWMIAllocateInstanceIds(GUID *Guid, ULONG InstanceCount, ULONG *FirstInstanceId)
{
    kernel_require_irql(APC_LEVEL, "IoWMIAllocateInstanceIds");
    touch(Guid, sizeof *Guid, false, SITE);
    touch(FirstInstanceId, sizeof *FirstInstanceId, true, SITE);
    *FirstInstanceId = wmi.next_instance;
    wmi.next_instance += InstanceCount;
    return STATUS_SUCCESS;
}

NTSTATUS IoWMIWriteEvent(PVOID WnodeEventItem)
{
    kernel_require_irql(DISPATCH_LEVEL, "IoWMIWriteEvent");
    scheduler_call(&event_call, WnodeEventItem);
    touch(WnodeEventItem, sizeof(WNODE_HEADER), false, SITE);
    ExFreePoolWithTag(WnodeEventItem, 0);
    return STATUS_SUCCESS;
}

ULONG IoWMIDeviceObjectToProviderId(PDEVICE_OBJECT DeviceObject)
{
    return (ULONG)(ULONG_PTR)DeviceObject;
}

NTSTATUS IoWMISuggestInstanceName(PDEVICE_OBJECT PhysicalDeviceObject, PUNICODE_STRING SymbolicLinkName, BOOLEAN CombineNames,
                                  PUNICODE_STRING SuggestedInstanceName)
{
    static const WCHAR name[] = u"remlock device";
    UNREFERENCED_PARAMETER(PhysicalDeviceObject);
    UNREFERENCED_PARAMETER(SymbolicLinkName);
    UNREFERENCED_PARAMETER(CombineNames);
    UNICODE_STRING text = {sizeof name - sizeof(WCHAR), sizeof name, (PWSTR)(uintptr_t)name};
    return RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, &text, SuggestedInstanceName);
}

/* ------------------------------------------------------------------------------------- blocks of other providers -- */

NTSTATUS IoWMIOpenBlock(LPCGUID Guid, ULONG DesiredAccess, PVOID *DataBlockObject)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    kernel_require_irql(PASSIVE_LEVEL, "IoWMIOpenBlock");
    touch(Guid, sizeof *Guid, false, SITE);
    touch(DataBlockObject, sizeof *DataBlockObject, true, SITE);
    *DataBlockObject = NULL;
    return STATUS_WMI_GUID_NOT_FOUND;
}

NTSTATUS IoWMISetNotificationCallback(PVOID Object, WMI_NOTIFICATION_CALLBACK Callback, PVOID Context)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Callback);
    UNREFERENCED_PARAMETER(Context);
    return STATUS_INVALID_HANDLE;
}

NTSTATUS IoWMIQueryAllData(PVOID DataBlockObject, PULONG InOutBufferSize, PVOID OutBuffer)
{
    UNREFERENCED_PARAMETER(DataBlockObject);
    UNREFERENCED_PARAMETER(InOutBufferSize);
    UNREFERENCED_PARAMETER(OutBuffer);
    return STATUS_INVALID_HANDLE;
}

NTSTATUS IoWMIQuerySingleInstance(PVOID DataBlockObject, PUNICODE_STRING InstanceName, PULONG InOutBufferSize, PVOID OutBuffer)
{
    UNREFERENCED_PARAMETER(DataBlockObject);
    UNREFERENCED_PARAMETER(InstanceName);
    UNREFERENCED_PARAMETER(InOutBufferSize);
    UNREFERENCED_PARAMETER(OutBuffer);
    return STATUS_INVALID_HANDLE;
}

NTSTATUS IoWMISetSingleInstance(PVOID DataBlockObject, PUNICODE_STRING InstanceName, ULONG Version, ULONG ValueBufferSize,
                                PVOID ValueBuffer)
{
    UNREFERENCED_PARAMETER(DataBlockObject);
    UNREFERENCED_PARAMETER(InstanceName);
    UNREFERENCED_PARAMETER(Version);
    UNREFERENCED_PARAMETER(ValueBufferSize);
    UNREFERENCED_PARAMETER(ValueBuffer);
    return STATUS_INVALID_HANDLE;
}

NTSTATUS IoWMIExecuteMethod(PVOID DataBlockObject, PUNICODE_STRING InstanceName, ULONG MethodId, ULONG InBufferSize,
                            PULONG OutBufferSize, PUCHAR InOutBuffer)
{
    UNREFERENCED_PARAMETER(DataBlockObject);
    UNREFERENCED_PARAMETER(InstanceName);
    UNREFERENCED_PARAMETER(MethodId);
    UNREFERENCED_PARAMETER(InBufferSize);
    UNREFERENCED_PARAMETER(OutBufferSize);
    UNREFERENCED_PARAMETER(InOutBuffer);
    return STATUS_INVALID_HANDLE;
}
