/*
 * test_machine_requests.c - how requests travel: which completion routines are called, what late ones meet, who may cancel,
 * when devices go, and how a bus and its children leave together.
 */
#include "stack_driver.h"

#include "../../core/pnp/pnp.h"

static void judge_clean_end(enum scheduler_outcome outcome)
{
    if (outcome != SCHEDULER_FINISHED) {
        fail_msg("%s: %s", scheduler_violation()->identifier, scheduler_violation()->message);
    }
}

static void explore(uint32_t executions)
{
    const struct world world = {.begin = begin_stack_driver, .judge = judge_clean_end};
    default_schedule(&world);
    many_schedules(&world, "random", 31, executions);
    many_schedules(&world, "pct", 32, executions);
}

static struct stack_extension *own_of(PDEVICE_OBJECT device)
{
    return device->DeviceExtension;
}

/* ------------------------------------------------------------------------------------------------- completion routines -- */

struct way {
    BOOLEAN on_success, on_error, on_cancel;
    NTSTATUS status;
    bool cancelled;
};

static struct way way;
static uint32_t called, combinations;

static NTSTATUS count_call(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    CHECK(Context == &called);
    called++;
    return STATUS_SUCCESS;
}

static NTSTATUS take_back(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    CHECK(DeviceObject == NULL);
    CHECK(Irp->IoStatus.Status == way.status);
    UNREFERENCED_PARAMETER(Context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* The request goes once through the device and ends when it comes to it a second time. */
static NTSTATUS pass_or_end(PDEVICE_OBJECT device, PIRP irp)
{
    if (irp->CurrentLocation <= 1) {
        return complete_irp(irp, way.status);
    }
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, count_call, &called, way.on_success, way.on_error, way.on_cancel);
    NTSTATUS status = IoCallDriver(device, irp);
    CHECK(status == way.status);
    return status;
}

static void try_way(PDEVICE_OBJECT device)
{
    PIRP irp = IoAllocateIrp(2, FALSE);
    bool expected = NT_SUCCESS(way.status) ? way.on_success != FALSE : way.on_error != FALSE;
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    IoSetCompletionRoutine(irp, take_back, NULL, TRUE, TRUE, TRUE);
    if (way.cancelled) {
        IoCancelIrp(irp);
    }
    called = 0;
    IoCallDriver(device, irp);
    CHECK(called == (expected || (way.cancelled && way.on_cancel) ? 1 : 0));
    IoFreeIrp(irp);
    combinations++;
}

static NTSTATUS try_all_ways(PDEVICE_OBJECT device, PIRP irp)
{
    for (uint32_t bits = 0; bits < 32; bits++) {
        way = (struct way){.on_success = (bits & 1) != 0,
                           .on_error = (bits & 2) != 0,
                           .on_cancel = (bits & 4) != 0,
                           .status = (bits & 8) != 0 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS,
                           .cancelled = (bits & 16) != 0};
        try_way(device);
    }
    return complete_irp(irp, STATUS_SUCCESS);
}

static void a_routine_is_called_for_what_it_asked(void **state)
{
    const struct world world = {.begin = begin_stack_driver, .judge = judge_clean_end};
    (void)state;
    parts = (struct stack_parts){.read = try_all_ways, .control = pass_or_end, .tasks = {open_read_close}};
    combinations = 0;
    default_schedule(&world);
    assert_int_equal(combinations, 32);
}

/* A completion routine sends the request again while those who had it first have not returned; this time it waits. */
static PIRP waiting;
static uint32_t sent;

static NTSTATUS send_again(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    if (sent++ != 0) {
        return STATUS_SUCCESS;
    }
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, send_again, Context, TRUE, TRUE, TRUE);
    CHECK(IoCallDriver(DeviceObject, Irp) == STATUS_PENDING);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS end_at_second_time(PDEVICE_OBJECT device, PIRP irp)
{
    if (irp->CurrentLocation > 1) {
        IoMarkIrpPending(irp);
        IoCopyCurrentIrpStackLocationToNext(irp);
        IoSetCompletionRoutine(irp, send_again, NULL, TRUE, TRUE, TRUE);
        CHECK(IoCallDriver(device, irp) == STATUS_SUCCESS);
        return STATUS_PENDING;
    }
    if (sent == 0) {
        return complete_irp(irp, STATUS_SUCCESS);
    }
    IoMarkIrpPending(irp);
    waiting = irp;
    return STATUS_PENDING;
}

static NTSTATUS read_sends_again(PDEVICE_OBJECT device, PIRP irp)
{
    PIRP own = IoAllocateIrp(2, FALSE);
    way = (struct way){.status = STATUS_SUCCESS};
    sent = 0;
    IoGetNextIrpStackLocation(own)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    IoSetCompletionRoutine(own, take_back, NULL, TRUE, TRUE, TRUE);
    CHECK(IoCallDriver(device, own) == STATUS_PENDING);
    complete_irp(waiting, STATUS_SUCCESS);
    CHECK(sent == 2);
    IoFreeIrp(own);
    return complete_irp(irp, STATUS_SUCCESS);
}

static void a_routine_may_send_the_request_again(void **state)
{
    (void)state;
    parts = (struct stack_parts){.read = read_sends_again, .control = end_at_second_time, .tasks = {open_read_close}};
    explore(20);
}

/* ------------------------------------------------------------------------------------------------------ late requests -- */

static uint32_t answered, refused;
static bool is_removed;

static NTSTATUS note_removal(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    NTSTATUS status = usual_pnp(device, irp, minor);
    is_removed |= minor == IRP_MN_REMOVE_DEVICE;
    return status;
}

static NTSTATUS entry_resets(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    is_removed = false;
    return STATUS_SUCCESS;
}

static NTSTATUS answer(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    CHECK(!is_removed);
    answered++;
    return complete_irp(irp, STATUS_SUCCESS);
}

static void send_late(void)
{
    for (uint32_t count = 0; count < 3; count++) {
        uint32_t before = answered;
        CHECK(machine_late_transfer(IRP_MJ_READ));
        refused += answered == before;
    }
}

static void late_requests_reach_a_removed_device(void **state)
{
    (void)state;
    parts = (struct stack_parts){
        .entry = entry_resets, .pnp = note_removal, .read = answer, .tasks = {send_late, remove_it}, .options = {.late = true}};
    answered = refused = 0;
    explore(300);
    assert_true(answered > 100);
    assert_true(refused > 100);
}

static void set_power(void)
{
    machine_set_device_power(PowerDeviceD3, 0);
    machine_set_device_power(PowerDeviceD0, 0);
    machine_wait_wake();
}

static void surprise_and_remove(void)
{
    machine_pnp(PNP_SURPRISE_REMOVE, 0);
    machine_pnp(PNP_REMOVE, 0);
}

static PDRIVER_DISPATCH usual_power;
static uint32_t late_power;

static NTSTATUS watch_power(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    late_power += is_removed;
    return usual_power(DeviceObject, Irp);
}

static NTSTATUS entry_with_power(PDRIVER_OBJECT driver)
{
    usual_power = driver->MajorFunction[IRP_MJ_POWER];
    driver->MajorFunction[IRP_MJ_POWER] = watch_power;
    return entry_resets(driver);
}

static void power_requests_come_after_the_removal(void **state)
{
    (void)state;
    parts = (struct stack_parts){.entry = entry_with_power, .pnp = note_removal, .tasks = {set_power, surprise_and_remove}};
    late_power = 0;
    explore(500);
    assert_true(late_power > 0);
}

/* --------------------------------------------------------------------------------------------------------- cancelling -- */

static uint32_t cancelled, given_up, done;

static NTSTATUS note_status(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    cancelled += Irp->IoStatus.Status == STATUS_CANCELLED;
    given_up += Irp->IoStatus.Status == STATUS_DELETE_PENDING;
    done += Irp->IoStatus.Status == STATUS_SUCCESS;
    if (Irp->PendingReturned) {
        IoMarkIrpPending(Irp);
    }
    IoReleaseRemoveLock(&own_of(DeviceObject)->lock, Context);
    return STATUS_SUCCESS;
}

static NTSTATUS watch_read(PDEVICE_OBJECT device, PIRP irp)
{
    if (!NT_SUCCESS(IoAcquireRemoveLock(&own_of(device)->lock, &cancelled))) {
        return complete_irp(irp, STATUS_DELETE_PENDING);
    }
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, note_status, &cancelled, TRUE, TRUE, TRUE);
    return IoCallDriver(own_of(device)->lower, irp);
}

