/* memory.c - malloc() and its relatives, from the arena: what is freed stays in quarantine until the execution ends. */
#include "memory.h"

#include "routines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char memory_kind[] = "block";

static void say_full(void)
{
    static bool said;
    if (!said) {
        said = true;
        fprintf(stderr, "remlock: the program needs more memory, or more blocks, than one execution has: malloc() fails\n");
    }
}

static void *allocate(size_t size, size_t alignment)
{
    if (threads_world.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1) {
        thread_self()->error = ENOMEM;
        return NULL;
    }
    void *memory = scheduler_allocate_aligned(size, alignment, memory_kind);
    if (memory == NULL) {
        say_full();
        thread_self()->error = ENOMEM;
    }
    return memory;
}

void *memory_allocate(size_t size)
{
    return allocate(size, 1);
}

void *program_malloc(size_t size)
{
    ENTER("malloc");
    return allocate(size, 1);
}

void *program_calloc(size_t count, size_t size)
{
    ENTER("calloc");
    size_t whole;
    if (__builtin_mul_overflow(count, size, &whole)) {
        return NULL;
    }
    void *memory = allocate(whole, 1);
    return memory == NULL ? NULL : memset(memory, 0, whole);
}

void program_free(void *memory)
{
    ENTER("free");
    if (memory != NULL) {
        scheduler_retire_at(memory, SITE);
        scheduler_free(memory, memory_kind);
    }
}

void *program_realloc(void *memory, size_t size)
{
    ENTER("realloc");
    if (memory == NULL) {
        return allocate(size, 1);
    }
    const struct scheduler_allocation *before = scheduler_allocation_of(memory);
    if (before == NULL || before->address != memory || !before->live) {
        scheduler_free(memory, memory_kind); /* which says what is wrong */
        return NULL;
    }
    size_t kept = before->size < size ? before->size : size;
    void *moved = allocate(size, 1);
    if (moved != NULL) {
        memcpy(moved, memory, kept);
        scheduler_retire_at(memory, SITE);
        scheduler_free(memory, memory_kind);
    }
    return moved;
}

void *program_reallocarray(void *memory, size_t count, size_t size)
{
    size_t whole;
    return __builtin_mul_overflow(count, size, &whole) ? NULL : program_realloc(memory, whole);
}

static bool is_power_of_two(size_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

int program_posix_memalign(void **memory, size_t alignment, size_t size)
{
    ENTER("posix_memalign");
    if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0) {
        return EINVAL;
    }
    void *block = allocate(size, alignment);
    if (block == NULL) {
        return ENOMEM;
    }
    scheduler_plain_access_at(memory, sizeof *memory, true, SITE);
    *memory = block;
    return 0;
}

void *program_aligned_alloc(size_t alignment, size_t size)
{
    ENTER("aligned_alloc");
    return is_power_of_two(alignment) ? allocate(size, alignment) : NULL;
}

void *program_memalign(size_t alignment, size_t size)
{
    ENTER("memalign");
    return is_power_of_two(alignment) ? allocate(size, alignment) : NULL;
}

static char *copy_text(const char *text, size_t length, uintptr_t site)
{
    scheduler_plain_access_at(text, length, false, site);
    char *copy = allocate(length + 1, 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *program_strdup(const char *text)
{
    ENTER("strdup");
    return copy_text(text, strlen(text), SITE);
}

char *program_strndup(const char *text, size_t limit)
{
    ENTER("strndup");
    return copy_text(text, strnlen(text, limit), SITE);
}

void memory_judge_leaks(void)
{
    uint32_t blocks = 0, bytes = 0;
    const struct scheduler_allocation *first = NULL;
    for (uint32_t index = 0; index < scheduler_allocation_count(); index++) {
        const struct scheduler_allocation *allocation = scheduler_allocation_at(index);
        if (allocation->live && allocation->kind == memory_kind) {
            first = first == NULL ? allocation : first;
            blocks++;
            bytes += allocation->size;
        }
    }
    if (first != NULL) {
        scheduler_violate(THREADS_MEMORY_LEAK, first->address, "the program ends and %u block%s of %u bytes %s not freed",
                          blocks, blocks == 1 ? "" : "s", bytes, blocks == 1 ? "is" : "are");
    }
}
