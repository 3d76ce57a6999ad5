/* m04_failing_acquire_is_silent.c - a failing acquire leaves without a signal. */
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

    /* The bug: the remover may be waiting for this decrement. */
    InterlockedDecrement(&Lock->Common.IoCount);
    return STATUS_DELETE_PENDING;
}

const struct remove_lock_mutant m04_failing_acquire_is_silent = {
    .name = "m04-failing-acquire-is-silent",
    .summary = "a failing acquire that is the last to leave does not wake the remover",
    .story = "An acquire that finds the device removed takes its increment back and leaves. If the remover has counted that "
             "increment in the meantime it waits for somebody to reach 0; the failing acquirer reaches it and says nothing. "
             "The remover waits for ever.",
    .routines = {.Acquire = Acquire},
};
