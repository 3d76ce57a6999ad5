/*
 * event.c - KEVENT.
 *
 * A set that meets a waiter hands the event over: the wait is satisfied at that moment, whatever is done to the event later,
 * and the setter does not touch it any more. The waiters stand in the scheduler's line, not in the event, so an event may be
 * freed as soon as its last waiter was woken.
 */
#include "dispatcher.h"

#include <limits.h>

VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    scheduler_access(Event, sizeof *Event, true);
    dispatcher_initialize(&Event->Header, (UCHAR)Type, sizeof *Event, State);
}

LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    static const struct scheduler_call call = {"KeSetEvent", CALL_KE_SET_EVENT, EFFECT_UPDATE};
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
        dispatcher_changed(Event);
    }
    return before;
}

LONG KeResetEvent(PRKEVENT Event)
{
    static const struct scheduler_call call = {"KeResetEvent", CALL_KE_RESET_EVENT, EFFECT_UPDATE};
    kernel_require_irql(DISPATCH_LEVEL, "KeResetEvent");
    scheduler_call(&call, Event);
    scheduler_access(Event, sizeof *Event, true);
    LONG before = Event->Header.SignalState;
    Event->Header.SignalState = 0;
    scheduler_call_value((uint64_t)before, 0);
    dispatcher_changed(Event);
    return before;
}

VOID KeClearEvent(PRKEVENT Event)
{
    KeResetEvent(Event);
}

LONG KeReadStateEvent(PRKEVENT Event)
{
    static const struct scheduler_call call = {"KeReadStateEvent", CALL_KE_READ_STATE_EVENT, EFFECT_UPDATE};
    scheduler_call(&call, Event);
    scheduler_access(Event, sizeof *Event, false);
    LONG value = Event->Header.SignalState;
    scheduler_call_value((uint64_t)value, (uint64_t)value);
    return value;
}
