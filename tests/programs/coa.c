/*
 * coa.c - coherence and atomicity: two threads write x and then look at y or z, and at x again; N - 1 others write y and z.
 * 15, 130, 2,028 and 49,776 traces under sequential consistency for N from 2 to 5.
 */
#include "team.h"

#include <stdatomic.h>

#ifndef N
#define N 2
#endif

static atomic_int x, y, z;

static void *first(void *unused)
{
    atomic_store(&x, 1);
    (void)atomic_load(&y);
    (void)atomic_load(&x);
    return unused;
}

static void *second(void *unused)
{
    atomic_store(&x, 2);
    (void)atomic_load(&z);
    (void)atomic_load(&x);
    return unused;
}

static void *other(void *number)
{
    atomic_store(&y, (int)(intptr_t)number);
    atomic_store(&z, (int)(intptr_t)number);
    return NULL;
}

int main(void)
{
    start(first, 0);
    start(second, 0);
    for (int thread = 1; thread < N; thread++) {
        start(other, thread);
    }
    join_all();
    return 0;
}