static void read_and_cancel(void)
{
    machine_transfer(&(struct machine_transfer){.major = IRP_MJ_READ, .length = 8, .handle = MACHINE_NO_HANDLE, .request = 1});
    machine_cancel(1);
    machine_wait(1);
}

/* The bus keeps a request: whoever comes first, the cancel or the end of the device, ends it, and it ends once. */
static void a_kept_request_ends_once(void **state)
{
    (void)state;
    parts = (struct stack_parts){.read = watch_read, .tasks = {read_and_cancel, surprise_and_remove}};
    cancelled = given_up = done = 0;
    explore(1500);
    assert_true(cancelled > 10);
    assert_true(given_up > 0);
    assert_true(done > 10);
}

/* ----------------------------------------------------------------------------------------------------------- deletion -- */

static NTSTATUS keep_reference(PDEVICE_OBJECT device, PIRP irp)
{
    ObReferenceObject(device);
    return complete_irp(irp, STATUS_SUCCESS);
}

/* The memory of a deleted device stays as long as somebody refers to it. */
static void reference_over_removal(void)
{
    PDEVICE_OBJECT device = pnp.nodes[0].pdo->AttachedDevice;
    PVOID extension = device->DeviceExtension;
    open_read_close();
    CHECK(machine_pnp(PNP_REMOVE, 0));
    CHECK(scheduler_accessible(device, sizeof *device) && scheduler_accessible(extension, sizeof(struct stack_extension)));
    CHECK(io_device(device)->deleted && !machine_unload());
    ObDereferenceObject(device);
    CHECK(!scheduler_accessible(device, 8) && !scheduler_accessible(extension, 8));
    CHECK(machine_unload());
}

