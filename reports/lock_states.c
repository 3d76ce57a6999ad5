/*
 * lock_states.c - the state of each remove lock after each event: its count, whether it is removed, who holds it.
 *
 * Count and flag are what was written to them, so they are those of the lock's memory, however the lock came to them. Holders
 * are those of which the harness knows it: from the return of an acquire to the call of its release.
 */
#include "lock_states.h"

#include "words.h"

#include <remlock/core.h>

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { LOCK_LIMIT = 64, HOLDER_LIMIT = 64 };

/* A value in memory, as the events tell it. */
struct observed {
    bool known;
    int64_t value;
    bool buffered;  /* a store buffer holds another one */
    uint8_t buffer; /* whose */
    int64_t buffered_value;
};

struct lock {
    const char *address;
    const char *shadow; /* that a verifier keeps beside it, or NULL */
    char name[96];
    uint32_t first; /* the first event about it, from 1; 0: it was there before */
    struct observed count, removed;
    const struct harness_holding *holders[HOLDER_LIMIT];
    uint32_t holder_count;
    bool changed;
};

struct lock_states {
    struct scheduler_trace trace;
    const struct harness_holding *holdings;
    uint32_t holding_count, next_holding;
    struct lock all[LOCK_LIMIT];
    uint32_t count;
};

/* -------------------------------------------------------------------------------------------------------- finding -- */

static struct lock *find(struct lock_states *locks, const void *address)
{
    for (uint32_t index = 0; index < locks->count; index++) {
        if (locks->all[index].address == address || locks->all[index].shadow == address) {
            return &locks->all[index];
        }
    }
    return NULL;
}

/* "lock1" of "lock1.IoCount"; a program's only lock has no name of its own. */
static void name_lock(const char *address, char *text, size_t size)
{
    harness_describe(address + offsetof(IO_REMOVE_LOCK_COMMON_BLOCK, IoCount), text, size);
    char *dot = strrchr(text, '.');
    if (strcmp(text, "IoCount") == 0) {
        snprintf(text, size, "lock");
    } else if (dot && strcmp(dot, ".IoCount") == 0) {
        *dot = 0;
    } else {
        words_brief(address, true, text, size);
    }
}

static struct lock *add(struct lock_states *locks, const void *address, uint32_t number)
{
    struct lock *lock = find(locks, address);
    if (lock || locks->count == LOCK_LIMIT) {
        return lock;
    }
    lock = &locks->all[locks->count++];
    lock->address = address;
    lock->first = number;
    name_lock(address, lock->name, sizeof(lock->name));
    return lock;
}

