/* loops.h - instrumented code that does one thing again and again; the argument is a struct loop. */
#ifndef BENCH_LOOPS_H
#define BENCH_LOOPS_H

#include <stdatomic.h>
#include <stdint.h>

struct loop {
    atomic_int counter;
    uint32_t numbers[16];
    uint32_t rounds;
};

void loop_atomic(void *loop);
void loop_plain(void *loop);
void loop_nothing(void *loop);

#endif