static void a_reference_delays_the_deletion(void **state)
{
    (void)state;
    parts = (struct stack_parts){.read = keep_reference, .tasks = {reference_over_removal}};
    explore(50);
}

/* ----------------------------------------------------------------------------------------------------------- children -- */

enum { CHILDREN = 2 };

static struct {
    PDEVICE_OBJECT pdos[CHILDREN];
    uint32_t count;   /* that are there */
    uint32_t vetoing; /* 1 + the index of the one that refuses to go; 0: none */
    uint32_t queries, cancels, surprises, removals;
    uint32_t parent_queries;
} bus;

static uint32_t child_number(PDEVICE_OBJECT child)
{
    return child == bus.pdos[0] ? 1 : 2;
}

static NTSTATUS child_pnp(PDEVICE_OBJECT child, PIRP irp, UCHAR minor)
{
    NTSTATUS status = STATUS_SUCCESS;
    switch (minor) {
    case IRP_MN_QUERY_REMOVE_DEVICE:
        bus.queries++;
        status = bus.vetoing == child_number(child) ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
        break;
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        bus.cancels++;
        break;
    case IRP_MN_SURPRISE_REMOVAL:
        bus.surprises++;
        break;
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        status = irp->IoStatus.Status;
        break;
    default:
        break;
    }
    complete_irp(irp, status);
    if (minor == IRP_MN_REMOVE_DEVICE) {
        bus.removals++;
        bus.pdos[child_number(child) - 1] = NULL;
        IoDeleteDevice(child);
    }
    return status;
}

