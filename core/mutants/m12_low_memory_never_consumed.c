/* m12_low_memory_never_consumed.c - LowMemoryCount only ever grows. */
#include "mutants.h"

static VOID MissingBlock(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    /* The bug: the release whose block is missing is over, but is still expected. */
    if (ReadNoFence(&TrackingOf(Lock)->LowMemoryCount) <= 0) {
        RemoveLockRemarkUnknownTag(Lock, Tag);
    }
}

static VOID Untrack(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    UntrackWith(RemoveLockCheckAge, MissingBlock, Lock, Tag);
}

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    ReleaseWith(Untrack, Lock, Tag, RemlockSize);
}

const struct remove_lock_mutant m12_low_memory_never_consumed = {
    .name = "m12-low-memory-never-consumed",
    .summary = "one failed allocation of a block excuses every wrong tag from then on",
    .story = "When there is no memory for a tracking block LowMemoryCount remembers that one release will not find its block. "
             "That release looks at the counter but does not count it down, so that from then on no release with a wrong tag "
             "is ever reported. Shows in the count itself as soon as a block could not be allocated and its acquisition was "
             "released.",
    .routines = {.Release = Release},
};
