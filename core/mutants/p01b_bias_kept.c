/* p01b_bias_kept.c - the remover keeps the bias. */
#include "mutants.h"

static VOID ReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    WriteBooleanNoFence(&Lock->Common.Removed, TRUE);

    /* The bug: the bias is compared with instead of given back, so that no release ever brings the count to 0. */
    if (InterlockedDecrement(&Lock->Common.IoCount) > 1) {
        KeWaitForSingleObject(&Lock->Common.RemoveEvent, Executive, KernelMode, FALSE, NULL);
    }

    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrackLast(Lock, Tag);
    }
}

const struct remove_lock_mutant p01b_bias_kept = {
    .name = "p01b-bias-kept",
    .summary = "release-and-wait never gives back the bias: nobody reaches 0, nobody wakes the remover",
    .story = "The remover gives back its own acquisition and knows that a count of 1 means that nobody else is left, but it "
             "never gives back the bias. When it is alone all goes well. When somebody else still holds the lock, that one's "
             "release takes the count from 2 to 1, sees no 0 and sets no event: the remover waits for ever. The second "
             "decrement was missing in ReactOS in 2006 (r22724).",
    .routines = {.ReleaseAndWait = ReleaseAndWait},
};
