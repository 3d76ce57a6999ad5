/* pool.c - pool memory comes from the arena, and can be refused; what is allocated is remembered with its tag. */
#include "kernel.h"

#include <string.h>

enum { BLOCK_LIMIT = 4096, NO_TAG = 0x656E6F4E /* "None", as Windows tags what has no tag */ };

struct block {
    const void *address; /* NULL: freed */
    SIZE_T size;
    ULONG tag;
    uint8_t task;
    bool by_driver;
};

static struct block blocks[BLOCK_LIMIT];
static uint32_t block_count;

static void add_state(void)
{
    scheduler_add_state(&block_count, sizeof block_count);
    scheduler_add_state(blocks, block_count * sizeof blocks[0]);
}
SCHEDULER_STATE_BY(add_state);

void pool_reset(void)
{
    block_count = 0;
}

/* ---------------------------------------------------------------------------------------------------- allocating -- */

static bool must_fail(void)
{
    if (kernel.allocations_to_fail > 0) {
        kernel.allocations_to_fail--;
        return true;
    }
    return kernel.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1;
}

static void remember(const void *memory, SIZE_T size, ULONG tag, bool by_driver)
{
    if (block_count == BLOCK_LIMIT) {
        return; /* the arena is full before that: it holds fewer allocations */
    }
    blocks[block_count++] = (struct block){
        .address = memory, .size = size, .tag = tag, .task = (uint8_t)scheduler_running(), .by_driver = by_driver};
}

void *kernel_allocate(const struct scheduler_call *call, size_t size, const char *kind, uintptr_t site)
{
    scheduler_call_at(call, NULL, site);
    void *memory = must_fail() ? NULL : scheduler_allocate(size, kind);
    if (memory == NULL) {
        kernel.failed_allocations++;
        scheduler_note(NULL, "the allocation fails");
    }
    scheduler_call_value(0, memory != NULL);
    return memory;
}

/* `raises`: the caller need not look for NULL, so that only real want of memory makes it fail. */
static PVOID allocate(const char *routine, bool paged, SIZE_T size, ULONG tag, bool raises, uintptr_t site)
{
    static const struct scheduler_call call = {"ExAllocatePoolWithTag", CALL_EX_ALLOCATE_POOL, EFFECT_ANY};
    bool by_driver = kernel_called_by_driver();
    kernel_require_irql(paged ? APC_LEVEL : DISPATCH_LEVEL, routine);
    scheduler_call_at(&call, NULL, site);
    PVOID memory = !raises && must_fail() ? NULL : scheduler_allocate(size, "pool block");
    if (memory == NULL) {
        kernel.failed_allocations++;
        scheduler_note(NULL, "the allocation fails");
    } else {
        remember(memory, size, tag, by_driver);
    }
    scheduler_call_value(0, memory != NULL);
    if (by_driver) {
        kernel_event((struct core_event){.kind = EVENT_ALLOCATE, .tag = memory, .site = site});
    }
    if (memory == NULL && raises) {
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    }
    return memory;
}

static PVOID of_type(const char *routine, ULONG type, SIZE_T size, ULONG tag, bool raises, uintptr_t site)
{
    return allocate(routine, (type & PagedPool) != 0, size, tag, raises || (type & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0,
                    site);
}

static PVOID zero(PVOID memory, SIZE_T size)
{
    return memory == NULL ? NULL : memset(memory, 0, size);
}

#define SITE ((uintptr_t)__builtin_return_address(0))

PVOID ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return of_type("ExAllocatePool", PoolType, NumberOfBytes, NO_TAG, false, SITE);
}

PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return of_type("ExAllocatePoolWithTag", PoolType, NumberOfBytes, Tag, false, SITE);
}

PVOID ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag, EX_POOL_PRIORITY Priority)
{
    UNREFERENCED_PARAMETER(Priority);
    return of_type("ExAllocatePoolWithTagPriority", PoolType, NumberOfBytes, Tag, false, SITE);
}

static bool quota_raises(POOL_TYPE type)
{
    return (type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0;
}

PVOID ExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return of_type("ExAllocatePoolWithQuota", PoolType, NumberOfBytes, NO_TAG, quota_raises(PoolType), SITE);
}

PVOID ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return of_type("ExAllocatePoolWithQuotaTag", PoolType, NumberOfBytes, Tag, quota_raises(PoolType), SITE);
}

PVOID ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return zero(of_type("ExAllocatePoolZero", PoolType, NumberOfBytes, Tag, false, SITE), NumberOfBytes);
}

PVOID ExAllocatePoolUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return of_type("ExAllocatePoolUninitialized", PoolType, NumberOfBytes, Tag, false, SITE);
}

PVOID ExAllocatePoolQuotaZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return zero(of_type("ExAllocatePoolQuotaZero", PoolType, NumberOfBytes, Tag, quota_raises(PoolType), SITE), NumberOfBytes);
}

PVOID ExAllocatePoolQuotaUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return of_type("ExAllocatePoolQuotaUninitialized", PoolType, NumberOfBytes, Tag, quota_raises(PoolType), SITE);
}

PVOID ExAllocatePoolPriorityZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag, EX_POOL_PRIORITY Priority)
{
    UNREFERENCED_PARAMETER(Priority);
    return zero(of_type("ExAllocatePoolPriorityZero", PoolType, NumberOfBytes, Tag, false, SITE), NumberOfBytes);
}

PVOID ExAllocatePoolPriorityUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag, EX_POOL_PRIORITY Priority)
{
    UNREFERENCED_PARAMETER(Priority);
    return of_type("ExAllocatePoolPriorityUninitialized", PoolType, NumberOfBytes, Tag, false, SITE);
}

static PVOID by_flags(const char *routine, POOL_FLAGS flags, SIZE_T size, ULONG tag, uintptr_t site)
{
    if (size == 0 || tag == 0) {
        return NULL;
    }
    bool raises = (flags & POOL_FLAG_RAISE_ON_FAILURE) != 0;
    PVOID memory = allocate(routine, (flags & POOL_FLAG_PAGED) != 0, size, tag, raises, site);
    return (flags & POOL_FLAG_UNINITIALIZED) != 0 ? memory : zero(memory, size);
}

PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    return by_flags("ExAllocatePool2", Flags, NumberOfBytes, Tag, SITE);
}

PVOID ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag, PCPOOL_EXTENDED_PARAMETER ExtendedParameters,
                      ULONG ExtendedParametersCount)
{
    UNREFERENCED_PARAMETER(ExtendedParameters);
    UNREFERENCED_PARAMETER(ExtendedParametersCount);
    return by_flags("ExAllocatePool3", Flags, NumberOfBytes, Tag, SITE);
}

/* -------------------------------------------------------------------------------------------------------- freeing -- */

static struct block *find(const void *address)
{
    for (uint32_t index = block_count; index > 0; index--) {
        if (blocks[index - 1].address == address) {
            return &blocks[index - 1];
        }
    }
    return NULL;
}

static void print_tag(ULONG tag, char text[5])
{
    for (int index = 0; index < 4; index++) {
        char letter = (char)(tag >> 8 * index & 0x7F);
        text[index] = letter < ' ' || letter == 0x7F ? '.' : letter;
    }
    text[4] = '\0';
}

static void check_tag(const struct block *block, ULONG tag)
{
    if (tag == 0 || tag == block->tag) {
        return;
    }
    char freed[5], allocated[5];
    print_tag(tag, freed);
    print_tag(block->tag, allocated);
    kernel_violation("pool-tag-mismatch", block->address, "pool allocated with the tag '%s' is freed with '%s'", allocated,
                     freed);
}

static void free_block(PVOID memory, ULONG tag, uintptr_t site)
{
    static const struct scheduler_call call = {"ExFreePoolWithTag", CALL_EX_FREE_POOL, EFFECT_ANY};
    bool by_driver = kernel_called_by_driver();
    kernel_require_irql(DISPATCH_LEVEL, "ExFreePoolWithTag");
    scheduler_call_at(&call, memory, site);
    struct block *block = memory == NULL ? NULL : find(memory);
    if (by_driver) {
        kernel_event((struct core_event){.kind = EVENT_FREE, .tag = memory, .site = site});
    }
    if (block != NULL) {
        if (by_driver) {
            check_tag(block, tag);
        }
        kernel_check_timers_and_dpcs(memory, (const char *)memory + block->size, "pool block");
        block->address = NULL;
    }
    scheduler_retire_at(memory, site);
    scheduler_free(memory, "pool block");
}

VOID ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    free_block(P, Tag, SITE);
}

VOID ExFreePool(PVOID P)
{
    free_block(P, 0, SITE);
}

VOID ExFreePool2(PVOID P, ULONG Tag, PCPOOL_EXTENDED_PARAMETER ExtendedParameters, ULONG ExtendedParametersCount)
{
    UNREFERENCED_PARAMETER(ExtendedParameters);
    UNREFERENCED_PARAMETER(ExtendedParametersCount);
    free_block(P, Tag, SITE);
}

/* -------------------------------------------------------------------------------------------- injecting, looking -- */

void core_fail_allocations(uint32_t count)
{
    kernel.allocations_to_fail += count;
}

uint32_t core_failed_allocations(void)
{
    return kernel.failed_allocations;
}

bool core_next_pool_block(uint32_t *cursor, struct core_pool_block *block)
{
    while (*cursor < block_count) {
        const struct block *next = &blocks[(*cursor)++];
        if (next->address != NULL) {
            *block = (struct core_pool_block){.address = next->address,
                                              .size = next->size,
                                              .tag = next->tag == NO_TAG ? 0 : next->tag,
                                              .task = next->task,
                                              .by_driver = next->by_driver};
            return true;
        }
    }
    return false;
}
