/* locks.c - read-write locks, spin locks, semaphores, barriers. */
#include "cases.h"

#include <errno.h>
#include <semaphore.h>
#include <time.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int readers, writers, most;

static void *read_it(void *argument)
{
    pthread_rwlock_rdlock(&lock);
    readers++;
    assert(writers == 0);
    most = readers > most ? readers : most;
    readers--;
    pthread_rwlock_unlock(&lock);
    return argument;
}

static void *write_it(void *argument)
{
    pthread_rwlock_wrlock(&lock);
    writers++;
    assert(writers == 1 && readers == 0);
    writers--;
    pthread_rwlock_unlock(&lock);
    return argument;
}

/* CASE 1 clean: writers are alone */
static void case_1(void)
{
    run_two(write_it, write_it, NULL);
}

static volatile int in;

static void *read_together(void *argument)
{
    pthread_rwlock_rdlock(&lock);
    in++;
    assert(in != 2);
    in--;
    pthread_rwlock_unlock(&lock);
    return argument;
}

/* CASE 2 assertion-failed read_together: readers are not */
static void case_2(void)
{
    run_two(read_together, read_together, NULL);
}

/* CASE 3 self-deadlock pthread_rwlock_wrlock: a reader becomes a writer */
static void case_3(void)
{
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_wrlock(&lock);
}

/* CASE 4 unlock-not-locked pthread_rwlock_unlock: nobody holds it */
static void case_4(void)
{
    pthread_rwlock_unlock(&lock);
}

static void *unlock_it(void *argument)
{
    pthread_rwlock_unlock(&lock);
    return argument;
}

/* CASE 5 unlock-not-owner pthread_rwlock_unlock: another one's */
static void case_5(void)
{
    pthread_t thread;
    pthread_rwlock_wrlock(&lock);
    pthread_create(&thread, NULL, unlock_it, NULL);
    pthread_join(thread, NULL);
}

/* CASE 6 clean: what trying says */
static void case_6(void)
{
    pthread_rwlock_rdlock(&lock);
    assert(pthread_rwlock_tryrdlock(&lock) == 0);
    assert(pthread_rwlock_trywrlock(&lock) == EBUSY);
    pthread_rwlock_unlock(&lock);
    pthread_rwlock_unlock(&lock);
    assert(pthread_rwlock_trywrlock(&lock) == 0);
    assert(pthread_rwlock_tryrdlock(&lock) == EBUSY);
    pthread_rwlock_unlock(&lock);
    pthread_rwlock_destroy(&lock);
}

/* CASE 7 sync-in-use pthread_rwlock_destroy: destroyed while it is held */
static void case_7(void)
{
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_destroy(&lock);
}

static pthread_spinlock_t spin;
static int counter;

static void *count(void *argument)
{
    pthread_spin_lock(&spin);
    counter++;
    pthread_spin_unlock(&spin);
    return argument;
}

/* CASE 8 clean: a counter under a spin lock */
static void case_8(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    run_two(count, count, NULL);
    assert(counter == 2);
    assert(pthread_spin_trylock(&spin) == 0);
    assert(pthread_spin_trylock(&spin) == EBUSY);
    pthread_spin_unlock(&spin);
    pthread_spin_destroy(&spin);
}

/* CASE 9 self-deadlock pthread_spin_lock: locked twice */
static void case_9(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&spin);
    pthread_spin_lock(&spin);
}

/* CASE 10 sync-destroyed pthread_spin_lock: destroyed before */
static void case_10(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_destroy(&spin);
    pthread_spin_lock(&spin);
}

static sem_t free_slots, full_slots;
static int slot;

static void *fill(void *argument)
{
    for (int item = 1; item <= 2; item++) {
        sem_wait(&free_slots);
        assert(slot == 0);
        slot = item;
        sem_post(&full_slots);
    }
    return argument;
}

static void *drain(void *argument)
{
    for (int item = 1; item <= 2; item++) {
        sem_wait(&full_slots);
        assert(slot == item);
        slot = 0;
        sem_post(&free_slots);
    }
    return argument;
}

/* CASE 11 clean: a buffer of one */
static void case_11(void)
{
    sem_init(&free_slots, 0, 1);
    sem_init(&full_slots, 0, 0);
    run_two(fill, drain, NULL);
    int value;
    sem_getvalue(&free_slots, &value);
    assert(value == 1);
    assert(sem_trywait(&full_slots) == -1 && errno == EAGAIN);
    sem_destroy(&free_slots);
    sem_destroy(&full_slots);
}

/* CASE 12 assertion-failed fill: a buffer of one that is said to be of two */
static void case_12(void)
{
    sem_init(&free_slots, 0, 2);
    sem_init(&full_slots, 0, 0);
    run_two(fill, drain, NULL);
}

/* CASE 13 deadlock sem_wait: nobody posts */
static void case_13(void)
{
    sem_init(&full_slots, 0, 0);
    sem_wait(&full_slots);
}

/* CASE 14 sync-uninitialised sem_post: never initialised */
static void case_14(void)
{
    sem_post(&full_slots);
}

/* CASE 15 clean: a timed wait gives up */
static void case_15(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    sem_init(&full_slots, 0, 0);
    assert(sem_timedwait(&full_slots, &until) == -1 && errno == ETIMEDOUT);
}

static pthread_barrier_t barrier;
static int arrived, serial;

static void *meet(void *argument)
{
    for (int round = 1; round <= 2; round++) {
        __atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
        int result = pthread_barrier_wait(&barrier);
        assert(__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) >= 2 * round);
        if (result == PTHREAD_BARRIER_SERIAL_THREAD) {
            __atomic_fetch_add(&serial, 1, __ATOMIC_SEQ_CST);
        } else {
            assert(result == 0);
        }
    }
    return argument;
}

/* CASE 16 clean: nobody goes on before both are there, and one of them is told so */
static void case_16(void)
{
    pthread_barrier_init(&barrier, NULL, 2);
    run_two(meet, meet, NULL);
    assert(serial == 2);
    pthread_barrier_destroy(&barrier);
}

/* CASE 17 deadlock pthread_barrier_wait: one more is waited for than there are */
static void case_17(void)
{
    pthread_barrier_init(&barrier, NULL, 3);
    run_two(meet, meet, NULL);
}

/* CASE 18 sync-uninitialised pthread_barrier_wait: never initialised */
static void case_18(void)
{
    pthread_barrier_wait(&barrier);
}

MAIN(case_1, case_2, case_3, case_4, case_5, case_6, case_7, case_8, case_9, case_10, case_11, case_12, case_13, case_14,
     case_15, case_16, case_17, case_18)
