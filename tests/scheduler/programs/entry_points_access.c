/* entry_points_access.c - plain, volatile, unaligned, wide and compound accesses. */
#include "entry_points.h"

#include <string.h>

/* ------------------------------------------------------------------------------------------------- what differs -- */

/* gcc looks at the target of a structure copy first; clang before 16 leaves the copy to memcpy(). */
#ifdef __clang__
#define STRUCTURE_COPY "r40 w40"
#else
#define STRUCTURE_COPY "w40 r40"
#endif

/* gcc forgets that an unaligned access is volatile. */
#ifdef __clang__
#define UNALIGNED_VOLATILE "v"
#else
#define UNALIGNED_VOLATILE ""
#endif

/* clang makes one memset() of neighbouring stores of zero. */
#if defined(__clang__) && defined(__OPTIMIZE__)
#define CLEARED_NEIGHBOURS "w16"
#else
#define CLEARED_NEIGHBOURS "w4 w4 w4 w4"
#endif

/* ------------------------------------------------------------------------------------------------------- by size -- */

typedef uint8_t unsigned1;
typedef uint16_t unsigned2;
typedef uint32_t unsigned4;
typedef uint64_t unsigned8;
typedef unsigned __int128 unsigned16;

#define SIZE(bytes)                                                                                                            \
    static uint64_t read##bytes(void *memory)                                                                                  \
    {                                                                                                                          \
        return (uint64_t) * (unsigned##bytes *)memory;                                                                         \
    }                                                                                                                          \
    static uint64_t write##bytes(void *memory)                                                                                 \
    {                                                                                                                          \
        *(unsigned##bytes *)memory = 7;                                                                                        \
        return 0;                                                                                                              \
    }                                                                                                                          \
    static uint64_t increment##bytes(void *memory)                                                                             \
    {                                                                                                                          \
        ++*(unsigned##bytes *)memory;                                                                                          \
        return 0;                                                                                                              \
    }                                                                                                                          \
    static uint64_t volatile_read##bytes(void *memory)                                                                         \
    {                                                                                                                          \
        return (uint64_t) * (volatile unsigned##bytes *)memory;                                                                \
    }                                                                                                                          \
    static uint64_t volatile_write##bytes(void *memory)                                                                        \
    {                                                                                                                          \
        *(volatile unsigned##bytes *)memory = 7;                                                                               \
        return 0;                                                                                                              \
    }                                                                                                                          \
    static uint64_t volatile_increment##bytes(void *memory)                                                                    \
    {                                                                                                                          \
        volatile unsigned##bytes *number = memory;                                                                             \
        *number = *number + 1;                                                                                                 \
        return 0;                                                                                                              \
    }

#define UNALIGNED(bytes)                                                                                                       \
    struct packed##bytes {                                                                                                     \
        uint8_t before;                                                                                                        \
        unsigned##bytes number;                                                                                                \
    } __attribute__((packed));                                                                                                 \
    static uint64_t unaligned_read##bytes(void *memory)                                                                        \
    {                                                                                                                          \
        return (uint64_t)((struct packed##bytes *)memory)->number;                                                             \
    }                                                                                                                          \
    static uint64_t unaligned_write##bytes(void *memory)                                                                       \
    {                                                                                                                          \
        ((struct packed##bytes *)memory)->number = 7;                                                                          \
        return 0;                                                                                                              \
    }                                                                                                                          \
    static uint64_t unaligned_increment##bytes(void *memory)                                                                   \
    {                                                                                                                          \
        ((struct packed##bytes *)memory)->number++;                                                                            \
        return 0;                                                                                                              \
    }                                                                                                                          \
    static uint64_t unaligned_volatile_read##bytes(void *memory)                                                               \
    {                                                                                                                          \
        return (uint64_t)((volatile struct packed##bytes *)memory)->number;                                                    \
    }                                                                                                                          \
    static uint64_t unaligned_volatile_write##bytes(void *memory)                                                              \
    {                                                                                                                          \
        ((volatile struct packed##bytes *)memory)->number = 7;                                                                 \
        return 0;                                                                                                              \
    }

SIZE(1)
SIZE(2)
SIZE(4)
SIZE(8)
SIZE(16)
UNALIGNED(2)
UNALIGNED(4)
UNALIGNED(8)
UNALIGNED(16)

/* ------------------------------------------------------------------------------------------------ more than a word -- */

struct forty {
    uint64_t numbers[5];
};

static uint64_t copy_structure(void *memory)
{
    struct forty *structures = memory;
    structures[1] = structures[0];
    return 0;
}

/* A number that the compiler does not know: it cannot unroll the loop or copy word by word. */
static size_t hidden(size_t number)
{
    __asm__("" : "+r"(number));
    return number;
}

static uint64_t call_memcpy(void *memory)
{
    memcpy((char *)memory + 64, memory, hidden(sizeof(struct forty)));
    return 0;
}

static uint64_t call_memmove(void *memory)
{
    memmove((char *)memory + 8, memory, hidden(sizeof(struct forty)));
    return 0;
}

static uint64_t call_memset(void *memory)
{
    memset(memory, 1, hidden(sizeof(struct forty)));
    return 0;
}

static uint64_t call_memset_of_known_length(void *memory)
{
    memset(memory, 1, 24);
    return 0;
}

static uint64_t call_memcpy_of_known_length(void *memory)
{
    memcpy((char *)memory + 64, memory, 24);
    return 0;
}

static uint64_t sum_of_eight(void *memory)
{
    size_t count = hidden(8);
    const uint32_t *numbers = memory;
    uint64_t sum = 0;
    for (size_t index = 0; index < count; index++) {
        sum += numbers[index];
    }
    return sum;
}

static uint64_t clear_eight(void *memory)
{
    size_t count = hidden(8);
    uint32_t *numbers = memory;
    for (size_t index = 0; index < count; index++) {
        numbers[index] = 0;
    }
    return 0;
}

static uint64_t copy_eight(void *memory)
{
    size_t count = hidden(8);
    uint32_t *numbers = memory;
    for (size_t index = 0; index < count; index++) {
        numbers[index + 16] = numbers[index];
    }
    return 0;
}

static uint64_t neighbours(void *memory)
{
    uint32_t *numbers = memory;
    numbers[0] = 1;
    numbers[1] = 2;
    numbers[2] = 3;
    numbers[3] = 4;
    return 0;
}

static uint64_t clear_neighbours(void *memory)
{
    uint32_t *numbers = memory;
    numbers[0] = 0;
    numbers[1] = 0;
    numbers[2] = 0;
    numbers[3] = 0;
    return 0;
}

/* ---------------------------------------------------------------------------------------------------------- tables -- */

#define SIZE_ROWS(bytes)                                                                                                       \
    {"read" #bytes, read##bytes, "r" #bytes}, {"write" #bytes, write##bytes, "w" #bytes},                                      \
        {"increment" #bytes, increment##bytes, "r" #bytes " w" #bytes},                                                        \
        {"volatile_read" #bytes, volatile_read##bytes, "vr" #bytes},                                                           \
        {"volatile_write" #bytes, volatile_write##bytes, "vw" #bytes},                                                         \
    {                                                                                                                          \
        "volatile_increment" #bytes, volatile_increment##bytes, "vr" #bytes " vw" #bytes                                       \
    }

#define UNALIGNED_ROWS(bytes)                                                                                                  \
    {"unaligned_read" #bytes, unaligned_read##bytes, "r" #bytes},                                                              \
        {"unaligned_write" #bytes, unaligned_write##bytes, "w" #bytes},                                                        \
        {"unaligned_increment" #bytes, unaligned_increment##bytes, "r" #bytes " w" #bytes},                                    \
        {"unaligned_volatile_read" #bytes, unaligned_volatile_read##bytes, UNALIGNED_VOLATILE "r" #bytes},                     \
    {                                                                                                                          \
        "unaligned_volatile_write" #bytes, unaligned_volatile_write##bytes, UNALIGNED_VOLATILE "w" #bytes                      \
    }

const struct access_row access_rows[] = {
    SIZE_ROWS(1),
    SIZE_ROWS(2),
    SIZE_ROWS(4),
    SIZE_ROWS(8),
    SIZE_ROWS(16),
    UNALIGNED_ROWS(2),
    UNALIGNED_ROWS(4),
    UNALIGNED_ROWS(8),
    UNALIGNED_ROWS(16),
    {"copy_structure", copy_structure, STRUCTURE_COPY},
    {"call_memcpy", call_memcpy, "r40 w40"},
    {"call_memmove", call_memmove, "r40 w40"},
    {"call_memset", call_memset, "w40"},
    {"call_memset_of_known_length", call_memset_of_known_length, "w24"},
    {"call_memcpy_of_known_length", call_memcpy_of_known_length, "r24 w24"},
    {"sum_of_eight", sum_of_eight, "r4 r4 r4 r4 r4 r4 r4 r4"},
    {"clear_eight", clear_eight, "w4 w4 w4 w4 w4 w4 w4 w4"},
    {"copy_eight", copy_eight, "r4 w4 r4 w4 r4 w4 r4 w4 r4 w4 r4 w4 r4 w4 r4 w4"},
    {"neighbours", neighbours, "w4 w4 w4 w4"},
    {"clear_neighbours", clear_neighbours, CLEARED_NEIGHBOURS},
    {NULL, NULL, NULL},
};
