/*
 * philosophers.c - Dijkstra's dining philosophers: N of them take the left fork, then the right one. All may hold one fork and
 * wait for ever. ORDERED: the last one takes the right fork first.
 */
#include "team.h"

#ifndef N
#define N 3
#endif

static pthread_mutex_t forks[N];
static int meals[N];

static void *dine(void *number)
{
    int self = (int)(intptr_t)number;
    int first = self, second = (self + 1) % N;
#ifdef ORDERED
    if (first > second) {
        first = second;
        second = self;
    }
#endif
    pthread_mutex_lock(&forks[first]);
    pthread_mutex_lock(&forks[second]);
    meals[first]++;
    meals[second]++;
    pthread_mutex_unlock(&forks[second]);
    pthread_mutex_unlock(&forks[first]);
    return NULL;
}

int main(void)
{
    for (int fork = 0; fork < N; fork++) {
        pthread_mutex_init(&forks[fork], NULL);
    }
    for (int philosopher = 0; philosopher < N; philosopher++) {
        start(dine, philosopher);
    }
    join_all();
    for (int fork = 0; fork < N; fork++) {
        pthread_mutex_destroy(&forks[fork]);
    }
    return 0;
}
