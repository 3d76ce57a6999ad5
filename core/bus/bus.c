/*
 * bus.c - the bus driver below the driver under test: its PDO answers every request in one of several ways, each a choice.
 *
 * Plug and Play requests it answers at once, as bus drivers do. A read, a write or a control is answered at once, later from
 * a deferred call, not before it is cancelled or the device goes, or with an error.
 */
#include "../pnp/pnp.h"

#include <string.h>

enum { PDO_LIMIT = 16, HELD_LIMIT = 32 };

static const struct scheduler_call answer_call = {"the bus answers", CALL_BUS_ANSWER, EFFECT_ANY};

enum answer { ANSWER_AT_ONCE, ANSWER_LATER, ANSWER_WHEN_GONE, ANSWER_WITH_ERROR, ANSWERS };

struct pdo {
    PDEVICE_OBJECT device;
    bool present;
    bool deleted;
    bool removed; /* since it was started */
    bool active;  /* started, and neither removed nor surprise removed since: others do not get requests kept */
};

struct held {
    PIRP irp; /* NULL: free */
    PDEVICE_OBJECT device;
};

static struct {
    PDRIVER_OBJECT driver;
    struct pdo pdos[PDO_LIMIT];
    uint32_t count;
    struct held held[HELD_LIMIT];
    uint32_t held_count; /* entries ever used */
} bus;

static NTSTATUS dispatch(PDEVICE_OBJECT device, PIRP irp);

void bus_reset(void)
{
    bus.driver = io_create_model_driver(dispatch);
    bus.count = 0;
    bus.held_count = 0;
}

static struct pdo *pdo_of(const DEVICE_OBJECT *device)
{
    for (uint32_t index = 0; index < bus.count; index++) {
        if (bus.pdos[index].device == device) {
            return &bus.pdos[index];
        }
    }
    return NULL;
}

PDEVICE_OBJECT bus_plug(void)
{
    if (bus.count == PDO_LIMIT) {
        return NULL;
    }
    PDEVICE_OBJECT device = io_create_model_device(bus.driver);
    if (device == NULL) {
        return NULL;
    }
    device->Flags |= DO_BUS_ENUMERATED_DEVICE | DO_POWER_PAGABLE;
    io_device(device)->is_pdo = true;
    bus.pdos[bus.count++] = (struct pdo){.device = device, .present = true};
    return device;
}

bool bus_owns(const DEVICE_OBJECT *pdo)
{
    return pdo_of(pdo) != NULL;
}

bool bus_saw_removal(PDEVICE_OBJECT device)
{
    return pdo_of(device)->removed;
}

bool bus_keeps(PDEVICE_OBJECT device)
{
    const struct pdo *pdo = pdo_of(device);
    return pdo != NULL && pdo->present && !pdo->deleted;
}

/* --------------------------------------------------------------------------------------------------- held requests -- */

static void cancel_held(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    for (uint32_t index = 0; index < bus.held_count; index++) {
        if (bus.held[index].irp == irp) {
            bus.held[index].irp = NULL;
        }
    }
    IoReleaseCancelSpinLock(irp->CancelIrql);
    io_complete(irp, STATUS_CANCELLED, 0);
}

static struct held *free_slot(void)
{
    for (uint32_t index = 0; index < bus.held_count; index++) {
        if (bus.held[index].irp == NULL) {
            return &bus.held[index];
        }
    }
    return bus.held_count == HELD_LIMIT ? NULL : &bus.held[bus.held_count++];
}

static void mark_pending(PIRP irp)
{
    IoGetCurrentIrpStackLocation(irp)->Control |= SL_PENDING_RETURNED;
}

static NTSTATUS hold(PDEVICE_OBJECT device, PIRP irp)
{
    struct held *slot = free_slot();
    mark_pending(irp);
    if (slot == NULL || irp->Cancel || !pdo_of(device)->active) {
        if (slot != NULL) {
            slot->irp = NULL;
        }
        io_complete(irp, STATUS_CANCELLED, 0);
        return STATUS_PENDING;
    }
    *slot = (struct held){.irp = irp, .device = device};
    irp->CancelRoutine = cancel_held;
    scheduler_note(irp, "the bus keeps the request until it is cancelled or the device goes");
    return STATUS_PENDING;
}

