/* clocks.c - see clocks.h. */
#include "clocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Entries of objects' clocks are handed out from one piece of memory, of which the system provides what is used. */
enum { ORDER_LIMIT = 1 << 18, ENTRY_LIMIT = 1 << 26, STEP = 8 };

uint32_t clocks[SCHEDULER_TASK_LIMIT][SCHEDULER_TASK_LIMIT + 1];

static uint32_t tasks_used;
static uint32_t *entries;
static size_t entries_used;
static struct order orders[ORDER_LIMIT];
static uint32_t orders_used;
static uint32_t generation;

void clocks_reset(void)
{
    for (uint32_t task = 0; task < tasks_used; task++) {
        memset(clocks[task], 0, tasks_used * sizeof clocks[task][0]);
    }
    tasks_used = 0;
    entries_used = 0;
    orders_used = 0;
    if (++generation == 0) {
        memset(orders, 0, sizeof orders);
        generation = 1;
    }
    if (entries == NULL) {
        entries = mmap(NULL, ENTRY_LIMIT * sizeof *entries, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                       -1, 0);
        if (entries == MAP_FAILED) {
            perror("remlock: cannot get memory for the race detector");
            abort();
        }
    }
}

/* -------------------------------------------------------------------------------------------------------- objects -- */

/* Neighbours stay neighbours. When there are more objects than places, the last ones share: an order too many, no alarm. */
static struct order *find(uint64_t key)
{
    uint64_t place = key >> 3 ^ key >> 62 ^ key << 4;
    for (;; place++) {
        struct order *order = &orders[place % ORDER_LIMIT];
        bool used = order->generation == generation;
        if (used && (order->key == key || orders_used > ORDER_LIMIT / 2)) {
            return order;
        }
        if (!used) {
            *order = (struct order){.key = key, .generation = generation};
            orders_used++;
            return order;
        }
    }
}

struct order *clocks_of_variable(const void *address)
{
    return find((uintptr_t)address);
}

struct order *clocks_of_object(const void *object)
{
    return find((uintptr_t)object | (uint64_t)1 << 63);
}

/* ---------------------------------------------------------------------------------------------------------- clocks -- */

static void grow(struct clock *clock, uint32_t length)
{
    if (length <= clock->length) {
        return;
    }
    length = (length + STEP - 1) / STEP * STEP;
    if (entries_used + length > ENTRY_LIMIT) {
        fprintf(stderr, "remlock: the race detector is out of memory: run fewer steps, or with races=off\n");
        abort();
    }
    uint32_t *larger = &entries[entries_used];
    entries_used += length;
    memset(larger, 0, length * sizeof *larger);
    if (clock->length != 0) {
        memcpy(larger, clock->entries, clock->length * sizeof *larger);
    }
    *clock = (struct clock){.entries = larger, .length = length};
}

static inline void raise(uint32_t *restrict to, const uint32_t *restrict from, uint32_t length)
{
    for (uint32_t entry = 0; entry < length; entry++) {
        to[entry] = from[entry] > to[entry] ? from[entry] : to[entry];
    }
}

void clocks_acquire(uint32_t task, const struct clock *clock)
{
    uint32_t length = clock->length < state.task_count ? clock->length : state.task_count;
    raise(clocks[task], clock->entries, length);
}

void clocks_release(uint32_t task, struct clock *clock)
{
    grow(clock, state.task_count);
    raise(clock->entries, clocks[task], state.task_count);
}

void clocks_add(struct clock *to, const struct clock *from)
{
    if (from->length != 0) {
        grow(to, from->length);
        raise(to->entries, from->entries, from->length);
    }
}

void clocks_clear(struct clock *clock)
{
    if (clock->length != 0) {
        memset(clock->entries, 0, clock->length * sizeof *clock->entries);
    }
}

void clocks_join_task(uint32_t task, uint32_t other)
{
    if (task != other) {
        raise(clocks[task], clocks[other], state.task_count);
    }
}

void clocks_begin_task(uint32_t task, uint32_t parent)
{
    tasks_used = task >= tasks_used ? task + 1 : tasks_used;
    clocks[task][task] = 1;
    if (parent != SCHEDULER_NO_TASK) {
        clocks_join_task(task, parent);
        clocks_advance(parent);
    }
}
