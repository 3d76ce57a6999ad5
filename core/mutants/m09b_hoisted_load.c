/* m09b_hoisted_load.c - the read of Removed is moved above the increment. */
#include "mutants.h"

static NTSTATUS Acquire(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    /* The bug: read here, Removed is older than the increment. */
    BOOLEAN removed = ReadBooleanNoFence(&Lock->Common.Removed);
    LONG count = InterlockedIncrement(&Lock->Common.IoCount);
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count > 0);

    if (!removed) {
        if (RemoveLockIsTracked(RemlockSize)) {
            RemoveLockTrack(Lock, Tag, File, Line, count);
        }
        return STATUS_SUCCESS;
    }

    if (InterlockedDecrement(&Lock->Common.IoCount) == 0) {
        KeSetEvent(&Lock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_DELETE_PENDING;
}

const struct remove_lock_mutant m09b_hoisted_load = {
    .name = "m09b-hoisted-load",
    .summary = "acquire reads Removed before it increments, and decides afterwards",
    .story = "What a compiler may do when Removed is an ordinary field, or a person who wants the load out of the way: "
             "Removed is read before the increment and tested after it. The increment comes too late for a remover that has "
             "gone in between, and the acquirer touches freed memory in the belief that it holds the lock.",
    .routines = {.Acquire = Acquire},
};
