/* barrier.c - barriers: the one that completes a round wakes the others, and is the one that is told so. */
#include "routines.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

struct barrier {
    uint32_t arrived, rounds;
    uint32_t life; /* enum life */
    uint32_t count;
};

_Static_assert(sizeof(struct barrier) <= sizeof(pthread_barrier_t), "the state fits into the program's own object");

static const struct scheduler_call arrive_call = {"pthread_barrier_wait", 40, EFFECT_UPDATE};
static const struct scheduler_call woken_call = {"wait for the others", 41, EFFECT_UPDATE};
static const struct scheduler_call destroy_call = {"pthread_barrier_destroy", 42, EFFECT_UPDATE};

static void check(const struct barrier *barrier, uintptr_t site)
{
    scheduler_access_at(barrier, sizeof *barrier, true, site);
    check_life(barrier, barrier->life, "barrier", false);
}

int program_pthread_barrier_init(pthread_barrier_t *object, const pthread_barrierattr_t *attributes, unsigned count)
{
    ENTER("pthread_barrier_init");
    (void)attributes;
    struct barrier *barrier = (struct barrier *)object;
    if (count == 0) {
        return EINVAL;
    }
    scheduler_access_at(barrier, sizeof *barrier, true, SITE);
    if (barrier->life == LIFE_INITIALISED && queue_length(barrier) > 0) {
        scheduler_violate(THREADS_IN_USE, barrier, "the barrier is initialised while %u of %u threads wait at it",
                          barrier->arrived, barrier->count);
    }
    memset(barrier, 0, sizeof *barrier);
    barrier->count = count;
    barrier->life = LIFE_INITIALISED;
    scheduler_touch(barrier, 1, EFFECT_UPDATE);
    return 0;
}

int program_pthread_barrier_destroy(pthread_barrier_t *object)
{
    ENTER("pthread_barrier_destroy");
    struct barrier *barrier = (struct barrier *)object;
    scheduler_call_at(&destroy_call, barrier, SITE);
    check(barrier, SITE);
    if (queue_length(barrier) > 0) {
        scheduler_violate(THREADS_IN_USE, barrier, "the barrier is destroyed while %u of %u threads wait at it",
                          barrier->arrived, barrier->count);
    }
    barrier->life = LIFE_DESTROYED;
    return 0;
}

int program_pthread_barrier_wait(pthread_barrier_t *object)
{
    ENTER("pthread_barrier_wait");
    struct barrier *barrier = (struct barrier *)object;
    scheduler_call_at(&arrive_call, barrier, SITE);
    check(barrier, SITE);
    if (++barrier->arrived < barrier->count) {
        thread_queue(thread_self(), barrier);
        thread_park(&woken_call, thread_self(), SCHEDULER_NEVER, SITE);
        return 0;
    }
    barrier->arrived = 0;
    barrier->rounds++;
    for (uint32_t waiters = queue_length(barrier); waiters > 0; waiters--) {
        thread_wake(queue_at(barrier, 0));
    }
    return PTHREAD_BARRIER_SERIAL_THREAD;
}

int program_pthread_barrierattr_init(pthread_barrierattr_t *attributes)
{
    memset(attributes, 0, sizeof *attributes);
    return 0;
}

int program_pthread_barrierattr_destroy(pthread_barrierattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int program_pthread_barrierattr_setpshared(pthread_barrierattr_t *attributes, int shared)
{
    (void)attributes, (void)shared;
    return 0;
}
