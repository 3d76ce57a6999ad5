/* m15_event_touched_after_wake.c - the setter touches the event after the waiter was woken. */
#include "mutants.h"

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrack(Lock, Tag);
    }

    LONG count = InterlockedDecrement(&Lock->Common.IoCount);
    if (count > 0) {
        return;
    }
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count == 0);
    if (count == 0) {
        REMOVE_LOCK_ASSERT(Lock, RemlockSize, ReadBooleanNoFence(&Lock->Common.Removed));
        PKEVENT event = &Lock->Common.RemoveEvent;
        event->Header.Signalling = TRUE;
        KeSetEvent(event, IO_NO_INCREMENT, FALSE);
        /* The bug: the event is part of the lock, and the remover may have freed both. */
        WriteBooleanNoFence(&event->Header.Signalling, FALSE);
    }
}

const struct remove_lock_mutant m15_event_touched_after_wake = {
    .name = "m15-event-touched-after-wake",
    .summary = "release writes to the event after it has woken the remover",
    .story = "The last release marks the event as being signalled, signals it, and takes the mark away. But the signal is the "
             "moment at which the remover may free the lock with the event in it; the mark is taken away in freed memory. "
             "Events made of a mutex and a condition variable inside the lock have the same flaw.",
    .routines = {.Release = Release},
};
