/* release_and_wait.c - IoReleaseRemoveLockAndWaitEx. */
#include "lock.h"

VOID RemoveLockReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    /* From here on acquiring fails; nobody who saw FALSE is missing from the count. */
    WriteBooleanNoFence(&Lock->Common.Removed, TRUE);

    /* The caller's own acquisition, then the bias. */
    LONG count = InterlockedDecrement(&Lock->Common.IoCount);
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count > 0);
    if (InterlockedDecrement(&Lock->Common.IoCount) > 0) {
        KeWaitForSingleObject(&Lock->Common.RemoveEvent, Executive, KernelMode, FALSE, NULL);
    }

    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrackLast(Lock, Tag);
    }
}
