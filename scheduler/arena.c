/* arena.c - see arena.h, and scheduler_allocate() in the public header. */
#include "weak.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* LEADING bytes stay unused, so that what lies a little below the first allocation is part of the arena as well. */
enum { ALLOCATION_LIMIT = 4096, LEADING = 4096, REDZONE = 32, ALIGNMENT = 16, FRESH_BYTE = 0xA5 };

/* What reports want to know, kept apart from the index so that the hot path does not touch it. */
uint8_t arena_shadow[ARENA_SIZE / 8];
static struct scheduler_allocation allocations[ALLOCATION_LIMIT];
static uint32_t allocation_count;
static bool mapped;

/*
 * With lookahead each task has a part of the arena of its own, as long as there are parts, so that its addresses do not depend
 * on what others allocate. The first one is everybody's otherwise: the world's, and that of tasks whose part is full.
 */
enum { REGION_COUNT = 32, REGION_SIZE = ARENA_SIZE / REGION_COUNT };

static uintptr_t used[REGION_COUNT]; /* offset of the first byte never handed out in this execution */

static uintptr_t start_of(uintptr_t region)
{
    return region * REGION_SIZE + LEADING;
}

static void map_arena(void)
{
    void *memory = mmap((void *)ARENA_BASE, ARENA_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory != (void *)ARENA_BASE) {
        fprintf(stderr, "remlock: cannot map the arena at %p: the address range is in use or memory is limited\n",
                (void *)ARENA_BASE);
        abort();
    }
    memset(arena_shadow, SHADOW_NEVER, sizeof arena_shadow);
    for (uintptr_t region = 0; region < REGION_COUNT; region++) {
        used[region] = start_of(region);
    }
    mapped = true;
}

void arena_reset(void)
{
    if (!mapped) {
        map_arena();
    }
    for (uintptr_t region = 0; region < REGION_COUNT; region++) {
        uintptr_t start = start_of(region);
        if (used[region] != start) {
            memset(arena_shadow + start / 8, SHADOW_NEVER, (used[region] - start) / 8);
            used[region] = start;
        }
    }
    allocation_count = 0;
}

static const char *routine_now(void)
{
    const struct task *task = running_task();
    return task != NULL ? task->routine : "";
}

