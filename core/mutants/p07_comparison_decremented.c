/* p07_comparison_decremented.c - a parenthesis slip in the low-memory accounting. */
#include "mutants.h"

static VOID MissingBlock(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    PIO_REMOVE_LOCK_DBG_BLOCK tracking = TrackingOf(Lock);

    /* The bug: what is decremented and tested is the result of the comparison; LowMemoryCount is never counted down. */
    LONG isNegative = tracking->LowMemoryCount < 0;
    if (InterlockedDecrement(&isNegative) != 0) {
        InterlockedIncrement(&tracking->LowMemoryCount);
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

const struct remove_lock_mutant p07_comparison_decremented = {
    .name = "p07-comparison-decremented",
    .summary = "when memory was short for a block, its release is taken for one with an unknown tag",
    .story = "A slip of a parenthesis turns \"decrement, then compare with 0\" into \"compare with 0, then decrement that\": "
             "LowMemoryCount is never counted down but up with every release whose block is missing, and that release, which "
             "is in order, is reported as one with an unknown tag. Shows when the allocation of a tracking block fails. Seen "
             "in ReactOS in 2011 (r52450).",
    .routines = {.Release = Release},
};
