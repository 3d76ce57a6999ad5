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

void loop_nothing(void *argument)
{
    (void)argument;
}