static NTSTATUS report_children(PDEVICE_OBJECT device, PIRP irp)
{
    PDEVICE_RELATIONS relations =
        ExAllocatePoolWithTag(PagedPool, sizeof *relations + CHILDREN * sizeof(PDEVICE_OBJECT), 0x6C655220);
    uint32_t count = bus.count; /* others change it meanwhile */
    relations->Count = count;
    for (uint32_t index = 0; index < count; index++) {
        if (bus.pdos[index] == NULL) {
            IoCreateDevice(device->DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &bus.pdos[index]);
            bus.pdos[index]->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
        }
        ObReferenceObject(bus.pdos[index]);
        relations->Objects[index] = bus.pdos[index];
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = (ULONG_PTR)relations;
    NTSTATUS status = pass_down(device, irp);
    IoReleaseRemoveLock(&own_of(device)->lock, irp);
    return status;
}

static NTSTATUS parent_pnp(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    if (minor == IRP_MN_QUERY_DEVICE_RELATIONS &&
        IoGetCurrentIrpStackLocation(irp)->Parameters.QueryDeviceRelations.Type == BusRelations) {
        return report_children(device, irp);
    }
    bus.parent_queries += minor == IRP_MN_QUERY_REMOVE_DEVICE;
    CHECK(minor != IRP_MN_REMOVE_DEVICE || (bus.pdos[0] == NULL && bus.pdos[1] == NULL));
    return usual_pnp(device, irp, minor);
}

static PDRIVER_DISPATCH usual_dispatch;

static NTSTATUS dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(Irp);
    if (DeviceObject->DeviceExtension != NULL) {
        return usual_dispatch(DeviceObject, Irp);
    }
    return location->MajorFunction == IRP_MJ_PNP ? child_pnp(DeviceObject, Irp, location->MinorFunction)
                                                 : complete_irp(Irp, STATUS_SUCCESS);
}

static NTSTATUS entry_of_bus(PDRIVER_OBJECT driver)
{
    usual_dispatch = driver->MajorFunction[IRP_MJ_PNP];
    for (uint32_t major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        driver->MajorFunction[major] = dispatch;
    }
    memset(&bus, 0, sizeof bus);
    bus.count = CHILDREN;
    return STATUS_SUCCESS;
}

/* A child that refuses is enough: the parent is not asked, and those that had agreed are told. */
static void a_child_vetoes(void)
{
    bus.vetoing = 2;
    CHECK(!machine_pnp(PNP_REMOVE, 0));
    CHECK(bus.queries == 2 && bus.parent_queries == 0 && bus.cancels == 2 && bus.removals == 0);
    CHECK(pnp.nodes[1].state == NODE_STARTED && pnp.nodes[2].state == NODE_STARTED);
    bus.vetoing = 0;
    CHECK(machine_pnp(PNP_REMOVE, 0) && bus.removals == 2 && bus.surprises == 0);
}

static void a_child_is_open(void)
{
    CHECK(machine_open(0, 1));
    CHECK(!machine_pnp(PNP_REMOVE, 0) && bus.parent_queries == 0);
    CHECK(machine_close(0) && machine_pnp(PNP_REMOVE, 0));
}

/* What is asked together is cancelled together, and nothing else is sent to a part of it. */
static void a_child_cannot_leave_a_removal(void)
{
    CHECK(machine_pnp(PNP_QUERY_REMOVE, 0));
    CHECK(pnp.nodes[1].state == NODE_REMOVE_PENDING);
    CHECK(!machine_pnp(PNP_CANCEL_REMOVE, 1) && !machine_pnp(PNP_STOP, 1) && !machine_pnp(PNP_QUERY_REMOVE, 0));
    CHECK(bus.cancels == 0);
    CHECK(machine_open(0, 1)); /* drivers are to refuse that; when they do not, the removal is off */
    CHECK(!machine_pnp(PNP_REMOVE, 0) && bus.cancels == 2 && bus.removals == 0);
    CHECK(machine_close(0));
    CHECK(machine_pnp(PNP_QUERY_REMOVE, 0) && machine_pnp(PNP_CANCEL_REMOVE, 0));
    CHECK(pnp.nodes[1].state == NODE_STARTED && bus.cancels == 4);
}

