/* p03_debug_half_only.c - the checked size initialises the debug half alone. */
#include "mutants.h"

static VOID Initialize(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark, ULONG RemlockSize)
{
    if (RemoveLockIsTracked(RemlockSize)) {
        /* The bug: the return leaves out the half that every lock has. */
        RemoveLockInitializeTracking(Lock, AllocateTag, MaxLockedMinutes, HighWatermark);
        return;
    }
    RemoveLockInitializeCommon(Lock);
}

const struct remove_lock_mutant p03_debug_half_only = {
    .name = "p03-debug-half-only",
    .summary = "initialising a checked lock leaves Removed, IoCount and RemoveEvent as they were",
    .story = "Initialize tells the sizes apart and sets up the debug half of a checked lock, but returns before the common "
             "half. Removed, IoCount and RemoveEvent are whatever was in the memory: acquiring fails at once on a device that "
             "nobody has removed, or the lock has no bias and its event was never one. Free builds show nothing. Seen in "
             "ReactOS in May 2011 (7e24bf2468).",
    .routines = {.Initialize = Initialize},
};
