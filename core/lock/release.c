/* release.c - IoReleaseRemoveLockEx. */
#include "lock.h"

VOID RemoveLockRelease(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    /* The block goes first: once the count has dropped the lock's memory may be freed. */
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrack(Lock, Tag);
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
