/* m14_mixed_sizes.c - release assumes a checked lock whatever its caller passes. */
#include "mutants.h"

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    /* The bug: built with DBG for callers that are not; a free lock ends where the debug half would begin. */
    RemoveLockUntrack(Lock, Tag);

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

const struct remove_lock_mutant m14_mixed_sizes = {
    .name = "m14-mixed-sizes",
    .summary = "release treats a free lock as a checked one and reads past its end",
    .story = "The size that each call passes tells whether the lock has its debug half. This release is built into a library "
             "with DBG and never asks. On a free driver's lock it takes the memory behind the lock for a spin lock and a list "
             "of blocks. Checked drivers show nothing.",
    .routines = {.Release = Release},
};