static void a_bus_is_not_stopped_under_its_children(void)
{
    CHECK(!machine_pnp(PNP_STOP, 0) && !machine_pnp(PNP_QUERY_STOP, 0));
    bus.count = 0;
    CHECK(machine_pnp(PNP_QUERY_RELATIONS, 0) && bus.removals == 2 && bus.surprises == 2);
    CHECK(machine_pnp(PNP_STOP, 0) && machine_pnp(PNP_START, 0));
}

/* The one that is missing goes when its last handle is closed; the other stays. */
static void a_child_is_missing_while_it_is_open(void)
{
    CHECK(machine_open(0, 2));
    bus.count = 1;
    CHECK(machine_pnp(PNP_QUERY_RELATIONS, 0));
    CHECK(bus.surprises == 1 && bus.removals == 0 && pnp.nodes[1].state == NODE_STARTED);
    CHECK(machine_close(0));
    pnp_wait_for_workers();
    CHECK(bus.removals == 1 && pnp.nodes[2].state == NODE_REMOVED);
    bus.count = 2;
    CHECK(machine_pnp(PNP_QUERY_RELATIONS, 0) && pnp.nodes[2].state == NODE_STARTED);
}

static void children_go_with_a_surprise(void)
{
    CHECK(machine_open(0, 1));
    CHECK(machine_pnp(PNP_SURPRISE_REMOVE, 0) && bus.surprises == 2 && bus.removals == 0);
    CHECK(machine_close(0) && machine_pnp(PNP_REMOVE, 0) && bus.removals == 2);
}

static void a_bus_and_its_children(void **state)
{
    static void (*const rows[])(void) = {
        a_child_vetoes,
        a_child_is_open,
        a_child_cannot_leave_a_removal,
        a_bus_is_not_stopped_under_its_children,
        a_child_is_missing_while_it_is_open,
        children_go_with_a_surprise,
    };
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        parts = (struct stack_parts){.entry = entry_of_bus, .pnp = parent_pnp, .tasks = {rows[index]}};
        explore(50);
    }
}

/* Anything, by two tasks: what the bus driver checks holds, and all ends well. */
static uint64_t chance;

static void anything(void)
{
    for (uint32_t step = 0; step < 10; step++) {
        uint32_t device = draw_below(&chance, 3);
        uint32_t handle = draw_below(&chance, 2);
        switch (draw_below(&chance, 5)) {
        case 0:
            machine_open(handle, device);
            break;
        case 1:
            machine_close(handle);
            break;
        case 2:
            bus.count = draw_below(&chance, CHILDREN + 1);
            machine_pnp(PNP_QUERY_RELATIONS, 0);
            break;
        default:
            machine_pnp((enum machine_pnp)draw_below(&chance, PNP_REPLUG + 1), device);
            break;
        }
    }
}

static void anything_with_children(void **state)
{
    (void)state;
    chance = 40;
    parts = (struct stack_parts){.entry = entry_of_bus, .pnp = parent_pnp, .tasks = {anything, anything}};
    explore(1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_routine_is_called_for_what_it_asked),
        cmocka_unit_test(a_routine_may_send_the_request_again),
        cmocka_unit_test(late_requests_reach_a_removed_device),
        cmocka_unit_test(power_requests_come_after_the_removal),
        cmocka_unit_test(a_kept_request_ends_once),
        cmocka_unit_test(a_reference_delays_the_deletion),
        cmocka_unit_test(a_bus_and_its_children),
        cmocka_unit_test(anything_with_children),
    };
    return cmocka_run_group_tests_name("requests in the machine", tests, NULL, NULL);
}
