/* p04a_size_of_one_half_init.c - the size is compared with the wrong structure; Initialize does nothing. */
#include "mutants.h"

static VOID Initialize(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark, ULONG RemlockSize)
{
    /* The bug: a checked driver passes the size of both halves, never that of the debug half. */
    BOOLEAN tracked = RemlockSize == sizeof(IO_REMOVE_LOCK_DBG_BLOCK);

    if (tracked) {
        RemoveLockInitializeTracking(Lock, AllocateTag, MaxLockedMinutes, HighWatermark);
    }
    if (tracked || RemlockSize == sizeof(IO_REMOVE_LOCK_COMMON_BLOCK)) {
        RemoveLockInitializeCommon(Lock);
    }
}

const struct remove_lock_mutant p04a_size_of_one_half_init = {
    .name = "p04a-size-of-one-half-init",
    .summary = "initialise does not recognise the size of a checked lock and leaves it untouched",
    .story = "RemlockSize is compared with the size of the debug half where it should be compared with that of both halves. A "
             "checked driver's size matches nothing, so that its lock stays as the memory was: garbage in Removed, IoCount "
             "and RemoveEvent, and a spin lock that may never come free. Seen in ReactOS in 2011 (r51965).",
    .routines = {.Initialize = Initialize},
};
