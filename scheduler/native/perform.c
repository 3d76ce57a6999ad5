/*
 * perform.c - see perform.h.
 *
 * Read-modify-writes are what the processor has, so their order hardly matters; a store is as weak as it was written. 128 bits
 * at a time are not worth a library: they are done inside the world, of which ThreadSanitizer knows nothing.
 */
#include "perform.h"

#include "../sanitizer.h"
#include "world.h"

#ifdef WITH_THREAD_SANITIZER
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
#define LOAD(bits, at) __tsan_atomic##bits##_load(at, operation->order)
#define STORE(bits, at, value) __tsan_atomic##bits##_store(at, value, operation->order)
#define UPDATE(bits, name, at, value) __tsan_atomic##bits##_##name(at, value, operation->order)
#define EXCHANGE(bits, at, value) __tsan_atomic##bits##_exchange(at, value, operation->order)
#define COMPARE(bits, at, expected, value)                                                                                     \
    __tsan_atomic##bits##_compare_exchange_strong(at, expected, value, operation->order, operation->failure_order)
#else
#define LOAD(bits, at)                                                                                                         \
    (operation->order == __ATOMIC_RELAXED ? __atomic_load_n(at, __ATOMIC_RELAXED) : __atomic_load_n(at, __ATOMIC_SEQ_CST))
#define STORE(bits, at, value)                                                                                                 \
    (operation->order == __ATOMIC_SEQ_CST   ? __atomic_store_n(at, value, __ATOMIC_SEQ_CST)                                    \
     : operation->order == __ATOMIC_RELEASE ? __atomic_store_n(at, value, __ATOMIC_RELEASE)                                    \
                                            : __atomic_store_n(at, value, __ATOMIC_RELAXED))
#define UPDATE(bits, name, at, value) __atomic_##name(at, value, __ATOMIC_SEQ_CST)
#define EXCHANGE(bits, at, value) __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST)
#define COMPARE(bits, at, expected, value)                                                                                     \
    __atomic_compare_exchange_n(at, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#endif

/* clang knows the runtime's functions by their types and gcc by its own; neither has to. */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif

#define DECLARE(bits, type)                                                                                                    \
    type __tsan_atomic##bits##_load(const volatile type *object, int order);                                                   \
    void __tsan_atomic##bits##_store(volatile type *object, type value, int order);                                            \
    type __tsan_atomic##bits##_exchange(volatile type *object, type value, int order);                                         \
    type __tsan_atomic##bits##_fetch_add(volatile type *object, type value, int order);                                        \
    type __tsan_atomic##bits##_fetch_sub(volatile type *object, type value, int order);                                        \
    type __tsan_atomic##bits##_fetch_and(volatile type *object, type value, int order);                                        \
    type __tsan_atomic##bits##_fetch_or(volatile type *object, type value, int order);                                         \
    type __tsan_atomic##bits##_fetch_xor(volatile type *object, type value, int order);                                        \
    type __tsan_atomic##bits##_fetch_nand(volatile type *object, type value, int order);                                       \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile type *object, type *expected, type value, int order,            \
                                                      int failure);

#define PERFORM(bits, type)                                                                                                    \
    DECLARE(bits, type)                                                                                                        \
    static __attribute__((noinline)) atomic_value atomic_operation_##bits(const struct atomic_operation *operation)            \
    {                                                                                                                          \
        volatile type *at = operation->object;                                                                                 \
        type value = (type)operation->value, expected = (type)operation->expected;                                             \
        switch (operation->operation) {                                                                                        \
        case OPERATION_ATOMIC_LOAD:                                                                                            \
            return LOAD(bits, at);                                                                                             \
        case OPERATION_ATOMIC_STORE:                                                                                           \
            STORE(bits, at, value);                                                                                            \
            return 0;                                                                                                          \
        case OPERATION_ATOMIC_EXCHANGE:                                                                                        \
            return EXCHANGE(bits, at, value);                                                                                  \
        case OPERATION_ATOMIC_ADD:                                                                                             \
            return UPDATE(bits, fetch_add, at, value);                                                                         \
        case OPERATION_ATOMIC_SUB:                                                                                             \
            return UPDATE(bits, fetch_sub, at, value);                                                                         \
        case OPERATION_ATOMIC_AND:                                                                                             \
            return UPDATE(bits, fetch_and, at, value);                                                                         \
        case OPERATION_ATOMIC_OR:                                                                                              \
            return UPDATE(bits, fetch_or, at, value);                                                                          \
        case OPERATION_ATOMIC_XOR:                                                                                             \
            return UPDATE(bits, fetch_xor, at, value);                                                                         \
        case OPERATION_ATOMIC_NAND:                                                                                            \
            return UPDATE(bits, fetch_nand, at, value);                                                                        \
        default:                                                                                                               \
            (void)COMPARE(bits, at, &expected, value);                                                                         \
            return expected;                                                                                                   \
        }                                                                                                                      \
    }

