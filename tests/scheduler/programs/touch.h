/* touch.h - one access of each kind to memory given from outside: aligned or not, alive or not. */
#ifndef PROGRAMS_TOUCH_H
#define PROGRAMS_TOUCH_H

#include <stdbool.h>
#include <stdint.h>

struct touch_row {
    const char *name;
    unsigned size; /* bytes */
    bool write;
    bool anywhere; /* at any address; otherwise at multiples of the size only */
    void (*run)(void *address);
};

extern const struct touch_row touch_rows[]; /* ended by a row without a name */

#endif
