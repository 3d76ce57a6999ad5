/* test_build.c - requests that drivers build: where their buffers are, when they come back, and who frees them. */
#include "native_driver.h"

enum { LENGTH = 8, TAG = 0x74736554 };

static struct {
    bool later;   /* the target completes the request in a work item */
    ULONG flags;  /* of the target: DO_BUFFERED_IO, DO_DIRECT_IO, or neither */
    ULONG code;   /* of controls; 0: reads and writes */
    UCHAR major;  /* of transfers */
    bool fails;   /* the target fails the request */
    bool starves; /* the first allocation for the request's buffers fails */
    bool forward; /* IoForwardIrpSynchronously between the devices */
} ways;

static struct {
    uint32_t seen, finished;
} counts;

static PDEVICE_OBJECT source, target;

/* ------------------------------------------------------------------------------------------------------- the target -- */

static const char *buffer_of(PIRP irp, bool out)
{
    const IO_STACK_LOCATION *location = IoGetCurrentIrpStackLocation(irp);
    if (location->MajorFunction != IRP_MJ_DEVICE_CONTROL) {
        if ((target->Flags & DO_BUFFERED_IO) != 0) {
            return irp->AssociatedIrp.SystemBuffer;
        }
        return (target->Flags & DO_DIRECT_IO) != 0 ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority)
                                                   : irp->UserBuffer;
    }
    switch (METHOD_FROM_CTL_CODE(location->Parameters.DeviceIoControl.IoControlCode)) {
    case METHOD_BUFFERED:
        return irp->AssociatedIrp.SystemBuffer;
    case METHOD_NEITHER:
        return out ? irp->UserBuffer : location->Parameters.DeviceIoControl.Type3InputBuffer;
    default:
        return out ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority) : irp->AssociatedIrp.SystemBuffer;
    }
}

static bool takes_data(UCHAR major)
{
    return major == IRP_MJ_WRITE || major == IRP_MJ_DEVICE_CONTROL;
}

static void serve(PIRP irp)
{
    UCHAR major = IoGetCurrentIrpStackLocation(irp)->MajorFunction;
    counts.seen++;
    if (takes_data(major)) {
        CHECK(memcmp(buffer_of(irp, false), "question", LENGTH) == 0);
    }
    if (major != IRP_MJ_WRITE && !ways.fails) {
        memcpy((char *)buffer_of(irp, true), "answered", LENGTH);
    }
    irp->IoStatus.Status = ways.fails ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
    irp->IoStatus.Information = ways.fails ? 0 : LENGTH;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static VOID work(PVOID IoObject, PVOID Context, PIO_WORKITEM IoWorkItem)
{
    UNREFERENCED_PARAMETER(IoObject);
    IoFreeWorkItem(IoWorkItem);
    serve(Context);
}

static NTSTATUS dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    NTSTATUS status = ways.fails ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
    if (DeviceObject == source) {
        CHECK(IoForwardIrpSynchronously(target, Irp));
        CHECK(Irp->IoStatus.Status == status);
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return status;
    }
    if (ways.later) {
        IoMarkIrpPending(Irp);
        IoQueueWorkItemEx(IoAllocateWorkItem(DeviceObject), work, DelayedWorkQueue, Irp);
        return STATUS_PENDING;
    }
    serve(Irp);
    return status;
}

static VOID unload(PDRIVER_OBJECT DriverObject)
{
    IoDetachDevice(target);
    while (DriverObject->DeviceObject != NULL) {
        IoDeleteDevice(DriverObject->DeviceObject);
    }
}

static NTSTATUS entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    target = make_device(DriverObject, 0);
    source = make_device(DriverObject, 0);
    target->Flags |= ways.flags;
    source->Flags |= ways.flags;
    CHECK(IoAttachDeviceToDeviceStack(source, target) == target);
    DriverObject->MajorFunction[IRP_MJ_READ] = dispatch;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = dispatch;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch;
    DriverObject->DriverUnload = unload;
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- the sender -- */

static char *new_buffer(const char *text)
{
    char *buffer = ExAllocatePoolWithTag(NonPagedPool, LENGTH, TAG);
    memcpy(buffer, text, LENGTH);
    return buffer;
}

static void send_synchronously(void)
{
    KEVENT event;
    IO_STATUS_BLOCK block = {.Status = STATUS_PENDING};
    LARGE_INTEGER offset = {.QuadPart = 4096};
    PDEVICE_OBJECT device = ways.forward ? source : target;
    char *question = new_buffer("question");
    char *answer = new_buffer("nothing.");
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    core_fail_allocations(ways.starves);
    PIRP irp = ways.code != 0
                   ? IoBuildDeviceIoControlRequest(ways.code, device, question, LENGTH, answer, LENGTH, FALSE, &event, &block)
                   : IoBuildSynchronousFsdRequest(ways.major, device, takes_data(ways.major) ? question : answer, LENGTH,
                                                  &offset, &event, &block);
    if (irp != NULL) {
        if (IoCallDriver(device, irp) == STATUS_PENDING) {
            KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        }
        CHECK(block.Status == (ways.fails ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS));
        CHECK(block.Information == (ways.fails ? 0 : LENGTH));
        bool reads = ways.code != 0 || ways.major == IRP_MJ_READ;
        CHECK(memcmp(answer, reads && !ways.fails ? "answered" : "nothing.", LENGTH) == 0);
        counts.finished++;
    }
    ExFreePoolWithTag(question, TAG);
    ExFreePoolWithTag(answer, TAG);
}

