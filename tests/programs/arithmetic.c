/*
 * arithmetic.c - a producer hands the numbers 1 to N over through one place, two consumers add them up: the sum is known. A
 * consumer that was woken takes for granted that the place is full. FIXED looks again.
 */
#include "team.h"

#include <assert.h>
#include <stdbool.h>

#ifndef N
#define N 2
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static bool full;
static int place, taken, sum;

static void *produce(void *unused)
{
    for (int number = 1; number <= N; number++) {
        pthread_mutex_lock(&mutex);
        while (full) {
            pthread_cond_wait(&emptied, &mutex);
        }
        place = number;
        full = true;
        pthread_cond_broadcast(&filled);
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static bool nothing_to_take(void)
{
    return !full && taken < N;
}

static void *consume(void *unused)
{
    pthread_mutex_lock(&mutex);
    while (taken < N) {
#ifdef FIXED
        while (nothing_to_take()) {
            pthread_cond_wait(&filled, &mutex);
        }
        if (!full) {
            break;
        }
#else
        if (nothing_to_take()) {
            pthread_cond_wait(&filled, &mutex);
        }
#endif
        sum += place;
        full = false;
        taken++;
        pthread_cond_signal(&emptied);
        if (taken == N) {
            pthread_cond_broadcast(&filled);
        }
    }
    pthread_mutex_unlock(&mutex);
    return unused;
}

int main(void)
{
    start(produce, 0);
    start(consume, 0);
    start(consume, 1);
    join_all();
    assert(sum == N * (N + 1) / 2);
    return 0;
}
