/*
 * races.c - see races.h.
 *
 * Each memory operation first acquires, then is compared with the accesses that shadow.h remembers, then releases. What orders:
 * C11's release and acquire operations and fences with release sequences (the one of C11, which later stores of the same task
 * continue); seq_cst operations as acquire and release ones, since their total order adds no happens-before; calls of the
 * environment; volatile accesses where the policy says so. docs/data-races.md tells users the same.
 */
#include "races.h"

#include "races_report.h"
#include "sanitizer.h"
#include "shadow.h"
#include "weak.h"

#include <string.h>

/* Of each task: what its relaxed loads have read of, for an acquire fence, and what its last release fence released. */
static struct {
    struct clock read, released;
} fences[SCHEDULER_TASK_LIMIT];
static uint32_t tasks_used;

void races_reset(void)
{
    for (uint32_t task = 0; task < tasks_used; task++) {
        fences[task].read = fences[task].released = (struct clock){0};
    }
    tasks_used = 0;
    clocks_reset();
    shadow_reset();
    races_report_reset();
}

void races_spawn(uint32_t child)
{
    tasks_used = child >= tasks_used ? child + 1 : tasks_used;
    clocks_begin_task(child, state.running);
}

void races_start(uint32_t task)
{
    if (state.running != SCHEDULER_NO_TASK && state.running != task) {
        clocks_join_task(task, state.running);
        clocks_advance(state.running);
    }
}

/* ---------------------------------------------------------------------------------------------------------- policy -- */

/* Whether two unordered accesses of these kinds are a race. The more bits, the more races: shadow.h depends on it. */
static bool is_race(uint8_t one, uint8_t other)
{
    uint8_t either = one | other;
    uint8_t both = one & other;
    if ((either & ACCESS_WRITES) == 0 || (either & ACCESS_PLAIN) == 0) {
        return false;
    }
    if (state.options.races == RACES_C11 || (both & ACCESS_PLAIN) != 0) {
        return true;
    }
    /* nt: one side is atomic and the other one plain, but not torn: only an update can be lost. */
    return (both & ACCESS_WRITES) != 0 || (either & ACCESS_TEARS) != 0;
}

static bool is_whole(const void *address, size_t size)
{
    return size <= sizeof(void *) && (uintptr_t)address % size == 0;
}

static bool is_volatile(enum scheduler_operation operation)
{
    return operation == OPERATION_VOLATILE_READ || operation == OPERATION_VOLATILE_WRITE;
}

static uint8_t kind_of(const void *address, size_t size, enum scheduler_operation operation)
{
    bool write = operation == OPERATION_VOLATILE_WRITE || operation == OPERATION_PLAIN_WRITE || operation == OPERATION_CALL;
    bool whole = is_whole(address, size);
    bool atomic = is_volatile(operation) && whole && state.options.races == RACES_NT;
    return (write ? ACCESS_WRITES : 0) | (atomic ? 0 : ACCESS_PLAIN) | (whole ? 0 : ACCESS_TEARS);
}

/* -------------------------------------------------------------------------------------------------------- accesses -- */

/* The task did the like already at this place in the code, beside it, and has released nothing since. */
static bool can_take_bytes(const struct access *before, const struct access *now)
{
    return before->task == now->task && before->clock == now->clock && before->site == now->site && before->kind == now->kind &&
           before->stack == now->stack;
}

/* Reads of several tasks stay side by side until somebody writes. */
static inline bool both_read(const struct access *before, const struct access *now)
{
    return ((before->kind | now->kind) & ACCESS_WRITES) == 0 && before->task != now->task;
}

/*
 * Takes the bytes of `now` away from accesses that it stands for from now on; reports the first one that it races with. Returns
 * one that stands for nothing any more, or that can stand for `now` as well; it is not in the list then. 0: there is none.
 */