static NTSTATUS reclaim(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    CHECK(DeviceObject == NULL);
    if ((Irp->Flags & IRP_DEALLOCATE_BUFFER) != 0) {
        ExFreePool(Irp->AssociatedIrp.SystemBuffer);
    }
    if (Irp->MdlAddress != NULL) {
        MmUnlockPages(Irp->MdlAddress);
        IoFreeMdl(Irp->MdlAddress);
    }
    IoFreeIrp(Irp);
    counts.finished++;
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void send_asynchronously(void)
{
    KEVENT event;
    IO_STATUS_BLOCK block;
    char *buffer = new_buffer("question");
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    PIRP irp = IoBuildAsynchronousFsdRequest(ways.major, target, buffer, LENGTH, NULL, &block);
    if (irp != NULL) {
        IoSetCompletionRoutine(irp, reclaim, &event, TRUE, TRUE, TRUE);
        IoCallDriver(target, irp);
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    }
    ExFreePoolWithTag(buffer, TAG);
}

static void begin_synchronous(void)
{
    static const struct native_driver driver = {.entry = entry, .tasks = {send_synchronously}};
    memset(&counts, 0, sizeof counts);
    begin_native_driver(&driver);
}

static void begin_asynchronous(void)
{
    static const struct native_driver driver = {.entry = entry, .tasks = {send_asynchronously}};
    memset(&counts, 0, sizeof counts);
    begin_native_driver(&driver);
}

/* Neither requests nor buffers are left: the machine judges that when the driver is unloaded. */
static void judge(enum scheduler_outcome outcome)
{
    judge_clean(outcome);
    assert_int_equal(counts.seen, 1);
    assert_int_equal(counts.finished, 1);
    uint32_t cursor = 0;
    struct core_pool_block block;
    assert_false(core_next_pool_block(&cursor, &block));
}

/* ---------------------------------------------------------------------------------------------------------- the tests -- */

static const ULONG device_flags[] = {0, DO_BUFFERED_IO, DO_DIRECT_IO};
static const UCHAR majors[] = {IRP_MJ_READ, IRP_MJ_WRITE};

static void explore(const struct world *world)
{
    for (int later = 0; later < 2; later++) {
        ways.later = later != 0;
        every_schedule(world, 1);
        many_schedules(world, "random", 9, 200);
    }
}

static void transfers_reach_the_target_and_come_back(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_synchronous, .judge = judge};
    for (size_t index = 0; index < COUNT_OF(device_flags) * COUNT_OF(majors) * 2; index++) {
        ways = (typeof(ways)){.flags = device_flags[index % COUNT_OF(device_flags)],
                              .major = majors[index / COUNT_OF(device_flags) % COUNT_OF(majors)],
                              .fails = index >= COUNT_OF(device_flags) * COUNT_OF(majors)};
        explore(&world);
    }
}

static void asynchronous_ones_are_their_drivers(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_asynchronous, .judge = judge};
    for (size_t index = 0; index < COUNT_OF(device_flags); index++) {
        ways = (typeof(ways)){.flags = device_flags[index], .major = IRP_MJ_WRITE};
        explore(&world);
    }
}

static void controls_use_their_method(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_synchronous, .judge = judge};
    for (ULONG method = METHOD_BUFFERED; method <= METHOD_NEITHER; method++) {
        for (int fails = 0; fails < 2; fails++) {
            ways = (typeof(ways)){.code = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, method, FILE_ANY_ACCESS), .fails = fails != 0};
            explore(&world);
        }
    }
}

static void forwarding_waits_for_the_device_below(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_synchronous, .judge = judge};
    for (int fails = 0; fails < 2; fails++) {
        ways = (typeof(ways)){.flags = DO_BUFFERED_IO, .major = IRP_MJ_READ, .forward = true, .fails = fails != 0};
        explore(&world);
    }
}

static void judge_starved(enum scheduler_outcome outcome)
{
    uint32_t cursor = 0;
    struct core_pool_block block;
    judge_clean(outcome);
    assert_int_equal(core_failed_allocations(), 1);
    assert_int_equal(counts.seen, 0);
    assert_false(core_next_pool_block(&cursor, &block));
}

static void when_memory_is_short_nothing_is_left(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_synchronous, .judge = judge_starved};
    for (size_t index = 1; index < COUNT_OF(device_flags); index++) {
        ways = (typeof(ways)){.flags = device_flags[index], .major = IRP_MJ_READ, .starves = true};
        default_schedule(&world);
    }
    for (ULONG method = METHOD_BUFFERED; method < METHOD_NEITHER; method++) {
        ways = (typeof(ways)){.code = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, method, FILE_ANY_ACCESS), .starves = true};
        default_schedule(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transfers_reach_the_target_and_come_back),
        cmocka_unit_test(asynchronous_ones_are_their_drivers),
        cmocka_unit_test(controls_use_their_method),
        cmocka_unit_test(forwarding_waits_for_the_device_below),
        cmocka_unit_test(when_memory_is_short_nothing_is_left),
    };
    return cmocka_run_group_tests_name("built requests", tests, NULL, NULL);
}
