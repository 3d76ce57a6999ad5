/* mutant_routines.c - routines with bugs that no mutant of the catalogue has, one for each finding that needs one. */
#include "../../core/lock/lock.h"
#include "mutants.h"

static VOID FreeTwice(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    PVOID block = ExAllocatePoolWithTag(NonPagedPool, 16, 0);

    ExFreePoolWithTag(block, 0);
    RemoveLockRelease(Lock, Tag, RemlockSize);
    ExFreePoolWithTag(block, 0);
}

static VOID FreeOnce(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    PVOID block = ExAllocatePoolWithTag(NonPagedPool, 16, 0);

    RemoveLockRelease(Lock, Tag, RemlockSize);
    ExFreePoolWithTag(block, 0);
}

static NTSTATUS StopTheSystem(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    NTSTATUS status = RemoveLockAcquire(Lock, Tag, File, Line, RemlockSize);

    if (!NT_SUCCESS(status)) {
        KeBugCheckEx(0xE2, 1, 2, 3, 4);
    }
    return status;
}

static NTSTATUS ForgetMemory(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    NTSTATUS status = RemoveLockAcquire(Lock, Tag, File, Line, RemlockSize);

    if (!NT_SUCCESS(status)) {
        ExAllocatePoolWithTag(NonPagedPool, 16, 0);
    }
    return status;
}

static NTSTATUS NameWrongPlace(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    return RemoveLockAcquire(Lock, Tag, File, Line + 1, RemlockSize);
}

/* Waits by looking: correct, if wasteful. */
static VOID Poll(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    WriteBooleanNoFence(&Lock->Common.Removed, TRUE);
    InterlockedDecrement(&Lock->Common.IoCount);
    InterlockedDecrement(&Lock->Common.IoCount);
    while (ReadNoFence(&Lock->Common.IoCount) > 0) {
    }
    if (RemoveLockIsTracked(RemlockSize)) {
        RemoveLockUntrackLast(Lock, Tag);
    }
}

/* The same, but waits for a count that never comes. */
static VOID PollForEver(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(RemlockSize);
    WriteBooleanNoFence(&Lock->Common.Removed, TRUE);
    InterlockedDecrement(&Lock->Common.IoCount);
    InterlockedDecrement(&Lock->Common.IoCount);
    while (ReadNoFence(&Lock->Common.IoCount) >= 0) {
    }
}

static const struct remove_lock_mutant free_twice = {.name = "test:free-twice", .routines = {.Release = FreeTwice}};
static const struct remove_lock_mutant free_once = {.name = "test:free-once", .routines = {.Release = FreeOnce}};
static const struct remove_lock_mutant stops = {.name = "test:stops-the-system", .routines = {.Acquire = StopTheSystem}};
static const struct remove_lock_mutant forgets = {.name = "test:forgets-memory", .routines = {.Acquire = ForgetMemory}};
static const struct remove_lock_mutant misplaces = {.name = "test:names-wrong-place", .routines = {.Acquire = NameWrongPlace}};
static const struct remove_lock_mutant polls = {.name = "test:polls", .routines = {.ReleaseAndWait = Poll}};
static const struct remove_lock_mutant polls_for_ever = {.name = "test:polls-for-ever",
                                                         .routines = {.ReleaseAndWait = PollForEver}};

const struct remove_lock_mutant *const test_mutants[] = {&free_twice, &free_once, &stops,          &forgets,
                                                         &misplaces,  &polls,     &polls_for_ever, NULL};
