/* m01_no_bias.c - the count starts at 0. */
#include "mutants.h"

static VOID Initialize(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark, ULONG RemlockSize)
{
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockInitializeTracking(Lock, AllocateTag, MaxLockedMinutes, HighWatermark);
    }
    Lock->Common.Removed = FALSE;
    /* The bug: the remover gives back one more than its own acquisition, so there must be one more. */
    Lock->Common.IoCount = 0;
    KeInitializeEvent(&Lock->Common.RemoveEvent, SynchronizationEvent, FALSE);
}

const struct remove_lock_mutant m01_no_bias = {
    .name = "m01-no-bias",
    .summary = "the count starts at 0: the remover gives back somebody else's acquisition",
    .story = "IoCount begins at 0 and not at 1. The remover gives back its own acquisition and then the bias that is not "
             "there, so that one holder goes uncounted: with one other holder it does not wait at all. A checked lock notices "
             "earlier, because the count reaches 0 at a release although nobody has removed the device.",
    .routines = {.Initialize = Initialize},
};
