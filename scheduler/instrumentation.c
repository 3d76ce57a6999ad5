/*
 * instrumentation.c - the __tsan_* entry points: where compiled code under test meets the scheduler.
 *
 * gcc 12 and clang 14 to 22 emit calls to these functions for code compiled with -fsanitize=thread. An access callback comes
 * before the access and returns to let it happen; an atomic callback performs the operation itself. Only one task runs at a
 * time, so performing it needs no atomic instruction; memory orders do not matter under sequential consistency.
 *
 * Atomic operations and volatile accesses are scheduling points. Plain accesses are checked against the quarantine and are
 * points only on request.
 */
#include "races.h"

#include <string.h>

#define SITE ((uintptr_t)__builtin_return_address(0))

/* No prototypes but these: the compiler calls the functions by name. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Wbuiltin-requires-header"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif

/* ----------------------------------------------------------------------------------------- points before accesses -- */

/* Everything between the callback and the operation. False outside tasks, where the operation just happens. */
static inline __attribute__((always_inline)) bool arrive(const void *object, uint32_t size, bool write, uintptr_t site)
{
    if (__builtin_expect(state.running == SCHEDULER_NO_TASK, 0)) {
        check_access(object, size, write, site);
        return false;
    }
    point(site);
    check_access(object, size, write, site);
    return true;
}

/* Somebody watches this execution: observe.c does the rest. Outside tasks nobody does. */
static inline __attribute__((always_inline)) bool observed(void)
{
    return __builtin_expect(state.observers != 0, 0) && state.running != SCHEDULER_NO_TASK;
}

/* ------------------------------------------------------------------------------------------------- plain accesses -- */

/*
 * What a task has on its stack is nobody else's business until somebody else looks at it: no points there, or temporary
 * variables would be most of all points. The log of steps knows of them.
 */
static bool is_private(const void *address, size_t size, bool write)
{
    unsigned owner = fiber_of_stack(address);
    if (owner == SCHEDULER_NO_TASK) {
        return false;
    }
    if (owner != state.running) {
        state.tasks[owner].stack_is_shared = true;
    }
    if (state.tasks[owner].stack_is_shared) {
        return false;
    }
    scheduler_touch(address, size, write ? EFFECT_UPDATE : EFFECT_READ);
    return true;
}

static void plain_observed(const void *address, size_t size, bool write, uintptr_t site)
{
    if ((state.observers & OBSERVER_PLAIN) && !is_private(address, size, write)) {
        observe_access(write ? OPERATION_PLAIN_WRITE : OPERATION_PLAIN_READ, address, size, site);
    } else {
        observe_plain(address, size, write, site);
    }
}

/* Nobody but the race detector wants to know of plain accesses, and what it would learn it knows. */
static inline bool races_know_access(const void *address, size_t size, bool write)
{
    return (state.observers & OBSERVERS_OF_PLAIN) == OBSERVER_RACES && races_know(address, size, write);
}

static inline void plain_access(const void *address, size_t size, bool write, uintptr_t site)
{
    if (__builtin_expect(--state.fuel == 0, 0)) {
        tasks_out_of_fuel();
    }
    if (__builtin_expect(state.observers & OBSERVERS_OF_PLAIN, 0) && state.running != SCHEDULER_NO_TASK &&
        !races_know_access(address, size, write)) {
        plain_observed(address, size, write, site);
        return;
    }
    check_access(address, size, write, site);
}

void scheduler_plain_access_at(const void *address, size_t size, bool write, uintptr_t site)
{
    plain_access(address, size, write, site);
}

#define PLAIN(bytes)                                                                                                           \
    void __tsan_read##bytes(void *address)                                                                                     \
    {                                                                                                                          \
        plain_access(address, bytes, false, SITE);                                                                             \
    }                                                                                                                          \
    void __tsan_write##bytes(void *address)                                                                                    \
    {                                                                                                                          \
        plain_access(address, bytes, true, SITE);                                                                              \
    }                                                                                                                          \
    void __tsan_read_write##bytes(void *address)                                                                               \
    {                                                                                                                          \
        plain_access(address, bytes, false, SITE);                                                                             \
        plain_access(address, bytes, true, SITE);                                                                              \
    }

#define PLAIN_UNALIGNED(bytes)                                                                                                 \
    void __tsan_unaligned_read##bytes(void *address)                                                                           \
    {                                                                                                                          \
        plain_access(address, bytes, false, SITE);                                                                             \
    }                                                                                                                          \
    void __tsan_unaligned_write##bytes(void *address)                                                                          \
    {                                                                                                                          \
        plain_access(address, bytes, true, SITE);                                                                              \
    }                                                                                                                          \
    void __tsan_unaligned_read_write##bytes(void *address)                                                                     \
    {                                                                                                                          \
        plain_access(address, bytes, false, SITE);                                                                             \
        plain_access(address, bytes, true, SITE);                                                                              \
    }

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)
PLAIN_UNALIGNED(2)
PLAIN_UNALIGNED(4)
PLAIN_UNALIGNED(8)
PLAIN_UNALIGNED(16)

