/* m03_removed_set_late.c - Removed is set after the decrements. */
#include "mutants.h"

static VOID ReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    LONG count = InterlockedDecrement(&Lock->Common.IoCount);
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count > 0);
    count = InterlockedDecrement(&Lock->Common.IoCount);
    /* The bug: until here acquiring succeeds, although nobody is waited for any more. */
    WriteBooleanNoFence(&Lock->Common.Removed, TRUE);
    if (count > 0) {
        KeWaitForSingleObject(&Lock->Common.RemoveEvent, Executive, KernelMode, FALSE, NULL);
    }

    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrackLast(Lock, Tag);
    }
}

const struct remove_lock_mutant m03_removed_set_late = {
    .name = "m03-removed-set-late",
    .summary = "release-and-wait decides whether to wait before it stops new acquisitions",
    .story = "The remover gives back its acquisition and the bias, and sets Removed only then. An acquirer that comes between "
             "the last decrement and the store succeeds, and the remover, which has decided already that nobody is left, "
             "frees the device under it.",
    .routines = {.ReleaseAndWait = ReleaseAndWait},
};
