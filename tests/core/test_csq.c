/* test_csq.c - cancel-safe queues: whoever removes or cancels, each request is completed once. */
#include "native_driver.h"

enum refusal { REFUSE_NOTHING, REFUSE_FIRST };

/* The device extension of the driver below. */
struct extension {
    IO_CSQ csq;
    LIST_ENTRY list;
    KSPIN_LOCK lock;
    IO_CSQ_IRP_CONTEXT context;
    LONG length;
};

static struct extension *extension;

/* How the driver behaves, and what happened in an execution. */
static struct {
    bool with_context;
    bool inserts_twice;
    bool forgets_irql;
    enum refusal refusal;
} ways;

static struct {
    uint32_t inserted, removed, cancelled, refused;
} counts;

/* ------------------------------------------------------------------------------------------------------- the driver -- */

static VOID insert_irp(PIO_CSQ Csq, PIRP Irp)
{
    struct extension *own = CONTAINING_RECORD(Csq, struct extension, csq);
    InsertTailList(&own->list, &Irp->Tail.Overlay.ListEntry);
    own->length++;
    counts.inserted++;
}

static NTSTATUS insert_irp_ex(PIO_CSQ Csq, PIRP Irp, PVOID InsertContext)
{
    CHECK(InsertContext == (PVOID)0x77);
    if (ways.refusal == REFUSE_FIRST && counts.refused == 0) {
        counts.refused++;
        return STATUS_DEVICE_NOT_READY;
    }
    insert_irp(Csq, Irp);
    return STATUS_SUCCESS;
}

static VOID remove_irp(PIO_CSQ Csq, PIRP Irp)
{
    struct extension *own = CONTAINING_RECORD(Csq, struct extension, csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    own->length--;
}

static PIRP peek_next_irp(PIO_CSQ Csq, PIRP Irp, PVOID PeekContext)
{
    struct extension *own = CONTAINING_RECORD(Csq, struct extension, csq);
    PLIST_ENTRY next = Irp == NULL ? own->list.Flink : Irp->Tail.Overlay.ListEntry.Flink;
    UNREFERENCED_PARAMETER(PeekContext);
    return next == &own->list ? NULL : CONTAINING_RECORD(next, IRP, Tail.Overlay.ListEntry);
}

static VOID acquire_lock(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&CONTAINING_RECORD(Csq, struct extension, csq)->lock, Irql);
}

static VOID release_lock(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&CONTAINING_RECORD(Csq, struct extension, csq)->lock, ways.forgets_irql ? DISPATCH_LEVEL : Irql);
}

static void complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static VOID complete_canceled_irp(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    counts.cancelled++;
    complete(Irp, STATUS_CANCELLED);
}

