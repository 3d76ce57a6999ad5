/* m08a_plain_increment.c - the increment is not atomic. */
#include "mutants.h"

static NTSTATUS Acquire(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    /* The bug: a read and a write, and another processor between them. */
    LONG count = ++Lock->Common.IoCount;
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count > 0);

    if (!ReadBooleanNoFence(&Lock->Common.Removed)) {
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

const struct remove_lock_mutant m08a_plain_increment = {
    .name = "m08a-plain-increment",
    .summary = "acquire increments the count without an interlocked operation",
    .story = "Acquire reads the count, adds one and writes it back. What others do to the count in between is lost: of two "
             "acquisitions only one is counted, and the remover frees the device under the other; or a release is forgotten, "
             "and the remover waits for ever.",
    .routines = {.Acquire = Acquire},
};
