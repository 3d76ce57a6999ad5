/*
 * routines.h - for files that define what programs call: program_NAME() for each NAME. The objects of programs refer to them by
 * these names, so there are no prototypes.
 */
#ifndef THREADS_ROUTINES_H
#define THREADS_ROUTINES_H

#include "world.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

/* Where the program called. */
#define SITE ((uintptr_t)__builtin_return_address(0))

static inline void leave_routine(const char **previous)
{
    scheduler_leave_routine(*previous);
}

/* Until the end of the block, findings are in this routine. */
#define ENTER(name) __attribute__((cleanup(leave_routine), unused)) const char *previous_routine = scheduler_enter_routine(name)

/* What an object holds behind the eight bytes that waits look at, in `kind_of_life`. Zero is what static initialisers make. */
enum life { LIFE_STATIC = 0, LIFE_INITIALISED = 0x4c495645, LIFE_DESTROYED = 0x44454144 };

/* Reports what cannot be used. `what` is "mutex"; `zero_is_valid`: all zeroes are an initialised object. */
static inline void check_life(const void *object, uint32_t life, const char *what, bool zero_is_valid)
{
    if (life == LIFE_INITIALISED || (life == LIFE_STATIC && zero_is_valid)) {
        return;
    }
    if (life == LIFE_DESTROYED) {
        scheduler_violate(THREADS_DESTROYED, object, "the %s was destroyed before", what);
    } else {
        scheduler_violate(THREADS_UNINITIALISED, object, "the %s was never initialised", what);
    }
}

#endif
