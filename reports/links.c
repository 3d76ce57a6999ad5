/*
 * links.c - which event made another one possible, or is what it saw.
 *
 * The scheduler knows who ended a wait and, under a weak memory model, which store a load was given. Otherwise a read is of
 * what was written there last. Memory also changes without a trace (plain accesses are no scheduling points unless they are
 * asked for, and the environment writes where it likes): what a read is said to come from must hold the value that it saw.
 */
#include "links.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096, GRANULE = 16 };

/* A store that is in memory, in a chain of those in the same granule, the last one first. */
struct store {
    uint32_t event;   /* from 1 */
    uint32_t earlier; /* index from 1 */
};

struct walker {
    struct scheduler_trace trace;
    struct event_links *links;
    struct store *stores;
    uint32_t store_count;
    uint32_t buckets[BUCKETS];                  /* index of the last store there, from 1 */
    uint32_t last_of[SCHEDULER_TASK_LIMIT + 1]; /* the last event of each task, from 1 */
    uint32_t *buffered; /* events, from 1: stores that have not reached memory, in their order; 0 where one has left */
    uint32_t buffered_count;
};

static bool reads(const struct scheduler_event *event)
{
    switch (event->operation) {
    case OPERATION_ATOMIC_STORE:
    case OPERATION_VOLATILE_WRITE:
    case OPERATION_PLAIN_WRITE:
    case OPERATION_FLUSH:
        return false;
    default:
        return event->operation >= OPERATION_ATOMIC_LOAD && event->operation != OPERATION_FENCE &&
               event->operation != OPERATION_NOTE;
    }
}

static bool writes(const struct scheduler_event *event)
{
    switch (event->operation) {
    case OPERATION_ATOMIC_LOAD:
    case OPERATION_VOLATILE_READ:
    case OPERATION_PLAIN_READ:
    case OPERATION_FENCE:
    case OPERATION_NOTE:
        return false;
    case OPERATION_ATOMIC_COMPARE_EXCHANGE:
        return event->before != event->after;
    default:
        return event->operation >= OPERATION_ATOMIC_STORE;
    }
}

static uint32_t *bucket_of(struct walker *walker, uintptr_t address)
{
    return &walker->buckets[(address / GRANULE * 0x9E3779B97F4A7C15u) >> 52];
}

static void reaches_memory(struct walker *walker, uint32_t number)
{
    uint32_t *bucket = bucket_of(walker, (uintptr_t)walker->trace.events[number - 1].object);
    walker->stores[walker->store_count++] = (struct store){.event = number, .earlier = *bucket};
    *bucket = walker->store_count;
}

static bool overlap(const struct scheduler_event *one, const struct scheduler_event *other)
{
    uintptr_t start = (uintptr_t)one->object, other_start = (uintptr_t)other->object;
    return start < other_start + other->size && other_start < start + one->size;
}

/* The last store in a granule that touches what the event does, from 1. */
static uint32_t last_store(struct walker *walker, const struct scheduler_event *event, uintptr_t granule)
{
    for (uint32_t at = *bucket_of(walker, granule); at; at = walker->stores[at - 1].earlier) {
        if (overlap(event, &walker->trace.events[walker->stores[at - 1].event - 1])) {
            return at;
        }
    }
    return 0;
}

static uint64_t part_of(uint64_t value, uint32_t offset, uint32_t size)
{
    value = offset >= 8 ? 0 : value >> 8 * offset;
    return size >= 8 ? value : value & ((UINT64_C(1) << 8 * size) - 1);
}

/* Whether the store holds all that the event saw. */
static bool explains(const struct scheduler_event *store, const struct scheduler_event *event)
{
    uintptr_t offset = (uintptr_t)event->object - (uintptr_t)store->object;
    return event->has_value && store->has_value && offset + event->size <= store->size &&
           part_of(store->after, (uint32_t)offset, event->size) == part_of(event->before, 0, event->size);
}

static void find_source(struct walker *walker, uint32_t index)
{
    const struct scheduler_event *event = &walker->trace.events[index];
    uint32_t source = event->source;
    if (!source && event->memory != MEMORY_NOTE_HIDDEN && event->memory != MEMORY_NOTE_FORWARDED) {
        uint32_t store = last_store(walker, event, (uintptr_t)event->object);
        uint32_t before = last_store(walker, event, (uintptr_t)event->object - GRANULE);
        store = store > before ? store : before;
        source = store ? walker->stores[store - 1].event : 0;
        const struct scheduler_event *flush = source ? &walker->trace.events[source - 1] : NULL;
        source = flush && flush->operation == OPERATION_FLUSH && flush->source ? flush->source : source;
    }
    if (source && explains(&walker->trace.events[source - 1], event)) {
        walker->links[index].reads_from = source;
    }
}

