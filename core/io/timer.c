/*
 * timer.c - the timer of a device: its routine is called about once a second at DISPATCH_LEVEL.
 *
 * One task ticks for all devices, as the system's own does, and holds the list's lock while it calls: IoStopTimer returns when
 * no routine runs any more, and hangs when a routine itself calls it, which is why that is forbidden. When a second has passed
 * is a choice of the schedule. A timer never comes to an end by itself; so that a system in which nothing else happens can be
 * seen to be stuck, the ticking pauses after many ticks in a row during which no other routine of the driver was called.
 *
 * Sources: the pages of IoInitializeTimer, IoStartTimer and IoStopTimer in Microsoft's driver documentation, and article
 * Q141989 of its knowledge base.
 */
#include "io.h"

enum { TICK_LIMIT = 256, PATIENCE_AFTER = 2, PATIENCE = 32 };

#define SECOND 10000000ull

static const struct scheduler_call initialize_call = {"IoInitializeTimer", CALL_IO_INITIALIZE_TIMER, EFFECT_ANY};
static const struct scheduler_call start_call = {"IoStartTimer", CALL_IO_START_TIMER, EFFECT_ANY};
static const struct scheduler_call stop_call = {"IoStopTimer", CALL_IO_STOP_TIMER, EFFECT_ANY};
static const struct scheduler_call tick_call = {"wait for the next second", CALL_IO_TICK, EFFECT_ANY};

struct _IO_TIMER {
    PDEVICE_OBJECT DeviceObject;
    PIO_TIMER_ROUTINE Routine;
    PVOID Context;
    BOOLEAN Started;
};

static struct {
    PIO_TIMER timers[DEVICE_LIMIT]; /* NULL: its device is gone */
    uint32_t count;
    uint32_t started;
    bool locked;    /* by whom: */
    uint32_t owner; /* a task */
    bool ticking;   /* the task is there */
    uint32_t ticks; /* so far */
} timers;

void io_reset_timers(void)
{
    timers.count = 0;
    timers.started = 0;
    timers.locked = false;
    timers.ticking = false;
    timers.ticks = 0;
}

/* ----------------------------------------------------------------------------------------------------- the list's lock -- */

static bool is_unlocked(const void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    return !timers.locked;
}

static KIRQL lock_timers(const struct scheduler_call *call, const void *object, uintptr_t site)
{
    KIRQL irql;
    if (timers.locked && timers.owner == scheduler_running()) {
        kernel_violation("deadlock", object, "%s is called from within an IoTimer routine and would wait for it for ever",
                         call->name);
    }
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    scheduler_wait_at(call, &timers.locked, is_unlocked, NULL, SCHEDULER_NEVER, site);
    timers.locked = true;
    timers.owner = scheduler_running();
    return irql;
}

static void unlock_timers(KIRQL irql)
{
    timers.locked = false;
    scheduler_changed(&timers.locked);
    KeLowerIrql(irql);
}

/* ---------------------------------------------------------------------------------------------------------- ticking -- */

static void call_routine(PIO_TIMER timer)
{
    struct driver_call call;
    scheduler_acquire_order(timer);
    kernel_enter_driver(&call, ROUTINE_TIMER, timer->DeviceObject, NULL);
    timer->Routine(timer->DeviceObject, timer->Context);
    kernel_leave_driver(&call, STATUS_SUCCESS);
}

static void tick(void)
{
    KIRQL irql = lock_timers(&tick_call, &timers, 0);
    for (uint32_t index = 0; index < timers.count; index++) {
        if (timers.timers[index] != NULL && timers.timers[index]->Started) {
            call_routine(timers.timers[index]);
        }
    }
    unlock_timers(irql);
}

static bool is_over(const void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    return timers.started == 0;
}

static bool next_second(void)
{
    uint32_t task = scheduler_running();
    uint64_t deadline = timers.ticks >= TICK_LIMIT ? SCHEDULER_NEVER : scheduler_now() + SECOND;
    if (timers.ticks >= PATIENCE_AFTER) {
        scheduler_be_patient(PATIENCE);
    }
    scheduler_may_wait(task, timers.ticks > 0);
    enum scheduler_wait_result result = scheduler_wait(&tick_call, &timers, is_over, NULL, deadline);
    scheduler_may_wait(task, false);
    return result == SCHEDULER_WAIT_TIMEOUT;
}

static void tick_every_second(void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    while (timers.started > 0 && next_second()) {
        timers.ticks++;
        tick();
    }
    timers.ticking = false;
}

/* ------------------------------------------------------------------------------------------------------- for drivers -- */

NTSTATUS IoInitializeTimer(PDEVICE_OBJECT DeviceObject, PIO_TIMER_ROUTINE TimerRoutine, PVOID Context)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoInitializeTimer");
    scheduler_access(DeviceObject, OBJECT_PROBE, true);
    PIO_TIMER timer = DeviceObject->Timer;
    if (timer == NULL) {
        uintptr_t site = (uintptr_t)__builtin_return_address(0);
        timer = timers.count == DEVICE_LIMIT ? NULL : kernel_allocate(&initialize_call, sizeof *timer, "I/O timer", site);
        if (timer == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        timer->DeviceObject = DeviceObject;
        timer->Started = FALSE;
        DeviceObject->Timer = timer;
        timers.timers[timers.count++] = timer;
    }
    timer->Routine = TimerRoutine;
    timer->Context = Context;
    return STATUS_SUCCESS;
}

static PIO_TIMER timer_of(PDEVICE_OBJECT device, const char *routine)
{
    scheduler_access(device, OBJECT_PROBE, false);
    if (device->Timer == NULL) {
        kernel_violation("not-initialised", device, "%s is called for a device without IoInitializeTimer", routine);
    }
    return device->Timer;
}

static void set_started(PIO_TIMER timer, bool started)
{
    if (timer->Started == started) {
        return;
    }
    timer->Started = started;
    scheduler_release_order(timer);
    timers.started += started ? 1u : -1u;
    scheduler_changed(&timers);
    if (started && !timers.ticking) {
        timers.ticking = true;
        kernel_spawn("second", PASSIVE_LEVEL, tick_every_second, NULL);
    }
}

VOID IoStartTimer(PDEVICE_OBJECT DeviceObject)
{
    kernel_require_irql(DISPATCH_LEVEL, "IoStartTimer");
    PIO_TIMER timer = timer_of(DeviceObject, "IoStartTimer");
    const struct device_record *record = io_device(DeviceObject);
    if (timer == NULL || (record != NULL && record->deleted)) {
        return;
    }
    scheduler_call(&start_call, DeviceObject);
    set_started(timer, true);
}

VOID IoStopTimer(PDEVICE_OBJECT DeviceObject)
{
    kernel_require_irql(DISPATCH_LEVEL, "IoStopTimer");
    PIO_TIMER timer = timer_of(DeviceObject, "IoStopTimer");
    if (timer == NULL) {
        return;
    }
    KIRQL irql = lock_timers(&stop_call, DeviceObject, (uintptr_t)__builtin_return_address(0));
    set_started(timer, false);
    unlock_timers(irql);
}

void io_delete_timer(PDEVICE_OBJECT device)
{
    PIO_TIMER timer = device->Timer;
    if (timer == NULL) {
        return;
    }
    KIRQL irql = lock_timers(&stop_call, device, 0);
    set_started(timer, false);
    for (uint32_t index = 0; index < timers.count; index++) {
        if (timers.timers[index] == timer) {
            timers.timers[index] = NULL;
        }
    }
    device->Timer = NULL;
    scheduler_free(timer, "I/O timer");
    unlock_timers(irql);
}
