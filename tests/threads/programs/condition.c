/* condition.c - condition variables: hand-over, lost signals, timeouts, misuse. */
#include "cases.h"

#include <errno.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int ready, taken;

static void *produce(void *argument)
{
    pthread_mutex_lock(&mutex);
    ready = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void *consume(void *argument)
{
    pthread_mutex_lock(&mutex);
    while (!ready) {
        pthread_cond_wait(&changed, &mutex);
    }
    taken++;
    pthread_mutex_unlock(&mutex);
    return argument;
}

/* CASE 1 clean: the condition is tested in a loop, under the mutex */
static void case_1(void)
{
    run_two(produce, consume, NULL);
    assert(taken == 1);
}

static void *consume_blindly(void *argument)
{
    pthread_mutex_lock(&mutex);
    pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    return argument;
}

/* CASE 2 deadlock pthread_cond_wait: a signal before the wait is lost */
static void case_2(void)
{
    run_two(produce, consume_blindly, NULL);
}

/* CASE 3 deadlock pthread_cond_wait: one signal for two that wait */
static void case_3(void)
{
    pthread_t first, second;
    pthread_create(&first, NULL, consume, NULL);
    pthread_create(&second, NULL, consume, NULL);
    produce(NULL);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
}

/* CASE 4 clean: a broadcast wakes both */
static void case_4(void)
{
    pthread_t first, second;
    pthread_create(&first, NULL, consume, NULL);
    pthread_create(&second, NULL, consume, NULL);
    pthread_mutex_lock(&mutex);
    ready = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    assert(taken == 2);
}

/* CASE 5 wait-without-mutex pthread_cond_wait: nobody holds the mutex */
static void case_5(void)
{
    pthread_cond_wait(&changed, &mutex);
}

static int last;

static void *wait_and_mark(void *argument)
{
    pthread_mutex_lock(&mutex);
    taken++;
    pthread_cond_wait(&changed, &mutex);
    last = (int)(long)argument;
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* Starts two threads that wait in the order of their numbers, and wakes one. */
static void wake_one_of_two(void)
{
    pthread_t threads[2];
    for (long number = 0; number < 2; number++) {
        pthread_create(&threads[number], NULL, wait_and_mark, (void *)(number + 1));
        for (int waiting = 0; waiting <= number; sched_yield()) {
            pthread_mutex_lock(&mutex);
            waiting = taken;
            pthread_mutex_unlock(&mutex);
        }
    }
    pthread_cond_signal(&changed);
    for (int woken = 0; woken == 0; sched_yield()) {
        pthread_mutex_lock(&mutex);
        woken = last;
        pthread_mutex_unlock(&mutex);
    }
}

/* CASE 6 assertion-failed case_6: a signal may wake another one than the first */
static void case_6(void)
{
    wake_one_of_two();
    assert(last == 1);
}

/* CASE 7 assertion-failed case_7: and it may wake the first */
static void case_7(void)
{
    wake_one_of_two();
    assert(last == 2);
}

/* CASE 8 sync-in-use pthread_cond_destroy: somebody waits for it still */
static void case_8(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_and_mark, NULL);
    pthread_mutex_lock(&mutex);
    int waiting = taken;
    pthread_mutex_unlock(&mutex);
    if (waiting != 0) {
        pthread_cond_destroy(&changed);
    }
}

static int wait_for_a_second(clockid_t clock)
{
    struct timespec until;
    clock_gettime(clock, &until);
    until.tv_sec++;
    int result = pthread_cond_timedwait(&changed, &mutex, &until);
    struct timespec now;
    clock_gettime(clock, &now);
    assert(result != ETIMEDOUT || now.tv_sec > until.tv_sec || now.tv_nsec >= until.tv_nsec);
    return result;
}

/* CASE 9 clean: nobody signals, so the wait times out, and has the mutex */
static void case_9(void)
{
    pthread_mutex_lock(&mutex);
    assert(wait_for_a_second(CLOCK_REALTIME) == ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
}

static void *signal_it(void *argument)
{
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void wait_for_signal(int expected)
{
    pthread_t thread;
    pthread_mutex_lock(&mutex);
    pthread_create(&thread, NULL, signal_it, NULL);
    assert(wait_for_a_second(CLOCK_REALTIME) == expected);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
}

/* CASE 10 assertion-failed wait_for_signal: the timeout may come before the signal */
static void case_10(void)
{
    wait_for_signal(0);
}

/* CASE 11 assertion-failed wait_for_signal: and after it */
static void case_11(void)
{
    wait_for_signal(ETIMEDOUT);
}

/* CASE 12 clean: another clock */
static void case_12(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_destroy(&changed);
    pthread_cond_init(&changed, &attributes);
    pthread_mutex_lock(&mutex);
    assert(wait_for_a_second(CLOCK_MONOTONIC) == ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    pthread_cond_destroy(&changed);
}

/* CASE 13 sync-destroyed pthread_cond_signal: a destroyed one is signalled */
static void case_13(void)
{
    pthread_cond_destroy(&changed);
    pthread_cond_signal(&changed);
}

static void *consume_once(void *argument)
{
    pthread_mutex_lock(&mutex);
    if (!ready) {
        pthread_cond_wait(&changed, &mutex);
    }
    assert(ready);
    pthread_mutex_unlock(&mutex);
    return argument;
}

/* CASE 14 clean: the condition is tested once; wrong only where waits end without a signal, which is not asked for */
static void case_14(void)
{
    run_two(produce, consume_once, NULL);
}

/* CASE 15 assertion-failed consume_once spurious-wakeups=yes: here it is */
static void case_15(void)
{
    run_two(produce, consume_once, NULL);
}

MAIN(case_1, case_2, case_3, case_4, case_5, case_6, case_7, case_8, case_9, case_10, case_11, case_12, case_13, case_14,
     case_15)
