/*
 * twostage.h - an update in two stages under two locks, and a reader that can come between them. Written from its description
 * in the literature (twostage_N of SCTBench).
 */
#ifndef PROGRAMS_TWOSTAGE_H
#define PROGRAMS_TWOSTAGE_H

#include "environment.h"

struct twostage {
    struct mutex first_lock, second_lock;
    volatile int first, second;
    unsigned writers;
};

/* The body of the task that creates all others. */
void twostage_main(void *twostage);

#endif
