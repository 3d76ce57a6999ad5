/* lookaside.c - lookaside lists, with nothing kept aside: a block that is given back is freed, and its later use is seen. */
#include "kernel.h"

static void initialize(PGENERAL_LOOKASIDE list, POOL_TYPE type, SIZE_T size, ULONG tag, USHORT depth)
{
    scheduler_access(list, sizeof *list, true);
    *list = (GENERAL_LOOKASIDE){.Type = type, .Size = (ULONG)size, .Tag = tag, .Depth = depth, .MaximumDepth = depth};
    InitializeListHead(&list->ListEntry);
}

static PVOID allocate(PGENERAL_LOOKASIDE list)
{
    scheduler_access(list, sizeof *list, true);
    list->TotalAllocates++;
    list->AllocateMisses++;
    if (list->AllocateEx != NULL) {
        return list->AllocateEx(list->Type, list->Size, list->Tag, CONTAINING_RECORD(list, LOOKASIDE_LIST_EX, L));
    }
    if (list->Allocate != NULL) {
        return list->Allocate(list->Type, list->Size, list->Tag);
    }
    return ExAllocatePoolWithTag(list->Type, list->Size, list->Tag);
}

static void free_entry(PGENERAL_LOOKASIDE list, PVOID entry)
{
    scheduler_access(list, sizeof *list, true);
    list->TotalFrees++;
    list->FreeMisses++;
    if (list->FreeEx != NULL) {
        list->FreeEx(entry, CONTAINING_RECORD(list, LOOKASIDE_LIST_EX, L));
    } else if (list->Free != NULL) {
        list->Free(entry);
    } else {
        ExFreePoolWithTag(entry, list->Tag);
    }
}

static void delete_list(PGENERAL_LOOKASIDE list)
{
    scheduler_access(list, sizeof *list, true);
}

VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                     ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    initialize(&Lookaside->L, NonPagedPool | (POOL_TYPE)Flags, Size, Tag, Depth);
    Lookaside->L.Allocate = Allocate;
    Lookaside->L.Free = Free;
}

VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    delete_list(&Lookaside->L);
}

PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    kernel_require_irql(DISPATCH_LEVEL, "ExAllocateFromNPagedLookasideList");
    return allocate(&Lookaside->L);
}

VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    free_entry(&Lookaside->L, Entry);
}

VOID ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                    ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    initialize(&Lookaside->L, PagedPool | (POOL_TYPE)Flags, Size, Tag, Depth);
    Lookaside->L.Allocate = Allocate;
    Lookaside->L.Free = Free;
}

VOID ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    delete_list(&Lookaside->L);
}

PVOID ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    kernel_require_irql(APC_LEVEL, "ExAllocateFromPagedLookasideList");
    return allocate(&Lookaside->L);
}

VOID ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    kernel_require_irql(APC_LEVEL, "ExFreeToPagedLookasideList");
    free_entry(&Lookaside->L, Entry);
}

NTSTATUS ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PALLOCATE_FUNCTION_EX Allocate, PFREE_FUNCTION_EX Free,
                                     POOL_TYPE PoolType, ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    UNREFERENCED_PARAMETER(Flags);
    initialize(&Lookaside->L, PoolType, Size, Tag, Depth);
    Lookaside->L.AllocateEx = Allocate;
    Lookaside->L.FreeEx = Free;
    return STATUS_SUCCESS;
}

VOID ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    delete_list(&Lookaside->L);
}

VOID ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    scheduler_access(Lookaside, sizeof *Lookaside, true);
}

PVOID ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    return allocate(&Lookaside->L);
}

VOID ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PVOID Entry)
{
    free_entry(&Lookaside->L, Entry);
}