static NTSTATUS dispatch_read(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    struct extension *own = DeviceObject->DeviceExtension;
    if (ways.refusal == REFUSE_NOTHING) {
        IoCsqInsertIrp(&own->csq, Irp, ways.with_context ? &own->context : NULL);
        if (ways.inserts_twice) {
            IoCsqInsertIrp(&own->csq, Irp, NULL);
        }
        return STATUS_PENDING;
    }
    NTSTATUS status = IoCsqInsertIrpEx(&own->csq, Irp, NULL, (PVOID)0x77);
    if (!NT_SUCCESS(status)) {
        complete(Irp, status);
        return status;
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
    extension = make_device(DriverObject, sizeof *extension)->DeviceExtension;
    InitializeListHead(&extension->list);
    KeInitializeSpinLock(&extension->lock);
    if (ways.refusal == REFUSE_NOTHING) {
        CHECK(IoCsqInitialize(&extension->csq, insert_irp, remove_irp, peek_next_irp, acquire_lock, release_lock,
                              complete_canceled_irp) == STATUS_SUCCESS);
    } else {
        CHECK(IoCsqInitializeEx(&extension->csq, insert_irp_ex, remove_irp, peek_next_irp, acquire_lock, release_lock,
                                complete_canceled_irp) == STATUS_SUCCESS);
    }
    DriverObject->MajorFunction[IRP_MJ_CREATE] = dispatch_other;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = dispatch_other;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = dispatch_other;
    DriverObject->MajorFunction[IRP_MJ_READ] = dispatch_read;
    DriverObject->DriverUnload = unload;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------------------------------------------------- the tasks -- */

static void read_and_wait(void)
{
    CHECK(machine_open(0, 0));
    machine_transfer(&(struct machine_transfer){.major = IRP_MJ_READ, .length = 4, .request = 1});
    machine_wait(1);
    machine_close(0);
}

static void cancel(void)
{
    machine_cancel(1);
}

static void serve(void)
{
    PIRP irp =
        ways.with_context ? IoCsqRemoveIrp(&extension->csq, &extension->context) : IoCsqRemoveNextIrp(&extension->csq, NULL);
    if (irp != NULL) {
        CHECK(irp->CancelRoutine == NULL);
        CHECK(irp->Tail.Overlay.DriverContext[3] == NULL);
        counts.removed++;
        complete(irp, STATUS_SUCCESS);
    }
}

static void judge(enum scheduler_outcome outcome)
{
    judge_clean(outcome);
    assert_int_equal(counts.inserted, counts.removed + counts.cancelled);
}

static void begin_with(void (*second)(void), void (*third)(void))
{
    static struct native_driver driver;
    memset(&counts, 0, sizeof counts);
    driver = (struct native_driver){.entry = entry, .tasks = {read_and_wait, second, third}};
    begin_native_driver(&driver);
}

static void begin_all(void)
{
    begin_with(cancel, serve);
}

static void begin_alone(void)
{
    begin_with(NULL, NULL);
}

/* ---------------------------------------------------------------------------------------------------------- the tests -- */

static bool saw_removed, saw_cancelled;

static void judge_and_remember(enum scheduler_outcome outcome)
{
    judge(outcome);
    saw_removed |= counts.removed != 0;
    saw_cancelled |= counts.cancelled != 0;
}

static void each_request_is_completed_once(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_all, .judge = judge_and_remember};
    for (int with_context = 0; with_context < 2; with_context++) {
        memset(&ways, 0, sizeof ways);
        ways.with_context = with_context != 0;
        saw_removed = saw_cancelled = false;
        assert_true(every_schedule(&world, 1) > 50);
        many_schedules(&world, "random", 7, 3000);
        many_schedules(&world, "pct", 8, 3000);
        assert_true(saw_removed && saw_cancelled);
    }
}

static void begin_crowd(void)
{
    static struct native_driver driver;
    memset(&counts, 0, sizeof counts);
    driver = (struct native_driver){.entry = entry, .tasks = {read_and_wait, serve, serve, cancel}};
    begin_native_driver(&driver);
}

static void two_servers_do_not_take_the_same_request(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_crowd, .judge = judge};
    memset(&ways, 0, sizeof ways);
    many_schedules(&world, "random", 11, 3000);
}

static void judge_refused(enum scheduler_outcome outcome)
{
    judge(outcome);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.inserted, 0);
}

static void a_refused_request_is_not_marked_pending(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_alone, .judge = judge_refused};
    ways = (typeof(ways)){.refusal = REFUSE_FIRST};
    default_schedule(&world);
}

static void judge_cancelled(enum scheduler_outcome outcome)
{
    judge(outcome);
    assert_int_equal(counts.inserted, 1);
    assert_int_equal(counts.cancelled, 1);
}

static void a_request_that_nobody_serves_is_cancelled(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_alone, .judge = judge_cancelled};
    memset(&ways, 0, sizeof ways);
    default_schedule(&world);
}

/* ------------------------------------------------------------------------------------------------------------ misuse -- */

static void judge_nothing(enum scheduler_outcome outcome)
{
    (void)outcome;
}

static void inserting_twice_is_a_violation(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_alone, .judge = judge_nothing};
    memset(&ways, 0, sizeof ways);
    default_schedule(&world);
    assert_false(heard_violation("queued-twice"));
    ways.inserts_twice = true;
    default_schedule(&world);
    assert_true(heard_violation("queued-twice"));
}

static void a_lock_routine_that_leaves_the_irql_raised_is_a_violation(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_alone, .judge = judge_nothing};
    ways = (typeof(ways)){.forgets_irql = true};
    default_schedule(&world);
    assert_true(heard_violation("irql"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_is_completed_once),
        cmocka_unit_test(two_servers_do_not_take_the_same_request),
        cmocka_unit_test(a_refused_request_is_not_marked_pending),
        cmocka_unit_test(a_request_that_nobody_serves_is_cancelled),
        cmocka_unit_test(inserting_twice_is_a_violation),
        cmocka_unit_test(a_lock_routine_that_leaves_the_irql_raised_is_a_violation),
    };
    return cmocka_run_group_tests_name("cancel-safe queues", tests, NULL, NULL);
}
