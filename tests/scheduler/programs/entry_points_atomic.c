/* entry_points_atomic.c - atomic operations of every size, as C11, GNU and older GNU builtins write them. */
#include "entry_points.h"

#include <stddef.h>

#define UPDATE(width, name)                                                                                                    \
    static bool name##width(union operand *object, const union operand *operand, union operand *result)                        \
    {                                                                                                                          \
        result->bits##width = __atomic_##name(&object->bits##width, operand->bits##width, __ATOMIC_SEQ_CST);                   \
        return true;                                                                                                           \
    }

#define COMPARE_EXCHANGE(width, name, weak)                                                                                    \
    static bool name##width(union operand *object, const union operand *operand, union operand *result)                        \
    {                                                                                                                          \
        return __atomic_compare_exchange_n(&object->bits##width, &result->bits##width, operand->bits##width, weak,             \
                                           __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);                                                \
    }

#define SYNC(width, name)                                                                                                      \
    static bool sync_##name##width(union operand *object, const union operand *operand, union operand *result)                 \
    {                                                                                                                          \
        result->bits##width = __sync_##name(&object->bits##width, operand->bits##width);                                       \
        return true;                                                                                                           \
    }

#define SIZE(width)                                                                                                            \
    static bool load##width(union operand *object, const union operand *operand, union operand *result)                        \
    {                                                                                                                          \
        (void)operand;                                                                                                         \
        result->bits##width = __atomic_load_n(&object->bits##width, __ATOMIC_ACQUIRE);                                         \
        return true;                                                                                                           \
    }                                                                                                                          \
    static bool store##width(union operand *object, const union operand *operand, union operand *result)                       \
    {                                                                                                                          \
        (void)result;                                                                                                          \
        __atomic_store_n(&object->bits##width, operand->bits##width, __ATOMIC_RELEASE);                                        \
        return true;                                                                                                           \
    }                                                                                                                          \
    UPDATE(width, exchange_n)                                                                                                  \
    UPDATE(width, fetch_add)                                                                                                   \
    UPDATE(width, fetch_sub)                                                                                                   \
    UPDATE(width, fetch_and)                                                                                                   \
    UPDATE(width, fetch_or)                                                                                                    \
    UPDATE(width, fetch_xor)                                                                                                   \
    UPDATE(width, fetch_nand)                                                                                                  \
    UPDATE(width, add_fetch)                                                                                                   \
    UPDATE(width, sub_fetch)                                                                                                   \
    UPDATE(width, and_fetch)                                                                                                   \
    UPDATE(width, or_fetch)                                                                                                    \
    UPDATE(width, xor_fetch)                                                                                                   \
    UPDATE(width, nand_fetch)                                                                                                  \
    COMPARE_EXCHANGE(width, compare_exchange_strong, false)                                                                    \
    COMPARE_EXCHANGE(width, compare_exchange_weak, true)                                                                       \
    SYNC(width, fetch_and_add)                                                                                                 \
    SYNC(width, fetch_and_sub)                                                                                                 \
    SYNC(width, fetch_and_or)                                                                                                  \
    SYNC(width, fetch_and_and)                                                                                                 \
    SYNC(width, fetch_and_xor)                                                                                                 \
    SYNC(width, lock_test_and_set)                                                                                             \
    static bool sync_compare_and_swap##width(union operand *object, const union operand *operand, union operand *result)       \
    {                                                                                                                          \
        unsigned __int128 expected = result->bits##width;                                                                      \
        result->bits##width = __sync_val_compare_and_swap(&object->bits##width, (__typeof__(object->bits##width))expected,     \
                                                          operand->bits##width);                                               \
        return result->bits##width == expected;                                                                                \
    }

SIZE(8)
SIZE(16)
SIZE(32)
SIZE(64)
SIZE(128)

#define ROW(width, function, operation, returns_new)                                                                           \
    {                                                                                                                          \
#function, width, operation, returns_new, function##width                                                              \
    }

#define ROWS(width)                                                                                                            \
    ROW(width, load, ATOMIC_LOAD, false), ROW(width, store, ATOMIC_STORE, false),                                              \
        ROW(width, exchange_n, ATOMIC_EXCHANGE, false), ROW(width, fetch_add, ATOMIC_ADD, false),                              \
        ROW(width, fetch_sub, ATOMIC_SUB, false), ROW(width, fetch_and, ATOMIC_AND, false),                                    \
        ROW(width, fetch_or, ATOMIC_OR, false), ROW(width, fetch_xor, ATOMIC_XOR, false),                                      \
        ROW(width, fetch_nand, ATOMIC_NAND, false), ROW(width, add_fetch, ATOMIC_ADD, true),                                   \
        ROW(width, sub_fetch, ATOMIC_SUB, true), ROW(width, and_fetch, ATOMIC_AND, true),                                      \
        ROW(width, or_fetch, ATOMIC_OR, true), ROW(width, xor_fetch, ATOMIC_XOR, true),                                        \
        ROW(width, nand_fetch, ATOMIC_NAND, true), ROW(width, compare_exchange_strong, ATOMIC_COMPARE_EXCHANGE, false),        \
        ROW(width, compare_exchange_weak, ATOMIC_COMPARE_EXCHANGE, false), ROW(width, sync_fetch_and_add, ATOMIC_ADD, false),  \
        ROW(width, sync_fetch_and_sub, ATOMIC_SUB, false), ROW(width, sync_fetch_and_or, ATOMIC_OR, false),                    \
        ROW(width, sync_fetch_and_and, ATOMIC_AND, false), ROW(width, sync_fetch_and_xor, ATOMIC_XOR, false),                  \
        ROW(width, sync_lock_test_and_set, ATOMIC_EXCHANGE, false),                                                            \
        ROW(width, sync_compare_and_swap, ATOMIC_COMPARE_EXCHANGE, false)

const struct atomic_row atomic_rows[] = {
    ROWS(8), ROWS(16), ROWS(32), ROWS(64), ROWS(128), {NULL, 0, ATOMIC_LOAD, false, NULL},
};

void entry_point_fences(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __sync_synchronize();
}

static void descend_further(uint32_t *object, unsigned depth)
{
    if (depth == 0) {
        __atomic_fetch_add(object, 1, __ATOMIC_SEQ_CST);
        return;
    }
    return entry_point_descend(object, depth - 1);
}

void entry_point_descend(uint32_t *object, unsigned depth)
{
    return descend_further(object, depth);
}
