/* observe.c - see observe.h. */
#include "observe.h"

#include "races.h"
#include "steps.h"
#include "weak.h"

#include <string.h>

static bool reads(enum scheduler_operation operation)
{
    return operation != OPERATION_ATOMIC_STORE && operation != OPERATION_VOLATILE_WRITE && operation != OPERATION_PLAIN_WRITE;
}

static bool writes(enum scheduler_operation operation)
{
    return operation != OPERATION_ATOMIC_LOAD && operation != OPERATION_VOLATILE_READ && operation != OPERATION_PLAIN_READ;
}

enum scheduler_effect observe_effect(enum scheduler_operation operation)
{
    return writes(operation) ? EFFECT_UPDATE : EFFECT_READ;
}

/* Everything between a callback and what it announces. */
static struct task *arrive(enum scheduler_operation operation, int order, const void *object, size_t size, uintptr_t site)
{
    struct task *task = running_task();
    bool weak = state.observers & OBSERVER_WEAK;
    announce(task, operation, object, size, weak ? weak_effect(operation, order) : observe_effect(operation), NULL);
    point(site);
    if (state.observers & OBSERVER_STEPS) {
        steps_begin(task);
    }
    check_access(object, size, writes(operation), site);
    if (state.feedback && reads(operation)) {
        feedback_read(object, site);
    }
    if (state.feedback && writes(operation)) {
        feedback_write(object, site);
    }
    if (state.record) {
        events_perform();
    }
    return task;
}

static uint64_t value_of(const void *address, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, address, size > sizeof value ? sizeof value : size);
    return value;
}

/* ---------------------------------------------------------------------------------------------- atomic operations -- */

static atomic_value load(const struct atomic_operation *operation)
{
    atomic_value value = 0;
    memcpy(&value, operation->object, operation->size);
    return value;
}

static bool result_of(const struct atomic_operation *operation, atomic_value before, atomic_value *after)
{
    *after = before;
    switch (operation->operation) {
    case OPERATION_ATOMIC_LOAD:
        return false;
    case OPERATION_ATOMIC_STORE:
    case OPERATION_ATOMIC_EXCHANGE:
        *after = operation->value;
        return true;
    case OPERATION_ATOMIC_ADD:
        *after = before + operation->value;
        return true;
    case OPERATION_ATOMIC_SUB:
        *after = before - operation->value;
        return true;
    case OPERATION_ATOMIC_AND:
        *after = before & operation->value;
        return true;
    case OPERATION_ATOMIC_OR:
        *after = before | operation->value;
        return true;
    case OPERATION_ATOMIC_XOR:
        *after = before ^ operation->value;
        return true;
    case OPERATION_ATOMIC_NAND:
        *after = ~(before & operation->value);
        return true;
    case OPERATION_ATOMIC_COMPARE_EXCHANGE:
        if (before != operation->expected) {
            return false;
        }
        *after = operation->value;
        return true;
    default:
        __builtin_unreachable();
    }
}

static atomic_value cut(atomic_value value, uint32_t size)
{
    return size == sizeof value ? value : value & (((atomic_value)1 << 8 * size) - 1);
}

bool observe_result(const struct atomic_operation *operation, atomic_value before, atomic_value *after)
{
    bool stores = result_of(operation, before, after);
    *after = cut(*after, operation->size);
    return stores;
}

static atomic_value perform(const struct atomic_operation *operation, bool *stores, atomic_value *after)
{
    if (state.observers & OBSERVER_WEAK) {
        return weak_atomic(operation, stores, after);
    }
    atomic_value before = load(operation);
    *stores = observe_result(operation, before, after);
    if (*stores) {
        memcpy(operation->object, after, operation->size);
    } else if (state.observers & OBSERVER_STEPS) {
        steps_only_read();
    }
    return before;
}

/* Not inline, here and below: what it read and wrote must not stay on the stack where states_go_on() does not reach. */
static __attribute__((noinline)) atomic_value pass_atomic(const struct atomic_operation *operation)
{
    arrive(operation->operation, operation->order, operation->object, operation->size, operation->site);
    bool stores;
    atomic_value after;
    atomic_value before = perform(operation, &stores, &after);
    sanitizer_atomic(operation, stores);
    if (state.observers & OBSERVER_RACES) {
        races_atomic(operation, stores);
    }
    trail(operation->operation, operation->object, (uint64_t)after);
    if (state.record) {
        events_value((uint64_t)before, (uint64_t)after);
    }
    return before;
}

