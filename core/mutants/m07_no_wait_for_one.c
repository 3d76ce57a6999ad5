/* m07_no_wait_for_one.c - the remover does not wait for a single holder. */
#include "mutants.h"

static VOID ReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    WriteBooleanNoFence(&Lock->Common.Removed, TRUE);

    LONG count = InterlockedDecrement(&Lock->Common.IoCount);
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count > 0);
    /* The bug: the bias is given back by now, so that 1 means that one holder is left. */
    if (InterlockedDecrement(&Lock->Common.IoCount) > 1) {
        KeWaitForSingleObject(&Lock->Common.RemoveEvent, Executive, KernelMode, FALSE, NULL);
    }

    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrackLast(Lock, Tag);
    }
}

const struct remove_lock_mutant m07_no_wait_for_one = {
    .name = "m07-no-wait-for-one",
    .summary = "release-and-wait does not wait when exactly one holder is left",
    .story = "The remover has given back its acquisition and the bias, and takes a count of 1 for the bias. When exactly one "
             "other holder is left it does not wait, and frees the device under it. With two or more it waits correctly.",
    .routines = {.ReleaseAndWait = ReleaseAndWait},
};
