/* test_start_io.c - StartIo queues: one request at a time, each completed once, whoever cancels. */
#include "native_driver.h"

/* How the driver behaves. */
static struct {
    bool without_cancel;
    bool at_passive; /* calls IoStartNextPacket below DISPATCH_LEVEL */
    bool deferred;   /* asks that StartIo is not called from within itself */
    bool not_cancelable;
    bool starts_twice;
    bool without_routine;
    bool by_key;
} ways;

static struct {
    uint32_t started, completed, cancelled;
    uint32_t inside, deepest; /* StartIo calls within each other */
    uint32_t current;         /* requests that are the device's */
    ULONG order[8];
} counts;

static PDEVICE_OBJECT device;

/* ------------------------------------------------------------------------------------------------------- the driver -- */

static void complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

/* A request that can be cancelled may be gone when StartIo is called for it: only its address may be looked at before. */
static bool take(PIRP irp)
{
    KIRQL irql;
    if (ways.without_cancel || ways.not_cancelable) {
        CHECK(irp->CancelRoutine == NULL);
        return true;
    }
    IoAcquireCancelSpinLock(&irql);
    bool mine = irp == device->CurrentIrp;
    if (mine) {
        IoSetCancelRoutine(irp, NULL);
    }
    IoReleaseCancelSpinLock(irql);
    return mine;
}

static VOID cancel_irp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    KIRQL irql = Irp->CancelIrql;
    if (Irp == DeviceObject->CurrentIrp) {
        DeviceObject->CurrentIrp = NULL;
        IoReleaseCancelSpinLock(irql);
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        IoStartNextPacket(DeviceObject, TRUE);
        KeLowerIrql(irql);
    } else {
        CHECK(KeRemoveEntryDeviceQueue(&DeviceObject->DeviceQueue, &Irp->Tail.Overlay.DeviceQueueEntry));
        IoReleaseCancelSpinLock(irql);
    }
    counts.cancelled++;
    complete(Irp, STATUS_CANCELLED);
}

static VOID start_io(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    if (ways.by_key) {
        counts.order[counts.started % 8] = Irp->Tail.Overlay.DeviceQueueEntry.SortKey;
    }
    counts.started++;
    counts.deepest = ++counts.inside > counts.deepest ? counts.inside : counts.deepest;
    if (take(Irp)) {
        counts.completed++;
        IoStartNextPacket(DeviceObject, !ways.without_cancel);
        complete(Irp, STATUS_SUCCESS);
    }
    counts.inside--;
}

static NTSTATUS dispatch_read(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoMarkIrpPending(Irp);
    IoStartPacket(DeviceObject, Irp, NULL, ways.without_cancel ? NULL : cancel_irp);
    if (ways.at_passive) {
        IoStartNextPacket(DeviceObject, FALSE);
    }
    return STATUS_PENDING;
}

