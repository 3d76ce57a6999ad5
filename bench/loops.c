/* loops.c - see loops.h. */
#include "loops.h"

void loop_atomic(void *argument)
{
    struct loop *loop = argument;
    for (uint32_t rounds = loop->rounds; rounds > 0; rounds--) {
        atomic_fetch_add_explicit(&loop->counter, 1, memory_order_relaxed);
    }
}

void loop_plain(void *argument)
{
    struct loop *loop = argument;
    for (uint32_t rounds = loop->rounds; rounds > 0; rounds--) {
        loop->numbers[rounds % 16] = rounds;
    }
}

void loop_sums(void *argument)
{
    enum { BETWEEN_BARRIERS = 64 };
    struct loop *loop = argument;
    uint32_t own = (uint32_t)atomic_fetch_add(&loop->tickets, 1) % 8;
    for (uint32_t rounds = loop->rounds; rounds > 0; rounds--) {
        loop->sums[own] += loop->table[rounds % loop->spread];
        if (rounds % BETWEEN_BARRIERS == 0) {
            atomic_fetch_add(&loop->counter, 1);
        }
    }
}

void loop_nothing(void *argument)
{
    (void)argument;
}
