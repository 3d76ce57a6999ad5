/* peers.c - the same program on what every machine has: real threads without any control. Other tools: peers/run.sh. */
#include "measure.h"
#include "sections.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACQUIRERS = 3, THREADS = ACQUIRERS + 1, ROUNDS = 200000 };

/* The hasty rundown: look at the mark, and only then take a reference. */
static struct {
    atomic_int references, going_away, gone, last_dropped;
    atomic_uint waiting, round;
    atomic_uint failures;
    bool failed;
} world;

static void drop(void)
{
    if (atomic_fetch_sub(&world.references, 1) == 1) {
        atomic_store(&world.last_dropped, 1);
    }
}

static void acquire_hastily(void)
{
    if (atomic_load(&world.going_away)) {
        return;
    }
    atomic_fetch_add(&world.references, 1);
    if (atomic_load(&world.gone)) {
        atomic_fetch_add(&world.failures, 1);
    }
    drop();
}

static void remove_device(void)
{
    atomic_store(&world.going_away, 1);
    drop();
    while (!atomic_load(&world.last_dropped)) {
        sched_yield();
    }
    atomic_store(&world.gone, 1);
}

static void begin_round(void)
{
    atomic_store(&world.references, 1);
    atomic_store(&world.going_away, 0);
    atomic_store(&world.gone, 0);
    atomic_store(&world.last_dropped, 0);
}

/* The last one to come prepares the round and lets all go. */
static void meet(unsigned round)
{
    if (atomic_fetch_add(&world.waiting, 1) == THREADS - 1) {
        begin_round();
        atomic_store(&world.waiting, 0);
        atomic_store(&world.round, round + 1);
    }
    while (atomic_load(&world.round) != round + 1) {
        sched_yield();
    }
}

static void *run_thread(void *number)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        meet(round);
        if (number == NULL) {
            remove_device();
        } else {
            acquire_hastily();
        }
    }
    return NULL;
}

static void measure_threads(void)
{
    static const char name[] = "real threads, no control";
    pthread_t threads[THREADS];
    memset(&world, 0, sizeof world);
    double before = processor_seconds();
    for (uintptr_t number = 0; number < THREADS; number++) {
        if (pthread_create(&threads[number], NULL, run_thread, (void *)number) != 0) {
            fprintf(stderr, "remlock-bench: cannot start a thread\n");
            exit(EXIT_FAILURE);
        }
    }
    for (int number = 0; number < THREADS; number++) {
        pthread_join(threads[number], NULL);
    }
    double rate = ROUNDS / (processor_seconds() - before);
    row_rate(name, (struct rate){rate, rate}, "rounds/s", 0);
    row_number("real threads, failing rounds in a million", atomic_load(&world.failures) * (1e6 / ROUNDS), "");
}

void bench_peers(void)
{
    section("elsewhere: three hasty acquirers and a remover");
    measure_threads();
}
