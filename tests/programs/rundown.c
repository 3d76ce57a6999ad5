/*
 * rundown.c - the protocol of remove locks: N threads take a reference, look at the mark, touch the device, and give it back;
 * one marks it, drops the reference that it began with, waits for the last one and takes it away. 96, 3,546 and 207,888 traces
 * for 2, 3 and 4; 70, 1,674 and 58,008 when increments commute whose results nobody uses. HASTY looks before it takes the
 * reference.
 */
#include "team.h"

#include <assert.h>
#include <semaphore.h>
#include <stdatomic.h>

#ifndef N
#define N 2
#endif

static atomic_int references = 1, going_away, gone;
static sem_t last_dropped;

static void touch(void)
{
    assert(atomic_load(&gone) == 0);
}

static void drop(void)
{
    if (atomic_fetch_sub(&references, 1) == 1) {
        sem_post(&last_dropped);
    }
}

static void *acquire(void *unused)
{
#ifdef HASTY
    if (atomic_load(&going_away) != 0) {
        return unused;
    }
    atomic_fetch_add(&references, 1);
    touch();
#else
    atomic_fetch_add(&references, 1);
    if (atomic_load(&going_away) == 0) {
        touch();
    }
#endif
    drop();
    return unused;
}

static void *take_away(void *unused)
{
    atomic_store(&going_away, 1);
    if (atomic_fetch_sub(&references, 1) > 1) {
        sem_wait(&last_dropped);
    }
    atomic_store(&gone, 1);
    return unused;
}

int main(void)
{
    sem_init(&last_dropped, 0, 0);
    for (int thread = 0; thread < N; thread++) {
        start(acquire, thread);
    }
    start(take_away, 0);
    join_all();
    return 0;
}
