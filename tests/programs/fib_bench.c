/*
 * fib_bench.c - two threads add each other's variable to their own N times, while a third looks: neither passes the Fibonacci
 * number 2N + 2 (for N = 5: 144; SV-COMP's pthread category). 218,243 traces. With LIMIT 143 the bound is wrong, and exceeded
 * in few of them.
 */
#include "team.h"

#include <assert.h>
#include <stdatomic.h>

#ifndef N
#define N 5
#endif
#ifndef LIMIT
#define LIMIT 144
#endif

static atomic_int first = 1, second = 1;

static void *add_to_first(void *unused)
{
    for (int round = 0; round < N; round++) {
        int sum = atomic_load(&first) + atomic_load(&second);
        atomic_store(&first, sum);
    }
    return unused;
}

static void *add_to_second(void *unused)
{
    for (int round = 0; round < N; round++) {
        int sum = atomic_load(&second) + atomic_load(&first);
        atomic_store(&second, sum);
    }
    return unused;
}

int main(void)
{
    start(add_to_first, 0);
    start(add_to_second, 0);
    int saw_first = atomic_load(&first), saw_second = atomic_load(&second);
    assert(saw_first <= LIMIT && saw_second <= LIMIT);
    join_all();
    return 0;
}
