/* m06_stale_removed_read.c - Removed is read before the decrement. */
#include "mutants.h"

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrack(Lock, Tag);
    }

    /* The bug: a remover may set Removed after this, and then wait for the decrement below. */
    BOOLEAN removed = ReadBooleanNoFence(&Lock->Common.Removed);
    LONG count = InterlockedDecrement(&Lock->Common.IoCount);
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count >= 0);
    if (count == 0 && removed) {
        KeSetEvent(&Lock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
    }
}

const struct remove_lock_mutant m06_stale_removed_read = {
    .name = "m06-stale-removed-read",
    .summary = "release trusts a look at Removed from before its decrement: a lost wake-up",
    .story = "Release wants to set the event only when somebody removes the device, and looks before it decrements. If the "
             "whole of ReleaseAndWait up to the wait falls between the two, the release brings the count to 0 and still "
             "believes that nobody is waiting. The remover waits for ever. Looking is not needed: the count reaches 0 only "
             "when a remover has given back the bias.",
    .routines = {.Release = Release},
};
