/* m09a_relaxed_increment.c - the increment does not order what follows it. */
#include "mutants.h"

/* As the interlocked routine of the same name with the suffix NoFence: atomic, and that is all. */
static LONG IncrementNoFence(LONG volatile *Addend)
{
    return __atomic_add_fetch(Addend, 1, __ATOMIC_RELAXED);
}

static NTSTATUS Acquire(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    /* The bug: nothing keeps the read of Removed behind the increment. */
    LONG count = IncrementNoFence(&Lock->Common.IoCount);
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

const struct remove_lock_mutant m09a_relaxed_increment = {
    .name = "m09a-relaxed-increment",
    .summary = "acquire increments without a barrier: it may see Removed as it was before",
    .story = "The increment is atomic but orders nothing. A processor such as an ARM64 may then read Removed before the "
             "increment is seen: it counts itself after the remover has gone and still finds Removed FALSE. The same as "
             "testing before incrementing, but written in the right order; no interleaving shows it, only a weak memory model "
             "does.",
    .weak_memory = true,
    .routines = {.Acquire = Acquire},
};
