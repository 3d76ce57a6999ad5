/* casrot.c - thread k takes a variable from k - 1 to k, if it can: 5, 14 and 43 traces for N from 3 to 5. */
#include "team.h"

#include <stdatomic.h>

#ifndef N
#define N 3
#endif

static atomic_int variable;

static void *rotate(void *number)
{
    int expected = (int)(intptr_t)number - 1;
    atomic_compare_exchange_strong(&variable, &expected, expected + 1);
    return NULL;
}

int main(void)
{
    for (int thread = 1; thread <= N; thread++) {
        start(rotate, thread);
    }
    join_all();
    return 0;
}
