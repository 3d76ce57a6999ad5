/*
 * lastzero.c - N writers each set their cell to one more than the cell before it, while a reader looks for the last cell that
 * is still zero, from the end (Abdulla and others, "Optimal dynamic partial order reduction"). (N + 3) 2^(N - 2) traces.
 */
#include "team.h"

#include <stdatomic.h>

#ifndef N
#define N 3
#endif

static atomic_int cells[N + 1];

static void *find_last_zero(void *unused)
{
    for (int index = N; atomic_load(&cells[index]) != 0; index--) {
    }
    return unused;
}

static void *follow(void *number)
{
    intptr_t index = (intptr_t)number;
    atomic_store(&cells[index], atomic_load(&cells[index - 1]) + 1);
    return NULL;
}

int main(void)
{
    start(find_last_zero, 0);
    for (int writer = 1; writer <= N; writer++) {
        start(follow, writer);
    }
    join_all();
    return 0;
}
