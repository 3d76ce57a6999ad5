/*
 * reorder.h - many tasks set a pair of variables one after the other, one task checks that they belong together: a benchmark
 * that separates strategies, because all but one of the tasks do the same. Written from its description in the literature
 * (reorder_N of SCTBench), with one step for each access.
 */
#ifndef PROGRAMS_REORDER_H
#define PROGRAMS_REORDER_H

#include "environment.h"

struct reorder {
    volatile int a, b;
    unsigned setters;
};

/* The body of the task that creates all others. */
void reorder_main(void *reorder);

#endif