void __tsan_read_range(void *address, unsigned long size)
{
    plain_access(address, size, false, SITE);
}

void __tsan_write_range(void *address, unsigned long size)
{
    plain_access(address, size, true, SITE);
}

void *__tsan_memcpy(void *to, const void *from, unsigned long size)
{
    plain_access(from, size, false, SITE);
    plain_access(to, size, true, SITE);
    return size == 0 ? to : memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, unsigned long size)
{
    plain_access(from, size, false, SITE);
    plain_access(to, size, true, SITE);
    return size == 0 ? to : memmove(to, from, size);
}

void *__tsan_memset(void *to, int byte, unsigned long size)
{
    plain_access(to, size, true, SITE);
    return memset(to, byte, size);
}

/* ---------------------------------------------------------------------------------------------- volatile accesses -- */

static uint64_t value_of(const void *address, uint32_t size)
{
    uint64_t value = 0;
    memcpy(&value, address, size > 8 ? 8 : size);
    return value;
}

static inline void volatile_read(const void *address, uint32_t size, uintptr_t site)
{
    if (observed()) {
        observe_access(OPERATION_VOLATILE_READ, address, size, site);
    } else if (arrive(address, size, false, site)) {
        trail(OPERATION_VOLATILE_READ, address, value_of(address, size));
    }
}

/* The store itself comes after the callback, so its value is told later. */
static inline void volatile_write(const void *address, uint32_t size, uintptr_t site)
{
    if (observed()) {
        observe_access(OPERATION_VOLATILE_WRITE, address, size, site);
    } else if (arrive(address, size, true, site)) {
        trail(OPERATION_VOLATILE_WRITE, address, 0);
    }
}

#define VOLATILE(prefix, bytes)                                                                                                \
    void __tsan_##prefix##volatile_read##bytes(void *address)                                                                  \
    {                                                                                                                          \
        volatile_read(address, bytes, SITE);                                                                                   \
    }                                                                                                                          \
    void __tsan_##prefix##volatile_write##bytes(void *address)                                                                 \
    {                                                                                                                          \
        volatile_write(address, bytes, SITE);                                                                                  \
    }

VOLATILE(, 1)
VOLATILE(, 2)
VOLATILE(, 4)
VOLATILE(, 8)
VOLATILE(, 16)
VOLATILE(unaligned_, 2)
VOLATILE(unaligned_, 4)
VOLATILE(unaligned_, 8)
VOLATILE(unaligned_, 16)

/* ---------------------------------------------------------------------------------------------- atomic operations -- */

typedef unsigned char byte8;
typedef unsigned short byte16;
typedef unsigned int byte32;
typedef unsigned long byte64;
typedef unsigned __int128 byte128;

#define OBSERVED(bits, what, ...)                                                                                              \
    if (observed()) {                                                                                                          \
        return (byte##bits)observe_atomic(&(struct atomic_operation){                                                          \
            .operation = what, .size = bits / 8, .object = (void *)object, .site = SITE, __VA_ARGS__});                        \
    }

#define ATOMIC_UPDATE(bits, name, operation, result)                                                                           \
    byte##bits __tsan_atomic##bits##_##name(volatile byte##bits *object, byte##bits value, int order)                          \
    {                                                                                                                          \
        OBSERVED(bits, operation, .value = value, .order = order)                                                              \
        byte##bits *at = (byte##bits *)object;                                                                                 \
        bool counted = arrive(at, bits / 8, true, SITE);                                                                       \
        byte##bits before = *at;                                                                                               \
        byte##bits after = (byte##bits)(result);                                                                               \
        *at = after;                                                                                                           \
        if (counted) {                                                                                                         \
            trail(operation, at, (uint64_t)after);                                                                             \
        }                                                                                                                      \
        return before;                                                                                                         \
    }

#define COMPARE_EXCHANGE(bits)                                                                                                 \
    static inline __attribute__((always_inline)) byte##bits compare_exchange_##bits(                                           \
        volatile byte##bits *object, byte##bits expected, byte##bits value, int success, int failure, uintptr_t site)          \
    {                                                                                                                          \
        if (observed()) {                                                                                                      \
            return (byte##bits)observe_atomic(&(struct atomic_operation){.operation = OPERATION_ATOMIC_COMPARE_EXCHANGE,       \
                                                                         .size = bits / 8,                                     \
                                                                         .object = (void *)object,                             \
                                                                         .value = value,                                       \
                                                                         .expected = expected,                                 \
                                                                         .order = success,                                     \
                                                                         .failure_order = failure,                             \
                                                                         .site = site});                                       \
        }                                                                                                                      \
        byte##bits *at = (byte##bits *)object;                                                                                 \
        bool counted = arrive(at, bits / 8, true, site);                                                                       \
        byte##bits before = *at;                                                                                               \
        *at = before == expected ? value : before;                                                                             \
        if (counted) {                                                                                                         \
            trail(OPERATION_ATOMIC_COMPARE_EXCHANGE, at, (uint64_t)*at);                                                       \
        }                                                                                                                      \
        return before;                                                                                                         \
    }

