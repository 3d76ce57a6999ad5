/* world.c - see world.h: the lock, sleeping, losing time. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "world.h"

#include "perform.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Thread_local uint8_t world_self = SCHEDULER_NO_TASK;
_Thread_local bool world_inside;

/* ----------------------------------------------------------------------------------------------------------- lock -- */

/* Drepper, "Futexes are tricky" (2011): free, taken, taken and somebody waits. */
enum { FREE, TAKEN, WANTED };

static int lock;

static long futex(int *word, int operation, int value, const struct timespec *timeout)
{
    return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, timeout, NULL, 0);
}

void world_enter(void)
{
    int expected = FREE;
    if (!__atomic_compare_exchange_n(&lock, &expected, TAKEN, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        while (__atomic_exchange_n(&lock, WANTED, __ATOMIC_ACQUIRE) != FREE) {
            futex(&lock, FUTEX_WAIT, WANTED, NULL);
        }
    }
    world_inside = true;
    state.running = world_self;
}

void world_leave(void)
{
    world_inside = false;
    if (__atomic_exchange_n(&lock, FREE, __ATOMIC_RELEASE) == WANTED) {
        futex(&lock, FUTEX_WAKE, 1, NULL);
    }
}

/* ------------------------------------------------------------------------------------------------------- sleeping -- */

static bool take(struct sleeper *sleeper)
{
    int expected = 1;
    return __atomic_compare_exchange_n(&sleeper->word, &expected, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void sleeper_sleep(struct sleeper *sleeper)
{
    while (!take(sleeper)) {
        futex(&sleeper->word, FUTEX_WAIT, 0, NULL);
    }
}

bool sleeper_sleep_for(struct sleeper *sleeper, unsigned seconds)
{
    struct timespec timeout = {.tv_sec = (time_t)seconds};
    while (!take(sleeper)) {
        if (futex(&sleeper->word, FUTEX_WAIT, 0, &timeout) != 0 && errno == ETIMEDOUT) {
            return take(sleeper);
        }
    }
    return true;
}

void sleeper_wake(struct sleeper *sleeper)
{
    __atomic_store_n(&sleeper->word, 1, __ATOMIC_RELEASE);
    futex(&sleeper->word, FUTEX_WAKE, 1, NULL);
}

/* --------------------------------------------------------------------------------------------------------- chance -- */

static _Thread_local uint64_t random_state;

/* splitmix64: Steele, Lea and Flood, OOPSLA 2014. */
uint64_t world_random(void)
{
    uint64_t value = random_state += 0x9E3779B97F4A7C15u;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

void world_seed(uint64_t seed)
{
    random_state = seed;
}

static void pause_for(unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
}

void world_dawdle(unsigned rarity)
{
    uint64_t chance = world_random();
    if (chance % rarity != 0) {
        return;
    }
    if (chance >> 32 & 3) {
        pause_for((unsigned)(chance >> 40 & 511));
    } else {
        sched_yield();
    }
}

/* ------------------------------------------------------------------------------------------------------ crossings -- */

/* A frame: whether the world was left when it began, and, where environment code was called, where that returns to. */
enum { FRAME_LIMIT = 4096 };

struct frame {
    uintptr_t returns_to;
    bool crossed;
};

static _Thread_local struct frame frames[FRAME_LIMIT];
static _Thread_local uint32_t depth;

static struct frame *push(void)
{
    if (depth == FRAME_LIMIT) {
        fprintf(stderr, "remlock-stress: more than %d calls within each other\n", FRAME_LIMIT);
        abort();
    }
    return &frames[depth++];
}

void crossing_call(void)
{
    struct frame *frame = push();
    frame->returns_to = 0;
    frame->crossed = world_inside;
    crossing_leave();
}

void crossing_return(void)
{
    if (depth > 0 && frames[--depth].crossed && !world_inside) {
        world_enter();
    }
}

void crossing_forget(void)
{
    for (; depth > 0; depth--) {
        if (frames[depth - 1].returns_to == 0) {
            perform_leave();
        }
    }
}

/* From crossing.S: code under test calls a routine of the environment, and that returns. */
void crossing_into(uintptr_t returns_to);
uintptr_t crossing_back(void);

void crossing_into(uintptr_t returns_to)
{
    struct frame *frame = push();
    frame->returns_to = returns_to;
    frame->crossed = !world_inside;
    if (frame->crossed) {
        world_enter();
    }
}

uintptr_t crossing_back(void)
{
    const struct frame *frame = &frames[--depth];
    if (frame->crossed) {
        crossing_leave();
    }
    return frame->returns_to;
}
