/* p10_test_before_increment.c - Removed is tested before the count is incremented. */
#include "mutants.h"

static NTSTATUS Acquire(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    /* The bug: between this test and the increment a remover can come and go. */
    if (ReadBooleanNoFence(&Lock->Common.Removed)) {
        return STATUS_DELETE_PENDING;
    }

    LONG count = InterlockedIncrement(&Lock->Common.IoCount);
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count > 0);
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockTrack(Lock, Tag, File, Line, count);
    }
    return STATUS_SUCCESS;
}

const struct remove_lock_mutant p10_test_before_increment = {
    .name = "p10-test-before-increment",
    .summary = "acquire looks first and counts then: it succeeds after the remover has gone",
    .story = "An acquirer that has seen Removed as FALSE is not yet in the count. If it loses the processor there, the "
             "remover sees a count of 0, does not wait and frees the device; the acquirer then increments freed memory and "
             "believes that it holds the lock. It looks so natural because it saves the failing acquirer from undoing its "
             "increment. In Wine when this was written.",
    .routines = {.Acquire = Acquire},
};