/* Takes `size` bytes from a region; their offset, or 0 when it is full. */
static uintptr_t take(uintptr_t region, size_t size, size_t alignment)
{
    uintptr_t limit = state.lookahead ? (region + 1) * REGION_SIZE : ARENA_SIZE;
    uintptr_t start = (used[region] + REDZONE + alignment - 1) & ~(uintptr_t)(alignment - 1);
    uintptr_t end = (start + size + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
    if (size > ARENA_SIZE || end + REDZONE > limit) {
        return 0;
    }
    used[region] = end;
    return start;
}

static uintptr_t own_region(void)
{
    return state.lookahead && state.running < REGION_COUNT - 1 ? state.running + 1u : 0;
}

void *scheduler_allocate_aligned(size_t size, size_t alignment, const char *kind)
{
    if (allocation_count == ALLOCATION_LIMIT || alignment > ARENA_SIZE) {
        return NULL;
    }
    alignment = alignment < ALIGNMENT ? ALIGNMENT : alignment;
    uintptr_t start = take(own_region(), size, alignment);
    if (start == 0 && own_region() != 0) {
        start = take(0, size, alignment);
    }
    if (start == 0) {
        return NULL;
    }
    memset(&arena_shadow[start / 8], SHADOW_LIVE, size / 8);
    if (size % 8 != 0) {
        arena_shadow[(start + size) / 8] = (uint8_t)(size % 8);
    }
    struct scheduler_allocation *allocation = &allocations[allocation_count++];
    allocation->address = (void *)(ARENA_BASE + start);
    allocation->size = (uint32_t)size;
    allocation->live = true;
    allocation->kind = kind;
    allocation->allocated_by = state.running;
    allocation->freed_by = SCHEDULER_NO_TASK;
    allocation->allocated_at = state.steps;
    allocation->freed_at = 0;
    allocation->allocation_routine = routine_now();
    allocation->free_routine = "";
    allocation->free_stack[0] = 0;
    events_copy_stack(running_task(), allocation->allocation_stack);
    return memset((void *)(ARENA_BASE + start), FRESH_BYTE, size);
}

void *scheduler_allocate(size_t size, const char *kind)
{
    return scheduler_allocate_aligned(size, ALIGNMENT, kind);
}

static struct scheduler_allocation *find(uintptr_t address)
{
    for (uint32_t index = allocation_count; index > 0; index--) {
        struct scheduler_allocation *allocation = &allocations[index - 1];
        uintptr_t start = (uintptr_t)allocation->address;
        if (address >= start && address < start + (allocation->size == 0 ? 1 : allocation->size)) {
            return allocation;
        }
    }
    return NULL;
}

void scheduler_free(void *memory, const char *kind)
{
    struct scheduler_allocation *allocation = find((uintptr_t)memory);
    if (allocation == NULL || allocation->address != memory) {
        scheduler_violate(VIOLATION_DOUBLE_FREE, memory, "%s is freed, but it is not the start of an allocation", kind);
        return;
    }
    if (!allocation->live) {
        scheduler_violate(VIOLATION_DOUBLE_FREE, memory, "%s is freed a second time", allocation->kind);
        return;
    }
    if (__builtin_expect(state.observers & OBSERVER_WEAK, 0)) {
        weak_release(memory);
    }
    allocation->live = false;
    allocation->freed_by = state.running;
    allocation->freed_at = state.steps;
    allocation->free_routine = routine_now();
    events_copy_stack(running_task(), allocation->free_stack);
    uintptr_t start = (uintptr_t)memory - ARENA_BASE;
    memset(&arena_shadow[start / 8], SHADOW_FREED, (allocation->size + 7) / 8);
    scheduler_touch(memory, allocation->size, EFFECT_UPDATE);
}

/* All of the granules that the access covers to their end must be whole; in the one where it ends, its part must be usable. */
bool arena_accessible_slow(uintptr_t offset, size_t size)
{
    if (size == 0) {
        return true;
    }
    if (size > ARENA_SIZE - offset) {
        return false;
    }
    uintptr_t end = offset + size;
    const uint8_t *shadow = &arena_shadow[offset / 8];
    const uint8_t *last = &arena_shadow[end / 8];
    uint64_t eight;
    for (; last - shadow >= (ptrdiff_t)sizeof eight; shadow += sizeof eight) {
        memcpy(&eight, shadow, sizeof eight);
        if (eight != 0) {
            return false;
        }
    }
    for (; shadow < last; shadow++) {
        if (*shadow != SHADOW_LIVE) {
            return false;
        }
    }
    uintptr_t part = end % 8;
    return part == 0 || *last == SHADOW_LIVE || (*last < 8 && part <= *last);
}

bool scheduler_accessible(const void *address, size_t size)
{
    return arena_accessible(address, size);
}

/* The allocation an out-of-bounds address most likely was meant for: the last one that begins below it. */
static const struct scheduler_allocation *nearest_below(uintptr_t address)
{
    const struct scheduler_allocation *best = NULL;
    for (uint32_t index = 0; index < allocation_count; index++) {
        uintptr_t start = (uintptr_t)allocations[index].address;
        if (start <= address && (best == NULL || start > (uintptr_t)best->address)) {
            best = &allocations[index];
        }
    }
    return best;
}

void arena_violation(const void *address, size_t size, bool write, uintptr_t site)
{
    /* A copy of no bytes touches nothing, wherever it points. */
    if (size == 0) {
        return;
    }
    if (state.running != SCHEDULER_NO_TASK) {
        state.tasks[state.running].site = site;
    }
    const char *verb = write ? "written" : "read";
    const struct scheduler_allocation *allocation = find((uintptr_t)address);
    if (allocation != NULL && !allocation->live) {
        const char *name = allocation->freed_by == SCHEDULER_NO_TASK ? "nobody" : scheduler_task_name(allocation->freed_by);
        scheduler_violate(VIOLATION_USE_AFTER_FREE, address,
                          "%zu bytes at offset %" PRIuPTR " of the %s are %s after %s freed it", size,
                          (uintptr_t)address - (uintptr_t)allocation->address, allocation->kind, verb, name);
        return;
    }
    if ((uintptr_t)address < MEMORY_BASE) {
        scheduler_violate(VIOLATION_OUT_OF_BOUNDS, address, "%zu bytes are %s through a null pointer", size, verb);
        return;
    }
    allocation = nearest_below((uintptr_t)address);
    if (allocation == NULL) {
        scheduler_violate(VIOLATION_OUT_OF_BOUNDS, address, "%zu bytes outside every allocation are %s", size, verb);
        return;
    }
    scheduler_violate(VIOLATION_OUT_OF_BOUNDS, address, "%zu bytes at offset %" PRIuPTR " are %s, but the %s has only %" PRIu32,
                      size, (uintptr_t)address - (uintptr_t)allocation->address, verb, allocation->kind, allocation->size);
}

void scheduler_access_at(const void *address, size_t size, bool write, uintptr_t site)
{
    check_access(address, size, write, site);
    if (__builtin_expect(state.observers & OBSERVER_WEAK, 0)) {
        weak_plain(address, size, write);
    }
}

const struct scheduler_allocation *scheduler_allocation_of(const void *address)
{
    return find((uintptr_t)address);
}

const struct scheduler_allocation *scheduler_allocation_at(uint32_t index)
{
    return index < allocation_count ? &allocations[index] : NULL;
}

uint32_t scheduler_allocation_count(void)
{
    return allocation_count;
}