PERFORM(8, unsigned char)
PERFORM(16, unsigned short)
PERFORM(32, unsigned int)
PERFORM(64, unsigned long)

static atomic_value result_128(const struct atomic_operation *operation, atomic_value before)
{
    switch (operation->operation) {
    case OPERATION_ATOMIC_STORE:
    case OPERATION_ATOMIC_EXCHANGE:
        return operation->value;
    case OPERATION_ATOMIC_ADD:
        return before + operation->value;
    case OPERATION_ATOMIC_SUB:
        return before - operation->value;
    case OPERATION_ATOMIC_AND:
        return before & operation->value;
    case OPERATION_ATOMIC_OR:
        return before | operation->value;
    case OPERATION_ATOMIC_XOR:
        return before ^ operation->value;
    case OPERATION_ATOMIC_NAND:
        return ~(before & operation->value);
    case OPERATION_ATOMIC_COMPARE_EXCHANGE:
        return before == operation->expected ? operation->value : before;
    default:
        return before;
    }
}

static atomic_value perform_128(const struct atomic_operation *operation)
{
    bool inside = world_inside;
    if (!inside) {
        world_enter();
    }
    atomic_value *at = operation->object;
    atomic_value before = *at;
    *at = result_128(operation, before);
    if (!inside) {
        world_leave();
    }
    return before;
}

static atomic_value perform(const struct atomic_operation *operation)
{
    switch (operation->size) {
    case 1:
        return atomic_operation_8(operation);
    case 2:
        return atomic_operation_16(operation);
    case 4:
        return atomic_operation_32(operation);
    case 8:
        return atomic_operation_64(operation);
    default:
        return perform_128(operation);
    }
}

#ifdef WITH_THREAD_SANITIZER

atomic_value perform_atomic(const struct atomic_operation *operation)
{
    if (world_self == SCHEDULER_NO_TASK) {
        return perform(operation);
    }
    __tsan_ignore_thread_end();
    __tsan_func_entry((void *)operation->site);
    atomic_value before = perform(operation);
    __tsan_func_exit();
    __tsan_ignore_thread_begin();
    return before;
}

void perform_access(const void *address, size_t size, bool write, uintptr_t site)
{
    if (world_self == SCHEDULER_NO_TASK) {
        return;
    }
    sanitizer_plain_access(address, size, write, site);
}

void perform_volatile_read(const void *address, size_t size, uintptr_t site)
{
    if (size <= 8 && (size & (size - 1)) == 0 && (uintptr_t)address % size == 0) {
        (void)perform_atomic(&(struct atomic_operation){.operation = OPERATION_ATOMIC_LOAD,
                                                        .size = (uint8_t)size,
                                                        .order = __ATOMIC_RELAXED,
                                                        .object = (void *)address,
                                                        .site = site});
    }
}

void perform_enter(void *caller)
{
    if (world_self != SCHEDULER_NO_TASK) {
        __tsan_func_entry(caller);
    }
}

void perform_leave(void)
{
    if (world_self != SCHEDULER_NO_TASK) {
        __tsan_func_exit();
    }
}

#else

atomic_value perform_atomic(const struct atomic_operation *operation)
{
    return perform(operation);
}

void perform_access(const void *address, size_t size, bool write, uintptr_t site)
{
    (void)address, (void)size, (void)write, (void)site;
}

void perform_volatile_read(const void *address, size_t size, uintptr_t site)
{
    (void)address, (void)size, (void)site;
}

void perform_enter(void *caller)
{
    (void)caller;
}

void perform_leave(void)
{
}

#endif

void perform_fence(int order)
{
    if (order != __ATOMIC_RELAXED) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
}
