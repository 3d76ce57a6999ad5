/* weak.c - see weak.h: which model it is, and what volatile accesses leave in memory until the next callback. */
#include "weak_models.h"

static const struct weak_model *model;

/* The volatile access that the running task does now. */
static struct {
    enum { NOTHING, LENT, STORED } what;
    atomic_value before; /* what memory held */
    struct atomic_operation operation;
    struct task *task;
} open_access;

void weak_reset(void)
{
    model = state.options.memory == MEMORY_TSO ? &weak_buffers : &weak_histories;
    open_access.what = NOTHING;
    model->reset();
}

void weak_begin(void)
{
    model->begin();
}

void weak_spawn(uint32_t child)
{
    model->spawn(child);
}

enum scheduler_effect weak_effect(enum scheduler_operation operation, int order)
{
    return model->effect(operation, order);
}

atomic_value weak_atomic(const struct atomic_operation *operation, bool *stores, atomic_value *after)
{
    return model->atomic(operation, stores, after);
}

void weak_fence(int order)
{
    model->fence(order);
}

/* So that the task settles when it leaves the function without another callback. */
static void open(struct task *task, int what)
{
    open_access.what = what;
    open_access.task = task;
    task->depth |= DEPTH_UNSETTLED;
}

static void start_volatile(bool load, void *address, size_t size)
{
    struct task *task = running_task();
    struct atomic_operation *access = &open_access.operation;
    *access = (struct atomic_operation){.operation = load ? OPERATION_ATOMIC_LOAD : OPERATION_ATOMIC_STORE,
                                        .size = (uint8_t)size,
                                        .order = __ATOMIC_RELAXED,
                                        .object = address,
                                        .site = task->site};
    open_access.before = weak_value_at(address, size);
    if (!load) {
        open(task, STORED);
        return;
    }
    atomic_value seen = model->volatile_load(access);
    if (seen != open_access.before) {
        weak_put(address, size, seen);
        open(task, LENT);
    }
}

void weak_access(enum scheduler_operation operation, const void *address, size_t size)
{
    if (operation == OPERATION_VOLATILE_READ || operation == OPERATION_VOLATILE_WRITE) {
        start_volatile(operation == OPERATION_VOLATILE_READ, (void *)(uintptr_t)address, size);
    } else {
        model->plain(address, size, operation == OPERATION_PLAIN_WRITE);
    }
}

void weak_settle(void)
{
    if (open_access.what == NOTHING) {
        return;
    }
    struct atomic_operation *access = &open_access.operation;
    bool stored = open_access.what == STORED;
    open_access.what = NOTHING;
    open_access.task->depth &= ~DEPTH_UNSETTLED;
    if (!stored) {
        weak_put(access->object, access->size, open_access.before);
        return;
    }
    if (state.record) {
        events_settle();
    }
    access->value = weak_value_at(access->object, access->size);
    weak_put(access->object, access->size, open_access.before);
    model->volatile_store(access);
}

void weak_end(void)
{
    if (open_access.what == LENT) {
        weak_settle();
    }
    open_access.what = NOTHING;
}

void weak_plain(const void *address, size_t size, bool write)
{
    weak_settle();
    model->plain(address, size, write);
}

void weak_call(const struct task *task)
{
    model->call(task->pending.object);
}

void weak_release(const void *object)
{
    weak_settle();
    model->release(object);
}

void weak_acquire(const void *object)
{
    weak_settle();
    model->acquire(object);
}
