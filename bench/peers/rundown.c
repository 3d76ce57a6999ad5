/*
 * rundown.c - the lock's protocol for tools that take C: remlock, GenMC, Nidhugg.
 *
 * ACQUIRERS threads take a reference to a device, look whether it goes away, touch it and give the reference back; one thread
 * removes it: marks it, gives back the reference that it began with, waits for the last one and takes the device away. Each
 * access to shared memory is one step. MUTANT chooses a mistake:
 *
 *   1 hasty      looks at the mark before it takes the reference
 *   2 silent     the last reference goes without a signal                      (the remover waits for ever)
 *   3 eager      every reference given back signals
 *   4 trusting   the remover waits without looking whether its own was last    (the remover waits for ever)
 *   5 impatient  the remover does not wait
 *
 * The wait is a semaphore, or with WAIT_BY_LOOKING a loop, for tools that have no semaphores.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#ifndef WAIT_BY_LOOKING
#include <semaphore.h>
#endif

#ifndef ACQUIRERS
#define ACQUIRERS 3
#endif
#ifndef MUTANT
#define MUTANT 0
#endif

enum mutant { CORRECT, HASTY, SILENT, EAGER, TRUSTING, IMPATIENT };

static atomic_int references, going_away, gone;

#ifdef WAIT_BY_LOOKING
static atomic_int last_dropped;

static void signal_remover(void)
{
    atomic_store(&last_dropped, 1);
}

static void wait_for_signal(void)
{
    while (atomic_load(&last_dropped) == 0) {
    }
}
#else
static sem_t last_dropped;

static void signal_remover(void)
{
    sem_post(&last_dropped);
}

static void wait_for_signal(void)
{
    sem_wait(&last_dropped);
}
#endif

static void drop(void)
{
    int before = atomic_fetch_sub(&references, 1);
    if (MUTANT != SILENT && (before == 1 || MUTANT == EAGER)) {
        signal_remover();
    }
}

static void touch(void)
{
    assert(atomic_load(&gone) == 0);
}

static void *acquire(void *unused)
{
    if (MUTANT == HASTY) {
        if (atomic_load(&going_away) == 0) {
            atomic_fetch_add(&references, 1);
            touch();
            drop();
        }
        return unused;
    }
    atomic_fetch_add(&references, 1);
    if (atomic_load(&going_away) == 0) {
        touch();
    }
    drop();
    return unused;
}

static void *take_away(void *unused)
{
    atomic_store(&going_away, 1);
    int others = atomic_fetch_sub(&references, 1) - 1;
    if (MUTANT != IMPATIENT && (others > 0 || MUTANT == TRUSTING)) {
        wait_for_signal();
    }
    atomic_store(&gone, 1);
    return unused;
}

int main(void)
{
    pthread_t threads[ACQUIRERS + 1];
    atomic_init(&references, 1);
#ifndef WAIT_BY_LOOKING
    sem_init(&last_dropped, 0, 0);
#endif
    for (int number = 0; number <= ACQUIRERS; number++) {
        pthread_create(&threads[number], NULL, number < ACQUIRERS ? acquire : take_away, NULL);
    }
    for (int number = 0; number <= ACQUIRERS; number++) {
        pthread_join(threads[number], NULL);
    }
    return 0;
}
