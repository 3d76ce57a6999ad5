/* p01a_zeroed_lock.c - zeroed memory taken for an initialised lock. */
#include "mutants.h"

static VOID Initialize(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark, ULONG RemlockSize)
{
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockInitializeTracking(Lock, AllocateTag, MaxLockedMinutes, HighWatermark);
    }
    /* The bug: zeroes are a lock without its bias, and a notification event. */
    RtlZeroMemory(&Lock->Common, sizeof Lock->Common);
}

static VOID ReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    WriteBooleanNoFence(&Lock->Common.Removed, TRUE);

    /* Without a bias the caller's own acquisition is all there is to give back. */
    if (InterlockedDecrement(&Lock->Common.IoCount) > 0) {
        KeWaitForSingleObject(&Lock->Common.RemoveEvent, Executive, KernelMode, FALSE, NULL);
    }

    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrackLast(Lock, Tag);
    }
}

const struct remove_lock_mutant p01a_zeroed_lock = {
    .name = "p01a-zeroed-lock",
    .summary = "the lock is merely zeroed: the event is set whenever nobody holds the lock, and stays set",
    .story = "Initialize zeroes the lock and calls that a lock. The count begins at 0, so it comes back to 0 whenever the "
             "lock falls idle long before anybody removes anything, and that release sets the event, which zeroes made a "
             "notification event: it stays set. A later remover finds it set and does not wait for those who hold the lock "
             "then. The first shape of the lock in ReactOS, in 2006 (r22724). A notification event alone does no harm: the "
             "event of a lock with a bias is waited for once.",
    .routines = {.Initialize = Initialize, .ReleaseAndWait = ReleaseAndWait},
};
