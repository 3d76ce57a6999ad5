/*
 * rundown.h - rundown protection, the program whose schedules have been counted exactly by others.
 *
 * Acquirers take a reference to a device, touch it and give the reference back; a remover marks it as going away, drops the
 * reference that the device began with, waits until the last reference is gone and frees it. The correct one increments before
 * it looks at the mark; the hasty one looks first, and then touches what may be gone.
 */
#ifndef PROGRAMS_RUNDOWN_H
#define PROGRAMS_RUNDOWN_H

#include "environment.h"

#include <stdatomic.h>

struct device {
    atomic_int references;
    volatile int going_away;
    volatile int gone;
    struct event last_reference_dropped;
};

/* Task bodies; the argument is the device. */
void rundown_acquirer(void *device);
void rundown_hasty_acquirer(void *device);
void rundown_remover(void *device);

#endif
