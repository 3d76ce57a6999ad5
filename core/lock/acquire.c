/* acquire.c - IoAcquireRemoveLockEx. */
#include "lock.h"

NTSTATUS RemoveLockAcquire(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    /* First count, then look: a remover that has not seen this increment has not yet given back the bias. */
    LONG count = InterlockedIncrement(&Lock->Common.IoCount);
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count > 0);

    if (!ReadBooleanNoFence(&Lock->Common.Removed)) {
        if (RemoveLockIsTracked(RemlockSize)) {
            RemoveLockTrack(Lock, Tag, File, Line, count);
        }
        return STATUS_SUCCESS;
    }

    /* The remover may have counted this attempt and be waiting for it. */
    if (InterlockedDecrement(&Lock->Common.IoCount) == 0) {
        KeSetEvent(&Lock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_DELETE_PENDING;
}
