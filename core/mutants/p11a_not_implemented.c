/* p11a_not_implemented.c - a stub that refuses. */
#include "mutants.h"

static NTSTATUS Acquire(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    UNREFERENCED_PARAMETER(Lock);
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(File);
    UNREFERENCED_PARAMETER(Line);
    UNREFERENCED_PARAMETER(RemlockSize);
    /* The bug: nobody has removed the device, and no driver expects this status. */
    return STATUS_NOT_IMPLEMENTED;
}

const struct remove_lock_mutant p11a_not_implemented = {
    .name = "p11a-not-implemented",
    .summary = "acquire always fails with STATUS_NOT_IMPLEMENTED",
    .story = "Acquire is a stub that says so. A driver must take every failure for \"do not start\", so it refuses each "
             "request although nobody has removed its device. In old ReactOS and old Wine.",
    .routines = {.Acquire = Acquire},
};
