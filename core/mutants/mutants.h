/*
 * mutants.h - remove locks with one bug each.
 *
 * Every mutant replaces as few routines as its bug needs; the rest of the lock is the correct one. The file that holds it shows
 * the routine whole, so that it can be read beside the correct one in core/lock/.
 */
#ifndef CORE_MUTANTS_H
#define CORE_MUTANTS_H

#include "../lock/lock.h"

FORCEINLINE PIO_REMOVE_LOCK_DBG_BLOCK TrackingOf(PIO_REMOVE_LOCK Lock)
{
    return &((PEXTENDED_REMOVE_LOCK)Lock)->Dbg;
}

#endif
