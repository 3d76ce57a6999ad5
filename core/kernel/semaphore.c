/* semaphore.c - KSEMAPHORE: each unit that is released goes to the first who waits. */
#include "dispatcher.h"

VOID KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    scheduler_access(Semaphore, sizeof *Semaphore, true);
    dispatcher_initialize(&Semaphore->Header, SEMAPHORE_OBJECT, sizeof *Semaphore, Count);
    Semaphore->Limit = Limit;
}

LONG KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment, BOOLEAN Wait)
{
    static const struct scheduler_call call = {"KeReleaseSemaphore", CALL_KE_RELEASE_SEMAPHORE, EFFECT_UPDATE};
    UNREFERENCED_PARAMETER(Increment);
    UNREFERENCED_PARAMETER(Wait);
    kernel_require_irql(DISPATCH_LEVEL, "KeReleaseSemaphore");
    scheduler_call(&call, Semaphore);
    scheduler_access(Semaphore, sizeof *Semaphore, true);
    LONG before = Semaphore->Header.SignalState;
    if (!dispatcher_require(Semaphore, Semaphore->Header.Type == SEMAPHORE_OBJECT, "semaphore", "KeReleaseSemaphore")) {
        return before;
    }
    LONG after = (LONG)((ULONG)before + (ULONG)Adjustment);
    if (Adjustment < 0 || after < before || after > Semaphore->Limit) {
        ExRaiseStatus(STATUS_SEMAPHORE_LIMIT_EXCEEDED);
        return before;
    }
    scheduler_call_value((uint64_t)before, (uint64_t)after);
    for (LONG unit = 0; unit < Adjustment; unit++) {
        dispatcher_signal(&Semaphore->Header, true);
    }
    return before;
}

LONG KeReadStateSemaphore(PRKSEMAPHORE Semaphore)
{
    static const struct scheduler_call call = {"KeReadStateSemaphore", CALL_KE_READ_STATE, EFFECT_UPDATE};
    scheduler_call(&call, Semaphore);
    scheduler_access(Semaphore, sizeof *Semaphore, false);
    return Semaphore->Header.SignalState;
}
