/*
 * power.c - the power manager.
 *
 * The requests of the system's transitions are sent with the PnP manager's lock held; those that drivers ask for by
 * PoRequestPowerIrp are sent from a task of their own. A request refers to the top of the stack as it was when it was made, so
 * one that is late reaches a device that is removed. For the race detector the requests of a stack come one after the other, as
 * on Windows, where the power manager has one of a kind under way at a time.
 */
#include "../pnp/pnp.h"

static const struct scheduler_call request_call = {"PoRequestPowerIrp", CALL_POWER_FIRST_FREE, EFFECT_ANY};

enum { POWER_LIMIT = 64 };

/* A request that a driver has asked for. */
struct power_request {
    PIRP irp;
    struct irp_record *record;
    PDEVICE_OBJECT top;
    const struct node *stack; /* or NULL */
    PDEVICE_OBJECT device;    /* what was passed to PoRequestPowerIrp */
    UCHAR minor;
    POWER_STATE state;
    PREQUEST_POWER_COMPLETE routine;
    PVOID context;
};

static struct {
    struct power_request requests[POWER_LIMIT];
    uint32_t count;
} power;

void power_reset(void)
{
    power.count = 0;
}

/* -------------------------------------------------------------------------------------------------------- sending -- */

static PIRP make(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE_TYPE type, POWER_STATE state, struct irp_record **record)
{
    PIRP irp = io_make_request(device, IRP_MJ_POWER, minor, record);
    if (irp == NULL) {
        return NULL;
    }
    PIO_STACK_LOCATION location = IoGetNextIrpStackLocation(irp);
    if (minor == IRP_MN_WAIT_WAKE) {
        location->Parameters.WaitWake.PowerState = state.SystemState;
    } else {
        location->Parameters.Power.Type = type;
        location->Parameters.Power.State = state;
        location->Parameters.Power.ShutdownType =
            type == SystemPowerState && state.SystemState != PowerSystemWorking ? PowerActionSleep : PowerActionNone;
    }
    return irp;
}

static NTSTATUS send_system(PDEVICE_OBJECT pdo, UCHAR minor, SYSTEM_POWER_STATE state)
{
    struct irp_record *record;
    PDEVICE_OBJECT top = io_top_of_stack(pdo);
    PIRP irp = make(top, minor, SystemPowerState, (POWER_STATE){.SystemState = state}, &record);
    return irp == NULL ? STATUS_INSUFFICIENT_RESOURCES : io_send_and_wait(record, top, irp, NULL);
}

/* -------------------------------------------------------------------------------------------------- PoRequestPowerIrp -- */

static void tell_requester(struct irp_record *record)
{
    struct power_request *request = record->context;
    struct driver_call call;
    scheduler_release_order(request->stack);
    if (request->routine == NULL) {
        return;
    }
    IO_STATUS_BLOCK status = {.Status = record->status, .Information = record->information};
    kernel_enter_driver(&call, ROUTINE_POWER, request->device, NULL);
    request->routine(request->device, request->minor, request->state, request->context, &status);
    kernel_leave_driver(&call, STATUS_SUCCESS);
}

/* The PnP manager's node in whose stack the device stands, or NULL. */
static const struct node *stack_of(PDEVICE_OBJECT device)
{
    const struct device_record *record = io_device(device);
    while (record != NULL && record->attached_to != NULL) {
        device = record->attached_to;
        record = io_device(device);
    }
    return pnp_node_of(device);
}

static void send(struct power_request *request)
{
    if (request->stack != NULL) {
        scheduler_acquire_order(request->stack);
        scheduler_acquire_order(&request->stack->state);
    }
    io_send(request->top, request->irp);
}

static void send_requested(void *argument)
{
    send(argument);
}

static struct power_request *request_power(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state)
{
    if (power.count == POWER_LIMIT) {
        return NULL;
    }
    struct power_request *request = &power.requests[power.count];
    PDEVICE_OBJECT top = io_top_of_stack(device);
    PIRP irp = make(top, minor, DevicePowerState, state, &request->record);
    if (irp == NULL) {
        return NULL;
    }
    power.count++;
    request->irp = irp;
    request->top = top;
    request->stack = stack_of(device);
    request->device = device;
    request->minor = minor;
    request->state = state;
    request->record->origin = IRP_OF_POWER;
    request->record->context = request;
    request->record->completed = tell_requester;
    return request;
}

