/* additions.h - functions with one atomic addition each, whose result is used or not. */
#ifndef PROGRAMS_ADDITIONS_H
#define PROGRAMS_ADDITIONS_H

#include <stdbool.h>

struct addition {
    const char *name;
    void (*function)(void *argument);
    bool used;
};

/* Ended by one without a name. */
extern const struct addition additions[];

#endif
