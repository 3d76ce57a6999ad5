/*
 * upper.c - a filter of the model's own above the driver's device: passes everything on, and goes with the stack.
 *
 * It keeps the documented order of a removal: it forwards IRP_MN_REMOVE_DEVICE, waits until what it has passed on before has
 * come back, and only then detaches. From the removal on it refuses requests.
 */
#include "../pnp/pnp.h"

enum { UPPER_LIMIT = 16 };

static const struct scheduler_call wait_call = {"the filter above waits for its requests", CALL_UPPER_WAIT, EFFECT_ANY};

struct upper {
    PDEVICE_OBJECT device;
    uint32_t passing; /* requests on their way down */
    bool removed;
};

static struct {
    PDRIVER_OBJECT driver;
    struct upper uppers[UPPER_LIMIT];
    uint32_t count;
} all;

static struct upper *upper_of(const DEVICE_OBJECT *device)
{
    uint32_t index = 0;
    while (all.uppers[index].device != device) {
        index++;
    }
    return &all.uppers[index];
}

static bool is_idle(const void *argument)
{
    const struct upper *upper = argument;
    return upper->passing == 0;
}

static NTSTATUS pass(struct upper *upper, PIRP irp)
{
    irp->CurrentLocation++;
    irp->Tail.Overlay.CurrentStackLocation++;
    return io_call(io_device(upper->device)->attached_to, irp, 0);
}

static NTSTATUS remove(struct upper *upper, PIRP irp)
{
    PDEVICE_OBJECT below = io_device(upper->device)->attached_to;
    upper->removed = true;
    NTSTATUS status = pass(upper, irp);
    scheduler_wait(&wait_call, upper, is_idle, upper, SCHEDULER_NEVER);
    io_detach(below);
    io_delete_model_device(upper->device);
    return status;
}

static NTSTATUS dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    const IO_STACK_LOCATION *location = IoGetCurrentIrpStackLocation(irp);
    struct upper *upper = upper_of(device);
    if (upper->removed) {
        io_complete(irp, STATUS_DELETE_PENDING, 0);
        return STATUS_DELETE_PENDING;
    }
    if (location->MajorFunction == IRP_MJ_PNP && location->MinorFunction == IRP_MN_REMOVE_DEVICE) {
        return remove(upper, irp);
    }
    upper->passing++;
    NTSTATUS status = pass(upper, irp);
    upper->passing--;
    scheduler_changed(upper);
    return status;
}

void upper_reset(void)
{
    all.driver = NULL;
    all.count = 0;
}

void upper_attach(PDEVICE_OBJECT pdo)
{
    if (all.count == UPPER_LIMIT) {
        return;
    }
    if (all.driver == NULL) {
        all.driver = io_create_model_driver(dispatch);
    }
    PDEVICE_OBJECT device = io_create_model_device(all.driver);
    if (device == NULL) {
        return;
    }
    all.uppers[all.count++] = (struct upper){.device = device};
    PDEVICE_OBJECT below = io_attach(device, pdo);
    if (below == NULL) {
        io_delete_model_device(device);
        return;
    }
    /* What the device below expects of the requests' buffers is decided by the flags of the one on top. */
    device->Flags |= below->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO | DO_POWER_PAGABLE | DO_POWER_INRUSH);
    device->Characteristics = below->Characteristics;
    device->DeviceType = below->DeviceType;
}
