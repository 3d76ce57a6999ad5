/*
 * weak_buffers.c - memory=tso: total store order, the model of x86 processors.
 *
 * Sewell, Sarkar, Owens, Zappa Nardelli and Myreen, "x86-TSO: a rigorous and usable programmer's model for x86
 * multiprocessors", CACM 2010. Each task has a buffer of stores, first in first out. A load sees the newest store of its own
 * buffer to each byte, or else memory. A store is a mov unless it is seq_cst; what x86 implements by a locked instruction or
 * mfence (read-modify-write operations, seq_cst stores and fences), and every call of the environment, empties the buffer
 * first, in the same step.
 *
 * The way to memory is a task of its own, called TASK-buffer: each of its steps writes the oldest store to memory. So when a
 * store becomes visible is a choice of a task like any other, and strategies, replays and reductions need to know nothing of
 * buffers. Emptying all at once loses nothing, because the buffer's task could have gone before.
 *
 * Plain accesses are not weak: without data races nobody could tell. One that overlaps a store in its own buffer empties it.
 */
#include "weak_models.h"

#include <stdio.h>
#include <string.h>

enum { ENTRY_LIMIT = 32, BUFFERED_TASKS = SCHEDULER_TASK_LIMIT / 2, NAME_SIZE = 64 };

struct entry {
    uint64_t filled; /* first: the condition of the buffer's task depends on it alone */
    uintptr_t address;
    uint32_t size;
    atomic_value value;
    uintptr_t site;
    uint32_t recorded; /* events_current() when it was stored */
};

struct buffer {
    bool exists;
    bool started;
    uint32_t task; /* that writes it to memory */
    uint32_t head, count;
    uint32_t pushed; /* since it was drained */
    char name[NAME_SIZE];
    struct entry entries[ENTRY_LIMIT]; /* a ring */
};

static struct buffer buffers[SCHEDULER_TASK_LIMIT]; /* by the task that stores */
static bool begun, making;

static struct entry *entry_at(struct buffer *buffer, uint32_t index)
{
    return &buffer->entries[(buffer->head + index) % ENTRY_LIMIT];
}

static struct buffer *own_buffer(void)
{
    return state.running != SCHEDULER_NO_TASK && buffers[state.running].exists ? &buffers[state.running] : NULL;
}

static bool overlaps(const struct entry *entry, uintptr_t address, size_t size)
{
    return entry->address < address + size && address < entry->address + entry->size;
}

/* ------------------------------------------------------------------------------------------------------ to memory -- */

static void write_to_memory(const struct entry *entry, uintptr_t site)
{
    void *address = (void *)entry->address;
    scheduler_touch(address, entry->size, EFFECT_UPDATE);
    check_access(address, entry->size, true, site);
    weak_put(address, entry->size, entry->value);
}

static void write_oldest(struct buffer *buffer, struct entry *entry)
{
    entry->filled = false;
    buffer->head = (buffer->head + 1) % ENTRY_LIMIT;
    buffer->count--;
    write_to_memory(entry, entry->site);
}

/*
 * What a step may write must not depend on what the buffer's task has done before: it counts as touching all that was stored
 * since the last time.
 */
static void touch_what_was_stored(struct buffer *buffer)
{
    uint32_t count = buffer->pushed < ENTRY_LIMIT ? buffer->pushed : ENTRY_LIMIT;
    for (uint32_t index = 0; index < count; index++) {
        struct entry *entry = &buffer->entries[(buffer->head + buffer->count + ENTRY_LIMIT - 1 - index) % ENTRY_LIMIT];
        scheduler_touch(entry, 1, EFFECT_UPDATE);
        scheduler_touch((void *)entry->address, entry->size, EFFECT_UPDATE);
    }
    buffer->pushed = 0;
}

/* The slots stay where they are: the buffer's task goes on waiting for the one at the head. */
static void drain(struct buffer *buffer)
{
    if (buffer == NULL || buffer->pushed == 0) {
        return;
    }
    touch_what_was_stored(buffer);
    if (buffer->count == 0) {
        return;
    }
    if (state.record) {
        events_memory(MEMORY_NOTE_DRAINED, state.running, buffer->count);
    }
    for (uint32_t index = 0; index < buffer->count; index++) {
        struct entry *entry = entry_at(buffer, index);
        entry->filled = false;
        write_to_memory(entry, entry->site);
    }
    buffer->count = 0;
    scheduler_changed(entry_at(buffer, 0));
}

/* ----------------------------------------------------------------------------------------------- the buffer's task -- */

