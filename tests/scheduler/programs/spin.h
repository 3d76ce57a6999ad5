/* spin.h - loops that wait by looking again and again. */
#ifndef PROGRAMS_SPIN_H
#define PROGRAMS_SPIN_H

#include <stdatomic.h>

struct flag {
    volatile int marked;
    atomic_int raised;
    int plain;
};

/* Task bodies; the argument is a flag. */
void spin_on_volatile(void *flag);
void spin_on_atomic(void *flag);
void spin_on_exchange(void *flag); /* until it can lower the flag, and does so */
void spin_on_plain(void *flag);    /* looks at plain memory that nobody changes: no scheduling point in it */
void raise_flag(void *flag);

#endif
