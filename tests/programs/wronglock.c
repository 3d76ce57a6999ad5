/*
 * wronglock.c - one thread changes data under a mutex and looks whether it stayed what it wrote; N others change it under
 * another mutex. It is a race as well; here data is atomic, so that what is found is the broken expectation. FIXED has one
 * mutex.
 */
#include "team.h"

#include <assert.h>
#include <stdatomic.h>

#ifndef N
#define N 1
#endif

static pthread_mutex_t right = PTHREAD_MUTEX_INITIALIZER;
#ifndef FIXED
static pthread_mutex_t wrong = PTHREAD_MUTEX_INITIALIZER;
#endif
static atomic_int data;

static void *change_and_look(void *unused)
{
    pthread_mutex_lock(&right);
    int before = atomic_load(&data);
    atomic_store(&data, before + 1);
    assert(atomic_load(&data) == before + 1);
    pthread_mutex_unlock(&right);
    return unused;
}

static void *change(void *unused)
{
#ifdef FIXED
    pthread_mutex_t *mutex = &right;
#else
    pthread_mutex_t *mutex = &wrong;
#endif
    pthread_mutex_lock(mutex);
    atomic_store(&data, atomic_load(&data) + 1);
    pthread_mutex_unlock(mutex);
    return unused;
}

int main(void)
{
    start(change_and_look, 0);
    for (int thread = 0; thread < N; thread++) {
        start(change, thread);
    }
    join_all();
    return 0;
}
