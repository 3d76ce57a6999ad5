/* ticket_lock.c - N threads enter once by drawing a number: as many traces as orders, N!. */
#include "team.h"

#include <assert.h>
#include <stdatomic.h>

#ifndef N
#define N 3
#endif

static atomic_int next_ticket, now_serving;
static int inside;

static void *enter(void *unused)
{
    int ticket = atomic_fetch_add(&next_ticket, 1);
    while (atomic_load(&now_serving) != ticket) {
    }
    assert(inside++ == 0);
    inside--;
    atomic_store(&now_serving, ticket + 1);
    return unused;
}

int main(void)
{
    for (int thread = 0; thread < N; thread++) {
        start(enter, thread);
    }
    join_all();
    return 0;
}
