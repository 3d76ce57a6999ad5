/* accesses.c - see accesses.h. */
#include "accesses.h"

#include <stdint.h>
#include <string.h>

enum { NEVER_THERE = 0x77 };

#define BY_ORDER(order, operation)                                                                                             \
    switch (order) {                                                                                                           \
    case __ATOMIC_RELAXED:                                                                                                     \
        operation(__ATOMIC_RELAXED);                                                                                           \
        break;                                                                                                                 \
    case __ATOMIC_ACQUIRE:                                                                                                     \
        operation(__ATOMIC_ACQUIRE);                                                                                           \
        break;                                                                                                                 \
    case __ATOMIC_RELEASE:                                                                                                     \
        operation(__ATOMIC_RELEASE);                                                                                           \
        break;                                                                                                                 \
    case __ATOMIC_ACQ_REL:                                                                                                     \
        operation(__ATOMIC_ACQ_REL);                                                                                           \
        break;                                                                                                                 \
    default:                                                                                                                   \
        operation(__ATOMIC_SEQ_CST);                                                                                           \
        break;                                                                                                                 \
    }

/* Orders that a load or a store cannot have are never asked for; the compilers want them gone nevertheless. */
#define LOADING(order) ((order) == __ATOMIC_RELEASE || (order) == __ATOMIC_ACQ_REL ? __ATOMIC_SEQ_CST : (order))
#define STORING(order) ((order) == __ATOMIC_ACQUIRE || (order) == __ATOMIC_ACQ_REL ? __ATOMIC_SEQ_CST : (order))

#define LOAD(order) (void)__atomic_load_n(at, LOADING(order))
#define STORE(order) __atomic_store_n(at, 1, STORING(order))
#define ADD(order) (void)__atomic_fetch_add(at, 1, order)
#define EXCHANGE(order) (void)__atomic_compare_exchange_n(at, &expected, 1, 0, __ATOMIC_SEQ_CST, LOADING(order))

#define ACCESS(bits)                                                                                                           \
    static void access_##bits(enum access_kind kind, void *address, int order)                                                 \
    {                                                                                                                          \
        uint##bits##_t *at = address;                                                                                          \
        uint##bits##_t expected = NEVER_THERE;                                                                                 \
        switch (kind) {                                                                                                        \
        case DO_READ:                                                                                                          \
            if (*at == NEVER_THERE) {                                                                                          \
                __builtin_trap();                                                                                              \
            }                                                                                                                  \
            break;                                                                                                             \
        case DO_WRITE:                                                                                                         \
            *at = 1;                                                                                                           \
            break;                                                                                                             \
        case DO_VOLATILE_READ:                                                                                                 \
            (void)*(volatile uint##bits##_t *)at;                                                                              \
            break;                                                                                                             \
        case DO_VOLATILE_WRITE:                                                                                                \
            *(volatile uint##bits##_t *)at = 1;                                                                                \
            break;                                                                                                             \
        case DO_LOAD:                                                                                                          \
            BY_ORDER(order, LOAD)                                                                                              \
            break;                                                                                                             \
        case DO_STORE:                                                                                                         \
            BY_ORDER(order, STORE)                                                                                             \
            break;                                                                                                             \
        case DO_ADD:                                                                                                           \
            BY_ORDER(order, ADD)                                                                                               \
            break;                                                                                                             \
        default:                                                                                                               \
            BY_ORDER(order, EXCHANGE)                                                                                          \
            break;                                                                                                             \
        }                                                                                                                      \
    }

ACCESS(8)
ACCESS(16)
ACCESS(32)
ACCESS(64)

#define FENCE(order) __atomic_thread_fence(order)

static void copy_from(const void *address, unsigned size)
{
    volatile unsigned length = size;
    char here[64];
    memcpy(here, address, length);
    __asm__ volatile("" : : "r"(here) : "memory");
}

void do_access(enum access_kind kind, void *address, unsigned size, int order)
{
    volatile unsigned length = size;
    if (kind == DO_FENCE) {
        BY_ORDER(order, FENCE)
    } else if (kind == DO_COPY_FROM) {
        copy_from(address, size);
    } else if (kind == DO_CLEAR) {
        memset(address, 0, length);
    } else if (size == 1) {
        access_8(kind, address, order);
    } else if (size == 2) {
        access_16(kind, address, order);
    } else if (size == 4) {
        access_32(kind, address, order);
    } else {
        access_64(kind, address, order);
    }
}
