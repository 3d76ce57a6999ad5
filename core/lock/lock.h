/*
 * lock.h - inside the remove lock.
 *
 * The lock counts: IoCount is 1 (the bias) plus one for each acquisition plus one for each acquire that is about to fail.
 * ReleaseAndWait sets Removed, gives back its caller's acquisition and the bias, and waits until the count is 0. Whoever brings
 * it to 0 sets RemoveEvent. What makes it right is an order: an acquirer increments before it looks at Removed, a remover sets
 * Removed before it decrements, and the one count decides who was first.
 *
 * A tracked lock keeps a block for each acquisition in a list: inserted after the increment, unlinked before the decrement, so
 * that at count 0 only the remover's own block is left. When there is no memory for a block LowMemoryCount remembers that one
 * release will not find its block.
 *
 * These files are code under test like any driver: instrumented, and every atomic operation and every access to Removed is a
 * scheduling point.
 */
#ifndef CORE_LOCK_H
#define CORE_LOCK_H

#include <remlock/core.h>

/* A lock with both parts, which is what the memory of a tracked lock holds. */
typedef struct _EXTENDED_REMOVE_LOCK {
    IO_REMOVE_LOCK_COMMON_BLOCK Common;
    IO_REMOVE_LOCK_DBG_BLOCK Dbg;
} EXTENDED_REMOVE_LOCK, *PEXTENDED_REMOVE_LOCK;

#define FREE_REMOVE_LOCK_SIZE ((ULONG)sizeof(IO_REMOVE_LOCK_COMMON_BLOCK))
#define TRACKED_REMOVE_LOCK_SIZE ((ULONG)sizeof(EXTENDED_REMOVE_LOCK))
#define REMOVE_LOCK_SIGNATURE ((LONG)0x524C4F43) /* 'COLR' in memory order */

/* One acquisition of a tracked lock. Private: the kit only declares its name. */
typedef struct _IO_REMOVE_LOCK_TRACKING_BLOCK {
    PIO_REMOVE_LOCK_TRACKING_BLOCK Next;
    PVOID Tag;
    LONGLONG LockMoment; /* ticks */
    PCSTR File;
    ULONG Line;
} IO_REMOVE_LOCK_TRACKING_BLOCK;

/* The routines as they should be. */
VOID RemoveLockInitialize(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark,
                          ULONG RemlockSize);
NTSTATUS RemoveLockAcquire(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize);
VOID RemoveLockRelease(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize);
VOID RemoveLockReleaseAndWait(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize);

/* A size other than the tracked one means a free lock, as documented for the routines' callers. */
FORCEINLINE BOOLEAN RemoveLockIsTracked(ULONG RemlockSize)
{
    return RemlockSize == TRACKED_REMOVE_LOCK_SIZE;
}

/* Initialize's two halves. */
VOID RemoveLockInitializeCommon(PIO_REMOVE_LOCK Lock);
VOID RemoveLockInitializeTracking(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark);

/* tracking.c. The first two allocate and free; the list itself is under Spin. */
VOID RemoveLockTrack(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, LONG Count);
VOID RemoveLockUntrack(PIO_REMOVE_LOCK Lock, PVOID Tag);
VOID RemoveLockUntrackLast(PIO_REMOVE_LOCK Lock, PVOID Tag);
VOID RemoveLockCheckWatermark(PIO_REMOVE_LOCK Lock, LONG Count);
VOID RemoveLockCheckAge(PIO_REMOVE_LOCK Lock, PIO_REMOVE_LOCK_TRACKING_BLOCK Block, LONGLONG Now);
VOID RemoveLockPush(PIO_REMOVE_LOCK Lock, PIO_REMOVE_LOCK_TRACKING_BLOCK Block);
VOID RemoveLockMissingBlock(PIO_REMOVE_LOCK Lock, PVOID Tag);
LONGLONG RemoveLockNow(VOID);

/* remarks.c: what a tracked lock says; a bug check under the verifier. `Lock` is the lock whose state it is. */
VOID RemoveLockRemarkUnknownTag(PIO_REMOVE_LOCK Lock, PVOID Tag);
VOID RemoveLockRemarkLastTag(PIO_REMOVE_LOCK Lock, PVOID Tag, PVOID LastTag);
VOID RemoveLockRemarkWatermark(PIO_REMOVE_LOCK Lock, LONG Count);
VOID RemoveLockRemarkHeldTooLong(PIO_REMOVE_LOCK Lock, PIO_REMOVE_LOCK_TRACKING_BLOCK Block);
VOID RemoveLockRemarkReinitialized(PVOID Lock);
VOID RemoveLockRemarkAssertion(PIO_REMOVE_LOCK Lock, PCSTR Text);
LONG RemoveLockWatermarkOf(PIO_REMOVE_LOCK Lock);

/* An assertion of a tracked lock; a free one has none. */
#define REMOVE_LOCK_ASSERT(Lock, RemlockSize, expression)                                                                      \
    do {                                                                                                                       \
        if (RemoveLockIsTracked(RemlockSize) && !(expression)) {                                                               \
            RemoveLockRemarkAssertion((Lock), #expression);                                                                    \
        }                                                                                                                      \
    } while (0)

/* routines.c */
void RemoveLockReset(void);

/* verifier.c: shadow locks. */
PIO_REMOVE_LOCK VerifierShadow(PVOID Lock);
BOOLEAN VerifierCheckInitialize(PVOID Lock);
PIO_REMOVE_LOCK VerifierCreateShadow(PVOID Lock);
PVOID VerifierOwner(const void *Shadow); /* the driver's lock behind a shadow, or the lock itself */
void VerifierForget(const void *memory, size_t size);
void VerifierReset(void);

#endif
