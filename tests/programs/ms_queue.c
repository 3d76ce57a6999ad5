/*
 * ms_queue.c - the lock-free queue of Michael and Scott ("Simple, fast, and practical non-blocking and blocking concurrent
 * queue algorithms", PODC 1996), without reuse of nodes: N threads each enqueue a number and dequeue one. LOST forgets to look
 * whether the tail has a successor already, and links over it.
 */
#include "team.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif

struct node {
    struct node *_Atomic next;
    int value;
};

static struct node nodes[N + 1];
static struct node *_Atomic head = &nodes[N];
static struct node *_Atomic tail = &nodes[N];

static void enqueue(struct node *node)
{
    for (;;) {
        struct node *last = atomic_load(&tail);
        struct node *next = atomic_load(&last->next);
#ifdef LOST
        atomic_store(&last->next, node);
        atomic_store(&tail, node);
        (void)next;
        return;
#endif
        if (next != NULL) {
            atomic_compare_exchange_strong(&tail, &last, next);
        } else if (atomic_compare_exchange_strong(&last->next, &next, node)) {
            atomic_compare_exchange_strong(&tail, &last, node);
            return;
        }
    }
}

static bool dequeue(int *value)
{
    for (;;) {
        struct node *first = atomic_load(&head);
        struct node *last = atomic_load(&tail);
        struct node *next = atomic_load(&first->next);
        if (next == NULL) {
            return false;
        }
        if (first == last) {
            atomic_compare_exchange_strong(&tail, &last, next);
        } else {
            *value = next->value;
            if (atomic_compare_exchange_strong(&head, &first, next)) {
                return true;
            }
        }
    }
}

static atomic_int seen[N];

static void *pass_on(void *number)
{
    int value = 0;
    nodes[(intptr_t)number].value = (int)(intptr_t)number;
    enqueue(&nodes[(intptr_t)number]);
    bool got = dequeue(&value);
    assert(got);
    assert(atomic_fetch_add(&seen[value], 1) == 0);
    return NULL;
}

int main(void)
{
    for (int thread = 0; thread < N; thread++) {
        start(pass_on, thread);
    }
    join_all();
    return 0;
}
