/* m13_live_lock_reset.c - initialising again is not noticed. */
#include "mutants.h"

static BOOLEAN VerifyInitialize(PVOID Lock)
{
    /* The bug: nobody asks whether this lock is in use already. */
    UNREFERENCED_PARAMETER(Lock);
    return TRUE;
}

const struct remove_lock_mutant m13_live_lock_reset = {
    .name = "m13-live-lock-reset",
    .summary = "initialising a lock again resets it, whoever holds it",
    .story = "A lock must be initialised once; doing so again, even after the removal, is reported by checked builds and by "
             "Driver Verifier. Here it passes: the count is 1 again while others hold the lock, and their releases take it "
             "below 0. Only a caller that initialises twice sees the difference.",
    .needs_misuse = true,
    .routines = {.VerifyInitialize = VerifyInitialize},
};
