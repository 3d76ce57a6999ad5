/* readers.c - N readers of one variable, and a writer: each reader sees the old value or the new one, so 2^N traces. */
#include "team.h"

#include <stdatomic.h>

#ifndef N
#define N 3
#endif

static atomic_int value;

static void *write_value(void *unused)
{
    atomic_store(&value, 1);
    return unused;
}

static void *read_value(void *unused)
{
    (void)atomic_load(&value);
    return unused;
}

int main(void)
{
    start(write_value, 0);
    for (int reader = 0; reader < N; reader++) {
        start(read_value, reader);
    }
    join_all();
    return 0;
}