bool bus_holds_requests(const DEVICE_OBJECT *device)
{
    for (uint32_t index = 0; index < bus.held_count; index++) {
        if (bus.held[index].irp != NULL && bus.held[index].device == device) {
            return true;
        }
    }
    return false;
}

/* Whoever cancels at this moment has taken the request already. */
static bool finish_held(struct held *held, NTSTATUS status)
{
    PIRP irp = held->irp;
    if (irp->CancelRoutine == NULL) {
        return false;
    }
    irp->CancelRoutine = NULL;
    held->irp = NULL;
    io_complete(irp, status, 0);
    return true;
}

static void fail_held(PDEVICE_OBJECT device)
{
    pdo_of(device)->active = false;
    for (uint32_t index = 0; index < bus.held_count; index++) {
        if (bus.held[index].irp != NULL && bus.held[index].device == device) {
            finish_held(&bus.held[index], STATUS_DELETE_PENDING);
        }
    }
}

static bool is_answerable(const struct held *held)
{
    return held->irp != NULL && held->irp->CancelRoutine != NULL &&
           IoGetCurrentIrpStackLocation(held->irp)->MajorFunction != IRP_MJ_POWER;
}

bool bus_could_answer(void)
{
    for (uint32_t index = 0; index < bus.held_count; index++) {
        if (is_answerable(&bus.held[index])) {
            return true;
        }
    }
    return false;
}

bool bus_answer_held(void)
{
    bool answered = false;
    for (uint32_t index = 0; index < bus.held_count; index++) {
        if (is_answerable(&bus.held[index])) {
            answered |= finish_held(&bus.held[index], STATUS_IO_TIMEOUT);
        }
    }
    return answered;
}

void bus_unplug(PDEVICE_OBJECT device)
{
    struct pdo *pdo = pdo_of(device);
    if (pdo != NULL) {
        pdo->present = false;
    }
}

/* -------------------------------------------------------------------------------------------------------- answers -- */

static ULONG length_of(const IO_STACK_LOCATION *location)
{
    switch (location->MajorFunction) {
    case IRP_MJ_READ:
    case IRP_MJ_WRITE:
        return location->Parameters.Read.Length;
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        return location->Parameters.DeviceIoControl.OutputBufferLength;
    default:
        return 0;
    }
}

static void answer_later(void *argument)
{
    PIRP irp = argument;
    bool present = bus_keeps(IoGetCurrentIrpStackLocation(irp)->DeviceObject);
    io_complete(irp, present ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE,
                present ? length_of(IoGetCurrentIrpStackLocation(irp)) : 0);
}

static NTSTATUS finish(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    io_complete(irp, status, information);
    return status;
}

static NTSTATUS transfer(PDEVICE_OBJECT device, PIRP irp)
{
    const IO_STACK_LOCATION *location = IoGetCurrentIrpStackLocation(irp);
    scheduler_call(&answer_call, irp);
    enum answer answer = (enum answer)scheduler_choose(CHOICE_DEVICE, ANSWERS);
    if (!bus_keeps(device)) {
        return finish(irp, STATUS_NO_SUCH_DEVICE, 0);
    }
    switch (answer) {
    case ANSWER_LATER:
        mark_pending(irp);
        kernel_spawn("dpc", DISPATCH_LEVEL, answer_later, irp);
        return STATUS_PENDING;
    case ANSWER_WHEN_GONE:
        return hold(device, irp);
    case ANSWER_WITH_ERROR:
        return finish(irp, STATUS_UNSUCCESSFUL, 0);
    default:
        return finish(irp, STATUS_SUCCESS, length_of(location));
    }
}

/* ------------------------------------------------------------------------------------------------- Plug and Play -- */

