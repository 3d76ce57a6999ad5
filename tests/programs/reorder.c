/*
 * reorder.c - N threads set a and then b, one looks at a and then at b: it should find both as at the beginning or both set.
 * Only when it looks between the first a and the first b of all it does not: the more setters, the rarer for random schedulers
 * (SCTBench's reorder_N has N - 1 setters). FIXED sets and looks under a mutex.
 */
#include "team.h"

#include <assert.h>
#include <stdatomic.h>

#ifndef N
#define N 3
#endif

static atomic_int a, b;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void)
{
#ifdef FIXED
    pthread_mutex_lock(&mutex);
#endif
}

static void unlock(void)
{
#ifdef FIXED
    pthread_mutex_unlock(&mutex);
#endif
    (void)mutex;
}

static void *set(void *unused)
{
    lock();
    atomic_store(&a, 1);
    atomic_store(&b, -1);
    unlock();
    return unused;
}

static void *look(void *unused)
{
    lock();
    int saw_a = atomic_load(&a), saw_b = atomic_load(&b);
    unlock();
    assert((saw_a == 0 && saw_b == 0) || (saw_a == 1 && saw_b == -1));
    return unused;
}

int main(void)
{
    for (int setter = 0; setter < N; setter++) {
        start(set, setter);
    }
    start(look, 0);
    join_all();
    return 0;
}