static bool is_call_of_lock(const struct scheduler_event *event)
{
    static const char *const names[] = {"IoInitializeRemoveLock", "IoAcquireRemoveLock", "IoReleaseRemoveLock"};
    for (size_t index = 0; event->call && index < sizeof(names) / sizeof(names[0]); index++) {
        if (strncmp(event->call->name, names[index], strlen(names[index])) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a subject that is a lock calls this place a count. */
static bool is_named_count(const struct scheduler_event *event)
{
    char name[128];
    if (event->size != sizeof(LONG) || event->operation == OPERATION_NOTE || event->call || !event->object) {
        return false;
    }
    harness_describe(event->object, name, sizeof(name));
    const char *dot = strrchr(name, '.');
    return strcmp(name, "IoCount") == 0 || (dot && strcmp(dot, ".IoCount") == 0 && strncmp(name, "lock", 4) == 0);
}

static void find_all(struct lock_states *locks)
{
    for (uint32_t index = 0; index < locks->holding_count; index++) {
        const struct harness_holding *holding = &locks->holdings[index];
        struct lock *lock = add(locks, holding->lock, holding->event ? holding->event : 1);
        if (lock && holding->shadow) {
            lock->shadow = holding->shadow;
        }
    }
    for (uint32_t index = 0; index < locks->trace.count; index++) {
        const struct scheduler_event *event = &locks->trace.events[index];
        struct lock *lock = NULL;
        if (is_call_of_lock(event)) {
            lock = add(locks, event->object, index + 1);
        } else if (is_named_count(event)) {
            lock = add(locks, (const char *)event->object - offsetof(IO_REMOVE_LOCK_COMMON_BLOCK, IoCount), index + 1);
            if (lock) {
                lock->first = 0;
            }
        }
        if (lock && lock->first > index + 1) {
            lock->first = index + 1;
        }
    }
}

/* ------------------------------------------------------------------------------------------------------- values -- */

static struct observed *observed_by(struct lock_states *locks, const struct scheduler_event *event, struct lock **lock)
{
    const char *object = event->object;
    if (!object || !event->has_value || event->call || event->operation == OPERATION_NOTE || event->pending) {
        return NULL;
    }
    if (event->size == sizeof(LONG)) {
        *lock = find(locks, object - offsetof(IO_REMOVE_LOCK_COMMON_BLOCK, IoCount));
        return *lock ? &(*lock)->count : NULL;
    }
    *lock = event->size == sizeof(BOOLEAN) ? find(locks, object) : NULL;
    return *lock ? &(*lock)->removed : NULL;
}

static int64_t value_of(const struct scheduler_event *event, uint64_t value)
{
    return event->size == sizeof(LONG) ? (int32_t)value : (uint8_t)value;
}

/* What the first event about a place saw is what was there before. */
static void find_first_values(struct lock_states *locks)
{
    for (uint32_t index = 0; index < locks->trace.count; index++) {
        struct lock *lock;
        const struct scheduler_event *event = &locks->trace.events[index];
        struct observed *observed = observed_by(locks, event, &lock);
        if (observed && lock->first > index + 1) {
            lock->first = index + 1;
        }
        if (observed && !observed->known) {
            observed->known = true;
            observed->value = value_of(event, event->before);
        }
    }
}

static void write_value(struct lock *lock, struct observed *observed, int64_t value)
{
    lock->changed |= observed->value != value;
    observed->value = value;
}

static void write_buffered(struct lock_states *locks, uint32_t task)
{
    for (uint32_t index = 0; index < locks->count; index++) {
        struct lock *lock = &locks->all[index];
        struct observed *places[] = {&lock->count, &lock->removed};
        for (uint32_t place = 0; place < 2; place++) {
            if (places[place]->buffered && places[place]->buffer == task) {
                places[place]->buffered = false;
                write_value(lock, places[place], places[place]->buffered_value);
            }
        }
    }
}

static bool only_reads(const struct scheduler_event *event)
{
    return event->operation == OPERATION_ATOMIC_LOAD || event->operation == OPERATION_VOLATILE_READ ||
           event->operation == OPERATION_PLAIN_READ;
}

static void apply_event(struct lock_states *locks, const struct scheduler_event *event)
{
    struct lock *lock;
    if (event->memory == MEMORY_NOTE_DRAINED) {
        write_buffered(locks, event->task);
    }
    struct observed *observed = observed_by(locks, event, &lock);
    if (!observed || only_reads(event)) {
        return;
    }
    int64_t value = value_of(event, event->after);
    if (event->memory == MEMORY_NOTE_BUFFERED) {
        observed->buffered = true;
        observed->buffer = event->task;
        observed->buffered_value = value;
    } else if (event->memory != MEMORY_NOTE_OVERTAKEN && event->memory != MEMORY_NOTE_HIDDEN) {
        observed->buffered &= event->operation != OPERATION_FLUSH;
        write_value(lock, observed, value);
    }
}

/* ------------------------------------------------------------------------------------------------------ holders -- */

static void give_back(struct lock *lock, const void *acquisition)
{
    for (uint32_t index = 0; index < lock->holder_count; index++) {
        if (lock->holders[index]->acquisition == acquisition) {
            lock->holder_count--;
            memmove(&lock->holders[index], &lock->holders[index + 1], (lock->holder_count - index) * sizeof(lock->holders[0]));
            return;
        }
    }
}

/* What happened until so many events of the trace were there. */
static void apply_holdings(struct lock_states *locks, uint32_t count)
{
    for (; locks->next_holding < locks->holding_count; locks->next_holding++) {
        const struct harness_holding *holding = &locks->holdings[locks->next_holding];
        struct lock *lock = find(locks, holding->lock);
        if (holding->event > count) {
            return;
        }
        if (!lock) {
            continue;
        }
        lock->changed = true;
        if (!holding->held) {
            give_back(lock, holding->acquisition);
        } else if (lock->holder_count < HOLDER_LIMIT) {
            lock->holders[lock->holder_count++] = holding;
        }
    }
}

/* --------------------------------------------------------------------------------------------------------- JSON -- */

static cJSON *holders_json(const struct lock *lock)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t index = 0; index < lock->holder_count; index++) {
        const struct harness_holding *holding = lock->holders[index];
        char place[64];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "tag", holding->tag);
        cJSON_AddStringToObject(item, "task", words_task(holding->task));
        words_site(holding->site, place, sizeof(place));
        if (place[0]) {
            cJSON_AddStringToObject(item, "place", place);
        }
        cJSON_AddItemToArray(array, item);
    }
    return array;
}

static cJSON *lock_json(const struct lock *lock)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "object", lock->name);
    if (lock->count.known) {
        cJSON_AddNumberToObject(json, "count", (double)lock->count.value);
    }
    if (lock->removed.known) {
        cJSON_AddBoolToObject(json, "removed", lock->removed.value != 0);
    }
    cJSON_AddItemToObject(json, "holders", holders_json(lock));
    return json;
}

struct lock_states *lock_states_make(void)
{
    struct lock_states *locks = calloc(1, sizeof(*locks));
    if (!locks) {
        return NULL;
    }
    locks->trace = scheduler_trace();
    locks->holding_count = harness_holdings(&locks->holdings);
    find_all(locks);
    find_first_values(locks);
    apply_holdings(locks, 0);
    return locks;
}

void lock_states_free(struct lock_states *locks)
{
    free(locks);
}

cJSON *lock_states_first_json(const struct lock_states *locks)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t index = 0; locks && index < locks->count; index++) {
        cJSON *json = lock_json(&locks->all[index]);
        if (locks->all[index].first) {
            cJSON_AddNumberToObject(json, "since", locks->all[index].first);
        }
        cJSON_AddItemToArray(array, json);
    }
    return array;
}

cJSON *lock_states_next_json(struct lock_states *locks, uint32_t number)
{
    cJSON *array = NULL;
    if (!locks) {
        return NULL;
    }
    for (uint32_t index = 0; index < locks->count; index++) {
        locks->all[index].changed = false;
    }
    apply_event(locks, &locks->trace.events[number - 1]);
    apply_holdings(locks, number);
    for (uint32_t index = 0; index < locks->count; index++) {
        if (locks->all[index].changed) {
            array = array ? array : cJSON_CreateArray();
            cJSON_AddItemToArray(array, lock_json(&locks->all[index]));
        }
    }
    return array;
}
