/* test_work_item.c - work items: their reference to the device, their queue, their misuse. */
#include "native_driver.h"

/* What the driver does with its work item. */
static struct {
    bool extended;     /* IoQueueWorkItemEx */
    bool in_extension; /* IoInitializeWorkItem instead of IoAllocateWorkItem */
    bool again;        /* the routine queues its item once more */
    bool twice;        /* queued while it is queued */
    bool freed_early;  /* freed while it is queued */
    bool kept;         /* never freed */
    bool uninitialised;
} ways;

static struct {
    uint32_t ran;
    KIRQL irql;
    bool device_alive;
} counts;

struct extension {
    ULONG value;
    PIO_WORKITEM item;
    PVOID storage[16];
};

static PDEVICE_OBJECT device;

static void end_item(struct extension *own)
{
    if (ways.in_extension) {
        IoUninitializeWorkItem(own->item);
    } else if (!ways.kept) {
        IoFreeWorkItem(own->item);
    }
}

static IO_WORKITEM_ROUTINE work;
static IO_WORKITEM_ROUTINE_EX work_ex;

static void queue(struct extension *own)
{
    if (ways.extended) {
        IoQueueWorkItemEx(own->item, work_ex, DelayedWorkQueue, own);
    } else {
        IoQueueWorkItem(own->item, work, DelayedWorkQueue, own);
    }
}

static VOID work(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    struct extension *own = Context;
    CHECK(DeviceObject == device);
    counts.ran++;
    counts.irql = KeGetCurrentIrql();
    counts.device_alive = scheduler_accessible(own, sizeof *own);
    if (ways.again && counts.ran == 1) {
        queue(own);
    } else {
        end_item(own);
    }
}

static VOID work_ex(PVOID IoObject, PVOID Context, PIO_WORKITEM IoWorkItem)
{
    CHECK(((struct extension *)Context)->item == IoWorkItem);
    work(IoObject, Context);
}

static NTSTATUS dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static VOID unload(PDRIVER_OBJECT DriverObject)
{
    while (DriverObject->DeviceObject != NULL) {
        IoDeleteDevice(DriverObject->DeviceObject);
    }
}

static NTSTATUS entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    device = make_device(DriverObject, sizeof(struct extension));
    DriverObject->MajorFunction[IRP_MJ_CREATE] = dispatch;
    DriverObject->DriverUnload = unload;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------------------------------------------------- the tasks -- */

/* Queues and deletes the device at once: the item keeps it alive. */
static void queue_and_delete(void)
{
    struct extension *own = device->DeviceExtension;
    CHECK(IoSizeofWorkItem() <= sizeof own->storage);
    own->item = ways.in_extension ? (PIO_WORKITEM)own->storage : IoAllocateWorkItem(device);
    if (own->item == NULL) {
        return;
    }
    if (ways.in_extension && !ways.uninitialised) {
        IoInitializeWorkItem(device, own->item);
    }
    queue(own);
    if (ways.twice) {
        queue(own);
    }
    if (ways.freed_early) {
        IoFreeWorkItem(own->item);
    }
    IoDeleteDevice(device);
}

static void begin(void)
{
    static const struct native_driver driver = {.entry = entry, .tasks = {queue_and_delete}};
    memset(&counts, 0, sizeof counts);
    begin_native_driver(&driver);
}

static void judge(enum scheduler_outcome outcome)
{
    judge_clean(outcome);
    assert_int_equal(counts.ran, ways.again ? 2 : 1);
    assert_int_equal(counts.irql, PASSIVE_LEVEL);
    assert_true(counts.device_alive);
}

static void judge_nothing(enum scheduler_outcome outcome)
{
    (void)outcome;
}

static void the_device_lives_as_long_as_its_items(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge};
    for (int mask = 0; mask < 8; mask++) {
        ways = (typeof(ways)){.extended = mask & 1, .in_extension = (mask & 2) != 0, .again = (mask & 4) != 0};
        every_schedule(&world, 2);
        many_schedules(&world, "random", 5, 500);
    }
}

static void judge_allocation(enum scheduler_outcome outcome)
{
    judge_clean(outcome);
    assert_int_equal(counts.ran, core_failed_allocations() == 0);
}

static void begin_with_failures(void)
{
    begin();
    core_fail_allocations(1);
}

static void an_allocation_can_fail(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_with_failures, .judge = judge_allocation};
    memset(&ways, 0, sizeof ways);
    default_schedule(&world);
    assert_int_equal(core_failed_allocations(), 1);
}

static const struct {
    const char *finding;
    typeof(ways) ways;
} misuses[] = {
    {"queued-twice", {.twice = true}},
    {"freed-while-queued", {.freed_early = true}},
    {"pool-leak", {.kept = true}},
    {"not-initialised", {.in_extension = true, .uninitialised = true}},
};

static void misuse_is_a_violation(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge_nothing};
    for (size_t index = 0; index < COUNT_OF(misuses); index++) {
        memset(&ways, 0, sizeof ways);
        default_schedule(&world);
        assert_false(heard_violation(misuses[index].finding));
        ways = misuses[index].ways;
        default_schedule(&world);
        if (!heard_violation(misuses[index].finding)) {
            fail_msg("%s is not found", misuses[index].finding);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_device_lives_as_long_as_its_items),
        cmocka_unit_test(an_allocation_can_fail),
        cmocka_unit_test(misuse_is_a_violation),
    };
    return cmocka_run_group_tests_name("work items", tests, NULL, NULL);
}
