/* p08_no_limit_asserted.c - an assertion that there is a time limit. */
#include "mutants.h"

static VOID Initialize(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark, ULONG RemlockSize)
{
    /* The bug: 0 is a value like others and means that there is no limit. */
    REMOVE_LOCK_ASSERT(Lock, RemlockSize, MaxLockedMinutes != 0);

    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockInitializeTracking(Lock, AllocateTag, MaxLockedMinutes, HighWatermark);
    }
    RemoveLockInitializeCommon(Lock);
}

const struct remove_lock_mutant p08_no_limit_asserted = {
    .name = "p08-no-limit-asserted",
    .summary = "initialising a checked lock with MaxLockedMinutes 0 fails an assertion",
    .story = "Initialize asserts that MaxLockedMinutes is not 0. But 0 is documented and common: no limit. Every checked "
             "driver that passes it stops in its AddDevice routine. Seen in ReactOS in 2011 (r53302).",
    .routines = {.Initialize = Initialize},
};
