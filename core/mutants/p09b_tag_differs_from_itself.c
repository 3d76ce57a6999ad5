/* p09b_tag_differs_from_itself.c - the check of the last tag can never fail. */
#include "mutants.h"

static VOID UntrackLast(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);
    PIO_REMOVE_LOCK_TRACKING_BLOCK last;
    KIRQL irql;

    KeAcquireSpinLock(&tracking->Spin, &irql);
    last = tracking->Blocks;
    if (last != NULL) {
        tracking->Blocks = last->Next;
    }
    KeReleaseSpinLock(&tracking->Spin, irql);

    if (last == NULL) {
        RemoveLockMissingBlock(Lock, Tag);
        return;
    }
    /* The bug: this should be last->Tag. */
    PVOID expected = Tag;
    if (expected != Tag) {
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

const struct remove_lock_mutant p09b_tag_differs_from_itself = {
    .name = "p09b-tag-differs-from-itself",
    .summary = "release-and-wait accepts any tag",
    .story = "ReleaseAndWait compares its tag with that of the last acquisition. Here the assertion compares the caller's "
             "tag with itself, so that it can never fail, and a wrong tag goes unnoticed. Only a caller that passes a wrong "
             "tag sees the difference. In ReactOS when this was written.",
    .needs_misuse = true,
    .routines = {.ReleaseAndWait = ReleaseAndWait},
};
