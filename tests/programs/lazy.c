/*
 * lazy.c - one thread adds 1, one adds 2, one expects that not both have happened yet: all of it under a mutex, so no race, and
 * wrong when it comes last. FIXED expects no more than there can be.
 */
#include "team.h"

#include <assert.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int data;

static void *add(void *number)
{
    pthread_mutex_lock(&mutex);
    data += (int)(intptr_t)number;
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void *expect(void *unused)
{
    pthread_mutex_lock(&mutex);
#ifdef FIXED
    assert(data <= 3);
#else
    assert(data < 3);
#endif
    pthread_mutex_unlock(&mutex);
    return unused;
}

int main(void)
{
    start(add, 1);
    start(add, 2);
    start(expect, 0);
    join_all();
    return 0;
}
