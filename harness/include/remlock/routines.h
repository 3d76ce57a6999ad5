/* routines.h - the kernel routines that a loaded driver may call, as a table made when remlock is built. */
#ifndef REMLOCK_ROUTINES_H
#define REMLOCK_ROUTINES_H

struct kernel_routine {
    const char *name;    /* "IoCallDriver"; also variables, and the entry points of the instrumentation */
    const void *address; /* in this process */
};

extern const struct kernel_routine kernel_routines[]; /* ended by an entry without a name */

#endif