static NTSTATUS dispatch_other(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    complete(Irp, STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

static VOID unload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
}

static NTSTATUS entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    device = make_device(DriverObject, 0);
    DriverObject->DriverStartIo = ways.without_routine ? NULL : start_io;
    if (ways.deferred || ways.not_cancelable) {
        IoSetStartIoAttributes(device, ways.deferred, ways.not_cancelable);
    }
    DriverObject->MajorFunction[IRP_MJ_CREATE] = dispatch_other;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = dispatch_other;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = dispatch_other;
    DriverObject->MajorFunction[IRP_MJ_READ] = dispatch_read;
    DriverObject->DriverUnload = unload;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------------------------------------------------- the tasks -- */

static void read(uint32_t handle, uint32_t request)
{
    CHECK(machine_open(handle, 0));
    machine_transfer(&(struct machine_transfer){.major = IRP_MJ_READ, .length = 4, .handle = handle, .request = request});
    machine_wait(request);
    machine_close(handle);
}

static void read_one(void)
{
    read(0, 1);
}

static void read_two(void)
{
    read(1, 2);
}

static void cancel(void)
{
    machine_cancel(2);
}

static void begin(void)
{
    static const struct native_driver driver = {.entry = entry, .tasks = {read_one, read_two, cancel}};
    memset(&counts, 0, sizeof counts);
    begin_native_driver(&driver);
}

static void begin_alone(void)
{
    static const struct native_driver driver = {.entry = entry, .tasks = {read_one}};
    memset(&counts, 0, sizeof counts);
    begin_native_driver(&driver);
}

static bool saw_cancelled, saw_nested;

static void judge(enum scheduler_outcome outcome)
{
    judge_clean(outcome);
    assert_int_equal(counts.completed + counts.cancelled, 2);
    assert_int_equal(counts.inside, 0);
    saw_cancelled |= counts.cancelled != 0;
    saw_nested |= counts.deepest > 1;
}

static void judge_nothing(enum scheduler_outcome outcome)
{
    (void)outcome;
}

/* ---------------------------------------------------------------------------------------------------------- the tests -- */

static void explore(void)
{
    const struct world world = {.begin = begin, .judge = judge};
    saw_cancelled = saw_nested = false;
    assert_true(every_schedule(&world, 1) > 50);
    many_schedules(&world, "random", 3, 3000);
    many_schedules(&world, "pct", 3, 3000);
}

static void each_request_is_completed_once(void **state)
{
    (void)state;
    memset(&ways, 0, sizeof ways);
    explore();
    assert_true(saw_cancelled);
}

static void a_queue_without_cancelling_works_as_well(void **state)
{
    (void)state;
    ways = (typeof(ways)){.without_cancel = true};
    explore();
    assert_false(saw_cancelled);
}

static void deferred_calls_are_not_nested(void **state)
{
    (void)state;
    ways = (typeof(ways)){.without_cancel = true};
    explore();
    assert_true(saw_nested);
    ways.deferred = true;
    explore();
    assert_false(saw_nested);
}

static void what_is_started_cannot_be_cancelled_when_asked_so(void **state)
{
    (void)state;
    ways = (typeof(ways)){.not_cancelable = true};
    explore();
    assert_true(saw_cancelled);
}

static void keys(void *argument)
{
    static const ULONG wanted[] = {5, 3, 9, 1};
    KDEVICE_QUEUE_ENTRY entries[4];
    KDEVICE_QUEUE queue;
    KIRQL irql;
    (void)argument;
    KeInitializeDeviceQueue(&queue);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    for (int index = 0; index < 4; index++) {
        CHECK(KeInsertByKeyDeviceQueue(&queue, &entries[index], wanted[index]) == (index != 0));
    }
    CHECK(KeRemoveByKeyDeviceQueue(&queue, 4) == &entries[2]);
    CHECK(KeRemoveByKeyDeviceQueue(&queue, 4) == &entries[3]);
    CHECK(KeRemoveDeviceQueue(&queue) == &entries[1]);
    CHECK(KeRemoveDeviceQueue(&queue) == NULL);
    CHECK(!KeInsertDeviceQueue(&queue, &entries[0]));
    KeLowerIrql(irql);
}

static void keys_are_started_upwards_and_around(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    run_alone(keys, NULL);
}

static void starting_the_next_below_dispatch_level_is_a_violation(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_alone, .judge = judge_nothing};
    ways = (typeof(ways)){.without_cancel = true};
    default_schedule(&world);
    assert_int_equal(heard.count, 0);
    ways.at_passive = true;
    default_schedule(&world);
    assert_true(heard_of(REMARK_IRQL) != 0);
}

static void jump_nowhere(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    complete(Irp, STATUS_SUCCESS);
}

static void give_routine(const struct remark *remark)
{
    if (remark->kind == REMARK_VIOLATION && strcmp(remark->identifier, "no-start-io") == 0) {
        device->DriverObject->DriverStartIo = jump_nowhere;
        counts.started = 1;
    }
}

static void begin_without_routine(void)
{
    begin_alone();
    core_on_remark(give_routine);
}

static void a_driver_without_the_routine_must_not_start_packets(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_without_routine, .judge = judge_nothing};
    ways = (typeof(ways)){.without_routine = true, .without_cancel = true};
    default_schedule(&world);
    assert_int_equal(counts.started, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_is_completed_once),
        cmocka_unit_test(a_queue_without_cancelling_works_as_well),
        cmocka_unit_test(deferred_calls_are_not_nested),
        cmocka_unit_test(what_is_started_cannot_be_cancelled_when_asked_so),
        cmocka_unit_test(keys_are_started_upwards_and_around),
        cmocka_unit_test(starting_the_next_below_dispatch_level_is_a_violation),
        cmocka_unit_test(a_driver_without_the_routine_must_not_start_packets),
    };
    return cmocka_run_group_tests_name("StartIo", tests, NULL, NULL);
}
