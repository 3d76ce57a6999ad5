/* m05_failing_acquire_stays_counted.c - a failing acquire keeps its increment. */
#include "mutants.h"

static NTSTATUS Acquire(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    LONG count = InterlockedIncrement(&Lock->Common.IoCount);
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count > 0);

    if (!ReadBooleanNoFence(&Lock->Common.Removed)) {
        if (RemoveLockIsTracked(RemlockSize)) {
            RemoveLockTrack(Lock, Tag, File, Line, count);
        }
        return STATUS_SUCCESS;
    }

    /* The bug: the caller holds nothing and will release nothing, but its increment stays. */
    return STATUS_DELETE_PENDING;
}

const struct remove_lock_mutant m05_failing_acquire_stays_counted = {
    .name = "m05-failing-acquire-stays-counted",
    .summary = "a failing acquire does not take its increment back",
    .story = "An acquire that finds the device removed reports it and forgets that it has incremented the count. A remover "
             "that has counted it, or that still waits for others, waits for ever.",
    .routines = {.Acquire = Acquire},
};
