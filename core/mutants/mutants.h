/*
 * mutants.h - remove locks with one bug each.
 *
 * Every mutant replaces as little as its bug needs; the rest of the lock is the correct one. The file that holds it shows the
 * routine, or the part of it, so that it can be read beside the correct one in core/lock/.
 */
#ifndef CORE_MUTANTS_H
#define CORE_MUTANTS_H

#include "../lock/lock.h"

FORCEINLINE PIO_REMOVE_LOCK_DBG_BLOCK TrackingOf(PIO_REMOVE_LOCK Lock)
{
    return &((PEXTENDED_REMOVE_LOCK)Lock)->Dbg;
}

/*
 * Release and the search for its tracking block, for mutants whose bug lies in a part of them: the rest is that of release.c
 * and tracking.c.
 */

FORCEINLINE VOID ReleaseWith(VOID (*Untrack)(PIO_REMOVE_LOCK Lock, PVOID Tag), PIO_REMOVE_LOCK Lock, PVOID Tag,
                             ULONG RemlockSize)
{
    if (RemoveLockIsTracked(RemlockSize)) {
        Untrack(Lock, Tag);
    }

    LONG count = InterlockedDecrement(&Lock->Common.IoCount);
    if (count > 0) {
        return;
    }
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count == 0);
    if (count == 0) {
        REMOVE_LOCK_ASSERT(Lock, RemlockSize, ReadBooleanNoFence(&Lock->Common.Removed));
        KeSetEvent(&Lock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
    }
}

typedef VOID CHECK_AGE(PIO_REMOVE_LOCK Lock, PIO_REMOVE_LOCK_TRACKING_BLOCK Block, LONGLONG Now);
typedef VOID MISSING_BLOCK(PIO_REMOVE_LOCK Lock, PVOID Tag);

FORCEINLINE VOID UntrackWith(CHECK_AGE *CheckAge, MISSING_BLOCK *MissingBlock, PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);
    PIO_REMOVE_LOCK_TRACKING_BLOCK found = NULL;
    LONGLONG now = RemoveLockNow();
    KIRQL irql;

    KeAcquireSpinLock(&tracking->Spin, &irql);
    PIO_REMOVE_LOCK_TRACKING_BLOCK *link = &tracking->Blocks;
    while (*link != NULL) {
        PIO_REMOVE_LOCK_TRACKING_BLOCK block = *link;
        CheckAge(Lock, block, now);
        if (found == NULL && block->Tag == Tag) {
            found = block;
            *link = block->Next;
        } else {
            link = &block->Next;
        }
    }
    KeReleaseSpinLock(&tracking->Spin, irql);

    if (found == NULL) {
        MissingBlock(Lock, Tag);
        return;
    }
    ExFreePoolWithTag(found, (ULONG)tracking->AllocateTag);
}

#endif
