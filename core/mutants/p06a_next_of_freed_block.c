/* p06a_next_of_freed_block.c - a block is freed before its Next is read. */
#include "mutants.h"

static VOID Untrack(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);
    BOOLEAN found = FALSE;
    LONGLONG now = RemoveLockNow();
    KIRQL irql;

    KeAcquireSpinLock(&tracking->Spin, &irql);
    PIO_REMOVE_LOCK_TRACKING_BLOCK *link = &tracking->Blocks;
    for (PIO_REMOVE_LOCK_TRACKING_BLOCK block = *link; block != NULL; block = block->Next) {
        RemoveLockCheckAge(Lock, block, now);
        if (!found && block->Tag == Tag) {
            found = TRUE;
            *link = block->Next;
            /* The bug: the walk goes on and asks this block for the next one. */
            ExFreePoolWithTag(block, (ULONG)tracking->AllocateTag);
        } else {
            link = &block->Next;
        }
    }
    KeReleaseSpinLock(&tracking->Spin, irql);

    if (!found) {
        RemoveLockMissingBlock(Lock, Tag);
    }
}

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    ReleaseWith(Untrack, Lock, Tag, RemlockSize);
}

const struct remove_lock_mutant p06a_next_of_freed_block = {
    .name = "p06a-next-of-freed-block",
    .summary = "release frees its tracking block and then reads the next block from it",
    .story = "The walk over the tracking blocks frees the block that it was looking for and goes on to the next one through "
             "the freed block's Next. It works as long as nobody else uses the pool in between; then the walk follows "
             "somebody else's data with the spin lock held. Any release of a checked lock shows it. Seen in ReactOS in 2011 "
             "(r52002).",
    .routines = {.Release = Release},
};
