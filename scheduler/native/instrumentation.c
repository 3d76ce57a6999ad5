/* instrumentation.c - the __tsan_* entry points when tasks are threads: checks the access, and lets others come before it. */
#include "perform.h"
#include "world.h"

#include <string.h>

#define SITE ((uintptr_t)__builtin_return_address(0))

/* One access in so many takes longer. */
enum { AT_PLAIN = 256, AT_SYNCHRONISATION = 8 };

/* No prototypes but these: the compiler calls the functions by name. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Wbuiltin-requires-header"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif

static void forbidden(const void *address, size_t size, bool write, uintptr_t site)
{
    bool inside = world_inside;
    if (!inside) {
        world_enter();
    }
    arena_violation(address, size, write, site);
    if (!inside) {
        world_leave();
    }
}

static void arrive(const void *address, size_t size, bool write, unsigned rarity, uintptr_t site)
{
    crossing_leave();
    if (world_self != SCHEDULER_NO_TASK) {
        world_dawdle(rarity);
    }
    if (__builtin_expect(!arena_accessible(address, size), 0)) {
        forbidden(address, size, write, site);
    }
}

/* ------------------------------------------------------------------------------------------------- plain accesses -- */

static void plain_access(const void *address, size_t size, bool write, uintptr_t site)
{
    arrive(address, size, write, AT_PLAIN, site);
    perform_access(address, size, write, site);
}

/* The environment does it, inside, for code under test. */
void scheduler_plain_access_at(const void *address, size_t size, bool write, uintptr_t site)
{
    check_access(address, size, write, site);
    perform_access(address, size, write, site);
}

#define ACCESS(name, bytes, before)                                                                                            \
    void __tsan_##name##read##bytes(void *address)                                                                             \
    {                                                                                                                          \
        before(address, bytes, false, SITE);                                                                                   \
    }                                                                                                                          \
    void __tsan_##name##write##bytes(void *address)                                                                            \
    {                                                                                                                          \
        before(address, bytes, true, SITE);                                                                                    \
    }

#define COMPOUND(name, bytes)                                                                                                  \
    void __tsan_##name##read_write##bytes(void *address)                                                                       \
    {                                                                                                                          \
        plain_access(address, bytes, false, SITE);                                                                             \
        plain_access(address, bytes, true, SITE);                                                                              \
    }

/*
 * Unless C11 is asked for they count as atomic, as on NT. ThreadSanitizer is told so of reads only: telling it of a write means
 * to write, and the write itself, with a value that is not known here, follows.
 */
static void volatile_access(const void *address, size_t size, bool write, uintptr_t site)
{
    arrive(address, size, write, AT_SYNCHRONISATION, site);
    if (state.options.races == RACES_C11) {
        perform_access(address, size, write, site);
    } else if (!write) {
        perform_volatile_read(address, size, site);
    }
}

#define ACCESSES(name, bytes)                                                                                                  \
    ACCESS(name, bytes, plain_access)                                                                                          \
    COMPOUND(name, bytes)                                                                                                      \
    ACCESS(name##volatile_, bytes, volatile_access)

ACCESSES(, 1)
ACCESSES(, 2)
ACCESSES(, 4)
ACCESSES(, 8)
ACCESSES(, 16)
ACCESSES(unaligned_, 2)
ACCESSES(unaligned_, 4)
ACCESSES(unaligned_, 8)
ACCESSES(unaligned_, 16)

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

/* ---------------------------------------------------------------------------------------------- atomic operations -- */

typedef unsigned char byte8;
typedef unsigned short byte16;
typedef unsigned int byte32;
typedef unsigned long byte64;
typedef unsigned __int128 byte128;

static atomic_value atomic_operation(const struct atomic_operation *operation)
{
    arrive(operation->object, operation->size, operation->operation != OPERATION_ATOMIC_LOAD, AT_SYNCHRONISATION,
           operation->site);
    return perform_atomic(operation);
}

#define OPERATION(bits, what, ...)                                                                                             \
    (byte##bits) atomic_operation(                                                                                             \
        &(struct atomic_operation){.operation = what, .size = bits / 8, .object = (void *)object, .site = SITE, __VA_ARGS__})

#define UPDATE(bits, name, what)                                                                                               \
    byte##bits __tsan_atomic##bits##_##name(volatile byte##bits *object, byte##bits value, int order)                          \
    {                                                                                                                          \
        return OPERATION(bits, what, .value = value, .order = order);                                                          \
    }

#define COMPARE_EXCHANGE(bits, strength)                                                                                       \
    int __tsan_atomic##bits##_compare_exchange_##strength(volatile byte##bits *object, byte##bits *expected, byte##bits value, \
                                                          int success, int failure)                                            \
    {                                                                                                                          \
        byte##bits wanted = *expected;                                                                                         \
        *expected = OPERATION(bits, OPERATION_ATOMIC_COMPARE_EXCHANGE, .value = value, .expected = wanted, .order = success,   \
                              .failure_order = failure);                                                                       \
        return *expected == wanted;                                                                                            \
    }

#define ATOMIC(bits)                                                                                                           \
    byte##bits __tsan_atomic##bits##_load(const volatile byte##bits *object, int order)                                        \
    {                                                                                                                          \
        return OPERATION(bits, OPERATION_ATOMIC_LOAD, .order = order);                                                         \
    }                                                                                                                          \
    void __tsan_atomic##bits##_store(volatile byte##bits *object, byte##bits value, int order)                                 \
    {                                                                                                                          \
        (void)OPERATION(bits, OPERATION_ATOMIC_STORE, .value = value, .order = order);                                         \
    }                                                                                                                          \
    UPDATE(bits, exchange, OPERATION_ATOMIC_EXCHANGE)                                                                          \
    UPDATE(bits, fetch_add, OPERATION_ATOMIC_ADD)                                                                              \
    UPDATE(bits, fetch_sub, OPERATION_ATOMIC_SUB)                                                                              \
    UPDATE(bits, fetch_and, OPERATION_ATOMIC_AND)                                                                              \
    UPDATE(bits, fetch_or, OPERATION_ATOMIC_OR)                                                                                \
    UPDATE(bits, fetch_xor, OPERATION_ATOMIC_XOR)                                                                              \
    UPDATE(bits, fetch_nand, OPERATION_ATOMIC_NAND)                                                                            \
    COMPARE_EXCHANGE(bits, strong)                                                                                             \
    COMPARE_EXCHANGE(bits, weak)                                                                                               \
    byte##bits __tsan_atomic##bits##_compare_exchange_val(volatile byte##bits *object, byte##bits expected, byte##bits value,  \
                                                          int success, int failure)                                            \
    {                                                                                                                          \
        return OPERATION(bits, OPERATION_ATOMIC_COMPARE_EXCHANGE, .value = value, .expected = expected, .order = success,      \
                         .failure_order = failure);                                                                            \
    }

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)
ATOMIC(128)

void __tsan_atomic_thread_fence(int order)
{
    crossing_leave();
    perform_fence(order);
}

void __tsan_atomic_signal_fence(int order)
{
    (void)order;
}

/* ------------------------------------------------------------------------------------------------------ functions -- */

void __tsan_func_entry(void *caller)
{
    crossing_call();
    perform_enter(caller);
}

void __tsan_func_exit(void)
{
    perform_leave();
    crossing_return();
}

void __tsan_init(void)
{
}
