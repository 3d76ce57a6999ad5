/*
 * interlocked_lists.c - lists under a spin lock that the kernel takes, and SLISTs, which need none.
 *
 * While one of these routines holds the spin lock nobody else runs, so it does not have to be taken: that it is free is enough.
 */
#include "kernel.h"

#define SITE ((uintptr_t)__builtin_return_address(0))

static bool is_free(const void *argument)
{
    return *(const KSPIN_LOCK *)argument == 0;
}

static void begin(PKSPIN_LOCK lock, const void *memory, size_t size, uintptr_t site)
{
    static const struct scheduler_call call = {"interlocked list", CALL_EX_INTERLOCKED, EFFECT_ANY};
    scheduler_access_at(lock, sizeof *lock, true, site);
    scheduler_wait_at(&call, lock, is_free, lock, SCHEDULER_NEVER, site);
    scheduler_access_at(lock, sizeof *lock, true, site);
    scheduler_access_at(memory, size, true, site);
}

PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    begin(Lock, ListHead, sizeof *ListHead, SITE);
    scheduler_access(ListEntry, sizeof *ListEntry, true);
    PLIST_ENTRY first = IsListEmpty(ListHead) ? NULL : ListHead->Flink;
    scheduler_access(ListHead->Flink, sizeof *ListHead, true);
    InsertHeadList(ListHead, ListEntry);
    return first;
}

PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    begin(Lock, ListHead, sizeof *ListHead, SITE);
    scheduler_access(ListEntry, sizeof *ListEntry, true);
    PLIST_ENTRY last = IsListEmpty(ListHead) ? NULL : ListHead->Blink;
    scheduler_access(ListHead->Blink, sizeof *ListHead, true);
    InsertTailList(ListHead, ListEntry);
    return last;
}

PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    begin(Lock, ListHead, sizeof *ListHead, SITE);
    if (IsListEmpty(ListHead)) {
        return NULL;
    }
    scheduler_access(ListHead->Flink, sizeof *ListHead, true);
    scheduler_access(ListHead->Flink->Flink, sizeof *ListHead, true);
    return RemoveHeadList(ListHead);
}

PSINGLE_LIST_ENTRY ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    begin(Lock, ListHead, sizeof *ListHead, SITE);
    scheduler_access(ListEntry, sizeof *ListEntry, true);
    PSINGLE_LIST_ENTRY first = ListHead->Next;
    PushEntryList(ListHead, ListEntry);
    return first;
}

PSINGLE_LIST_ENTRY ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    begin(Lock, ListHead, sizeof *ListHead, SITE);
    if (ListHead->Next != NULL) {
        scheduler_access(ListHead->Next, sizeof *ListHead, false);
    }
    return PopEntryList(ListHead);
}

LARGE_INTEGER ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment, PKSPIN_LOCK Lock)
{
    begin(Lock, Addend, sizeof *Addend, SITE);
    LARGE_INTEGER before = *Addend;
    Addend->QuadPart = (LONGLONG)((ULONGLONG)before.QuadPart + (ULONGLONG)Increment.QuadPart);
    return before;
}

ULONG ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock)
{
    begin(Lock, Addend, sizeof *Addend, SITE);
    ULONG before = *Addend;
    *Addend = before + Increment;
    return before;
}

LONGLONG ExInterlockedCompareExchange64(LONGLONG volatile *Destination, PLONGLONG Exchange, PLONGLONG Comperand,
                                        PKSPIN_LOCK Lock)
{
    begin(Lock, (const void *)Destination, sizeof *Destination, SITE);
    LONGLONG before = *Destination;
    if (before == *Comperand) {
        *Destination = *Exchange;
    }
    return before;
}

static void one_step(const void *memory, size_t size, uintptr_t site)
{
    static const struct scheduler_call call = {"interlocked singly linked list", CALL_EX_SLIST, EFFECT_ANY};
    scheduler_call_at(&call, memory, site);
    scheduler_access_at(memory, size, true, site);
}

VOID ExInterlockedAddLargeStatistic(PLARGE_INTEGER Addend, ULONG Increment)
{
    one_step(Addend, sizeof *Addend, SITE);
    Addend->QuadPart = (LONGLONG)((ULONGLONG)Addend->QuadPart + Increment);
}

/* ---------------------------------------------------------------------------------------------------------- SLISTs -- */

static PSLIST_ENTRY first_of(const SLIST_HEADER *head)
{
    return (PSLIST_ENTRY)(ULONG_PTR)head->Alignment;
}

VOID InitializeSListHead(PSLIST_HEADER SListHead)
{
    scheduler_access(SListHead, sizeof *SListHead, true);
    SListHead->Alignment = 0;
    SListHead->Region = 0;
}

PSLIST_ENTRY InterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry)
{
    one_step(ListHead, sizeof *ListHead, SITE);
    scheduler_access(ListEntry, sizeof(PVOID), true);
    PSLIST_ENTRY first = first_of(ListHead);
    ListEntry->Next = first;
    ListHead->Alignment = (ULONG_PTR)ListEntry;
    ListHead->Region++;
    return first;
}

PSLIST_ENTRY InterlockedPopEntrySList(PSLIST_HEADER ListHead)
{
    one_step(ListHead, sizeof *ListHead, SITE);
    PSLIST_ENTRY first = first_of(ListHead);
    if (first == NULL) {
        return NULL;
    }
    scheduler_access(first, sizeof(PVOID), false);
    ListHead->Alignment = (ULONG_PTR)first->Next;
    ListHead->Region--;
    return first;
}

PSLIST_ENTRY InterlockedFlushSList(PSLIST_HEADER ListHead)
{
    one_step(ListHead, sizeof *ListHead, SITE);
    PSLIST_ENTRY first = first_of(ListHead);
    ListHead->Alignment = 0;
    ListHead->Region = 0;
    return first;
}

USHORT QueryDepthSList(PSLIST_HEADER SListHead)
{
    one_step(SListHead, sizeof *SListHead, SITE);
    return (USHORT)SListHead->Region;
}
