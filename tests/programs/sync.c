/*
 * sync.c - a producer and a consumer with one place and a condition each way. The producer signals after it has left the
 * critical section only when it found the place empty: a consumer that waits for the second number sleeps for ever when it
 * began to wait in between. WITHOUT_LOOKING: the consumer waits without looking whether the number is there already. FIXED does
 * neither.
 */
#include "team.h"

#include <stdbool.h>

#ifndef N
#define N 2
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t available = PTHREAD_COND_INITIALIZER;
static int numbers;

static void *produce(void *unused)
{
    for (int number = 0; number < N; number++) {
        pthread_mutex_lock(&mutex);
#if defined(FIXED) || defined(WITHOUT_LOOKING)
        bool signal = true;
#else
        bool signal = number == 0;
#endif
        numbers++;
        pthread_mutex_unlock(&mutex);
        if (signal) {
            pthread_cond_signal(&available);
        }
    }
    return unused;
}

static void *consume(void *unused)
{
    for (int number = 0; number < N; number++) {
        pthread_mutex_lock(&mutex);
#ifdef WITHOUT_LOOKING
        pthread_cond_wait(&available, &mutex);
#else
        while (numbers == 0) {
            pthread_cond_wait(&available, &mutex);
        }
#endif
        numbers--;
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

int main(void)
{
    start(produce, 0);
    start(consume, 0);
    join_all();
    return 0;
}
