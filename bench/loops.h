/* loops.h - instrumented code that does one thing again and again; the argument is a struct loop. */
#ifndef BENCH_LOOPS_H
#define BENCH_LOOPS_H

#include <stdatomic.h>
#include <stdint.h>

struct loop {
    atomic_int counter, tickets;
    uint32_t numbers[16];
    uint32_t rounds;
    uint32_t spread; /* how much of the table is read between two barriers: at most 64 */
    uint32_t table[64];
    uint32_t sums[8]; /* one of each task */
};

void loop_atomic(void *loop);
void loop_plain(void *loop);
void loop_sums(void *loop); /* plain reads of what all share, plain updates of what is its own, now and then a full barrier */
void loop_nothing(void *loop);

#endif
