/* m08b_plain_decrement.c - the decrement is not atomic. */
#include "mutants.h"

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrack(Lock, Tag);
    }

    /* The bug: a read and a write, and another processor between them. */
    LONG count = --Lock->Common.IoCount;
    if (count > 0) {
        return;
    }
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, count == 0);
    if (count == 0) {
        REMOVE_LOCK_ASSERT(Lock, RemlockSize, ReadBooleanNoFence(&Lock->Common.Removed));
        KeSetEvent(&Lock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
    }
}

const struct remove_lock_mutant m08b_plain_decrement = {
    .name = "m08b-plain-decrement",
    .summary = "release decrements the count without an interlocked operation",
    .story = "Release reads the count, takes one away and writes it back. What others do to the count in between is lost: of "
             "two releases only one is counted, and the remover waits for ever; or an acquisition is forgotten, and the "
             "device is freed under it.",
    .routines = {.Release = Release},
};
