/*
 * timer.c - KTIMER.
 *
 * A timer that is set is a task that waits with a deadline, so when it expires is a choice; its deferred call runs in that task
 * as well. What expires again and again must neither crowd out the others nor keep an execution going: after its first expiries
 * a timer is patient, one that expired before does not expire any more when nobody but such timers is left, and there is a
 * limit to how often.
 */
#include "dispatcher.h"

enum { TIMER_LIMIT = 512, EXPIRY_LIMIT = 256, PATIENCE_AFTER = 2, PATIENCE = 32, UNITS_PER_MILLISECOND = 10000 };

/* What the kernel knows of a timer that was set in this execution. */
struct timer_record {
    PKTIMER timer;
    uint32_t generation; /* changes when it is set or cancelled: an older task of its ends */
    uint32_t expiries;
    bool queued;
    uint64_t deadline;
    uint64_t period; /* 0: none */
};

static struct timer_record records[TIMER_LIMIT];
static uint32_t record_count;

void timer_reset(void)
{
    record_count = 0;
}

static struct timer_record *record_of(PKTIMER timer)
{
    for (uint32_t index = 0; index < record_count; index++) {
        if (records[index].timer == timer) {
            return &records[index];
        }
    }
    return NULL;
}

static struct timer_record *make_record(PKTIMER timer)
{
    struct timer_record *record = record_of(timer);
    if (record != NULL) {
        return record;
    }
    if (record_count == TIMER_LIMIT) {
        scheduler_violate(VIOLATION_LIVELOCK, timer, "more than %d timers are set", TIMER_LIMIT);
        return NULL;
    }
    record = &records[record_count++];
    *record = (struct timer_record){.timer = timer};
    return record;
}

VOID KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
    scheduler_access(Timer, sizeof *Timer, true);
    UCHAR type = Type == NotificationTimer ? TIMER_NOTIFICATION_OBJECT : TIMER_SYNCHRONIZATION_OBJECT;
    *Timer = (KTIMER){.TimerType = (USHORT)Type};
    dispatcher_initialize(&Timer->Header, type, sizeof *Timer, 0);
}

VOID KeInitializeTimer(PKTIMER Timer)
{
    KeInitializeTimerEx(Timer, NotificationTimer);
}

static bool require_timer(const KTIMER *timer, const char *routine)
{
    UCHAR type = timer->Header.Type;
    return dispatcher_require(timer, type == TIMER_NOTIFICATION_OBJECT || type == TIMER_SYNCHRONIZATION_OBJECT, "timer",
                              routine);
}

/* -------------------------------------------------------------------------------------------------------- expiring -- */

/* The deadline comes; false when the timer was set anew or cancelled before it did. */
static bool wait_for_deadline(struct timer_record *record, uint32_t generation)
{
    static const struct scheduler_call call = {"timer expires", CALL_KE_TIMER_EXPIRES, EFFECT_ANY};
    uint32_t task = scheduler_running();
    if (record->generation != generation) {
        return false;
    }
    uint64_t deadline = record->deadline;
    scheduler_may_wait(task, record->expiries > 0);
    if (record->expiries >= EXPIRY_LIMIT) {
        scheduler_note(record->timer, "the timer expired %d times: no more", EXPIRY_LIMIT);
        deadline = SCHEDULER_NEVER;
    } else if (record->expiries >= PATIENCE_AFTER && deadline > scheduler_now()) {
        scheduler_be_patient(PATIENCE);
    }
    scheduler_wait(&call, record, NULL, NULL, deadline);
    scheduler_may_wait(task, false);
    return record->generation == generation;
}

static void expire(struct timer_record *record)
{
    PKTIMER timer = record->timer;
    scheduler_access(timer, sizeof *timer, true);
    record->expiries++;
    record->queued = record->period != 0;
    PKDPC dpc = timer->Dpc;
    dispatcher_signal(&timer->Header, timer->Header.Type == TIMER_SYNCHRONIZATION_OBJECT);
    if (dpc != NULL) {
        dpc_queue_and_run(dpc);
    }
}

