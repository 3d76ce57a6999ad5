/* initialize.c - IoInitializeRemoveLockEx. */
#include "lock.h"

VOID RemoveLockInitializeCommon(PIO_REMOVE_LOCK Lock)
{
    Lock->Common.Removed = FALSE;
    Lock->Common.IoCount = 1;
    KeInitializeEvent(&Lock->Common.RemoveEvent, SynchronizationEvent, FALSE);
}

VOID RemoveLockInitializeTracking(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = &((PEXTENDED_REMOVE_LOCK)Lock)->Dbg;

    tracking->Signature = REMOVE_LOCK_SIGNATURE;
    tracking->HighWatermark = (LONG)HighWatermark;
    tracking->MaxLockedTicks = (LONGLONG)MaxLockedMinutes * 600000000 / KeQueryTimeIncrement();
    tracking->AllocateTag = (LONG)AllocateTag;
    InitializeListHead(&tracking->LockList);
    KeInitializeSpinLock(&tracking->Spin);
    tracking->LowMemoryCount = 0;
    tracking->Blocks = NULL;
}

VOID RemoveLockInitialize(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark,
                          ULONG RemlockSize)
{
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockInitializeTracking(Lock, AllocateTag, MaxLockedMinutes, HighWatermark);
    }
    RemoveLockInitializeCommon(Lock);
}
