/* mutex.c - KMUTEX: owned by a thread, as often as it asks; given back it goes to the first who waits. */
#include "dispatcher.h"

VOID KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
    UNREFERENCED_PARAMETER(Level);
    scheduler_access(Mutex, sizeof *Mutex, true);
    dispatcher_initialize(&Mutex->Header, MUTANT_OBJECT, sizeof *Mutex, 1);
    InitializeListHead(&Mutex->MutantListEntry);
    Mutex->OwnerThread = NULL;
    Mutex->Abandoned = FALSE;
    Mutex->ApcDisable = 1;
}

LONG KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
    static const struct scheduler_call call = {"KeReleaseMutex", CALL_KE_RELEASE_MUTEX, EFFECT_UPDATE};
    UNREFERENCED_PARAMETER(Wait);
    kernel_require_irql(APC_LEVEL, "KeReleaseMutex");
    scheduler_call(&call, Mutex);
    scheduler_access(Mutex, sizeof *Mutex, true);
    LONG before = Mutex->Header.SignalState;
    if (!dispatcher_require(Mutex, Mutex->Header.Type == MUTANT_OBJECT, "mutex", "KeReleaseMutex")) {
        return before;
    }
    PKTHREAD thread = KeGetCurrentThread();
    if (Mutex->OwnerThread != thread) {
        ExRaiseStatus(STATUS_MUTANT_NOT_OWNED);
        return before;
    }
    scheduler_call_value((uint64_t)before, (uint64_t)before + 1);
    if (before < 0) {
        Mutex->Header.SignalState = before + 1;
        return before;
    }
    thread_count_mutex(thread, -1);
    Mutex->OwnerThread = NULL;
    dispatcher_signal(&Mutex->Header, true);
    return before;
}

LONG KeReadStateMutex(PRKMUTEX Mutex)
{
    static const struct scheduler_call call = {"KeReadStateMutex", CALL_KE_READ_STATE, EFFECT_UPDATE};
    scheduler_call(&call, Mutex);
    scheduler_access(Mutex, sizeof *Mutex, false);
    return Mutex->Header.SignalState;
}
