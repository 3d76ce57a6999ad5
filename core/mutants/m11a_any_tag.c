/* m11a_any_tag.c - a release takes out whichever block comes first. */
#include "mutants.h"

static VOID Untrack(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);
    PIO_REMOVE_LOCK_TRACKING_BLOCK found = NULL;
    LONGLONG now = RemoveLockNow();
    KIRQL irql;

    KeAcquireSpinLock(&tracking->Spin, &irql);
    PIO_REMOVE_LOCK_TRACKING_BLOCK *link = &tracking->Blocks;
    while (*link != NULL) {
        PIO_REMOVE_LOCK_TRACKING_BLOCK block = *link;
        RemoveLockCheckAge(Lock, block, now);
        /* The bug: the tag is not looked at. */
        if (found == NULL) {
            found = block;
            *link = block->Next;
        } else {
            link = &block->Next;
        }
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

const struct remove_lock_mutant m11a_any_tag = {
    .name = "m11a-any-tag",
    .summary = "release takes out the youngest block, whatever its tag",
    .story = "The walk over the tracking blocks takes out the first one without looking at its tag. The counts agree, but the "
             "list tells of the wrong holders: a caller that does everything right is told that another tag than the last one "
             "was released, and a wrong tag goes unnoticed.",
    .routines = {.Release = Release},
};
