/* m11b_oldest_block.c - a release takes out the oldest block with the tag. */
#include "mutants.h"

static VOID Untrack(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);
    PIO_REMOVE_LOCK_TRACKING_BLOCK found = NULL;
    LONGLONG now = RemoveLockNow();
    KIRQL irql;

    KeAcquireSpinLock(&tracking->Spin, &irql);
    PIO_REMOVE_LOCK_TRACKING_BLOCK *match = NULL;
    for (PIO_REMOVE_LOCK_TRACKING_BLOCK *link = &tracking->Blocks; *link != NULL; link = &(*link)->Next) {
        RemoveLockCheckAge(Lock, *link, now);
        /* The bug: the last match wins, and the last one is the oldest. */
        if ((*link)->Tag == Tag) {
            match = link;
        }
    }
    if (match != NULL) {
        found = *match;
        *match = found->Next;
    }
    KeReleaseSpinLock(&tracking->Spin, irql);

    if (found == NULL) {
        RemoveLockMissingBlock(Lock, Tag);
        return;
    }
    ExFreePoolWithTag(found, (ULONG)tracking->AllocateTag);
}

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    ReleaseWith(Untrack, Lock, Tag, RemlockSize);
}

const struct remove_lock_mutant m11b_oldest_block = {
    .name = "m11b-oldest-block",
    .summary = "release takes out the oldest block with its tag where it should be the youngest",
    .story = "A tag may be used by several acquisitions; a release ends the youngest of them. This walk goes on after its "
             "first match and takes the last one, the oldest. What is left looks younger than it is, so that an acquisition "
             "that is held too long is not reported, or another one's file and line are.",
    .routines = {.Release = Release},
};
