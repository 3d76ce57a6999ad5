/* fast_mutex.c - FAST_MUTEX and KGUARDED_MUTEX: one owner, not recursive. A free one has the count 1. */
#include "kernel.h"

#define SITE ((uintptr_t)__builtin_return_address(0))

static PVOID me(void)
{
    return (PVOID)((ULONG_PTR)scheduler_running() + 1);
}

static void initialize(PFAST_MUTEX mutex)
{
    scheduler_access(mutex, sizeof *mutex, true);
    *mutex = (FAST_MUTEX){.Count = 1};
    KeInitializeEvent(&mutex->Event, SynchronizationEvent, FALSE);
}

static bool is_free(const void *argument)
{
    return ((const FAST_MUTEX *)argument)->Count > 0;
}

static void take(PFAST_MUTEX mutex)
{
    mutex->Count = 0;
    mutex->Owner = me();
    scheduler_changed(mutex);
}

static void acquire(PFAST_MUTEX mutex, const char *routine, uintptr_t site)
{
    static const struct scheduler_call call = {"acquire mutex", CALL_EX_FAST_MUTEX, EFFECT_ANY};
    scheduler_access_at(mutex, sizeof *mutex, true, site);
    if (mutex->Count <= 0 && mutex->Owner == me()) {
        kernel_violation(VIOLATION_DEADLOCK, mutex, "%s: the task owns the mutex already", routine);
    }
    scheduler_wait_at(&call, mutex, is_free, mutex, SCHEDULER_NEVER, site);
    scheduler_access_at(mutex, sizeof *mutex, true, site);
    take(mutex);
}

static bool try_to_acquire(PFAST_MUTEX mutex, uintptr_t site)
{
    static const struct scheduler_call call = {"try to acquire mutex", CALL_EX_FAST_MUTEX, EFFECT_ANY};
    scheduler_call_at(&call, mutex, site);
    scheduler_access_at(mutex, sizeof *mutex, true, site);
    bool free = is_free(mutex);
    if (free) {
        take(mutex);
    }
    scheduler_call_value(!free, 1);
    return free;
}

static void release(PFAST_MUTEX mutex, const char *routine, uintptr_t site)
{
    static const struct scheduler_call call = {"release mutex", CALL_EX_FAST_MUTEX, EFFECT_ANY};
    scheduler_call_at(&call, mutex, site);
    scheduler_access_at(mutex, sizeof *mutex, true, site);
    if (mutex->Owner != me()) {
        kernel_violation("lock-not-owned", mutex, "%s is called by a task that does not own the mutex", routine);
    }
    mutex->Owner = NULL;
    mutex->Count = 1;
    scheduler_changed(mutex);
}

/* ---------------------------------------------------------------------------------------------------- fast mutexes -- */

VOID ExInitializeFastMutex(PFAST_MUTEX FastMutex)
{
    initialize(FastMutex);
}

VOID ExAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    kernel_require_irql(APC_LEVEL, "ExAcquireFastMutex");
    KIRQL old = KeGetCurrentIrql();
    acquire(FastMutex, "ExAcquireFastMutex", SITE);
    FastMutex->OldIrql = old;
    kernel_set_irql(APC_LEVEL);
}

BOOLEAN ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    kernel_require_irql(APC_LEVEL, "ExTryToAcquireFastMutex");
    KIRQL old = KeGetCurrentIrql();
    if (!try_to_acquire(FastMutex, SITE)) {
        return FALSE;
    }
    FastMutex->OldIrql = old;
    kernel_set_irql(APC_LEVEL);
    return TRUE;
}

VOID ExReleaseFastMutex(PFAST_MUTEX FastMutex)
{
    kernel_require_exact_irql(APC_LEVEL, "ExReleaseFastMutex");
    scheduler_access(FastMutex, sizeof *FastMutex, true);
    KIRQL old = (KIRQL)FastMutex->OldIrql;
    release(FastMutex, "ExReleaseFastMutex", SITE);
    kernel_set_irql(old);
}

VOID ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    kernel_require_irql(APC_LEVEL, "ExAcquireFastMutexUnsafe");
    acquire(FastMutex, "ExAcquireFastMutexUnsafe", SITE);
}

VOID ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    release(FastMutex, "ExReleaseFastMutexUnsafe", SITE);
}

/* ------------------------------------------------------------------------------------------------- guarded mutexes -- */

VOID KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    initialize(Mutex);
}

VOID KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    kernel_require_irql(APC_LEVEL, "KeAcquireGuardedMutex");
    KeEnterGuardedRegion();
    acquire(Mutex, "KeAcquireGuardedMutex", SITE);
}

BOOLEAN KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    kernel_require_irql(APC_LEVEL, "KeTryToAcquireGuardedMutex");
    if (!try_to_acquire(Mutex, SITE)) {
        return FALSE;
    }
    KeEnterGuardedRegion();
    return TRUE;
}

VOID KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    kernel_require_irql(APC_LEVEL, "KeReleaseGuardedMutex");
    release(Mutex, "KeReleaseGuardedMutex", SITE);
    KeLeaveGuardedRegion();
}

VOID KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex)
{
    kernel_require_irql(APC_LEVEL, "KeAcquireGuardedMutexUnsafe");
    acquire(Mutex, "KeAcquireGuardedMutexUnsafe", SITE);
}

VOID KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex)
{
    release(Mutex, "KeReleaseGuardedMutexUnsafe", SITE);
}
