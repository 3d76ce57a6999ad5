/* system_control.c - requests that are sent to a stack without a handle: WMI's, and that of a shutdown. */
#include "../pnp/pnp.h"
#include "../rtl/wmi.h"

#include <string.h>
#include <wmistr.h>

enum { WMI_BUFFER = 1024 };

static const struct scheduler_call send_call = {"send without a handle", CALL_IO_OPEN, EFFECT_ANY};

/* A request of WMI for the provider, answered into `buffer`. */
static NTSTATUS ask(PDEVICE_OBJECT pdo, UCHAR minor, PDEVICE_OBJECT provider, PVOID path, PVOID buffer)
{
    struct irp_record *record;
    PDEVICE_OBJECT top = io_top_of_stack(pdo);
    PIRP irp = io_make_request(top, IRP_MJ_SYSTEM_CONTROL, minor, &record);
    if (irp == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    PIO_STACK_LOCATION location = IoGetNextIrpStackLocation(irp);
    location->Parameters.WMI.ProviderId = (ULONG_PTR)provider;
    location->Parameters.WMI.DataPath = path;
    location->Parameters.WMI.BufferSize = WMI_BUFFER;
    location->Parameters.WMI.Buffer = buffer;
    return io_send_and_wait(record, top, irp, NULL);
}

/* The device of the stack that has registered with WMI, or the PDO: then everybody passes the request on. */
static PDEVICE_OBJECT provider_of(PDEVICE_OBJECT pdo)
{
    for (PDEVICE_OBJECT device = pdo->AttachedDevice; device != NULL; device = device->AttachedDevice) {
        if (wmi_is_registered(device)) {
            return device;
        }
    }
    return pdo;
}

/* What the provider has registered first is asked for; a GUID that nobody has when that is nothing. */
static void take_guid(const WMIREGINFO *registered, GUID *guid)
{
    if (registered->GuidCount != 0 && registered->BufferSize <= WMI_BUFFER) {
        *guid = registered->WmiRegGuid[0].Guid;
    }
}

bool machine_wmi(uint32_t number)
{
    scheduler_call(&send_call, NULL);
    PDEVICE_OBJECT pdo = pnp_device_to_open(number);
    GUID *guid = pdo == NULL ? NULL : scheduler_allocate(sizeof *guid, "WMI GUID");
    PVOID buffer = guid == NULL ? NULL : scheduler_allocate(WMI_BUFFER, "WMI buffer");
    if (buffer == NULL) {
        return false;
    }
    PDEVICE_OBJECT provider = provider_of(pdo);
    memset(guid, 0, sizeof *guid);
    memset(buffer, 0, WMI_BUFFER);
    if (provider != pdo && NT_SUCCESS(ask(pdo, IRP_MN_REGINFO, provider, NULL, buffer))) {
        take_guid(buffer, guid);
        memset(buffer, 0, WMI_BUFFER);
    }
    if (pnp_device_to_open(number) == pdo) {
        ((PWNODE_HEADER)buffer)->BufferSize = WMI_BUFFER;
        ask(pdo, IRP_MN_QUERY_ALL_DATA, provider, guid, buffer);
    }
    scheduler_free(buffer, "WMI buffer");
    scheduler_free(guid, "WMI GUID");
    return true;
}

static void tell_of_shutdown(PDEVICE_OBJECT device)
{
    struct irp_record *record;
    PDEVICE_OBJECT top = io_top_of_stack(device);
    PIRP irp = io_make_request(top, IRP_MJ_SHUTDOWN, 0, &record);
    if (irp != NULL) {
        io_send_and_wait(record, top, irp, NULL);
    }
}

bool machine_shutdown(void)
{
    scheduler_call(&send_call, NULL);
    for (uint32_t index = 0; index < io_device_count(); index++) {
        struct device_record *record = io_device_at(index);
        if (!record->deleted && (record->device->Flags & DO_SHUTDOWN_REGISTERED) != 0) {
            tell_of_shutdown(record->device);
        }
    }
    return true;
}
