/* tracking.c - the list of acquisitions that a tracked lock keeps. */
#include "lock.h"

static PIO_REMOVE_LOCK_DBG_BLOCK TrackingOf(PIO_REMOVE_LOCK Lock)
{
    return &((PEXTENDED_REMOVE_LOCK)Lock)->Dbg;
}

LONGLONG RemoveLockNow(VOID)
{
    LARGE_INTEGER now;

    KeQueryTickCount(&now);
    return now.QuadPart;
}

/* `Count` is IoCount after the increment: the bias, this acquisition and all others. */
VOID RemoveLockCheckWatermark(PIO_REMOVE_LOCK Lock, LONG Count)
{
    if (Count - 1 > RemoveLockWatermarkOf(Lock)) {
        RemoveLockRemarkWatermark(Lock, Count - 1);
    }
}

VOID RemoveLockPush(PIO_REMOVE_LOCK Lock, PIO_REMOVE_LOCK_TRACKING_BLOCK Block)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);
    KIRQL irql;

    KeAcquireSpinLock(&tracking->Spin, &irql);
    Block->Next = tracking->Blocks;
    tracking->Blocks = Block;
    KeReleaseSpinLock(&tracking->Spin, irql);
}

VOID RemoveLockTrack(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, LONG Count)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);

    RemoveLockCheckWatermark(Lock, Count);
    PIO_REMOVE_LOCK_TRACKING_BLOCK block = ExAllocatePoolWithTag(NonPagedPool, sizeof *block, (ULONG)tracking->AllocateTag);
    if (block == NULL) {
        InterlockedIncrement(&tracking->LowMemoryCount);
        return;
    }
    block->Tag = Tag;
    block->LockMoment = RemoveLockNow();
    block->File = File;
    block->Line = Line;
    RemoveLockPush(Lock, block);
}

VOID RemoveLockCheckAge(PIO_REMOVE_LOCK Lock, PIO_REMOVE_LOCK_TRACKING_BLOCK Block, LONGLONG Now)
{
    LONGLONG limit = TrackingOf(Lock)->MaxLockedTicks;

    if (limit != 0 && Now - Block->LockMoment > limit) {
        RemoveLockRemarkHeldTooLong(Lock, Block);
    }
}

/* A release found no block of its tag: either there had been no memory for one, or the tag is wrong. */
VOID RemoveLockMissingBlock(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);

    if (InterlockedDecrement(&tracking->LowMemoryCount) < 0) {
        InterlockedIncrement(&tracking->LowMemoryCount);
        RemoveLockRemarkUnknownTag(Lock, Tag);
    }
}

/* Looks at every block for its age, and takes out the youngest one with the tag. */
VOID RemoveLockUntrack(PIO_REMOVE_LOCK Lock, PVOID Tag)
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
        if (found == NULL && block->Tag == Tag) {
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

/* After the wait one block is left, the remover's own, unless there was no memory for it. */
VOID RemoveLockUntrackLast(PIO_REMOVE_LOCK Lock, PVOID Tag)
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
    if (last->Tag != Tag) {
        RemoveLockRemarkLastTag(Lock, Tag, last->Tag);
    }
    ExFreePoolWithTag(last, (ULONG)tracking->AllocateTag);
}