/* ------------------------------------------------------------------------------------------------- store buffers -- */

static void leave_buffer(struct walker *walker, uint32_t number)
{
    for (uint32_t index = 0; index < walker->buffered_count; index++) {
        if (walker->buffered[index] == number) {
            walker->buffered[index] = 0;
        }
    }
}

/* The buffer of the task was written to memory before its operation. */
static void drain(struct walker *walker, uint32_t task)
{
    uint32_t kept = 0;
    for (uint32_t index = 0; index < walker->buffered_count; index++) {
        uint32_t number = walker->buffered[index];
        if (number && walker->trace.events[number - 1].task == task) {
            reaches_memory(walker, number);
        } else if (number) {
            walker->buffered[kept++] = number;
        }
    }
    walker->buffered_count = kept;
}

static void store(struct walker *walker, uint32_t number)
{
    const struct scheduler_event *event = &walker->trace.events[number - 1];
    if (event->memory == MEMORY_NOTE_BUFFERED) {
        walker->buffered[walker->buffered_count++] = number;
    } else if (event->memory != MEMORY_NOTE_OVERTAKEN) {
        if (event->operation == OPERATION_FLUSH && event->source) {
            leave_buffer(walker, event->source);
        }
        reaches_memory(walker, number);
    }
}

/* --------------------------------------------------------------------------------------------------------- waits -- */

/* Who had last changed what a wait found to hold already; only when that was another task. */
static uint32_t who_signalled(const struct walker *walker, uint32_t index)
{
    const struct scheduler_event *wait = &walker->trace.events[index];
    for (uint32_t at = index; at > 0; at--) {
        const struct scheduler_event *event = &walker->trace.events[at - 1];
        if (event->object != wait->object || event->operation != OPERATION_CALL || event->waits) {
            continue;
        }
        if (event->has_value && event->before != event->after) {
            return event->task == wait->task || event->after == 0 ? 0 : at;
        }
    }
    return 0;
}

/*
 * The scheduler tells what its task had done last. When the harness starts the tasks of a program, or waits for their end, that
 * is something else.
 */
static bool is_cause(const struct walker *walker, const struct scheduler_event *event)
{
    const struct scheduler_event *cause = event->cause ? &walker->trace.events[event->cause - 1] : NULL;
    if (!cause || cause->operation != OPERATION_CALL) {
        return false;
    }
    if (event->operation == OPERATION_START) {
        return event->task >= harness_scenario()->program.task_count;
    }
    return cause->object == event->object || !event->call || strncmp(event->call->name, "wait ", 5) != 0;
}

static void find_waker(struct walker *walker, uint32_t index)
{
    const struct scheduler_event *event = &walker->trace.events[index];
    struct event_links *links = &walker->links[index];
    links->woken_by = is_cause(walker, event) ? event->cause : 0;
    if (event->waits && !event->cause && event->object && event->operation == OPERATION_CALL) {
        links->signalled_by = who_signalled(walker, index);
    }
}

static void find_preemption(struct walker *walker, uint32_t index)
{
    const struct scheduler_event *event = &walker->trace.events[index];
    uint32_t last = walker->last_of[event->task];
    if (event->preempted && last && last < walker->trace.count && walker->trace.events[last].task != event->task &&
        last < index) {
        walker->links[index].preempted_at = last + 1;
    }
}

static void visit(struct walker *walker, uint32_t index)
{
    const struct scheduler_event *event = &walker->trace.events[index];
    find_preemption(walker, index);
    if (!event->pending) {
        walker->last_of[event->task] = index + 1;
    }
    if (event->operation == OPERATION_NOTE || event->pending) {
        return;
    }
    find_waker(walker, index);
    if (event->memory == MEMORY_NOTE_DRAINED) {
        drain(walker, event->task);
    }
    if (event->object && event->size && reads(event)) {
        find_source(walker, index);
    }
    if (event->object && event->size && writes(event)) {
        store(walker, index + 1);
    }
}

struct event_links *links_make(void)
{
    struct walker *walker = calloc(1, sizeof(*walker));
    struct scheduler_trace trace = scheduler_trace();
    struct event_links *links = calloc((size_t)trace.count + 1, sizeof(*links));
    struct store *stores = calloc((size_t)trace.count + 1, sizeof(*stores));
    uint32_t *buffered = calloc((size_t)trace.count + 1, sizeof(*buffered));
    if (walker && links && stores && buffered) {
        walker->trace = trace;
        walker->links = links;
        walker->stores = stores;
        walker->buffered = buffered;
        for (uint32_t index = 0; index < trace.count; index++) {
            visit(walker, index);
        }
    } else {
        free(links);
        links = NULL;
    }
    free(stores);
    free(buffered);
    free(walker);
    return links;
}