static bool is_filled(const void *argument)
{
    const struct entry *entry = argument;
    return entry->filled;
}

static void write_buffer(void *argument)
{
    static const struct scheduler_call call = {"store buffer", 0, EFFECT_UPDATE};
    struct buffer *buffer = argument;
    for (;;) {
        struct entry *entry = entry_at(buffer, 0);
        scheduler_wait_at(&call, entry, is_filled, entry, SCHEDULER_NEVER, 0);
        entry = entry_at(buffer, 0); /* a full buffer may have moved on meanwhile */
        uint64_t before = (uint64_t)weak_value_at((void *)entry->address, entry->size);
        write_oldest(buffer, entry);
        trail(OPERATION_FLUSH, (void *)entry->address, (uint64_t)entry->value);
        if (state.record) {
            events_value(before, (uint64_t)entry->value);
        }
    }
}

static void make_buffer(uint32_t owner)
{
    struct buffer *buffer = &buffers[owner];
    buffer->exists = state.task_count < 2 * BUFFERED_TASKS && owner < BUFFERED_TASKS;
    if (!buffer->exists) {
        return;
    }
    making = true;
    buffer->started = false;
    buffer->head = buffer->count = buffer->pushed = 0;
    for (uint32_t index = 0; index < ENTRY_LIMIT; index++) {
        buffer->entries[index].filled = false;
        buffer->entries[index].size = 0;
    }
    snprintf(buffer->name, sizeof buffer->name, "%s-buffer", state.tasks[owner].name);
    buffer->task = scheduler_spawn_held(buffer->name, write_buffer, buffer);
    state.tasks[buffer->task].is_buffer = true;
    scheduler_may_wait(buffer->task, true);
    making = false;
}

static void reset(void)
{
    begun = false;
}

/* All of them at once, and never started unless needed: so a task has the same number whoever stores first. */
static void begin(void)
{
    uint32_t count = state.task_count;
    begun = true;
    for (uint32_t task = 0; task < count; task++) {
        make_buffer(task);
    }
}

static void spawn(uint32_t child)
{
    if (begun && !making) {
        make_buffer(child);
    } else {
        buffers[child].exists = false;
    }
}

void weak_flush(struct task *task)
{
    const struct entry *entry = task->object;
    task->site = entry->site;
    task->pending.operation = OPERATION_FLUSH;
    task->pending.object = (void *)entry->address;
    task->pending.size = (uint16_t)entry->size;
    task->pending.call = NULL;
    if (state.record) {
        events_perform();
        events_source(entry->recorded);
    }
}

bool weak_next_write(const struct task *task, uintptr_t *address, uint32_t *size)
{
    const struct entry *entry = task->object;
    if (entry == NULL || entry->size == 0) {
        return false;
    }
    *address = entry->address;
    *size = entry->size;
    return true;
}

/* ------------------------------------------------------------------------------------------------------- accesses -- */

/* The owner writes the oldest store itself: the buffer's task waits for the one behind it from now on. */
static void make_room(struct buffer *buffer)
{
    struct entry *oldest = entry_at(buffer, 0);
    struct task *task = &state.tasks[buffer->task];
    scheduler_touch(oldest, 1, EFFECT_UPDATE);
    write_oldest(buffer, oldest);
    if (task->object == oldest) {
        task->object = task->condition_argument = task->pending.object = entry_at(buffer, 0);
    }
}

static void push(struct buffer *buffer, const struct atomic_operation *operation, atomic_value value)
{
    if (buffer->count == ENTRY_LIMIT) {
        make_room(buffer);
    }
    struct entry *entry = entry_at(buffer, buffer->count);
    scheduler_touch(entry, 1, EFFECT_UPDATE);
    *entry = (struct entry){.filled = true,
                            .address = (uintptr_t)operation->object,
                            .size = operation->size,
                            .value = value,
                            .site = operation->site,
                            .recorded = state.record ? events_current() : 0};
    buffer->count++;
    buffer->pushed++;
    if (!buffer->started) {
        buffer->started = true;
        scheduler_start(buffer->task);
    } else if (buffer->count == 1) {
        scheduler_changed(entry);
    }
    if (state.record) {
        events_memory(MEMORY_NOTE_BUFFERED, (uint8_t)state.running, (uint64_t)value);
    }
}

