/* counts.c - programs whose distinguishable schedules can be counted by hand. Those of two accesses to one lock: its orders. */
#include "cases.h"

#include <semaphore.h>

static pthread_mutex_t mutexes[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static sem_t semaphore;
static int values[2], ready;

static void *change(void *argument)
{
    long which = (long)argument;
    pthread_mutex_lock(&mutexes[which]);
    values[which]++;
    pthread_mutex_unlock(&mutexes[which]);
    return NULL;
}

static void start_three(void)
{
    pthread_t thread;
    for (int count = 0; count < 3; count++) {
        pthread_create(&thread, NULL, change, NULL);
    }
}

/* CASE 1 clean executions=6: three threads take one mutex, and nobody waits for their end */
static void case_1(void)
{
    start_three();
}

/* CASE 2 clean executions=6: the same, and main() leaves before the end */
static void case_2(void)
{
    start_three();
    pthread_exit(NULL);
}

static void *wait_then_change(void *argument)
{
    pthread_join(*(pthread_t *)argument, NULL);
    return change(NULL);
}

/* CASE 3 clean executions=1: one thread after the other */
static void case_3(void)
{
    pthread_t first, second;
    pthread_create(&first, NULL, change, NULL);
    pthread_create(&second, NULL, wait_then_change, &first);
    pthread_join(second, NULL);
}

static void *change_other(void *argument)
{
    (void)argument;
    return change((void *)1);
}

/* CASE 4 clean executions=1: two mutexes have nothing to do with each other */
static void case_4(void)
{
    run_two(change, change_other, NULL);
}

static void *produce(void *argument)
{
    pthread_mutex_lock(&mutexes[0]);
    ready = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutexes[0]);
    return argument;
}

static void *consume(void *argument)
{
    pthread_mutex_lock(&mutexes[0]);
    while (!ready) {
        pthread_cond_wait(&changed, &mutexes[0]);
    }
    pthread_mutex_unlock(&mutexes[0]);
    return argument;
}

/* CASE 5 clean executions=2: who comes first to the mutex decides whether there is a wait */
static void case_5(void)
{
    run_two(produce, consume, NULL);
}

static void *meet(void *argument)
{
    pthread_barrier_wait(&barrier);
    return argument;
}

/* CASE 6 clean executions=2: who comes last to the barrier */
static void case_6(void)
{
    pthread_barrier_init(&barrier, NULL, 2);
    run_two(meet, meet, NULL);
}

static void *post(void *argument)
{
    sem_post(&semaphore);
    return argument;
}

static void *take(void *argument)
{
    sem_wait(&semaphore);
    return argument;
}

/* CASE 7 clean executions=1: a wait comes after the post */
static void case_7(void)
{
    sem_init(&semaphore, 0, 0);
    run_two(post, take, NULL);
}

/* CASE 8 clean executions=2: two waits, and one post for each */
static void case_8(void)
{
    sem_init(&semaphore, 0, 2);
    run_two(take, take, NULL);
}

static void initialise(void)
{
}

static void *use(void *argument)
{
    pthread_once(&once, initialise);
    return argument;
}

/* CASE 9 clean executions=2: who does what is done once */
static void case_9(void)
{
    run_two(use, use, NULL);
}

static void *count(void *argument)
{
    pthread_spin_lock(&spin);
    ready++;
    pthread_spin_unlock(&spin);
    return argument;
}

/* CASE 10 clean executions=2: a spin lock */
static void case_10(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    run_two(count, count, NULL);
}

static void *add_to_one(void *argument)
{
    *(int *)argument += 1;
    return NULL;
}

static void *add_to_other(void *argument)
{
    ((int *)argument)[1] += 1;
    return NULL;
}

/* CASE 11 clean executions=1: plain variables of their own */
static void case_11(void)
{
    run_two(add_to_one, add_to_other, values);
}

/* CASE 12 clean executions=4: a read and a write of each: one after the other, or both reads first, and then either write */
static void case_12(void)
{
    run_two(add_to_one, add_to_one, values);
}

MAIN(case_1, case_2, case_3, case_4, case_5, case_6, case_7, case_8, case_9, case_10, case_11, case_12)
