/* touch.c - see touch.h. */
#include "touch.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

static uint64_t sink;

#define PLAIN(bytes, type)                                                                                                     \
    struct packed##bytes {                                                                                                     \
        type number;                                                                                                           \
    } __attribute__((packed));                                                                                                 \
    static void read##bytes(void *address)                                                                                     \
    {                                                                                                                          \
        sink += (uint64_t)((struct packed##bytes *)address)->number;                                                           \
    }                                                                                                                          \
    static void write##bytes(void *address)                                                                                    \
    {                                                                                                                          \
        ((struct packed##bytes *)address)->number = 0x5C;                                                                      \
    }

PLAIN(1, uint8_t)
PLAIN(2, uint16_t)
PLAIN(4, uint32_t)
PLAIN(8, uint64_t)
PLAIN(16, unsigned __int128)

static void volatile_read(void *address)
{
    sink += *(volatile uint32_t *)address;
}

static void volatile_write(void *address)
{
    *(volatile uint32_t *)address = 0x5C;
}

static void atomic_read(void *address)
{
    sink += (uint64_t)atomic_load((atomic_int *)address);
}

static void atomic_add(void *address)
{
    atomic_fetch_add((atomic_int *)address, 1);
}

static void copy_from(void *address)
{
    char copy[24];
    memcpy(copy, address, sizeof copy);
    __asm__("" : : "r"(copy) : "memory");
}

static void clear(void *address)
{
    memset(address, 0, 24);
}

const struct touch_row touch_rows[] = {
    {"read of 1", 1, false, true, read1},
    {"write of 1", 1, true, true, write1},
    {"read of 2", 2, false, true, read2},
    {"write of 2", 2, true, true, write2},
    {"read of 4", 4, false, true, read4},
    {"write of 4", 4, true, true, write4},
    {"read of 8", 8, false, true, read8},
    {"write of 8", 8, true, true, write8},
    {"read of 16", 16, false, true, read16},
    {"write of 16", 16, true, true, write16},
    {"volatile read", 4, false, false, volatile_read},
    {"volatile write", 4, true, false, volatile_write},
    {"atomic load", 4, false, false, atomic_read},
    {"atomic add", 4, true, false, atomic_add},
    {"copy", 24, false, true, copy_from},
    {"clearing", 24, true, true, clear},
    {NULL, 0, false, false, NULL},
};
