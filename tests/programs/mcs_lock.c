/*
 * mcs_lock.c - N threads enter once through the queue lock of Mellor-Crummey and Scott ("Algorithms for scalable
 * synchronization on shared-memory multiprocessors", 1991). HASTY hands the lock on without waiting for the successor to link
 * itself.
 */
#include "team.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif

struct waiter {
    _Atomic(struct waiter *) next;
    atomic_int waiting;
};

static _Atomic(struct waiter *) last;
static struct waiter waiters[N];
static int inside;

static void lock(struct waiter *self)
{
    atomic_store(&self->next, NULL);
    atomic_store(&self->waiting, 1);
    struct waiter *before = atomic_exchange(&last, self);
    if (before != NULL) {
        atomic_store(&before->next, self);
        while (atomic_load(&self->waiting) != 0) {
        }
    }
}

static void unlock(struct waiter *self)
{
    struct waiter *next = atomic_load(&self->next);
    if (next == NULL) {
        struct waiter *expected = self;
        if (atomic_compare_exchange_strong(&last, &expected, NULL)) {
            return;
        }
#ifdef HASTY
        return;
#endif
        while ((next = atomic_load(&self->next)) == NULL) {
        }
    }
    atomic_store(&next->waiting, 0);
}

static void *enter(void *number)
{
    struct waiter *self = &waiters[(intptr_t)number];
    lock(self);
    assert(inside++ == 0);
    inside--;
    unlock(self);
    return NULL;
}

int main(void)
{
    for (int thread = 0; thread < N; thread++) {
        start(enter, thread);
    }
    join_all();
    return 0;
}
