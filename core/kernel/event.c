/*
 * event.c - KEVENT.
 *
 * A set that meets a waiter hands the event over: the wait is satisfied at that moment, whatever is done to the event later,
 * and the setter does not touch it any more. The waiters stand in the scheduler's line, not in the event, so an event may be
 * freed as soon as its last waiter was woken.
 */
#include "kernel.h"

#include <limits.h>

VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    scheduler_access(Event, sizeof *Event, true);
    Event->Header.Type = (UCHAR)Type;
    Event->Header.Signalling = 0;
    Event->Header.Size = sizeof *Event / sizeof(LONG);
    Event->Header.Reserved1 = 0;
    Event->Header.SignalState = State;
    InitializeListHead(&Event->Header.WaitListHead);
}

LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    static const struct scheduler_call call = {"KeSetEvent", CALL_KE_SET_EVENT};
    UNREFERENCED_PARAMETER(Increment);
    UNREFERENCED_PARAMETER(Wait);
    kernel_require_irql(DISPATCH_LEVEL, "KeSetEvent");
    scheduler_call(&call, Event);
    if (!scheduler_accessible(Event, sizeof *Event)) {
        kernel_remark(&(struct remark){.kind = REMARK_SIGNAL_AFTER_FREE, .lock = Event, .text = "KeSetEvent on freed memory"});
    }
    scheduler_access(Event, sizeof *Event, true);
    LONG before = Event->Header.SignalState;
    bool consumed = Event->Header.Type == SynchronizationEvent && before == 0 && scheduler_wake(Event, 1) == 1;
    Event->Header.SignalState = consumed ? 0 : 1;
    if (consumed) {
        scheduler_note(Event, "the waiter gets the event");
    } else {
        scheduler_call_value((uint64_t)before, 1);
        if (Event->Header.Type == NotificationEvent) {
            scheduler_wake(Event, UINT_MAX);
        }
        scheduler_changed(Event);
    }
    return before;
}

LONG KeResetEvent(PRKEVENT Event)
{
    static const struct scheduler_call call = {"KeResetEvent", CALL_KE_RESET_EVENT};
    kernel_require_irql(DISPATCH_LEVEL, "KeResetEvent");
    scheduler_call(&call, Event);
    scheduler_access(Event, sizeof *Event, true);
    LONG before = Event->Header.SignalState;
    Event->Header.SignalState = 0;
    scheduler_call_value((uint64_t)before, 0);
    scheduler_changed(Event);
    return before;
}

VOID KeClearEvent(PRKEVENT Event)
{
    KeResetEvent(Event);
}

LONG KeReadStateEvent(PRKEVENT Event)
{
    static const struct scheduler_call call = {"KeReadStateEvent", CALL_KE_READ_STATE_EVENT};
    scheduler_call(&call, Event);
    scheduler_access(Event, sizeof *Event, false);
    LONG value = Event->Header.SignalState;
    scheduler_call_value((uint64_t)value, (uint64_t)value);
    return value;
}

static bool is_signalled(const void *argument)
{
    const KEVENT *event = argument;
    return event->Header.SignalState != 0;
}

static uint64_t deadline_of(PLARGE_INTEGER Timeout)
{
    if (Timeout == NULL) {
        return SCHEDULER_NEVER;
    }
    if (Timeout->QuadPart >= 0) {
        return (uint64_t)Timeout->QuadPart;
    }
    return scheduler_now() - (uint64_t)Timeout->QuadPart;
}

NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                               PLARGE_INTEGER Timeout)
{
    static const struct scheduler_call call = {"KeWaitForSingleObject", CALL_KE_WAIT_FOR_SINGLE_OBJECT};
    PRKEVENT event = Object;
    UNREFERENCED_PARAMETER(WaitReason);
    UNREFERENCED_PARAMETER(WaitMode);
    UNREFERENCED_PARAMETER(Alertable);
    bool looks_only = Timeout != NULL && Timeout->QuadPart == 0;
    kernel_require_irql(looks_only ? DISPATCH_LEVEL : APC_LEVEL, "KeWaitForSingleObject");
    scheduler_access(event, sizeof *event, false);
    enum scheduler_wait_result result = scheduler_wait(&call, event, is_signalled, event, deadline_of(Timeout));
    /* A setter that met this wait ended it for good; any other end needs the event once more. */
    if (result != SCHEDULER_WAIT_WOKEN) {
        scheduler_access(event, sizeof *event, true);
    }
    if (result == SCHEDULER_WAIT_TIMEOUT) {
        return STATUS_TIMEOUT;
    }
    if (result == SCHEDULER_WAIT_HOLDS && event->Header.Type == SynchronizationEvent) {
        event->Header.SignalState = 0;
        scheduler_changed(event);
    }
    return STATUS_SUCCESS;
}
