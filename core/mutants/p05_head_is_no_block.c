/* p05_head_is_no_block.c - the head of the list is taken for a block. */
#include "mutants.h"

static VOID Untrack(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);
    PIO_REMOVE_LOCK_TRACKING_BLOCK found = NULL;
    LONGLONG now = RemoveLockNow();
    KIRQL irql;

    KeAcquireSpinLock(&tracking->Spin, &irql);
    PIO_REMOVE_LOCK_TRACKING_BLOCK head = CONTAINING_RECORD(&tracking->Blocks, IO_REMOVE_LOCK_TRACKING_BLOCK, Next);
    PIO_REMOVE_LOCK_TRACKING_BLOCK previous = head;
    /* The bug: the head has a Next and nothing else; the walk must start at head->Next. */
    for (PIO_REMOVE_LOCK_TRACKING_BLOCK block = head; block != NULL; block = block->Next) {
        RemoveLockCheckAge(Lock, block, now);
        if (found == NULL && block->Tag == Tag) {
            found = block;
            previous->Next = block->Next;
        }
        previous = block;
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

const struct remove_lock_mutant p05_head_is_no_block = {
    .name = "p05-head-is-no-block",
    .summary = "release takes the head of the list for the first block and reads behind the lock",
    .story = "The walk over the tracking blocks starts at the head of the list and not at the first block. The head is the "
             "last field of the lock, so its tag, time, file and line are read from whatever lies behind the lock in memory. "
             "When that equals the tag the lock unlinks and frees a part of itself. Seen in ReactOS in 2011 (r51981).",
    .routines = {.Release = Release},
};
