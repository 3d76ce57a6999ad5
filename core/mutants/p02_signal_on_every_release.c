/* p02_signal_on_every_release.c - a stray semicolon. */
#include "mutants.h"

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrack(Lock, Tag);
    }

    InterlockedDecrement(&Lock->Common.IoCount);
    /* The bug: the test for zero guards an empty statement, so the event is set whatever the count is. */
    KeSetEvent(&Lock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
}

const struct remove_lock_mutant p02_signal_on_every_release = {
    .name = "p02-signal-on-every-release",
    .summary = "release sets the event although others still hold the lock",
    .story = "A semicolon slipped in after the test for zero, so every release sets RemoveEvent. A remover that waits for two "
             "holders goes on when the first one releases, frees the device, and the second one works on freed memory. Seen in "
             "ReactOS in 2008 (r37835).",
    .routines = {.Release = Release},
};
