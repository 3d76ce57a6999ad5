/* additions.c - see additions.h. Code under test: compiled with the flags of subjects, by every compiler. */
#include "additions.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

static atomic_int number;
static atomic_uchar small;
static atomic_llong large;
static volatile int other, result, array[64];
static int plain;
static void (*volatile called)(int argument);

static void do_nothing(int argument)
{
    (void)argument;
}

static void alone(void *unused)
{
    (void)unused;
    atomic_fetch_add(&number, 1);
}

static void before_a_store(void *unused)
{
    (void)unused;
    atomic_fetch_add(&number, 1);
    other = 7;
}

static void before_a_load(void *unused)
{
    (void)unused;
    atomic_fetch_add(&number, 2);
    other = other + 1;
}

static void in_a_loop(void *unused)
{
    (void)unused;
    for (int round = 0; round < 3; round++) {
        atomic_fetch_add(&number, round);
    }
}

static void in_a_branch(void *argument)
{
    if (argument == NULL) {
        atomic_fetch_sub(&number, 1);
    }
    plain++;
}

static void before_a_call(void *unused)
{
    (void)unused;
    atomic_fetch_add(&number, 1);
    called = do_nothing;
    called(5);
}

static void small_alone(void *unused)
{
    (void)unused;
    atomic_fetch_add(&small, 1);
}

static void large_alone(void *unused)
{
    (void)unused;
    atomic_fetch_sub(&large, 1);
}

static void relaxed(void *unused)
{
    (void)unused;
    atomic_fetch_add_explicit(&number, 1, memory_order_relaxed);
    plain = 3;
}

static void kept(void *unused)
{
    (void)unused;
    result = atomic_fetch_add(&number, 1);
}

static void compared(void *unused)
{
    (void)unused;
    if (atomic_fetch_sub(&number, 1) == 1) {
        other = 1;
    }
}

static void one_more(void *unused)
{
    (void)unused;
    result = atomic_fetch_add(&number, 1) + 1;
}

static void passed_on(void *unused)
{
    (void)unused;
    called = do_nothing;
    called(atomic_fetch_add(&number, 1));
}

static void as_an_index(void *unused)
{
    (void)unused;
    array[atomic_fetch_add(&number, 1) & 63] = 1;
}

static void used_on_one_way(void *argument)
{
    int before = atomic_fetch_add(&number, 1);
    if (argument == NULL) {
        result = before;
    }
}

static void used_after_a_call(void *unused)
{
    (void)unused;
    int before = atomic_fetch_add(&number, 1);
    called = do_nothing;
    called(5);
    result = before;
}

static void small_used(void *unused)
{
    (void)unused;
    result = atomic_fetch_add(&small, 1) == 200;
}

static void large_used(void *unused)
{
    (void)unused;
    result = (int)(atomic_fetch_add(&large, 1) >> 32);
}

static void address_taken(void *unused)
{
    (void)unused;
    int before = atomic_fetch_add(&number, 1);
    __asm__ volatile("" : : "r"(&before) : "memory");
}

static __attribute__((noinline)) int returning(void)
{
    return atomic_fetch_add(&number, 1);
}

static void returned_and_kept(void *unused)
{
    (void)unused;
    result = returning();
}

const struct addition additions[] = {
    {"alone", alone, false},
    {"before a store", before_a_store, false},
    {"before a load", before_a_load, false},
    {"in a loop", in_a_loop, false},
    {"in a branch", in_a_branch, false},
    {"before a call", before_a_call, false},
    {"of one byte, alone", small_alone, false},
    {"of eight bytes, alone", large_alone, false},
    {"relaxed", relaxed, false},
    {"kept", kept, true},
    {"compared", compared, true},
    {"one more", one_more, true},
    {"passed on", passed_on, true},
    {"as an index", as_an_index, true},
    {"used on one way", used_on_one_way, true},
    {"used after a call", used_after_a_call, true},
    {"of one byte, used", small_used, true},
    {"of eight bytes, used", large_used, true},
    {"address taken", address_taken, true},
    {"returned and kept", returned_and_kept, true},
    {NULL, NULL, false},
};
