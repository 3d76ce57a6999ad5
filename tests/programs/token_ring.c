/*
 * token_ring.c - N threads copy a token around a ring: each one reads its predecessor's place and writes its own, one more,
 * each access under the mutex. A thread expects that its predecessor has been served before it. FIXED waits for that.
 */
#include "team.h"

#include <assert.h>

#ifndef N
#define N 3
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t passed = PTHREAD_COND_INITIALIZER;
static int places[N + 1] = {1};

static void *pass(void *number)
{
    int self = (int)(intptr_t)number;
    pthread_mutex_lock(&mutex);
#ifdef FIXED
    while (places[self - 1] == 0) {
        pthread_cond_wait(&passed, &mutex);
    }
#endif
    places[self] = places[self - 1] + 1;
    pthread_cond_broadcast(&passed);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

int main(void)
{
    for (int thread = 1; thread <= N; thread++) {
        start(pass, thread);
    }
    join_all();
    for (int thread = 1; thread <= N; thread++) {
        assert(places[thread] == thread + 1);
    }
    return 0;
}
