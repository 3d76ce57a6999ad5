/*
 * stack.c - one thread pushes N numbers, one pops as many: it takes for granted that the other one is ahead of it. FIXED waits
 * for a condition.
 */
#include "team.h"

#include <assert.h>

#ifndef N
#define N 3
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t pushed = PTHREAD_COND_INITIALIZER;
static int numbers[N], height;

static void *push(void *unused)
{
    for (int number = 0; number < N; number++) {
        pthread_mutex_lock(&mutex);
        numbers[height++] = number;
        pthread_cond_signal(&pushed);
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void *pop(void *unused)
{
    for (int count = 0; count < N; count++) {
        pthread_mutex_lock(&mutex);
#ifdef FIXED
        while (height == 0) {
            pthread_cond_wait(&pushed, &mutex);
        }
#endif
        assert(height > 0);
        height--;
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

int main(void)
{
    start(push, 0);
    start(pop, 0);
    join_all();
    return 0;
}
