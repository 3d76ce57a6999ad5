/* p09c_no_last_block.c - the remover takes for granted that its block exists. */
#include "mutants.h"

static VOID UntrackLast(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);
    PIO_REMOVE_LOCK_TRACKING_BLOCK last;
    KIRQL irql;

    KeAcquireSpinLock(&tracking->Spin, &irql);
    last = tracking->Blocks;
    /* The bug: there is no block when there was no memory for the remover's own one. */
    tracking->Blocks = last->Next;
    KeReleaseSpinLock(&tracking->Spin, irql);

    if (last->Tag != Tag) {
        RemoveLockRemarkLastTag(Lock, Tag, last->Tag);
    }
    ExFreePoolWithTag(last, (ULONG)tracking->AllocateTag);
}

static VOID ReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    WriteBooleanNoFence(&Lock->Common.Removed, TRUE);

    LONG count = InterlockedDecrement(&Lock->Common.IoCount);
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count > 0);
    if (InterlockedDecrement(&Lock->Common.IoCount) > 0) {
        KeWaitForSingleObject(&Lock->Common.RemoveEvent, Executive, KernelMode, FALSE, NULL);
    }

    if (RemoveLockIsTracked(RemlockSize)) {
        UntrackLast(Lock, Tag);
    }
}

const struct remove_lock_mutant p09c_no_last_block = {
    .name = "p09c-no-last-block",
    .summary = "release-and-wait follows a null pointer when there was no memory for the remover's own block",
    .story = "After the wait the remover takes the last block off the list without looking whether there is one. Acquiring "
             "succeeds even when there is no memory to track it, and then the list is empty: a null pointer is followed. "
             "Shows when the allocation fails for the remover's own acquisition. In ReactOS when this was written.",
    .routines = {.ReleaseAndWait = ReleaseAndWait},
};
