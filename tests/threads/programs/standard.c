/* standard.c - C11's threads, and what programs for model checkers call. */
#include "cases.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <threads.h>

void __VERIFIER_assume(int condition);
void __VERIFIER_assert(int condition);
void __VERIFIER_atomic_begin(void);
void __VERIFIER_atomic_end(void);
int __VERIFIER_nondet_int(void);
_Bool __VERIFIER_nondet_bool(void);
void reach_error(void);

static mtx_t mutex;
static cnd_t changed;
static int counter;
static atomic_int atomic;

static int count(void *argument)
{
    mtx_lock(&mutex);
    counter++;
    cnd_signal(&changed);
    mtx_unlock(&mutex);
    return *(int *)argument;
}

/* CASE 1 clean: threads, a mutex and a condition variable of C11 */
static void case_1(void)
{
    thrd_t thread;
    int seven = 7, result;
    assert(mtx_init(&mutex, mtx_plain) == thrd_success && cnd_init(&changed) == thrd_success);
    assert(thrd_create(&thread, count, &seven) == thrd_success);
    mtx_lock(&mutex);
    while (counter == 0) {
        cnd_wait(&changed, &mutex);
    }
    mtx_unlock(&mutex);
    thrd_join(thread, &result);
    assert(result == 7);
    mtx_destroy(&mutex);
    cnd_destroy(&changed);
}

/* CASE 2 unlock-not-locked mtx_unlock: nobody holds it */
static void case_2(void)
{
    mtx_init(&mutex, mtx_plain);
    mtx_unlock(&mutex);
}

static int add(void *argument)
{
    (void)argument;
    int value = atomic_load(&atomic);
    atomic_store(&atomic, value + 1);
    return 0;
}

static void add_twice(int (*routine)(void *))
{
    thrd_t first, second;
    thrd_create(&first, routine, NULL);
    thrd_create(&second, routine, NULL);
    thrd_join(first, NULL);
    thrd_join(second, NULL);
}

/* CASE 3 assertion-failed case_3: two atomic operations are not one */
static void case_3(void)
{
    add_twice(add);
    assert(atomic == 2);
}

static int add_at_once(void *argument)
{
    (void)argument;
    atomic++;
    return 0;
}

/* CASE 4 clean: one is */
static void case_4(void)
{
    add_twice(add_at_once);
    assert(atomic == 2);
}

static int add_undisturbed(void *argument)
{
    (void)argument;
    __VERIFIER_atomic_begin();
    counter++;
    __VERIFIER_atomic_end();
    return 0;
}

/* CASE 5 clean: nor is anything between these two */
static void case_5(void)
{
    add_twice(add_undisturbed);
    assert(counter == 2);
}

/* CASE 6 clean: what was assumed holds */
static void case_6(void)
{
    int value = __VERIFIER_nondet_int();
    __VERIFIER_assume(value > 1 && value < 4);
    __VERIFIER_assert(value == 2 || value == 3);
}

/* CASE 7 assertion-failed -: any value is tried */
static void case_7(void)
{
    __VERIFIER_assert(__VERIFIER_nondet_int() != 3);
}

/* CASE 8 assertion-failed -: reach_error() */
static void case_8(void)
{
    if (__VERIFIER_nondet_bool()) {
        reach_error();
    }
}

static once_flag once = ONCE_FLAG_INIT;
static tss_t key;

static void set_counter(void)
{
    counter++;
}

static int use(void *argument)
{
    (void)argument;
    call_once(&once, set_counter);
    assert(tss_get(key) == NULL);
    tss_set(key, &counter);
    thrd_yield();
    assert(tss_get(key) == &counter && counter == 1);
    return 0;
}

/* CASE 9 clean: once, and values of threads */
static void case_9(void)
{
    tss_create(&key, NULL);
    add_twice(use);
    tss_delete(key);
}

static int spin(void *argument)
{
    (void)argument;
    while (counter == 0) {
    }
    return 0;
}

static int release(void *argument)
{
    (void)argument;
    counter = 1;
    return 0;
}

/* CASE 10 clean: a loop looks at a plain variable, as it is written */
static void case_10(void)
{
    thrd_t first, second;
    thrd_create(&first, spin, NULL);
    thrd_create(&second, release, NULL);
    thrd_join(first, NULL);
    thrd_join(second, NULL);
}

/* CASE 11 livelock -: a loop that nobody ends */
static void case_11(void)
{
    thrd_t thread;
    thrd_create(&thread, spin, NULL);
    thrd_join(thread, NULL);
}

int __VERIFIER_atomic_add(int *where, int what);

int __VERIFIER_atomic_add(int *where, int what)
{
    *where = *where + what;
    return *where;
}

static int add_by_name(void *argument)
{
    (void)argument;
    assert(__VERIFIER_atomic_add(&counter, 2) >= 2);
    return 0;
}

/* CASE 12 clean: a function runs undisturbed because of its name */
static void case_12(void)
{
    add_twice(add_by_name);
    assert(counter == 4);
}

MAIN(case_1, case_2, case_3, case_4, case_5, case_6, case_7, case_8, case_9, case_10, case_11, case_12)
