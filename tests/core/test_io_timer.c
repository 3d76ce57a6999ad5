/* test_io_timer.c - the timer of a device: once a second, never after it was stopped, never for ever. */
#include "native_driver.h"

static struct {
    bool never_stopped;
    bool stops_itself;
    bool not_initialised;
} ways;

static struct {
    uint32_t ticks, ticks_after_stop;
    bool stopped;
    uint64_t last;
    KEVENT event;
} counts;

static PDEVICE_OBJECT device;

static VOID on_timer(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    CHECK(DeviceObject == device);
    CHECK(Context == &counts);
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    CHECK(scheduler_now() >= counts.last + 10000000);
    counts.last = scheduler_now();
    counts.ticks++;
    counts.ticks_after_stop += counts.stopped;
    if (ways.stops_itself) {
        IoStopTimer(DeviceObject);
    }
    if (counts.ticks == 3) {
        KeSetEvent(&counts.event, IO_NO_INCREMENT, FALSE);
    }
}

static VOID unload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
    counts.stopped = true;
}

static NTSTATUS entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    device = make_device(DriverObject, 8);
    KeInitializeEvent(&counts.event, NotificationEvent, FALSE);
    if (!ways.not_initialised) {
        CHECK(IoInitializeTimer(device, on_timer, &counts) == STATUS_SUCCESS);
    }
    DriverObject->DriverUnload = unload;
    return STATUS_SUCCESS;
}

static void start_and_stop(void)
{
    IoStartTimer(device);
    KeWaitForSingleObject(&counts.event, Executive, KernelMode, FALSE, NULL);
    if (!ways.never_stopped) {
        IoStopTimer(device);
        counts.stopped = true;
    }
}

static void start_and_stop_at_once(void)
{
    IoStartTimer(device);
    IoStopTimer(device);
    counts.stopped = true;
}

static void begin(void)
{
    static const struct native_driver driver = {.entry = entry, .tasks = {start_and_stop}};
    memset(&counts, 0, sizeof counts);
    begin_native_driver(&driver);
}

static void begin_briefly(void)
{
    static const struct native_driver driver = {.entry = entry, .tasks = {start_and_stop_at_once}};
    memset(&counts, 0, sizeof counts);
    begin_native_driver(&driver);
}

static void judge(enum scheduler_outcome outcome)
{
    judge_clean(outcome);
    assert_true(counts.ticks >= 3);
    assert_int_equal(counts.ticks_after_stop, 0);
}

static void judge_brief(enum scheduler_outcome outcome)
{
    judge_clean(outcome);
    assert_int_equal(counts.ticks_after_stop, 0);
}

static void judge_nothing(enum scheduler_outcome outcome)
{
    (void)outcome;
}

static void it_ticks_once_a_second_until_it_is_stopped(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge};
    memset(&ways, 0, sizeof ways);
    default_schedule(&world);
    many_schedules(&world, "random", 1, 2000);
    many_schedules(&world, "pct", 1, 2000);
}

static void no_tick_comes_after_a_stop(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_briefly, .judge = judge_brief};
    memset(&ways, 0, sizeof ways);
    every_schedule(&world, 2);
    many_schedules(&world, "random", 2, 2000);
}

/* The I/O manager takes the timer of a device that is deleted out of its list. */
static void it_ends_with_its_device(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge};
    ways = (typeof(ways)){.never_stopped = true};
    default_schedule(&world);
    many_schedules(&world, "random", 3, 2000);
}

static void stopping_it_from_within_is_a_deadlock(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge_nothing};
    ways = (typeof(ways)){.stops_itself = true};
    default_schedule(&world);
    assert_true(heard_violation("deadlock"));
}

static void one_that_is_not_initialised_cannot_be_started(void **state)
{
    (void)state;
    const struct world world = {.begin = begin_briefly, .judge = judge_nothing};
    ways = (typeof(ways)){.not_initialised = true};
    default_schedule(&world);
    assert_true(heard_violation("not-initialised"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ticks_once_a_second_until_it_is_stopped),
        cmocka_unit_test(no_tick_comes_after_a_stop),
        cmocka_unit_test(it_ends_with_its_device),
        cmocka_unit_test(stopping_it_from_within_is_a_deadlock),
        cmocka_unit_test(one_that_is_not_initialised_cannot_be_started),
    };
    return cmocka_run_group_tests_name("timers of devices", tests, NULL, NULL);
}
