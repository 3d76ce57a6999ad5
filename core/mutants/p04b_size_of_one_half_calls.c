/* p04b_size_of_one_half_calls.c - the size is compared with the wrong structure; checked locks are treated as free. */
#include "mutants.h"

/* The bug: a checked driver passes the size of both halves, never that of the debug half. */
static ULONG SizeOfLock(ULONG RemlockSize)
{
    return RemlockSize == sizeof(IO_REMOVE_LOCK_DBG_BLOCK) ? TRACKED_REMOVE_LOCK_SIZE : FREE_REMOVE_LOCK_SIZE;
}

static NTSTATUS Acquire(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    return RemoveLockAcquire(Lock, Tag, File, Line, SizeOfLock(RemlockSize));
}

static VOID Release(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    RemoveLockRelease(Lock, Tag, SizeOfLock(RemlockSize));
}

static VOID ReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize)
{
    RemoveLockReleaseAndWait(Lock, Tag, SizeOfLock(RemlockSize));
}

const struct remove_lock_mutant p04b_size_of_one_half_calls = {
    .name = "p04b-size-of-one-half-calls",
    .summary = "a checked lock is used as a free one: it tracks nothing and notices nothing",
    .story = "Acquiring and releasing compare RemlockSize with the size of the debug half where it should be compared with "
             "that of both halves, take every lock for a free one and track nothing. The lock protects its device; but no "
             "wrong tag, no passed watermark and no lock held too long is ever reported. Seen in ReactOS in 2011 (r51965).",
    .routines = {.Acquire = Acquire, .Release = Release, .ReleaseAndWait = ReleaseAndWait},
};