static uint32_t compare(uint64_t *granule, uintptr_t address, struct access *now)
{
    uint32_t *link = NULL;
    const uint8_t mask = now->mask;
    uint32_t taken = 0;
    uint32_t next;
    for (uint32_t number = shadow_first(granule); number != 0; number = next) {
        struct access *before = &shadow_accesses[number];
        bool keeps = true;
        next = before->next;
        if ((before->mask & mask) != 0 && !both_read(before, now)) {
            bool ordered = before->task == now->task || clocks_has_seen(now->task, before->task, before->clock);
            if (!ordered && is_race(before->kind, now->kind)) {
                races_report(before, now, address);
            }
            if (ordered && (before->kind & ~now->kind) == 0) {
                before->mask &= (uint8_t)~mask;
                keeps = before->mask != 0;
            }
        }
        if (keeps && can_take_bytes(before, now)) {
            now->mask |= before->mask;
            keeps = false;
        }
        if (keeps) {
            link = &before->next;
            continue;
        }
        if (link == NULL) {
            shadow_set_first(granule, next);
        } else {
            *link = next;
        }
        if (taken != 0) {
            shadow_give_back(taken);
        }
        taken = number;
    }
    return taken;
}

/* In front of the list, where races_know() looks. */
static void remember(uint64_t *granule, const struct access *now, uint32_t number)
{
    number = number != 0 ? number : shadow_take();
    if (number == 0) {
        return;
    }
    struct access *access = &shadow_accesses[number];
    uint32_t next = shadow_first(granule);
    *access = *now;
    access->next = next;
    shadow_set_first(granule, number);
}

/* The same access once more, of memory that nobody else has used: only its time is another one. */
static inline bool renew(const uint64_t *granule, const struct access *now)
{
    struct access *last = &shadow_accesses[shadow_first(granule)];
    if (last->clock == 0 || last->next != 0 || last->task != now->task || last->mask != now->mask || last->kind != now->kind) {
        return false;
    }
    *last = *now; /* the end of the list as well */
    return true;
}

static inline void access_granule(uintptr_t address, struct access *now)
{
    uint64_t *granule = shadow_of(address);
    if (granule == NULL || races_know_granule(granule, now->task, now->clock, now->kind, now->mask)) {
        return;
    }
    if (now->operation != OPERATION_CALL && renew(granule, now)) {
        return;
    }
    uint8_t mask = now->mask;
    uint32_t number = compare(granule, address, now);
    if (now->operation != OPERATION_CALL) {
        remember(granule, now, number);
    } else if (number != 0) {
        shadow_give_back(number);
    }
    now->mask = mask;
}

static void access_memory(const void *address, size_t size, enum scheduler_operation operation, uint8_t kind, uintptr_t site)
{
    const struct task *task = running_task();
    struct access now = {.site = site,
                         .routine = task->routine,
                         .clock = clocks[state.running][state.running],
                         .point = task->point,
                         .stack = races_report_stack(site),
                         .size = (uint32_t)size,
                         .task = state.running,
                         .kind = kind,
                         .operation = (uint8_t)operation};
    uintptr_t at = (uintptr_t)address;
    uintptr_t end = at + size;
    while (at < end) {
        uintptr_t offset = at % GRANULE_SIZE;
        now.mask = races_mask_of(offset, end - at);
        access_granule(at, &now);
        at += GRANULE_SIZE - offset;
    }
}

/* --------------------------------------------------------------------------------------------------- atomic variables -- */

