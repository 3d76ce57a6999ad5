/*
 * twostage.c - N threads set a first number under one mutex and then, as a second stage, another one from it under another
 * mutex; N readers find the first set and expect the second (Artho, Havelund and Biere, "High-level data races"). FIXED holds
 * one mutex over both stages.
 */
#include "team.h"

#include <assert.h>

#ifndef N
#define N 1
#endif

static pthread_mutex_t first_mutex = PTHREAD_MUTEX_INITIALIZER, second_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t whole_mutex = PTHREAD_MUTEX_INITIALIZER;
static int first, second;

static void begin(void)
{
#ifdef FIXED
    pthread_mutex_lock(&whole_mutex);
#endif
}

static void end(void)
{
#ifdef FIXED
    pthread_mutex_unlock(&whole_mutex);
#endif
    (void)whole_mutex;
}

static void *set(void *unused)
{
    begin();
    int value = 1;
    pthread_mutex_lock(&first_mutex);
    first = value;
    pthread_mutex_unlock(&first_mutex);
    pthread_mutex_lock(&second_mutex);
    second = value + 1;
    pthread_mutex_unlock(&second_mutex);
    end();
    return unused;
}

static void *look(void *unused)
{
    begin();
    pthread_mutex_lock(&first_mutex);
    int saw_first = first;
    pthread_mutex_unlock(&first_mutex);
    if (saw_first != 0) {
        pthread_mutex_lock(&second_mutex);
        int saw_second = second;
        pthread_mutex_unlock(&second_mutex);
        assert(saw_second == saw_first + 1);
    }
    end();
    return unused;
}

int main(void)
{
    for (int thread = 0; thread < N; thread++) {
        start(set, thread);
    }
    for (int thread = 0; thread < N; thread++) {
        start(look, thread);
    }
    join_all();
    return 0;
}
