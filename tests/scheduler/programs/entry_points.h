/*
 * entry_points.h - a file of code under test that makes compilers emit every __tsan_* entry point they know, as tables.
 *
 * What a row does to memory is written beside it in the words of accesses(): "r4" a plain read of four bytes, "w4" a plain
 * write, "vr4" and "vw4" the volatile ones. Where compilers differ, so do the rows.
 */
#ifndef PROGRAMS_ENTRY_POINTS_H
#define PROGRAMS_ENTRY_POINTS_H

#include <stdbool.h>
#include <stdint.h>

enum { ENTRY_POINT_MEMORY = 256 }; /* bytes an access row may touch, from a multiple of 16 on */

/* Reads and writes of memory, plain and volatile. */
struct access_row {
    const char *name;
    uint64_t (*run)(void *memory);
    const char *accesses;
};

extern const struct access_row access_rows[]; /* ended by a row without a name */

enum atomic_operation {
    ATOMIC_LOAD,
    ATOMIC_STORE,
    ATOMIC_EXCHANGE,
    ATOMIC_ADD,
    ATOMIC_SUB,
    ATOMIC_AND,
    ATOMIC_OR,
    ATOMIC_XOR,
    ATOMIC_NAND,
    ATOMIC_COMPARE_EXCHANGE,
};

/* One operand for each size; the functions of a row use the lowest bits of it. */
union operand {
    uint8_t bits8;
    uint16_t bits16;
    uint32_t bits32;
    uint64_t bits64;
    unsigned __int128 bits128;
};

/*
 * An atomic operation of `bits` bits on `object`. `operand` is the second argument. `result` takes what the operation returned;
 * for compare-exchange it holds what is expected before and what was found after. True unless a compare-exchange failed.
 */
struct atomic_row {
    const char *name;
    unsigned bits;
    enum atomic_operation operation;
    bool returns_new; /* the value after the operation rather than the one before */
    bool (*run)(union operand *object, const union operand *operand, union operand *result);
};

extern const struct atomic_row atomic_rows[]; /* ended by a row without a name */

/* A thread fence is a scheduling point, a signal fence is not. */
void entry_point_fences(void);

/* Calls itself `depth` times, through calls in tail position as well, and then does an atomic operation on `object`. */
void entry_point_descend(uint32_t *object, unsigned depth);

#endif