NTSTATUS PoRequestPowerIrp(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE PowerState,
                           PREQUEST_POWER_COMPLETE CompletionFunction, PVOID Context, PIRP *Irp)
{
    kernel_require_irql(DISPATCH_LEVEL, "PoRequestPowerIrp");
    scheduler_call(&request_call, DeviceObject);
    const char *previous = scheduler_enter_routine("PoRequestPowerIrp");
    scheduler_access(DeviceObject, OBJECT_PROBE, false);
    bool fails = kernel.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1;
    struct power_request *request = fails ? NULL : request_power(DeviceObject, MinorFunction, PowerState);
    NTSTATUS status = request == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_PENDING;
    if (request != NULL) {
        request->routine = CompletionFunction;
        request->context = Context;
        if (Irp != NULL) {
            scheduler_access(Irp, OBJECT_PROBE, true);
            *Irp = request->irp;
        }
        kernel_spawn("power", PASSIVE_LEVEL, send_requested, request);
    }
    kernel_event((struct core_event){.kind = EVENT_REQUEST_POWER, .device = DeviceObject, .status = status});
    scheduler_leave_routine(previous);
    return status;
}

NTSTATUS PoCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return io_call_by_driver(DeviceObject, Irp, "PoCallDriver", (uintptr_t)__builtin_return_address(0));
}

VOID PoStartNextPowerIrp(PIRP Irp)
{
    scheduler_access(Irp, OBJECT_PROBE, false);
    kernel_event((struct core_event){.kind = EVENT_START_NEXT_POWER, .irp = Irp});
}

POWER_STATE PoSetPowerState(PDEVICE_OBJECT DeviceObject, POWER_STATE_TYPE Type, POWER_STATE State)
{
    UNREFERENCED_PARAMETER(Type);
    scheduler_access(DeviceObject, OBJECT_PROBE, false);
    return State;
}

/* -------------------------------------------------------------------------------------------------------- programs -- */

static bool has_stack(const struct node *node)
{
    return node->pdo != NULL && node->state != NODE_ABSENT && node->state != NODE_REMOVED;
}

/* The policy owner's request: what it is told when the request is done does not concern it here. */
static bool request_and_wait(uint32_t device, UCHAR minor, POWER_STATE state, bool wait)
{
    struct node *node = &pnp.nodes[device];
    scheduler_call(&request_call, NULL);
    /* A policy owner asks for nothing before its device has started: not while AddDevice is still building the stack. */
    bool may = device < pnp.count && has_stack(node) && node->state != NODE_ADDED;
    if (!may || (minor == IRP_MN_WAIT_WAKE && node->state != NODE_STARTED)) {
        scheduler_note(NULL, "left out: there is no device");
        return false;
    }
    struct power_request *request = request_power(node->pdo, minor, state);
    if (request == NULL) {
        return false;
    }
    request->routine = NULL;
    send(request);
    if (wait && !request->record->done) {
        io_wait(request->record, SCHEDULER_NEVER);
    }
    return true;
}

bool machine_set_device_power(DEVICE_POWER_STATE state, uint32_t device)
{
    return request_and_wait(device, IRP_MN_SET_POWER, (POWER_STATE){.DeviceState = state}, true);
}

bool machine_wait_wake(void)
{
    return request_and_wait(0, IRP_MN_WAIT_WAKE, (POWER_STATE){.SystemState = PowerSystemWorking}, false);
}

/* Sleep comes to the children first, waking to their parents. */
static void tell_all(UCHAR minor, SYSTEM_POWER_STATE state, NTSTATUS *status)
{
    bool down = state != PowerSystemWorking;
    for (uint32_t count = 0; count < pnp.count; count++) {
        struct node *node = &pnp.nodes[down ? pnp.count - 1 - count : count];
        if (has_stack(node)) {
            NTSTATUS answer = send_system(node->pdo, minor, state);
            *status = NT_SUCCESS(*status) ? answer : *status;
        }
    }
}

bool machine_set_system_power(SYSTEM_POWER_STATE state)
{
    pnp_enter();
    NTSTATUS status = STATUS_SUCCESS;
    bool done = pnp.count != 0 && has_stack(&pnp.nodes[0]);
    if (done && state != PowerSystemWorking) {
        tell_all(IRP_MN_QUERY_POWER, state, &status);
    }
    if (done) {
        NTSTATUS ignored = STATUS_SUCCESS;
        tell_all(IRP_MN_SET_POWER, NT_SUCCESS(status) ? state : PowerSystemWorking, &ignored);
    }
    pnp_leave();
    return done;
}
