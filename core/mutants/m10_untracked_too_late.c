/* m10_untracked_too_late.c - the block is unlinked after the decrement. */
#include "mutants.h"

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    LONG count = InterlockedDecrement(&Lock->Common.IoCount);
    if (count <= 0) {
        REMOVE_LOCK_ASSERT(Lock, RemlockSize, count == 0);
        REMOVE_LOCK_ASSERT(Lock, RemlockSize, ReadBooleanNoFence(&Lock->Common.Removed));
        KeSetEvent(&Lock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
    }

    /* The bug: the remover may have gone on by now, with this block still in the list. */
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrack(Lock, Tag);
    }
}

const struct remove_lock_mutant m10_untracked_too_late = {
    .name = "m10-untracked-too-late",
    .summary = "release touches the lock's list after the count has let the remover go",
    .story = "A checked release gives back its count and takes its block out of the list afterwards. Once the count is down "
             "nothing protects the lock: the remover finds a foreign block where its own should be the last one, or has "
             "already freed the device, and the list with it. Free builds show nothing.",
    .routines = {.Release = Release},
};
