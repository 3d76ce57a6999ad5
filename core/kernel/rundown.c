/*
 * rundown.c - rundown protection: EX_RUNDOWN_REF and its cache-aware kind, which is the same thing here.
 *
 * The count is twice the number of protections, and odd as soon as the object runs down: then none is given any more.
 */
#include "kernel.h"

enum { RUNNING_DOWN = 1, ONE = 2 };

struct _EX_RUNDOWN_REF_CACHE_AWARE {
    EX_RUNDOWN_REF RunRef;
};

#define SITE ((uintptr_t)__builtin_return_address(0))

static void step(const char *name, PEX_RUNDOWN_REF reference, uintptr_t site)
{
    static const struct scheduler_call call = {"rundown protection", CALL_EX_RUNDOWN, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, name);
    scheduler_call_at(&call, reference, site);
    scheduler_access_at(reference, sizeof *reference, true, site);
}

static void set(PEX_RUNDOWN_REF reference, ULONG_PTR count)
{
    scheduler_call_value(reference->Count, count);
    reference->Count = count;
    scheduler_changed(reference);
}

static BOOLEAN acquire(PEX_RUNDOWN_REF reference, ULONG count, uintptr_t site)
{
    step("ExAcquireRundownProtection", reference, site);
    if ((reference->Count & RUNNING_DOWN) != 0) {
        return FALSE;
    }
    set(reference, reference->Count + (ULONG_PTR)count * ONE);
    return TRUE;
}

static void release(PEX_RUNDOWN_REF reference, ULONG count, uintptr_t site)
{
    step("ExReleaseRundownProtection", reference, site);
    if (reference->Count < (ULONG_PTR)count * ONE) {
        kernel_violation("rundown-underflow", reference, "rundown protection is released that nobody holds");
        return;
    }
    set(reference, reference->Count - (ULONG_PTR)count * ONE);
}

static bool is_run_down(const void *argument)
{
    return ((const EX_RUNDOWN_REF *)argument)->Count == RUNNING_DOWN;
}

static void wait_for_release(PEX_RUNDOWN_REF reference, uintptr_t site)
{
    static const struct scheduler_call call = {"ExWaitForRundownProtectionRelease", CALL_EX_RUNDOWN, EFFECT_ANY};
    kernel_require_irql(APC_LEVEL, "ExWaitForRundownProtectionRelease");
    step("ExWaitForRundownProtectionRelease", reference, site);
    set(reference, reference->Count | RUNNING_DOWN);
    scheduler_wait_at(&call, reference, is_run_down, reference, SCHEDULER_NEVER, site);
}

static void complete(PEX_RUNDOWN_REF reference, ULONG_PTR count, uintptr_t site)
{
    step("ExRundownCompleted", reference, site);
    set(reference, count);
}

VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    scheduler_access(RunRef, sizeof *RunRef, true);
    RunRef->Count = 0;
}

VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    complete(RunRef, 0, SITE);
}

BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    return acquire(RunRef, 1, SITE);
}

BOOLEAN ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    return acquire(RunRef, Count, SITE);
}

VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    release(RunRef, 1, SITE);
}

VOID ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    release(RunRef, Count, SITE);
}

VOID ExRundownCompleted(PEX_RUNDOWN_REF RunRef)
{
    complete(RunRef, RUNNING_DOWN, SITE);
}

VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef)
{
    wait_for_release(RunRef, SITE);
}

/* ----------------------------------------------------------------------------------------------------- cache-aware -- */

SIZE_T ExSizeOfRundownProtectionCacheAware(VOID)
{
    return sizeof(struct _EX_RUNDOWN_REF_CACHE_AWARE);
}

PEX_RUNDOWN_REF_CACHE_AWARE ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType, ULONG PoolTag)
{
    return ExAllocatePoolZero(PoolType, sizeof(struct _EX_RUNDOWN_REF_CACHE_AWARE), PoolTag);
}

VOID ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    ExFreePool(RunRefCacheAware);
}

VOID ExInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, SIZE_T RunRefSize)
{
    UNREFERENCED_PARAMETER(RunRefSize);
    ExInitializeRundownProtection(&RunRefCacheAware->RunRef);
}

VOID ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    complete(&RunRefCacheAware->RunRef, 0, SITE);
}

BOOLEAN ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    return acquire(&RunRefCacheAware->RunRef, 1, SITE);
}

BOOLEAN ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, ULONG Count)
{
    return acquire(&RunRefCacheAware->RunRef, Count, SITE);
}

VOID ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    release(&RunRefCacheAware->RunRef, 1, SITE);
}

VOID ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, ULONG Count)
{
    release(&RunRefCacheAware->RunRef, Count, SITE);
}

VOID ExRundownCompletedCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    complete(&RunRefCacheAware->RunRef, RUNNING_DOWN, SITE);
}

VOID ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    wait_for_release(&RunRefCacheAware->RunRef, SITE);
}
