/* p09a_ticks_in_32_bits.c - the time limit is computed wrongly and in 32 bits. */
#include "mutants.h"

static VOID Initialize(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark, ULONG RemlockSize)
{
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockInitializeTracking(Lock, AllocateTag, MaxLockedMinutes, HighWatermark);
        /* The bug: multiplied where it should be divided, and in 32 bits: a minute becomes 678 days. */
        TrackingOf(Lock)->MaxLockedTicks = KeQueryTimeIncrement() * MaxLockedMinutes * 600000000;
    }
    RemoveLockInitializeCommon(Lock);
}

const struct remove_lock_mutant p09a_ticks_in_32_bits = {
    .name = "p09a-ticks-in-32-bits",
    .summary = "MaxLockedTicks comes out as years: nobody ever holds the lock too long",
    .story = "Minutes become ticks by dividing by the length of a tick. Here the length is multiplied with, and the product "
             "of three 32-bit numbers keeps its low 32 bits: one minute becomes 3748830208 ticks, 678 days. A lock that is "
             "held too long is never reported. In ReactOS when this was written.",
    .routines = {.Initialize = Initialize},
};
