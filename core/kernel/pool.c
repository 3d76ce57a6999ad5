/* pool.c - pool memory comes from the arena, and can be refused. */
#include "kernel.h"

static bool must_fail(void)
{
    if (kernel.allocations_to_fail > 0) {
        kernel.allocations_to_fail--;
        return true;
    }
    return kernel.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1;
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

PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    static const struct scheduler_call call = {"ExAllocatePoolWithTag", CALL_EX_ALLOCATE_POOL};
    UNREFERENCED_PARAMETER(Tag);
    kernel_require_irql(PoolType == PagedPool ? APC_LEVEL : DISPATCH_LEVEL, "ExAllocatePoolWithTag");
    return kernel_allocate(&call, NumberOfBytes, "pool block", (uintptr_t)__builtin_return_address(0));
}

VOID ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    static const struct scheduler_call call = {"ExFreePoolWithTag", CALL_EX_FREE_POOL};
    UNREFERENCED_PARAMETER(Tag);
    kernel_require_irql(DISPATCH_LEVEL, "ExFreePoolWithTag");
    scheduler_call(&call, P);
    scheduler_free(P, "pool block");
}

VOID ExFreePool(PVOID P)
{
    ExFreePoolWithTag(P, 0);
}

void core_fail_allocations(uint32_t count)
{
    kernel.allocations_to_fail += count;
}

uint32_t core_failed_allocations(void)
{
    return kernel.failed_allocations;
}
