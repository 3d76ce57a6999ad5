/* mutex.c - mutexes of every type, used well and badly. */
#include "cases.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t checking = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static int counter;

static void *count(void *argument)
{
    for (int round = 0; round < 2; round++) {
        pthread_mutex_lock(&first);
        counter++;
        pthread_mutex_unlock(&first);
    }
    return argument;
}

static void *count_carelessly(void *argument)
{
    counter++;
    return argument;
}

/* CASE 1 clean: a counter under a mutex */
static void case_1(void)
{
    run_two(count, count, NULL);
    assert(counter == 4);
}

/* CASE 2 assertion-failed case_2: a counter without one */
static void case_2(void)
{
    run_two(count_carelessly, count_carelessly, NULL);
    assert(counter == 2);
}

static void *in_order(void *argument)
{
    pthread_mutex_lock(&first);
    pthread_mutex_lock(&second);
    pthread_mutex_unlock(&second);
    pthread_mutex_unlock(&first);
    return argument;
}

static void *against_order(void *argument)
{
    pthread_mutex_lock(&second);
    pthread_mutex_lock(&first);
    pthread_mutex_unlock(&first);
    pthread_mutex_unlock(&second);
    return argument;
}

/* CASE 3 deadlock pthread_mutex_lock: two mutexes in opposite orders */
static void case_3(void)
{
    run_two(in_order, against_order, NULL);
}

/* CASE 4 clean: two mutexes in one order */
static void case_4(void)
{
    run_two(in_order, in_order, NULL);
}

static void *unlock_first(void *argument)
{
    pthread_mutex_unlock(&first);
    return argument;
}

/* CASE 5 unlock-not-owner pthread_mutex_unlock: another thread unlocks */
static void case_5(void)
{
    pthread_t thread;
    pthread_mutex_lock(&first);
    pthread_create(&thread, NULL, unlock_first, NULL);
    pthread_join(thread, NULL);
}

/* CASE 6 unlock-not-locked pthread_mutex_unlock: nobody holds it */
static void case_6(void)
{
    pthread_mutex_unlock(&first);
}

/* CASE 7 self-deadlock pthread_mutex_lock: a normal mutex is locked twice */
static void case_7(void)
{
    pthread_mutex_lock(&first);
    pthread_mutex_lock(&first);
}

/* CASE 8 clean: a recursive one may be, and is free when it was unlocked as often */
static void case_8(void)
{
    pthread_mutex_lock(&recursive);
    assert(pthread_mutex_lock(&recursive) == 0);
    assert(pthread_mutex_trylock(&recursive) == 0);
    for (int time = 0; time < 3; time++) {
        assert(pthread_mutex_unlock(&recursive) == 0);
    }
    assert(pthread_mutex_unlock(&recursive) == EPERM);
    pthread_mutex_destroy(&recursive);
}

/* CASE 9 clean: an error-checking one says so */
static void case_9(void)
{
    assert(pthread_mutex_unlock(&checking) == EPERM);
    pthread_mutex_lock(&checking);
    assert(pthread_mutex_lock(&checking) == EDEADLK);
    assert(pthread_mutex_trylock(&checking) == EBUSY);
    pthread_mutex_unlock(&checking);
}

/* CASE 10 sync-in-use pthread_mutex_destroy: a locked mutex is destroyed */
static void case_10(void)
{
    pthread_mutex_lock(&first);
    pthread_mutex_destroy(&first);
}

/* CASE 11 sync-destroyed pthread_mutex_lock: a destroyed one is locked */
static void case_11(void)
{
    pthread_mutex_destroy(&first);
    pthread_mutex_lock(&first);
}

/* CASE 12 clean: a destroyed one is initialised again, with attributes */
static void case_12(void)
{
    pthread_mutexattr_t attributes;
    int kind;
    pthread_mutex_destroy(&first);
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutexattr_gettype(&attributes, &kind);
    assert(kind == PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&first, &attributes);
    pthread_mutexattr_destroy(&attributes);
    pthread_mutex_lock(&first);
    pthread_mutex_lock(&first);
    pthread_mutex_unlock(&first);
    pthread_mutex_unlock(&first);
}

/* CASE 13 sync-uninitialised pthread_mutex_lock: memory that nobody initialised */
static void case_13(void)
{
    pthread_mutex_t *mutex = malloc(sizeof *mutex);
    pthread_mutex_lock(mutex);
}

static void *keep(void *argument)
{
    pthread_mutex_lock(&first);
    return argument;
}

/* CASE 14 locked-at-exit -: a thread ends with a mutex */
static void case_14(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, keep, NULL);
    pthread_join(thread, NULL);
}

/* CASE 15 locked-at-exit -: so does main() */
static void case_15(void)
{
    pthread_mutex_lock(&first);
}

static void *try_first(void *argument)
{
    if (pthread_mutex_trylock(&first) == 0) {
        counter++;
        pthread_mutex_unlock(&first);
    }
    return argument;
}

/* CASE 16 clean: who does not get it goes away */
static void case_16(void)
{
    run_two(try_first, try_first, NULL);
    assert(counter >= 1 && counter <= 2);
}

/* CASE 17 assertion-failed case_17: sometimes it is not there */
static void case_17(void)
{
    run_two(try_first, try_first, NULL);
    assert(counter == 2);
}

static void *lock_for_a_second(void *argument)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    int result = pthread_mutex_timedlock(&first, &until);
    assert(result == ETIMEDOUT);
    return argument;
}

/* CASE 18 clean: a timed lock gives up when the owner does not */
static void case_18(void)
{
    pthread_t thread;
    pthread_mutex_lock(&first);
    pthread_create(&thread, NULL, lock_for_a_second, NULL);
    pthread_join(thread, NULL);
    pthread_mutex_unlock(&first);
}

/* CASE 19 clean: the owner of a robust mutex ends, and the next one repairs what it guards */
static void case_19(void)
{
    pthread_mutexattr_t attributes;
    pthread_t thread;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&first, &attributes);
    pthread_create(&thread, NULL, keep, NULL);
    pthread_join(thread, NULL);
    assert(pthread_mutex_lock(&first) == EOWNERDEAD);
    assert(pthread_mutex_consistent(&first) == 0);
    pthread_mutex_unlock(&first);
    assert(pthread_mutex_lock(&first) == 0);
    pthread_mutex_unlock(&first);
}

/* CASE 20 use-after-free pthread_mutex_unlock: the memory of a mutex is freed while it is held */
static void case_20(void)
{
    pthread_mutex_t *mutex = malloc(sizeof *mutex);
    pthread_mutex_init(mutex, NULL);
    pthread_mutex_lock(mutex);
    free(mutex);
    pthread_mutex_unlock(mutex);
}

MAIN(case_1, case_2, case_3, case_4, case_5, case_6, case_7, case_8, case_9, case_10, case_11, case_12, case_13, case_14,
     case_15, case_16, case_17, case_18, case_19, case_20)
