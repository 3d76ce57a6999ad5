/*
 * treiber_stack.c - the lock-free stack of Treiber ("Systems programming: coping with parallelism", 1986): N threads push a
 * node of their own, one pops until it has seen TAKEN. With REUSE a popped node is pushed again at once by its popper, and two
 * poppers show why that must not be without a version beside the pointer (the ABA problem).
 */
#include "team.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif

struct node {
    struct node *_Atomic next;
    atomic_int owned;
};

static struct node *_Atomic top;
static struct node nodes[N + 1];

static void push(struct node *node)
{
    struct node *below = atomic_load(&top);
    do {
        atomic_store(&node->next, below);
    } while (!atomic_compare_exchange_strong(&top, &below, node));
}

static struct node *pop(void)
{
    struct node *node = atomic_load(&top);
    while (node != NULL && !atomic_compare_exchange_strong(&top, &node, atomic_load(&node->next))) {
    }
    return node;
}

#ifdef REUSE
static void take(struct node *node)
{
    assert(node == NULL || atomic_fetch_add(&node->owned, 1) == 0);
}

static void *pop_one(void *unused)
{
    take(pop());
    return unused;
}

static void *pop_two_and_push(void *unused)
{
    struct node *first = pop();
    take(first);
    take(pop());
    if (first != NULL) {
        atomic_fetch_sub(&first->owned, 1);
        push(first);
    }
    return unused;
}

int main(void)
{
    for (int number = 0; number < N; number++) {
        push(&nodes[number]);
    }
    start(pop_two_and_push, 0);
    start(pop_one, 0);
    join_all();
    while (atomic_load(&top) != NULL) {
        take(pop());
    }
    return 0;
}
#else
static void *push_one(void *number)
{
    push(&nodes[(intptr_t)number]);
    return NULL;
}

static void *pop_one(void *unused)
{
    struct node *node = pop();
    assert(node == NULL || atomic_fetch_add(&node->owned, 1) == 0);
    return unused;
}

int main(void)
{
    for (int number = 0; number < N; number++) {
        start(push_one, number);
    }
    start(pop_one, 0);
    join_all();
    int left = 0, taken = 0;
    while (pop() != NULL) {
        left++;
    }
    for (int number = 0; number < N; number++) {
        taken += atomic_load(&nodes[number].owned);
    }
    assert(left + taken == N);
    return 0;
}
#endif
