/* casw.c - N threads each try to take a variable from 0 to 1 and then write it: 66, 1,200 and 32,880 traces for N from 3 to 5.
 */
#include "team.h"

#include <stdatomic.h>

#ifndef N
#define N 3
#endif

static atomic_int variable;

static void *take_and_write(void *number)
{
    int expected = 0;
    atomic_compare_exchange_strong(&variable, &expected, 1);
    atomic_store(&variable, (int)(intptr_t)number + 3);
    return NULL;
}

int main(void)
{
    for (int thread = 0; thread < N; thread++) {
        start(take_and_write, thread);
    }
    join_all();
    return 0;
}
