/*
 * spin_lock.c - a task that finds the lock taken cannot run until it is free: nothing is gained by exploring how it spins.
 *
 * A lock that is taken holds the number of its owner plus one.
 */
#include "kernel.h"

static const struct scheduler_call acquire_call = {"KeAcquireSpinLock", CALL_KE_ACQUIRE_SPIN_LOCK, EFFECT_UPDATE};
static const struct scheduler_call release_call = {"KeReleaseSpinLock", CALL_KE_RELEASE_SPIN_LOCK, EFFECT_UPDATE};

#define SITE ((uintptr_t)__builtin_return_address(0))

static bool is_free(const void *argument)
{
    const KSPIN_LOCK *lock = argument;
    return *lock == 0;
}

static KSPIN_LOCK mine(void)
{
    return (KSPIN_LOCK)scheduler_running() + 1;
}

VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    scheduler_access(SpinLock, sizeof *SpinLock, true);
    *SpinLock = 0;
}

static void acquire(PKSPIN_LOCK SpinLock, uintptr_t site)
{
    scheduler_access_at(SpinLock, sizeof *SpinLock, true, site);
    if (*SpinLock == mine()) {
        kernel_violation(VIOLATION_DEADLOCK, SpinLock, "the task acquires a spin lock that it holds already");
    }
    scheduler_wait_at(&acquire_call, SpinLock, is_free, SpinLock, SCHEDULER_NEVER, site);
    scheduler_access_at(SpinLock, sizeof *SpinLock, true, site);
    *SpinLock = mine();
    scheduler_call_value(0, 1);
    scheduler_changed(SpinLock);
}

static void release(PKSPIN_LOCK SpinLock, uintptr_t site)
{
    scheduler_call_at(&release_call, SpinLock, site);
    scheduler_access_at(SpinLock, sizeof *SpinLock, true, site);
    if (*SpinLock == 0) {
        kernel_violation("spin-lock-not-owned", SpinLock, "a spin lock is released that nobody holds");
    }
    *SpinLock = 0;
    scheduler_call_value(1, 0);
    scheduler_changed(SpinLock);
}

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    kernel_require_lowest_irql(DISPATCH_LEVEL, "KeAcquireSpinLockAtDpcLevel");
    acquire(SpinLock, SITE);
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    kernel_require_lowest_irql(DISPATCH_LEVEL, "KeReleaseSpinLockFromDpcLevel");
    release(SpinLock, SITE);
}

static KIRQL raise_and_acquire(PKSPIN_LOCK SpinLock, const char *routine, uintptr_t site)
{
    kernel_require_irql(DISPATCH_LEVEL, routine);
    KIRQL old = KeGetCurrentIrql();
    kernel_set_irql(DISPATCH_LEVEL);
    acquire(SpinLock, site);
    return old;
}

static void release_and_lower(PKSPIN_LOCK SpinLock, KIRQL irql, const char *routine, uintptr_t site)
{
    kernel_require_exact_irql(DISPATCH_LEVEL, routine);
    release(SpinLock, site);
    KeLowerIrql(irql);
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    return raise_and_acquire(SpinLock, "KeAcquireSpinLock", SITE);
}

VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    release_and_lower(SpinLock, NewIrql, "KeReleaseSpinLock", SITE);
}

BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    static const struct scheduler_call call = {"KeTryToAcquireSpinLockAtDpcLevel", CALL_KE_TRY_TO_ACQUIRE_SPIN_LOCK,
                                               EFFECT_UPDATE};
    kernel_require_lowest_irql(DISPATCH_LEVEL, "KeTryToAcquireSpinLockAtDpcLevel");
    scheduler_call(&call, SpinLock);
    scheduler_access(SpinLock, sizeof *SpinLock, true);
    bool free = *SpinLock == 0;
    if (free) {
        *SpinLock = mine();
        scheduler_changed(SpinLock);
    }
    scheduler_call_value(!free, 1);
    return free;
}

BOOLEAN KeTestSpinLock(PKSPIN_LOCK SpinLock)
{
    static const struct scheduler_call call = {"KeTestSpinLock", CALL_KE_TRY_TO_ACQUIRE_SPIN_LOCK, EFFECT_UPDATE};
    scheduler_call(&call, SpinLock);
    scheduler_access(SpinLock, sizeof *SpinLock, false);
    return *SpinLock == 0;
}

/* A deferred call that may run at PASSIVE_LEVEL does not know whether it has to raise the IRQL. */
KIRQL KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock)
{
    return raise_and_acquire(SpinLock, "KeAcquireSpinLockForDpc", SITE);
}

VOID KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql)
{
    release_and_lower(SpinLock, OldIrql, "KeReleaseSpinLockForDpc", SITE);
}

/* ------------------------------------------------------------------------------------------------- queued spin locks -- */

static void remember(PKLOCK_QUEUE_HANDLE handle, PKSPIN_LOCK lock, KIRQL irql)
{
    handle->LockQueue.Next = NULL;
    handle->LockQueue.Lock = lock;
    handle->OldIrql = irql;
}

VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    remember(LockHandle, SpinLock, raise_and_acquire(SpinLock, "KeAcquireInStackQueuedSpinLock", SITE));
}

VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle)
{
    release_and_lower(LockHandle->LockQueue.Lock, LockHandle->OldIrql, "KeReleaseInStackQueuedSpinLock", SITE);
}

VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    kernel_require_lowest_irql(DISPATCH_LEVEL, "KeAcquireInStackQueuedSpinLockAtDpcLevel");
    acquire(SpinLock, SITE);
    remember(LockHandle, SpinLock, KeGetCurrentIrql());
}

VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle)
{
    kernel_require_lowest_irql(DISPATCH_LEVEL, "KeReleaseInStackQueuedSpinLockFromDpcLevel");
    release(LockHandle->LockQueue.Lock, SITE);
}

VOID KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    remember(LockHandle, SpinLock, raise_and_acquire(SpinLock, "KeAcquireInStackQueuedSpinLockForDpc", SITE));
}

VOID KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle)
{
    release_and_lower(LockHandle->LockQueue.Lock, LockHandle->OldIrql, "KeReleaseInStackQueuedSpinLockForDpc", SITE);
}