static NTSTATUS query_capabilities(PIRP irp)
{
    PDEVICE_CAPABILITIES capabilities = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceCapabilities.Capabilities;
    scheduler_access(capabilities, sizeof *capabilities, true);
    capabilities->Removable = 1;
    capabilities->SurpriseRemovalOK = 0;
    capabilities->UniqueID = 1;
    capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (uint32_t state = PowerSystemSleeping1; state < PowerSystemMaximum; state++) {
        capabilities->DeviceState[state] = PowerDeviceD3;
    }
    capabilities->SystemWake = PowerSystemSleeping3;
    capabilities->DeviceWake = PowerDeviceD2;
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS query_target(PDEVICE_OBJECT device, PIRP irp)
{
    if (IoGetCurrentIrpStackLocation(irp)->Parameters.QueryDeviceRelations.Type != TargetDeviceRelation) {
        return finish(irp, irp->IoStatus.Status, irp->IoStatus.Information);
    }
    PDEVICE_RELATIONS relations = ExAllocatePoolWithTag(PagedPool, sizeof *relations, 0x72427573);
    if (relations == NULL) {
        return finish(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    }
    relations->Count = 1;
    relations->Objects[0] = device;
    io_reference_device(device);
    return finish(irp, STATUS_SUCCESS, (ULONG_PTR)relations);
}

static NTSTATUS remove(PDEVICE_OBJECT device, PIRP irp)
{
    struct pdo *pdo = pdo_of(device);
    fail_held(device);
    pdo->removed = true;
    NTSTATUS status = finish(irp, STATUS_SUCCESS, 0);
    if (!pdo->present && !pdo->deleted) {
        pdo->deleted = true;
        io_delete_model_device(device);
    }
    return status;
}

static NTSTATUS pnp_request(PDEVICE_OBJECT device, PIRP irp)
{
    scheduler_call(&answer_call, irp);
    switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        if (machine.options.faults && scheduler_choose(CHOICE_FAULT, 2) == 1) {
            return finish(irp, STATUS_UNSUCCESSFUL, 0);
        }
        pdo_of(device)->active = true;
        pdo_of(device)->removed = false;
        return finish(irp, STATUS_SUCCESS, 0);
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
        if (machine.options.faults && scheduler_choose(CHOICE_FAULT, 2) == 1) {
            return finish(irp, STATUS_UNSUCCESSFUL, 0);
        }
        return finish(irp, STATUS_SUCCESS, 0);
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_DEVICE_USAGE_NOTIFICATION:
    case IRP_MN_DEVICE_ENUMERATED:
        return finish(irp, STATUS_SUCCESS, 0);
    case IRP_MN_SURPRISE_REMOVAL:
        fail_held(device);
        return finish(irp, STATUS_SUCCESS, 0);
    case IRP_MN_REMOVE_DEVICE:
        return remove(device, irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return query_capabilities(irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return query_target(device, irp);
    default:
        return finish(irp, irp->IoStatus.Status, irp->IoStatus.Information);
    }
}

/* ---------------------------------------------------------------------------------------------------------- power -- */

static NTSTATUS power(PDEVICE_OBJECT device, PIRP irp)
{
    scheduler_call(&answer_call, irp);
    if (IoGetCurrentIrpStackLocation(irp)->MinorFunction == IRP_MN_WAIT_WAKE) {
        return bus_keeps(device) ? hold(device, irp) : finish(irp, STATUS_NO_SUCH_DEVICE, 0);
    }
    if (scheduler_choose(CHOICE_DEVICE, 2) == 1) {
        mark_pending(irp);
        kernel_spawn("dpc", DISPATCH_LEVEL, answer_later, irp);
        return STATUS_PENDING;
    }
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    switch (IoGetCurrentIrpStackLocation(irp)->MajorFunction) {
    case IRP_MJ_PNP:
        return pnp_request(device, irp);
    case IRP_MJ_POWER:
        return power(device, irp);
    case IRP_MJ_SYSTEM_CONTROL:
        return finish(irp, irp->IoStatus.Status, irp->IoStatus.Information);
    case IRP_MJ_CREATE:
    case IRP_MJ_CLOSE:
    case IRP_MJ_CLEANUP:
        return finish(irp, STATUS_SUCCESS, 0);
    default:
        return transfer(device, irp);
    }
}
