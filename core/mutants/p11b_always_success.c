/* p11b_always_success.c - a stub that agrees to everything. */
#include "mutants.h"

static NTSTATUS Acquire(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    UNREFERENCED_PARAMETER(Lock);
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(File);
    UNREFERENCED_PARAMETER(Line);
    UNREFERENCED_PARAMETER(RemlockSize);
    /* The bug: nothing is counted, and nobody will be waited for. */
    return STATUS_SUCCESS;
}

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    UNREFERENCED_PARAMETER(Lock);
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(RemlockSize);
}

static VOID ReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    UNREFERENCED_PARAMETER(Lock);
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(RemlockSize);
}

const struct remove_lock_mutant p11b_always_success = {
    .name = "p11b-always-success",
    .summary = "acquire always succeeds and nothing is counted: no protection at all",
    .story = "All the routines are stubs that do nothing, so that drivers load and run. The remover waits for nobody and "
             "frees the device under those who believe that they hold its lock; acquiring succeeds even after the removal. In "
             "ndiswrapper, which does not even offer the wait.",
    .routines = {.Acquire = Acquire, .Release = Release, .ReleaseAndWait = ReleaseAndWait},
};
