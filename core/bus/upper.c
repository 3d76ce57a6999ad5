/*
 * upper.c - a filter of the model's own above the driver's device: passes everything on, and goes with the stack.
 *
 * It keeps the documented order of a removal: forward, then wait for what is still below, then detach and delete.
 */
#include "../pnp/pnp.h"

static PDRIVER_OBJECT driver;

static NTSTATUS dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    const IO_STACK_LOCATION *location = IoGetCurrentIrpStackLocation(irp);
    PDEVICE_OBJECT below = io_device(device)->attached_to;
    bool removal = location->MajorFunction == IRP_MJ_PNP && location->MinorFunction == IRP_MN_REMOVE_DEVICE;
    if (below == NULL) {
        io_complete(irp, STATUS_DELETE_PENDING, 0);
        return STATUS_DELETE_PENDING;
    }
    irp->CurrentLocation++;
    irp->Tail.Overlay.CurrentStackLocation++;
    NTSTATUS status = io_call(below, irp, 0);
    if (removal) {
        io_detach(below);
        io_delete_model_device(device);
    }
    return status;
}

void upper_reset(void)
{
    driver = NULL;
}

void upper_attach(PDEVICE_OBJECT pdo)
{
    if (driver == NULL) {
        driver = io_create_model_driver(dispatch);
    }
    PDEVICE_OBJECT device = io_create_model_device(driver);
    if (device != NULL && io_attach(device, pdo) == NULL) {
        io_delete_model_device(device);
    }
}