static void run_timer(void *argument)
{
    struct timer_record *record = &records[(uintptr_t)argument >> 32];
    uint32_t generation = (uint32_t)(uintptr_t)argument;
    while (wait_for_deadline(record, generation)) {
        record->deadline += record->period;
        bool again = record->period != 0;
        expire(record);
        if (!again) {
            return;
        }
    }
}

/* ------------------------------------------------------------------------------------------------ setting, cancelling -- */

static bool dequeue(struct timer_record *record)
{
    bool queued = record->queued;
    record->queued = false;
    record->generation++;
    scheduler_wake(record, UINT32_MAX);
    return queued;
}

BOOLEAN KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    static const struct scheduler_call call = {"KeSetTimer", CALL_KE_SET_TIMER, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, "KeSetTimer");
    scheduler_call(&call, Timer);
    scheduler_access(Timer, sizeof *Timer, true);
    struct timer_record *record = require_timer(Timer, "KeSetTimer") ? make_record(Timer) : NULL;
    if (record == NULL) {
        return FALSE;
    }
    bool queued = dequeue(record);
    scheduler_call_value(queued, 1);
    record->queued = true;
    Timer->Header.SignalState = 0;
    record->deadline = dispatcher_deadline(&DueTime);
    record->period = (uint64_t)(ULONG)Period * UNITS_PER_MILLISECOND;
    Timer->DueTime.QuadPart = record->deadline;
    Timer->Period = (ULONG)Period;
    Timer->Dpc = Dpc;
    dispatcher_changed(Timer);
    kernel_spawn("timer", PASSIVE_LEVEL, run_timer, (void *)((uintptr_t)(record - records) << 32 | record->generation));
    return queued;
}

BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    return KeSetTimerEx(Timer, DueTime, 0, Dpc);
}

BOOLEAN KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period, ULONG TolerableDelay, PKDPC Dpc)
{
    UNREFERENCED_PARAMETER(TolerableDelay);
    return KeSetTimerEx(Timer, DueTime, (LONG)Period, Dpc);
}

BOOLEAN KeCancelTimer(PKTIMER Timer)
{
    static const struct scheduler_call call = {"KeCancelTimer", CALL_KE_CANCEL_TIMER, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, "KeCancelTimer");
    scheduler_call(&call, Timer);
    scheduler_access(Timer, sizeof *Timer, true);
    if (!require_timer(Timer, "KeCancelTimer")) {
        return FALSE;
    }
    struct timer_record *record = record_of(Timer);
    bool queued = record != NULL && dequeue(record);
    scheduler_call_value(queued, 0);
    return queued;
}

BOOLEAN KeReadStateTimer(PKTIMER Timer)
{
    static const struct scheduler_call call = {"KeReadStateTimer", CALL_KE_READ_STATE, EFFECT_UPDATE};
    scheduler_call(&call, Timer);
    scheduler_access(Timer, sizeof *Timer, false);
    return Timer->Header.SignalState != 0;
}

/* ------------------------------------------------------------------------------------------------- what is queued -- */

static bool timer_within(const void *start, const void *end, const void **object)
{
    for (uint32_t index = 0; index < record_count; index++) {
        const void *timer = records[index].timer;
        if (records[index].queued && timer >= start && timer < end) {
            *object = timer;
            return true;
        }
    }
    return false;
}

bool kernel_timer_or_dpc_within(const void *start, const void *end, const char **what, const void **object)
{
    bool timer = timer_within(start, end, object);
    *what = timer ? "timer" : "deferred call";
    return timer || dpc_within(start, end, object);
}

bool kernel_timer_queued(const void **object)
{
    return timer_within(NULL, (const void *)UINTPTR_MAX, object);
}

void kernel_check_timers_and_dpcs(const void *start, const void *end, const char *what)
{
    const char *kind;
    const void *object;
    if (kernel_timer_or_dpc_within(start, end, &kind, &object)) {
        kernel_violation("timer-or-dpc-outstanding", object, "the %s goes away while a %s in it is queued", what, kind);
    }
}
