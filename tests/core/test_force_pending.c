/* test_force_pending.c - completions that come back later: a driver that is ready for that is well, one that is not is found.
 */
#include "native_driver.h"

static struct {
    bool ignores_pending; /* IRP_MN_START_DEVICE is completed without waiting for the device below */
    bool forwards;        /* IoForwardIrpSynchronously */
} ways;

static struct {
    uint32_t starts, pendings, completions;
} counts;

struct extension {
    PDEVICE_OBJECT lower;
};

/* ------------------------------------------------------------------------------------------------------- the driver -- */

static NTSTATUS set_event(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS mark_pending(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Context);
    counts.completions++;
    if (Irp->PendingReturned) {
        IoMarkIrpPending(Irp);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS start_device(struct extension *own, PIRP irp)
{
    static KEVENT event;
    counts.starts++;
    if (ways.forwards) {
        CHECK(IoForwardIrpSynchronously(own->lower, irp));
    } else {
        KeInitializeEvent(&event, NotificationEvent, FALSE);
        IoCopyCurrentIrpStackLocationToNext(irp);
        IoSetCompletionRoutine(irp, set_event, &event, TRUE, TRUE, TRUE);
        NTSTATUS status = IoCallDriver(own->lower, irp);
        counts.pendings += status == STATUS_PENDING;
        if (status == STATUS_PENDING && !ways.ignores_pending) {
            KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        }
    }
    NTSTATUS status = irp->IoStatus.Status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS dispatch_pnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    struct extension *own = DeviceObject->DeviceExtension;
    PDEVICE_OBJECT lower = own->lower;
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return start_device(own, Irp);
    case IRP_MN_REMOVE_DEVICE: {
        Irp->IoStatus.Status = STATUS_SUCCESS;
        IoSkipCurrentIrpStackLocation(Irp);
        NTSTATUS status = IoCallDriver(lower, Irp);
        IoDetachDevice(lower);
        IoDeleteDevice(DeviceObject);
        return status;
    }
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, mark_pending, NULL, TRUE, TRUE, TRUE);
    return IoCallDriver(lower, Irp);
}

static NTSTATUS pass_down(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    struct extension *own = DeviceObject->DeviceExtension;
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(own->lower, Irp);
}

static NTSTATUS dispatch_power(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    struct extension *own = DeviceObject->DeviceExtension;
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(own->lower, Irp);
}

static NTSTATUS add_device(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(struct extension), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    struct extension *own = device->DeviceExtension;
    own->lower = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    device->Flags |= DO_POWER_PAGABLE;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

static NTSTATUS entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        DriverObject->MajorFunction[major] = pass_down;
    }
    DriverObject->MajorFunction[IRP_MJ_PNP] = dispatch_pnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = dispatch_power;
    DriverObject->DriverExtension->AddDevice = add_device;
    DriverObject->DriverUnload = unload;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------------------------------------------------- the tests -- */

static void use(void)
{
    machine_open(0, 0);
    machine_pnp(PNP_QUERY_CAPABILITIES, 0);
    machine_transfer(&(struct machine_transfer){.major = IRP_MJ_READ, .length = 4, .request = 1});
    machine_cancel(1);
    machine_wait(1);
    machine_close(0);
}

static void remove_device(void)
{
    machine_pnp(PNP_REMOVE, 0);
}

static bool forces;

static void begin(void)
{
    static struct native_driver driver;
    driver = (struct native_driver){.entry = entry, .tasks = {use, remove_device}, .pnp = true, .force_pending = forces};
    memset(&counts, 0, sizeof counts);
    begin_native_driver(&driver);
}

static uint32_t pendings;

static void judge(enum scheduler_outcome outcome)
{
    judge_clean(outcome);
    assert_int_equal(counts.starts, 1);
    pendings += counts.pendings;
}

static void explore(void)
{
    const struct world world = {.begin = begin, .judge = judge};
    pendings = 0;
    default_schedule(&world);
    many_schedules(&world, "random", 1, 3000);
    many_schedules(&world, "pct", 1, 1000);
}

static void a_driver_that_is_ready_for_it_is_well(void **state)
{
    (void)state;
    memset(&ways, 0, sizeof ways);
    forces = false;
    explore();
    assert_int_equal(pendings, 0);
    forces = true;
    explore();
    assert_true(pendings > 100);
    ways.forwards = true;
    explore();
}

static uint32_t found;

static void judge_found(enum scheduler_outcome outcome)
{
    found += outcome != SCHEDULER_FINISHED || heard.count != 0;
}

static void a_driver_that_does_not_wait_is_found_by_it_alone(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge_found};
    ways = (typeof(ways)){.ignores_pending = true};
    forces = false;
    found = 0;
    many_schedules(&world, "random", 2, 500);
    assert_int_equal(found, 0);
    forces = true;
    many_schedules(&world, "random", 2, 500);
    assert_true(found > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driver_that_is_ready_for_it_is_well),
        cmocka_unit_test(a_driver_that_does_not_wait_is_found_by_it_alone),
    };
    return cmocka_run_group_tests_name("Force Pending", tests, NULL, NULL);
}