/* Memory as the owner of the buffer sees it. */
static bool overlay(struct buffer *buffer, uintptr_t address, size_t size, uint8_t *bytes)
{
    bool found = false;
    for (uint32_t index = 0; buffer != NULL && index < buffer->count; index++) {
        const struct entry *entry = entry_at(buffer, index);
        if (!overlaps(entry, address, size)) {
            continue;
        }
        found = true;
        for (size_t at = 0; at < size; at++) {
            if (address + at - entry->address < entry->size) {
                bytes[at] = (uint8_t)(entry->value >> 8 * (address + at - entry->address));
            }
        }
    }
    return found;
}

/* For the trace: the store in its own buffer that the load sees; nothing when it sees parts of several. */
static void tell_own_store(struct buffer *buffer, uintptr_t address, size_t size)
{
    for (uint32_t index = buffer->count; index > 0; index--) {
        const struct entry *entry = entry_at(buffer, index - 1);
        if (overlaps(entry, address, size)) {
            bool whole = entry->address <= address && address + size <= entry->address + entry->size;
            events_source(whole ? entry->recorded : 0);
            return;
        }
    }
}

/* For the trace: somebody has stored already what this load does not see. */
static void tell_hidden_store(uintptr_t address, size_t size)
{
    for (uint32_t owner = 0; owner < BUFFERED_TASKS && owner < state.task_count; owner++) {
        struct buffer *buffer = &buffers[owner];
        for (uint32_t index = buffer->exists && owner != state.running ? buffer->count : 0; index > 0; index--) {
            const struct entry *entry = entry_at(buffer, index - 1);
            if (overlaps(entry, address, size)) {
                events_memory(MEMORY_NOTE_HIDDEN, (uint8_t)owner, (uint64_t)entry->value);
                return;
            }
        }
    }
}

static atomic_value load(const struct atomic_operation *operation)
{
    uintptr_t address = (uintptr_t)operation->object;
    atomic_value value = weak_value_at(operation->object, operation->size);
    bool own = overlay(own_buffer(), address, operation->size, (uint8_t *)&value);
    if (state.record && own) {
        events_memory(MEMORY_NOTE_FORWARDED, (uint8_t)state.running, (uint64_t)value);
        tell_own_store(own_buffer(), address, operation->size);
    } else if (state.record) {
        tell_hidden_store(address, operation->size);
    }
    return value;
}

static bool waits_in_buffer(enum scheduler_operation operation, int order)
{
    return own_buffer() != NULL &&
           (operation == OPERATION_VOLATILE_WRITE || (operation == OPERATION_ATOMIC_STORE && order != __ATOMIC_SEQ_CST));
}

static enum scheduler_effect effect(enum scheduler_operation operation, int order)
{
    return waits_in_buffer(operation, order) ? EFFECT_NONE : observe_effect(operation);
}

static atomic_value do_atomic(const struct atomic_operation *operation, bool *stores, atomic_value *after)
{
    if (operation->operation == OPERATION_ATOMIC_LOAD) {
        *stores = false;
        return *after = load(operation);
    }
    atomic_value before = weak_value_at(operation->object, operation->size);
    *stores = true;
    if (waits_in_buffer(operation->operation, operation->order)) {
        *after = operation->value;
        push(own_buffer(), operation, operation->value);
        return before;
    }
    drain(own_buffer());
    before = weak_value_at(operation->object, operation->size);
    *stores = observe_result(operation, before, after);
    if (*stores) {
        weak_put(operation->object, operation->size, *after);
    }
    return before;
}

static void fence(int order)
{
    if (order == __ATOMIC_SEQ_CST) {
        drain(own_buffer());
    }
}

static void volatile_store(const struct atomic_operation *operation)
{
    struct buffer *buffer = own_buffer();
    if (buffer == NULL) {
        weak_put(operation->object, operation->size, operation->value);
    } else {
        push(buffer, operation, operation->value);
    }
}

static void plain(const void *address, size_t size, bool write)
{
    (void)write;
    struct buffer *buffer = own_buffer();
    for (uint32_t index = 0; buffer != NULL && index < buffer->count; index++) {
        if (overlaps(entry_at(buffer, index), (uintptr_t)address, size)) {
            drain(buffer);
            return;
        }
    }
}

/* Calls of the environment, and what orders others behind this task. */
static void synchronise(const void *object)
{
    (void)object;
    drain(own_buffer());
}

static void acquire(const void *object)
{
    (void)object;
}

const struct weak_model weak_buffers = {.reset = reset,
                                        .begin = begin,
                                        .spawn = spawn,
                                        .effect = effect,
                                        .atomic = do_atomic,
                                        .fence = fence,
                                        .volatile_load = load,
                                        .volatile_store = volatile_store,
                                        .plain = plain,
                                        .call = synchronise,
                                        .release = synchronise,
                                        .acquire = acquire};
