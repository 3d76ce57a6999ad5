/* m16_wait_gives_up.c - the wait has a timeout, and nobody looks how it ended. */
#include "mutants.h"

static VOID ReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    WriteBooleanNoFence(&Lock->Common.Removed, TRUE);

    LONG count = InterlockedDecrement(&Lock->Common.IoCount);
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count > 0);
    if (InterlockedDecrement(&Lock->Common.IoCount) > 0) {
        /* The bug: after 45 seconds it goes on as if everybody had released. */
        LARGE_INTEGER timeout = {.QuadPart = -45LL * 10000000};
        KeWaitForSingleObject(&Lock->Common.RemoveEvent, Executive, KernelMode, FALSE, &timeout);
    }

    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrackLast(Lock, Tag);
    }
}

const struct remove_lock_mutant m16_wait_gives_up = {
    .name = "m16-wait-gives-up",
    .summary = "release-and-wait waits for 45 seconds and then goes on as if all had been released",
    .story = "Somebody did not want removals that hang and put a timeout on the wait. A holder that needs longer finds the "
             "device freed under it. The lock of the user-mode driver framework waits for 45 seconds too, but stops with an "
             "assertion when they are over.",
    .routines = {.ReleaseAndWait = ReleaseAndWait},
};
