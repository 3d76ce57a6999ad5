/*
 * queue.c - one thread enqueues N numbers, one dequeues as many and checks them. They take turns by two flags, and the reader
 * believes the flag after it has left the critical section. FIXED looks at the flag where it dequeues.
 */
#include "team.h"

#include <assert.h>
#include <stdbool.h>

#ifndef N
#define N 2
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int numbers[N], head, tail;
static bool closed;

static void *enqueue(void *unused)
{
    for (int number = 0; number < N; number++) {
        pthread_mutex_lock(&mutex);
        numbers[tail++] = number + 1;
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_lock(&mutex);
    closed = true;
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void *dequeue(void *number)
{
    pthread_mutex_lock(&mutex);
    bool any = head < tail;
#ifndef FIXED
    pthread_mutex_unlock(&mutex);
    pthread_mutex_lock(&mutex);
#endif
    if (any) {
        assert(head < tail);
        assert(numbers[head] == head + 1);
        head++;
    }
    pthread_mutex_unlock(&mutex);
    return number;
}

int main(void)
{
    start(enqueue, 0);
    start(dequeue, 0);
    start(dequeue, 1);
    join_all();
    assert(closed);
    return 0;
}
