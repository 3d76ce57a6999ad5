/* spin_lock.c - a task that finds the lock taken cannot run until it is free: nothing is gained by exploring how it spins. */
#include "kernel.h"

static const struct scheduler_call acquire_call = {"KeAcquireSpinLock", CALL_KE_ACQUIRE_SPIN_LOCK};
static const struct scheduler_call release_call = {"KeReleaseSpinLock", CALL_KE_RELEASE_SPIN_LOCK};

static bool is_free(const void *argument)
{
    const KSPIN_LOCK *lock = argument;
    return *lock == 0;
}

VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    scheduler_access(SpinLock, sizeof *SpinLock, true);
    *SpinLock = 0;
}

static void acquire(PKSPIN_LOCK SpinLock, uintptr_t site)
{
    scheduler_access_at(SpinLock, sizeof *SpinLock, true, site);
    scheduler_wait_at(&acquire_call, SpinLock, is_free, SpinLock, SCHEDULER_NEVER, site);
    scheduler_access_at(SpinLock, sizeof *SpinLock, true, site);
    *SpinLock = 1;
    scheduler_call_value(0, 1);
    scheduler_changed(SpinLock);
}

static void release(PKSPIN_LOCK SpinLock, uintptr_t site)
{
    scheduler_call_at(&release_call, SpinLock, site);
    scheduler_access_at(SpinLock, sizeof *SpinLock, true, site);
    *SpinLock = 0;
    scheduler_call_value(1, 0);
    scheduler_changed(SpinLock);
}

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    acquire(SpinLock, (uintptr_t)__builtin_return_address(0));
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    release(SpinLock, (uintptr_t)__builtin_return_address(0));
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL old;
    kernel_require_irql(DISPATCH_LEVEL, "KeAcquireSpinLock");
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    acquire(SpinLock, (uintptr_t)__builtin_return_address(0));
    return old;
}

VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    release(SpinLock, (uintptr_t)__builtin_return_address(0));
    KeLowerIrql(NewIrql);
}