static bool acquires(int order)
{
    return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static void read_variable(const struct order *variable, bool acquire)
{
    if (variable->clock.length == 0) {
        return;
    }
    if (acquire) {
        clocks_acquire(state.running, &variable->clock);
    } else {
        clocks_add(&fences[state.running].read, &variable->clock);
    }
}

static bool has_released(const struct order *variable, uint32_t task)
{
    return (variable->releasers[task / 64] >> task % 64 & 1) != 0;
}

/*
 * An exchange continues all release sequences, a relaxed store those that its own task began; other stores end them. When a
 * relaxed store continues some and ends others, all are kept: that can hide a race, and never makes one up. Under a weak memory
 * model loads may read earlier stores than the last one, so there nothing is ended.
 */
static void write_variable(struct order *variable, bool release, bool exchange)
{
    uint32_t task = state.running;
    bool ends = !exchange && (release || !has_released(variable, task)) && (state.observers & OBSERVER_WEAK) == 0;
    if (ends) {
        clocks_clear(&variable->clock);
        memset(variable->releasers, 0, sizeof variable->releasers);
    }
    if (release) {
        clocks_release(task, &variable->clock);
        clocks_advance(task);
    } else {
        clocks_add(&variable->clock, &fences[task].released);
    }
    if (release || fences[task].released.length != 0) {
        variable->releasers[task / 64] |= (uint64_t)1 << task % 64;
    }
}

/* Compilers pass orders in the low bits. */
static int order_of(const struct atomic_operation *operation, bool stores)
{
    bool failed = operation->operation == OPERATION_ATOMIC_COMPARE_EXCHANGE && !stores;
    return (failed ? operation->failure_order : operation->order) & 0xFF;
}

void races_atomic(const struct atomic_operation *operation, bool stores)
{
    struct order *variable = clocks_of_variable(operation->object);
    int order = order_of(operation, stores);
    bool exchange = operation->operation != OPERATION_ATOMIC_STORE;
    if (exchange) {
        read_variable(variable, acquires(order));
    }
    access_memory(operation->object, operation->size, operation->operation, stores ? ACCESS_WRITES : 0, operation->site);
    if (stores) {
        write_variable(variable, releases(order), exchange);
    }
}

void races_fence(int order)
{
    uint32_t task = state.running;
    if (acquires(order & 0xFF) && fences[task].read.length != 0) {
        clocks_acquire(task, &fences[task].read);
    }
    if (releases(order & 0xFF)) {
        clocks_release(task, &fences[task].released);
        clocks_advance(task);
    }
}

/* ----------------------------------------------------------------------------------------- volatile and plain accesses -- */

void races_access(const void *address, size_t size, enum scheduler_operation operation, uintptr_t site)
{
    if (size == 0) {
        return;
    }
    uint8_t kind = kind_of(address, size, operation);
    bool synchronises = is_volatile(operation) && (kind & ACCESS_PLAIN) == 0;
    if (!synchronises) {
        access_memory(address, size, operation, kind, site);
        return;
    }
    struct order *variable = clocks_of_variable(address);
    if (operation == OPERATION_VOLATILE_READ) {
        read_variable(variable, true);
    }
    access_memory(address, size, operation, kind, site);
    if (operation == OPERATION_VOLATILE_WRITE) {
        write_variable(variable, true, false);
    }
}

/* ------------------------------------------------------------------------------------------------- the environment -- */

static void acquire(struct order *object)
{
    if (object->clock.length != 0) {
        clocks_acquire(state.running, &object->clock);
    }
}

static void release(struct order *object)
{
    clocks_release(state.running, &object->clock);
    clocks_advance(state.running);
}

void races_call(const void *object)
{
    if (object != NULL) {
        struct order *order = clocks_of_object(object);
        acquire(order);
        release(order);
    }
}

static bool detecting(void)
{
    return (state.observers & OBSERVER_RACES) != 0;
}

/* Whether anybody wants to know what orders tasks. */
static bool ordered(void)
{
    return (state.observers & OBSERVERS_OF_ORDER) != 0 && state.running != SCHEDULER_NO_TASK;
}

void scheduler_release_order(const void *object)
{
    if (state.running == SCHEDULER_NO_TASK) {
        return;
    }
    sanitizer_release(object);
    if (state.observers & OBSERVER_WEAK) {
        weak_release(object);
    }
    if (object != NULL && detecting()) {
        release(clocks_of_object(object));
    }
}

void scheduler_acquire_order(const void *object)
{
    if (state.running == SCHEDULER_NO_TASK) {
        return;
    }
    sanitizer_acquire(object);
    if (state.observers & OBSERVER_WEAK) {
        weak_acquire(object);
    }
    if (object != NULL && detecting()) {
        acquire(clocks_of_object(object));
    }
}

void scheduler_use_at(const void *address, size_t size, bool write, uintptr_t site)
{
    enum scheduler_operation operation = write ? OPERATION_PLAIN_WRITE : OPERATION_PLAIN_READ;
    scheduler_access_at(address, size, write, site);
    if (state.running == SCHEDULER_NO_TASK) {
        return;
    }
    sanitizer_access(address, size, operation, site);
    if (detecting()) {
        races_access(address, size, operation, site);
    }
}

void scheduler_retire_at(const void *memory, uintptr_t site)
{
    const struct scheduler_allocation *allocation = ordered() ? scheduler_allocation_of(memory) : NULL;
    if (allocation == NULL || !allocation->live || allocation->size == 0) {
        return;
    }
    sanitizer_access(memory, allocation->size, OPERATION_PLAIN_WRITE, site);
    if (detecting()) {
        const uint8_t kind = ACCESS_WRITES | ACCESS_PLAIN | ACCESS_TEARS;
        access_memory(memory, allocation->size, OPERATION_CALL, kind, site);
    }
}
