/* system_control.c - requests that are sent to a stack without a handle: WMI's, and that of a shutdown. */
#include "../pnp/pnp.h"

#include <string.h>

enum { WMI_BUFFER = 256 };

static const struct scheduler_call send_call = {"send without a handle", CALL_IO_OPEN};

static bool send_to(PDEVICE_OBJECT device, UCHAR major, ULONG_PTR provider)
{
    struct irp_record *record;
    PDEVICE_OBJECT top = io_top_of_stack(device);
    PIRP irp = io_make_request(top, major, 0, &record);
    PVOID buffer = scheduler_allocate(WMI_BUFFER, "WMI buffer");
    if (irp == NULL || buffer == NULL) {
        return false;
    }
    memset(buffer, 0, WMI_BUFFER);
    if (major == IRP_MJ_SYSTEM_CONTROL) {
        PIO_STACK_LOCATION location = IoGetNextIrpStackLocation(irp);
        location->Parameters.WMI.ProviderId = provider;
        location->Parameters.WMI.DataPath = buffer;
        location->Parameters.WMI.BufferSize = WMI_BUFFER;
        location->Parameters.WMI.Buffer = buffer;
    }
    io_send_and_wait(record, top, irp, NULL);
    scheduler_free(buffer, "WMI buffer");
    return true;
}

bool machine_wmi(void)
{
    scheduler_call(&send_call, NULL);
    PDEVICE_OBJECT device = pnp_device_to_open(0);
    if (device == NULL) {
        return false;
    }
    PDEVICE_OBJECT above = device->AttachedDevice;
    bool own = above != NULL && scheduler_choose(CHOICE_DEVICE, 2) == 1;
    return send_to(device, IRP_MJ_SYSTEM_CONTROL, (ULONG_PTR)(own ? above : device));
}

bool machine_shutdown(void)
{
    scheduler_call(&send_call, NULL);
    for (uint32_t index = 0; index < io_device_count(); index++) {
        struct device_record *record = io_device_at(index);
        if (!record->deleted && (record->device->Flags & DO_SHUTDOWN_REGISTERED) != 0) {
            send_to(record->device, IRP_MJ_SHUTDOWN, 0);
        }
    }
    return true;
}