#define ATOMIC_COMPARE_EXCHANGE(bits, strength)                                                                                \
    int __tsan_atomic##bits##_compare_exchange_##strength(volatile byte##bits *object, byte##bits *expected, byte##bits value, \
                                                          int success, int failure)                                            \
    {                                                                                                                          \
        byte##bits wanted = *expected;                                                                                         \
        *expected = compare_exchange_##bits(object, wanted, value, success, failure, SITE);                                    \
        return *expected == wanted;                                                                                            \
    }

#define ATOMIC(bits)                                                                                                           \
    byte##bits __tsan_atomic##bits##_load(const volatile byte##bits *object, int order)                                        \
    {                                                                                                                          \
        OBSERVED(bits, OPERATION_ATOMIC_LOAD, .order = order)                                                                  \
        const byte##bits *at = (const byte##bits *)object;                                                                     \
        bool counted = arrive(at, bits / 8, false, SITE);                                                                      \
        byte##bits value = *at;                                                                                                \
        if (counted) {                                                                                                         \
            trail(OPERATION_ATOMIC_LOAD, at, (uint64_t)value);                                                                 \
        }                                                                                                                      \
        return value;                                                                                                          \
    }                                                                                                                          \
    void __tsan_atomic##bits##_store(volatile byte##bits *object, byte##bits value, int order)                                 \
    {                                                                                                                          \
        if (observed()) {                                                                                                      \
            observe_atomic(&(struct atomic_operation){.operation = OPERATION_ATOMIC_STORE,                                     \
                                                      .size = bits / 8,                                                        \
                                                      .object = (void *)object,                                                \
                                                      .value = value,                                                          \
                                                      .order = order,                                                          \
                                                      .site = SITE});                                                          \
            return;                                                                                                            \
        }                                                                                                                      \
        byte##bits *at = (byte##bits *)object;                                                                                 \
        bool counted = arrive(at, bits / 8, true, SITE);                                                                       \
        *at = value;                                                                                                           \
        if (counted) {                                                                                                         \
            trail(OPERATION_ATOMIC_STORE, at, (uint64_t)value);                                                                \
        }                                                                                                                      \
    }                                                                                                                          \
    COMPARE_EXCHANGE(bits)                                                                                                     \
    ATOMIC_UPDATE(bits, exchange, OPERATION_ATOMIC_EXCHANGE, value)                                                            \
    ATOMIC_UPDATE(bits, fetch_add, OPERATION_ATOMIC_ADD, before + value)                                                       \
    ATOMIC_UPDATE(bits, fetch_sub, OPERATION_ATOMIC_SUB, before - value)                                                       \
    ATOMIC_UPDATE(bits, fetch_and, OPERATION_ATOMIC_AND, before &value)                                                        \
    ATOMIC_UPDATE(bits, fetch_or, OPERATION_ATOMIC_OR, before | value)                                                         \
    ATOMIC_UPDATE(bits, fetch_xor, OPERATION_ATOMIC_XOR, before ^ value)                                                       \
    ATOMIC_UPDATE(bits, fetch_nand, OPERATION_ATOMIC_NAND, ~(before & value))                                                  \
    ATOMIC_COMPARE_EXCHANGE(bits, strong)                                                                                      \
    ATOMIC_COMPARE_EXCHANGE(bits, weak)                                                                                        \
    byte##bits __tsan_atomic##bits##_compare_exchange_val(volatile byte##bits *object, byte##bits expected, byte##bits value,  \
                                                          int success, int failure)                                            \
    {                                                                                                                          \
        return compare_exchange_##bits(object, expected, value, success, failure, SITE);                                       \
    }

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)
ATOMIC(128)

void __tsan_atomic_thread_fence(int order)
{
    if (state.running == SCHEDULER_NO_TASK) {
        return;
    }
    if (observed()) {
        observe_fence(order, SITE);
        return;
    }
    point(SITE);
    trail(OPERATION_FENCE, NULL, 0);
}

/* Orders a task against its own signal handlers: nothing that another task could see. */
void __tsan_atomic_signal_fence(int order)
{
    (void)order;
}

/* ------------------------------------------------------------------------------------------------------ functions -- */

void __tsan_func_entry(void *caller)
{
    if (state.running == SCHEDULER_NO_TASK) {
        return;
    }
    struct task *task = &state.tasks[state.running];
    if (task->depth < SCHEDULER_STACK_DEPTH) {
        task->stack[task->depth] = (uintptr_t)caller;
    } else if (__builtin_expect(task->depth & DEPTH_UNSETTLED, 0)) {
        weak_settle();
        __tsan_func_entry(caller);
        return;
    }
    task->depth++;
    sanitizer_enter(caller);
}

void __tsan_func_exit(void)
{
    if (state.running == SCHEDULER_NO_TASK) {
        return;
    }
    struct task *task = &state.tasks[state.running];
    if (__builtin_expect((int32_t)task->depth > 0, 1)) {
        task->depth--;
        sanitizer_leave();
    } else if (task->depth & DEPTH_UNSETTLED) {
        weak_settle();
        __tsan_func_exit();
    }
}

/* Module constructors call this before main(); there is nothing to prepare. */
void __tsan_init(void)
{
}
