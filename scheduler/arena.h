/*
 * arena.h - the memory of one execution: allocation, quarantine, and the check that every access passes.
 *
 * The arena lies at a fixed address and is handed out from its beginning, so equal executions see equal addresses. Each 8 bytes
 * have a byte of shadow: 0 when all of them may be used, 1 to 7 when only so many may, larger values when none may and why.
 * A reset rewrites the shadow of what was used.
 */
#ifndef SCHEDULER_ARENA_H
#define SCHEDULER_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHADOW_LIVE = 0, SHADOW_FREED = 0xFD, SHADOW_NEVER = 0xFA };

#define ARENA_NUMBER ((uintptr_t)0x200000000000) /* what its beginning counts as in hashes */
#ifdef WITH_THREAD_SANITIZER
#define ARENA_BASE ((uintptr_t)0x4000000000) /* ThreadSanitizer follows memory in a few ranges of addresses only */
#else
#define ARENA_BASE ARENA_NUMBER
#endif
#define ARENA_SIZE ((uintptr_t)32 << 20)

/* Where a program's memory can lie at all: what is below is a null pointer, what is above a pointer made of anything else. */
#define MEMORY_BASE ((uintptr_t)1 << 16)
#define MEMORY_END ((uintptr_t)1 << 47)

extern uint8_t arena_shadow[ARENA_SIZE / 8];

/* Decides the cases that the inline check leaves open: partly usable and straddling accesses. */
bool arena_accessible_slow(uintptr_t offset, size_t size);

static inline bool arena_accessible(const void *address, size_t size)
{
    uintptr_t offset = (uintptr_t)address - ARENA_BASE;
    if (offset >= ARENA_SIZE) {
        return (uintptr_t)address - MEMORY_BASE < MEMORY_END - MEMORY_BASE;
    }
    if (__builtin_expect(arena_shadow[offset / 8] == SHADOW_LIVE && (offset & 7) + size <= 8, 1)) {
        return true;
    }
    return arena_accessible_slow(offset, size);
}

void arena_reset(void);

#endif
