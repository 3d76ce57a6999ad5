/* inc.c - N threads each read a variable and write back more, in two steps: (N!)^2 traces. With ATOMIC in one step: N! traces.
 */
#include "team.h"

#include <assert.h>
#include <stdatomic.h>

#ifndef N
#define N 3
#endif

static atomic_int sum;

static void *increment(void *number)
{
#ifdef ATOMIC
    int before = atomic_fetch_add(&sum, 1);
    assert(before >= 0 && before < N);
    (void)number;
#else
    int before = atomic_load(&sum);
    atomic_store(&sum, before + (1 << (intptr_t)number));
#endif
    return NULL;
}

int main(void)
{
    for (int thread = 0; thread < N; thread++) {
        start(increment, thread);
    }
    join_all();
    return 0;
}
