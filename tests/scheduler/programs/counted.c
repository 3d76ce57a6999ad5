/* counted.c - see counted.h. Every access to shared memory is one step. */
#include "counted.h"

#include <stddef.h>

static struct counted *shared_of(void *task)
{
    return ((struct counted_task *)task)->shared;
}

static int number_of(void *task)
{
    return ((struct counted_task *)task)->number;
}

void readers_task(void *task)
{
    struct counted *shared = shared_of(task);
    if (number_of(task) == 0) {
        atomic_store(&shared->x, 1);
    } else {
        (void)atomic_load(&shared->x);
    }
}

void lastzero_task(void *task)
{
    struct counted *shared = shared_of(task);
    int number = number_of(task);
    if (number > 0) {
        int before = atomic_load(&shared->slots[number - 1]);
        atomic_store(&shared->slots[number], before + 1);
        return;
    }
    int index = (int)shared->size;
    while (atomic_load(&shared->slots[index]) != 0) {
        index--;
    }
}

void ainc_task(void *task)
{
    if (atomic_fetch_add(&shared_of(task)->x, 1) < 0) {
        program_failed();
    }
}

void count_task(void *task)
{
    atomic_fetch_add(&shared_of(task)->x, 1);
}

void inc_task(void *task)
{
    struct counted *shared = shared_of(task);
    int before = atomic_load(&shared->x);
    atomic_store(&shared->x, before + 1);
}

void coa_task(void *task)
{
    struct counted *shared = shared_of(task);
    int number = number_of(task);
    if (number > 1) {
        atomic_store(&shared->y, number);
        atomic_store(&shared->z, number);
        return;
    }
    atomic_store(&shared->x, number + 1);
    (void)atomic_load(number == 0 ? &shared->y : &shared->z);
    (void)atomic_load(&shared->x);
}

void casrot_task(void *task)
{
    int number = number_of(task);
    atomic_compare_exchange_strong(&shared_of(task)->x, &number, number_of(task) + 1);
}

void casw_task(void *task)
{
    struct counted *shared = shared_of(task);
    int zero = 0;
    atomic_compare_exchange_strong(&shared->x, &zero, 1);
    atomic_store(&shared->x, number_of(task) + 3);
}

void fib_task(void *task)
{
    enum { ROUNDS = 5, LARGEST = 144 };
    struct counted *shared = shared_of(task);
    int number = number_of(task);
    if (number == 2) {
        if (atomic_load(&shared->x) > LARGEST || atomic_load(&shared->y) > LARGEST) {
            program_failed();
        }
        return;
    }
    for (int round = 0; round < ROUNDS; round++) {
        int x = atomic_load(&shared->x);
        int y = atomic_load(&shared->y);
        atomic_store(number == 0 ? &shared->x : &shared->y, x + y);
    }
}

void indexer_task(void *task)
{
    enum { ENTRIES = 4, SPREAD = 11, FACTOR = 7 };
    struct counted *shared = shared_of(task);
    for (int entry = 0; entry < ENTRIES; entry++) {
        int value = entry * SPREAD + number_of(task);
        int slot = value * FACTOR % COUNTED_SLOTS;
        int zero = 0;
        while (!atomic_compare_exchange_strong(&shared->slots[slot], &zero, value)) {
            slot = (slot + 1) % COUNTED_SLOTS;
            zero = 0;
        }
    }
}

void ticket_lock_task(void *task)
{
    struct counted *shared = shared_of(task);
    int ticket = atomic_fetch_add(&shared->x, 1);
    event_wait(&shared->turns[ticket]);
    int owner = atomic_load(&shared->y);
    atomic_store(&shared->y, owner + 1);
    event_set(&shared->turns[ticket + 1]);
}

void mcs_lock_task(void *task)
{
    struct counted *shared = shared_of(task);
    struct counted_node *node = &shared->nodes[number_of(task)];
    struct counted_node *before = atomic_exchange(&shared->tail, node);
    if (before != NULL) {
        atomic_store(&before->next, node);
        event_set(&before->linked);
        event_wait(&node->granted);
    }
    struct counted_node *next = atomic_load(&node->next);
    if (next == NULL) {
        struct counted_node *last = node;
        if (atomic_compare_exchange_strong(&shared->tail, &last, NULL)) {
            return;
        }
        event_wait(&node->linked);
        next = atomic_load(&node->next);
    }
    event_set(&next->granted);
}
