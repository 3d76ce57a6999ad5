/* thread.c - threads themselves: joining, detaching, ending; once, keys, variables of threads, time, memory, the program's end.
 */
#include "cases.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void *give_back(void *argument)
{
    return (char *)argument + 1;
}

static void *leave(void *argument)
{
    pthread_exit((char *)argument + 2);
}

/* CASE 1 clean: results of threads that return, and that leave */
static void case_1(void)
{
    pthread_t first, second;
    void *result;
    pthread_create(&first, NULL, give_back, (void *)10);
    pthread_create(&second, NULL, leave, (void *)20);
    assert(!pthread_equal(first, second) && !pthread_equal(first, pthread_self()));
    pthread_join(first, &result);
    assert(result == (void *)11);
    pthread_join(second, &result);
    assert(result == (void *)22);
}

/* CASE 2 thread-misuse pthread_join: joined twice */
static void case_2(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, give_back, NULL);
    pthread_join(thread, NULL);
    pthread_join(thread, NULL);
}

/* CASE 3 thread-misuse pthread_join: joined after it was detached */
static void case_3(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, give_back, NULL);
    pthread_detach(thread);
    pthread_join(thread, NULL);
}

/* CASE 4 thread-misuse pthread_join: joins itself */
static void case_4(void)
{
    pthread_join(pthread_self(), NULL);
}

/* CASE 5 thread-misuse pthread_join: no thread */
static void case_5(void)
{
    pthread_t thread;
    memset(&thread, 0, sizeof thread);
    pthread_join(thread, NULL);
}

static int done;

static void *set_done(void *argument)
{
    __atomic_store_n(&done, 1, __ATOMIC_SEQ_CST);
    return argument;
}

/* CASE 6 clean: main() leaves, a detached thread goes on */
static void case_6(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &attributes, set_done, NULL);
    pthread_exit(NULL);
}

static void *fail_late(void *argument)
{
    assert(argument != NULL);
    return NULL;
}

/* CASE 7 assertion-failed fail_late: what a thread does when main() has returned is seen as well */
static void case_7(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, fail_late, NULL);
}

static void *serve(void *argument)
{
    for (;;) {
        sched_yield();
    }
    return argument;
}

/* CASE 8 clean: a thread without an end ends with the program */
static void case_8(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, serve, NULL);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int times;

static void initialise(void)
{
    times++;
    sched_yield();
    times++;
}

static void *use(void *argument)
{
    pthread_once(&once, initialise);
    assert(times == 2);
    return argument;
}

/* CASE 9 clean: once, and whoever comes meanwhile waits */
static void case_9(void)
{
    run_two(use, use, NULL);
}

static pthread_key_t key;
static int destroyed;

static void destroy(void *value)
{
    assert(value != NULL);
    __atomic_fetch_add(&destroyed, (int)(long)value, __ATOMIC_SEQ_CST);
}

static void *set_value(void *argument)
{
    assert(pthread_getspecific(key) == NULL);
    pthread_setspecific(key, argument);
    sched_yield();
    assert(pthread_getspecific(key) == argument);
    return NULL;
}

/* CASE 10 clean: each thread has its own value, and a destructor for it */
static void case_10(void)
{
    pthread_key_create(&key, destroy);
    run_two(set_value, set_value, (void *)3);
    assert(destroyed == 6);
    pthread_key_delete(key);
}

static _Thread_local int own = 7, zero;

static void *change_own(void *argument)
{
    assert(own == 7 && zero == 0);
    own = 8;
    sched_yield();
    assert(own == 8);
    zero++;
    return argument;
}

/* CASE 11 clean: variables of threads */
static void case_11(void)
{
    own = 9;
    run_two(change_own, change_own, NULL);
    assert(own == 9 && zero == 0);
}

static void *sleep_then_set(void *argument)
{
    struct timespec duration = {1, 0};
    nanosleep(&duration, NULL);
    __atomic_store_n(&done, 1, __ATOMIC_SEQ_CST);
    return argument;
}

/* CASE 12 assertion-failed case_12: to sleep longer is no synchronisation */
static void case_12(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, sleep_then_set, NULL);
    sleep(2);
    assert(__atomic_load_n(&done, __ATOMIC_SEQ_CST) == 1);
    pthread_join(thread, NULL);
}

/* CASE 13 clean: time passes, for who sleeps and for who looks */
static void case_13(void)
{
    time_t before = time(NULL);
    sleep(3);
    assert(time(NULL) >= before + 3);
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec == start.tv_sec && now.tv_nsec < start.tv_nsec + 20000);
}

/* CASE 14 use-after-free -: memory */
static void case_14(void)
{
    char *text = strdup("text");
    free(text);
    text[0] = 'T';
}

/* CASE 15 double-free free: freed twice */
static void case_15(void)
{
    void *memory = malloc(8);
    free(memory);
    free(memory);
}

/* CASE 16 out-of-bounds -: a text that does not fit */
static void case_16(void)
{
    char *text = malloc(4);
    strcpy(text, "four");
}

/* CASE 17 clean: sizes and alignments */
static void case_17(void)
{
    void *aligned;
    char *memory = calloc(3, 5);
    for (int index = 0; index < 15; index++) {
        assert(memory[index] == 0);
    }
    memcpy(memory, "fifteen letters", 15);
    memory = realloc(memory, 100);
    assert(memcmp(memory, "fifteen letters", 15) == 0);
    assert(posix_memalign(&aligned, 256, 10) == 0 && (unsigned long)aligned % 256 == 0);
    memset(aligned, 1, 10);
    free(memory);
    free(aligned);
    free(NULL);
}

/* CASE 18 memory-leak - leaks=memory: what is not freed */
static void case_18(void)
{
    done = malloc(10) != NULL;
}

/* CASE 19 exit-status exit exit-status=yes: the status */
static void case_19(void)
{
    exit(3);
}

static int handled;

static void handle(void)
{
    assert(handled == 1);
}

/* CASE 20 clean: a status is none of our business otherwise, and handlers run */
static void case_20(void)
{
    atexit(handle);
    handled = 1;
    exit(3);
}

/* CASE 21 abort -: abort() */
static void case_21(void)
{
    abort();
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void unlock(void *argument)
{
    pthread_mutex_unlock(argument);
}

static void *leave_with_handler(void *argument)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    if (argument == NULL) {
        pthread_exit(NULL);
    }
    pthread_cleanup_pop(1);
    return NULL;
}

/* CASE 22 clean: handlers of threads that leave */
static void case_22(void)
{
    run_two(leave_with_handler, leave_with_handler, NULL);
    run_two(leave_with_handler, leave_with_handler, &done);
}

/* CASE 23 clean: random numbers are the same ones */
static void case_23(void)
{
    srand(5);
    int first = rand();
    srand(5);
    assert(rand() == first && first >= 0);
    assert(printf("%d\n", 12) == 3);
    errno = 0;
}

MAIN(case_1, case_2, case_3, case_4, case_5, case_6, case_7, case_8, case_9, case_10, case_11, case_12, case_13, case_14,
     case_15, case_16, case_17, case_18, case_19, case_20, case_21, case_22, case_23)
