/* test_events.c - what the kernel announces about remove locks and about the calls of a driver's routines. */
#include "support.h"

#include "kernel/kernel.h"

enum { LIMIT = 16 };

static struct core_event events[LIMIT];
static uint32_t event_count;

static void hear(const struct core_event *event)
{
    assert_true(event_count < LIMIT);
    events[event_count++] = *event;
}

static void reset(void)
{
    scheduler_reset(&(struct scheduler_options){0});
    core_reset(&(struct core_options){.personality = PERSONALITY_FREE});
    core_on_event(hear);
    event_count = 0;
}

static void test_lock(void **state)
{
    (void)state;
    static IO_REMOVE_LOCK_COMMON_BLOCK lock;
    PIO_REMOVE_LOCK address = (PIO_REMOVE_LOCK)&lock;
    PVOID tag = &events;
    reset();
    IoInitializeRemoveLockEx(address, 0, 0, 0, sizeof lock);
    IoAcquireRemoveLockEx(address, tag, "driver.c", 12, sizeof lock);
    IoAcquireRemoveLockEx(address, NULL, "driver.c", 13, sizeof lock);
    IoReleaseRemoveLockEx(address, NULL, sizeof lock);
    IoReleaseRemoveLockAndWaitEx(address, tag, sizeof lock);
    IoAcquireRemoveLockEx(address, tag, "driver.c", 14, sizeof lock);
    static const enum core_event_kind kinds[] = {
        EVENT_LOCK_INITIALIZE, EVENT_LOCK_ACQUIRING,        EVENT_LOCK_ACQUIRE, EVENT_LOCK_ACQUIRING, EVENT_LOCK_ACQUIRE,
        EVENT_LOCK_RELEASE,    EVENT_LOCK_RELEASE_AND_WAIT, EVENT_LOCK_WAITED,  EVENT_LOCK_ACQUIRING, EVENT_LOCK_ACQUIRE,
    };
    assert_int_equal(event_count, sizeof kinds / sizeof kinds[0]);
    for (uint32_t index = 0; index < event_count; index++) {
        assert_int_equal(events[index].kind, kinds[index]);
        assert_ptr_equal(events[index].lock, address);
        assert_int_not_equal(events[index].site, 0);
        assert_int_equal(events[index].routine, ROUTINE_NONE);
    }
    assert_ptr_equal(events[2].tag, tag);
    assert_string_equal(events[2].file, "driver.c");
    assert_int_equal(events[2].line, 12);
    assert_int_equal(events[2].status, STATUS_SUCCESS);
    assert_null(events[4].tag);
    assert_int_equal(events[9].status, STATUS_DELETE_PENDING);
    core_on_event(NULL);
    IoInitializeRemoveLockEx(address, 0, 0, 0, sizeof lock);
    assert_int_equal(event_count, sizeof kinds / sizeof kinds[0]);
}

/* A request with one stack location, which is current. */
static PIRP make_request(UCHAR major, UCHAR minor, PIO_STACK_LOCATION *location)
{
    PIRP irp = scheduler_allocate(sizeof(IRP) + sizeof(IO_STACK_LOCATION), "IRP");
    memset(irp, 0, sizeof(IRP) + sizeof(IO_STACK_LOCATION));
    *location = (PIO_STACK_LOCATION)(irp + 1);
    (*location)->MajorFunction = major;
    (*location)->MinorFunction = minor;
    irp->StackCount = 1;
    irp->CurrentLocation = 1;
    irp->Tail.Overlay.CurrentStackLocation = *location;
    return irp;
}

static void test_routines(void **state)
{
    (void)state;
    struct driver_call call;
    PIO_STACK_LOCATION location;
    reset();
    PIRP irp = make_request(IRP_MJ_POWER, IRP_MN_SET_POWER, &location);
    location->Parameters.Power.Type = DevicePowerState;
    location->Parameters.Power.State.DeviceState = PowerDeviceD3;
    irp->IoStatus.Status = STATUS_UNSUCCESSFUL;
    kernel_enter_driver(&call, ROUTINE_DISPATCH, NULL, irp);
    kernel_leave_driver(&call, STATUS_PENDING);
    kernel_enter_driver(&call, ROUTINE_COMPLETION, NULL, irp);
    kernel_leave_driver(&call, STATUS_SUCCESS);
    irp = make_request(IRP_MJ_PNP, IRP_MN_QUERY_DEVICE_RELATIONS, &location);
    location->Parameters.QueryDeviceRelations.Type = RemovalRelations;
    kernel_enter_driver(&call, ROUTINE_DISPATCH, NULL, irp);
    kernel_leave_driver(&call, STATUS_SUCCESS);
    core_on_event(NULL);
    assert_int_equal(event_count, 6);
    assert_int_equal(events[0].kind, EVENT_ENTER);
    assert_int_equal(events[0].major, IRP_MJ_POWER);
    assert_int_equal(events[0].value, REQUEST_DETAIL_POWER(DevicePowerState, PowerDeviceD3));
    assert_int_equal(events[0].status, STATUS_SUCCESS);
    assert_int_equal(events[1].kind, EVENT_EXIT);
    assert_int_equal(events[1].status, STATUS_PENDING);
    assert_int_equal(events[2].routine, ROUTINE_COMPLETION);
    assert_int_equal(events[2].status, STATUS_UNSUCCESSFUL);
    assert_int_equal(events[4].value, RemovalRelations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_routines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