atomic_value observe_atomic(const struct atomic_operation *operation)
{
    atomic_value before = pass_atomic(operation);
    if (state.observers & OBSERVER_STATES) {
        states_go_on();
    }
    return before;
}

void observe_fence(int order, uintptr_t site)
{
    struct task *task = running_task();
    announce(task, OPERATION_FENCE, NULL, 0, EFFECT_NONE, NULL);
    point(site);
    if (state.observers & OBSERVER_STATES) {
        states_go_on();
    }
    if (state.observers & OBSERVER_STEPS) {
        steps_begin(task);
    }
    if (state.record) {
        events_perform();
    }
    if (state.observers & OBSERVER_RACES) {
        races_fence(order);
    }
    if (state.observers & OBSERVER_WEAK) {
        weak_fence(order);
    }
    trail(OPERATION_FENCE, NULL, 0);
}

/* ------------------------------------------------------------------------------------- volatile and plain accesses -- */

static __attribute__((noinline)) void pass_access(enum scheduler_operation operation, const void *address, size_t size,
                                                  uintptr_t site)
{
    arrive(operation, __ATOMIC_RELAXED, address, size, site);
    sanitizer_access(address, size, operation, site);
    if (state.observers & OBSERVER_RACES) {
        races_access(address, size, operation, site);
    }
    if (state.observers & OBSERVER_WEAK) {
        weak_access(operation, address, size);
    }
    if (operation != OPERATION_VOLATILE_READ) {
        /* What is written is not known yet, and a plain value may be an address. */
        trail(operation, address, 0);
        if (state.record) {
            events_access(operation == OPERATION_PLAIN_READ);
        }
        return;
    }
    uint64_t value = value_of(address, size);
    trail(operation, address, value);
    if (state.record) {
        events_value(value, value);
    }
}

void observe_access(enum scheduler_operation operation, const void *address, size_t size, uintptr_t site)
{
    pass_access(operation, address, size, site);
    if (state.observers & OBSERVER_STATES) {
        states_go_on();
    }
}

void observe_plain(const void *address, size_t size, bool write, uintptr_t site)
{
    check_access(address, size, write, site);
    sanitizer_access(address, size, write ? OPERATION_PLAIN_WRITE : OPERATION_PLAIN_READ, site);
    if (state.observers & OBSERVER_WEAK) {
        weak_plain(address, size, write);
    }
    if (state.observers & OBSERVER_RACES) {
        races_access(address, size, write ? OPERATION_PLAIN_WRITE : OPERATION_PLAIN_READ, site);
    }
}

/* ------------------------------------------------------------------------------------------------- the environment -- */

void observe_call(struct task *task)
{
    if (state.observers & OBSERVER_STATES) {
        states_go_on();
    }
    if (state.observers & OBSERVER_STEPS) {
        steps_begin(task);
    }
    if (state.record) {
        events_perform();
    }
    sanitizer_acquire(task->pending.object);
    sanitizer_release(task->pending.object);
    if (state.observers & OBSERVER_WEAK) {
        weak_call(task);
    }
    if (state.observers & OBSERVER_RACES) {
        races_call(task->pending.object);
    }
}

void observe_wait(struct task *task)
{
    if (state.observers & OBSERVER_STATES) {
        states_go_on();
    }
    if (state.observers & OBSERVER_STEPS) {
        steps_begin(task);
        if (task->timed_out) {
            steps_time_out();
        }
    }
    if (task->is_buffer) {
        weak_flush(task);
        return;
    }
    if (state.record) {
        events_perform();
        events_wait_over();
        if (task->timed_out) {
            events_mark(OPERATION_TIMEOUT);
        }
    }
    sanitizer_acquire(task->pending.object);
    sanitizer_release(task->pending.object);
    if (state.observers & OBSERVER_WEAK) {
        weak_call(task);
    }
    if (state.observers & OBSERVER_RACES) {
        races_call(task->pending.object);
    }
}
