/* mixture.c - see mixture.h. */
#include "mixture.h"

static void on_push(struct mixture *mixture)
{
    mixture->mark16 = (uint16_t)(mixture->mark16 + 1);
}

static void on_pop(struct mixture *mixture)
{
    mixture->mark64 += 3;
}

static void push(struct mixture *mixture, struct node *node)
{
    struct node *top = atomic_load_explicit(&mixture->top, memory_order_acquire);
    do {
        atomic_store_explicit(&node->next, top, memory_order_relaxed);
    } while (!atomic_compare_exchange_weak(&mixture->top, &top, node));
}

static struct node *pop(struct mixture *mixture)
{
    struct node *top = atomic_load(&mixture->top);
    while (top != NULL) {
        struct node *next = atomic_load(&top->next);
        if (atomic_compare_exchange_strong(&mixture->top, &top, next)) {
            break;
        }
    }
    return top;
}

void mixture_pusher(void *argument)
{
    struct mixture *mixture = argument;
    atomic_store(&mixture->handler, on_push);
    atomic_exchange(&mixture->anywhere, (void *)&mixture);
    push(mixture, mixture->loose);
    for (int index = 0; index < 3; index++) {
        mixture->nodes[index] = (struct node){.payload = {1, 2, 3, (uint64_t)index}};
        push(mixture, &mixture->nodes[index]);
    }
    atomic_load (&mixture->handler)(mixture);
}

void mixture_popper(void *argument)
{
    struct mixture *mixture = argument;
    atomic_store(&mixture->handler, on_pop);
    for (int round = 0; round < 2; round++) {
        struct node *node = pop(mixture);
        if (node != NULL) {
            atomic_fetch_add(&mixture->bits64, node->payload[3]);
        }
        if (node == mixture->loose) {
            memory_free(node);
        }
    }
    event_set(&mixture->popped);
}

void mixture_counter(void *argument)
{
    struct mixture *mixture = argument;
    for (int round = 0; round < 2; round++) {
        atomic_fetch_or(&mixture->bits8, (uint8_t)(1u << round));
        atomic_fetch_sub(&mixture->bits16, 7);
        atomic_fetch_xor(&mixture->bits32, 0xF0F0F0F0u);
        mixture->plain[round & 3]++;
        atomic_thread_fence(memory_order_seq_cst);
    }
    event_wait(&mixture->popped);
    struct node *top = atomic_load(&mixture->top);
    if (top != NULL) {
        atomic_fetch_and(&mixture->bits32, (uint32_t)top->payload[2]);
    }
    atomic_load (&mixture->handler)(mixture);
}
