/* m02_one_decrement.c - the remover gives back only one of two. */
#include "mutants.h"

static VOID ReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    WriteBooleanNoFence(&Lock->Common.Removed, TRUE);

    /* The bug: this is the caller's own acquisition; the bias keeps the count above 0 for ever. */
    if (InterlockedDecrement(&Lock->Common.IoCount) > 0) {
        KeWaitForSingleObject(&Lock->Common.RemoveEvent, Executive, KernelMode, FALSE, NULL);
    }

    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrackLast(Lock, Tag);
    }
}

const struct remove_lock_mutant m02_one_decrement = {
    .name = "m02-one-decrement",
    .summary = "release-and-wait decrements once: it waits for ever, even when nobody else holds the lock",
    .story = "The remover gives back its own acquisition and forgets the bias. The count cannot fall below 1 any more, so "
             "that nobody ever sets the event and every removal hangs. Hard to miss, and therefore a check of the harness as "
             "well.",
    .routines = {.ReleaseAndWait = ReleaseAndWait},
};
