/* p06b_zero_limit_is_a_limit.c - no time limit is taken for a limit of no time. */
#include "mutants.h"

static VOID CheckAge(PIO_REMOVE_LOCK Lock, PIO_REMOVE_LOCK_TRACKING_BLOCK Block, LONGLONG Now)
{
    LONGLONG limit = TrackingOf(Lock)->MaxLockedTicks;

    /* The bug: a limit of 0 means that there is none. */
    if (Now - Block->LockMoment > limit) {
        RemoveLockRemarkHeldTooLong(Lock, Block);
    }
}

static VOID Untrack(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    UntrackWith(CheckAge, RemoveLockMissingBlock, Lock, Tag);
}

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    ReleaseWith(Untrack, Lock, Tag, RemlockSize);
}

const struct remove_lock_mutant p06b_zero_limit_is_a_limit = {
    .name = "p06b-zero-limit-is-a-limit",
    .summary = "with MaxLockedMinutes 0 every lock that is held for more than a moment was held too long",
    .story = "MaxLockedMinutes 0 means that the lock may be held for as long as one likes. Here the age is compared with it "
             "all the same, so that a release reports everybody whose acquisition is a tick old. Shows as soon as time passes "
             "while a checked lock without a limit is held. Seen in ReactOS in 2011 (r52002).",
    .routines = {.Release = Release},
};
