/*
 * mdl.c - memory descriptor lists. All memory of this model is resident and mapped once, so an MDL is its range; that pages are
 * locked before they are mapped, and unlocked before the list goes, is checked.
 */
#include "io.h"

#include <string.h>

enum { MDL_PAGE = 4096 };

static SIZE_T size_of_mdl(const void *address, SIZE_T length)
{
    SIZE_T offset = (uintptr_t)address % MDL_PAGE;
    return sizeof(MDL) + (offset + length + MDL_PAGE - 1) / MDL_PAGE * sizeof(ULONG_PTR);
}

static void initialise(PMDL mdl, PVOID address, SIZE_T length)
{
    uintptr_t offset = (uintptr_t)address % MDL_PAGE;
    memset(mdl, 0, sizeof *mdl);
    mdl->Size = (SHORT)size_of_mdl(address, length);
    mdl->StartVa = (PCHAR)address - offset;
    mdl->ByteCount = (ULONG)length;
    mdl->ByteOffset = (ULONG)offset;
}

VOID MmInitializeMdl(PMDL MemoryDescriptorList, PVOID BaseVa, SIZE_T Length)
{
    scheduler_access(MemoryDescriptorList, sizeof *MemoryDescriptorList, true);
    initialise(MemoryDescriptorList, BaseVa, Length);
}

SIZE_T MmSizeOfMdl(PVOID Base, SIZE_T Length)
{
    return size_of_mdl(Base, Length);
}

static void append(PIRP irp, PMDL mdl, bool secondary)
{
    PMDL *link = &irp->MdlAddress;
    while (secondary && *link != NULL) {
        link = &(*link)->Next;
    }
    *link = mdl;
}

PMDL IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota, PIRP Irp)
{
    static const struct scheduler_call call = {"IoAllocateMdl", CALL_IO_ALLOCATE_MDL, EFFECT_ANY};
    UNREFERENCED_PARAMETER(ChargeQuota);
    kernel_require_irql(DISPATCH_LEVEL, "IoAllocateMdl");
    PMDL mdl = kernel_allocate(&call, size_of_mdl(VirtualAddress, Length), MDL_KIND, (uintptr_t)__builtin_return_address(0));
    if (mdl == NULL) {
        return NULL;
    }
    initialise(mdl, VirtualAddress, Length);
    if (Irp != NULL) {
        scheduler_access(Irp, OBJECT_PROBE, true);
        append(Irp, mdl, SecondaryBuffer != FALSE);
    }
    return mdl;
}

VOID IoFreeMdl(PMDL Mdl)
{
    kernel_require_irql(DISPATCH_LEVEL, "IoFreeMdl");
    const char *previous = scheduler_enter_routine("IoFreeMdl");
    scheduler_access(Mdl, sizeof *Mdl, true);
    if ((Mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL)) == MDL_PAGES_LOCKED) {
        kernel_violation("locked-pages", Mdl,
                         "IoFreeMdl is called for an MDL whose pages are locked; MmUnlockPages comes first");
    }
    scheduler_free(Mdl, MDL_KIND);
    scheduler_leave_routine(previous);
}

VOID IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length)
{
    scheduler_access(SourceMdl, sizeof *SourceMdl, false);
    scheduler_access(TargetMdl, sizeof *TargetMdl, true);
    SHORT size = TargetMdl->Size;
    PMDL next = TargetMdl->Next;
    PCHAR start = (PCHAR)SourceMdl->StartVa + SourceMdl->ByteOffset;
    ULONG length = Length != 0 ? Length : SourceMdl->ByteCount - (ULONG)((PCHAR)VirtualAddress - start);
    initialise(TargetMdl, VirtualAddress, length);
    TargetMdl->Size = size;
    TargetMdl->Next = next;
    TargetMdl->MdlFlags = (SHORT)(MDL_PARTIAL | (SourceMdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL)));
}

VOID MmPrepareMdlForReuse(PMDL Mdl)
{
    scheduler_access(Mdl, sizeof *Mdl, true);
    Mdl->MdlFlags &= ~(MDL_PARTIAL_HAS_BEEN_MAPPED | MDL_MAPPED_TO_SYSTEM_VA);
    Mdl->MappedSystemVa = NULL;
}

VOID MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList)
{
    scheduler_access(MemoryDescriptorList, sizeof *MemoryDescriptorList, true);
    MemoryDescriptorList->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
    MemoryDescriptorList->MappedSystemVa = MmGetMdlVirtualAddress(MemoryDescriptorList);
}

VOID MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode, LOCK_OPERATION Operation)
{
    UNREFERENCED_PARAMETER(AccessMode);
    kernel_require_irql(DISPATCH_LEVEL, "MmProbeAndLockPages");
    scheduler_access(MemoryDescriptorList, sizeof *MemoryDescriptorList, true);
    if ((MemoryDescriptorList->MdlFlags & MDL_PAGES_LOCKED) != 0) {
        kernel_violation("locked-pages", MemoryDescriptorList,
                         "MmProbeAndLockPages is called for an MDL whose pages are locked");
    }
    MemoryDescriptorList->MdlFlags |= MDL_PAGES_LOCKED | (Operation == IoReadAccess ? 0 : MDL_WRITE_OPERATION);
}

VOID MmUnlockPages(PMDL MemoryDescriptorList)
{
    kernel_require_irql(DISPATCH_LEVEL, "MmUnlockPages");
    scheduler_access(MemoryDescriptorList, sizeof *MemoryDescriptorList, true);
    if ((MemoryDescriptorList->MdlFlags & MDL_PAGES_LOCKED) == 0) {
        kernel_violation("locked-pages", MemoryDescriptorList, "MmUnlockPages is called for an MDL whose pages are not locked");
    }
    MemoryDescriptorList->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION | MDL_MAPPED_TO_SYSTEM_VA);
}

static PVOID map(PMDL mdl)
{
    if ((mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) != 0) {
        return mdl->MappedSystemVa;
    }
    if (kernel.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1) {
        scheduler_note(mdl, "the mapping fails");
        return NULL;
    }
    mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    mdl->MappedSystemVa = MmGetMdlVirtualAddress(mdl);
    return mdl->MappedSystemVa;
}

PVOID MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode, ULONG CacheType,
                                   PVOID RequestedAddress, ULONG BugCheckOnFailure, ULONG Priority)
{
    UNREFERENCED_PARAMETER(AccessMode);
    UNREFERENCED_PARAMETER(CacheType);
    UNREFERENCED_PARAMETER(RequestedAddress);
    UNREFERENCED_PARAMETER(BugCheckOnFailure);
    UNREFERENCED_PARAMETER(Priority);
    kernel_require_irql(DISPATCH_LEVEL, "MmMapLockedPagesSpecifyCache");
    scheduler_access(MemoryDescriptorList, sizeof *MemoryDescriptorList, true);
    return map(MemoryDescriptorList);
}

VOID MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList)
{
    UNREFERENCED_PARAMETER(BaseAddress);
    kernel_require_irql(DISPATCH_LEVEL, "MmUnmapLockedPages");
    scheduler_access(MemoryDescriptorList, sizeof *MemoryDescriptorList, true);
    MemoryDescriptorList->MdlFlags &= ~MDL_MAPPED_TO_SYSTEM_VA;
}

PVOID MmGetSystemAddressForMdlSafe(PMDL Mdl, ULONG Priority)
{
    UNREFERENCED_PARAMETER(Priority);
    kernel_require_irql(DISPATCH_LEVEL, "MmGetSystemAddressForMdlSafe");
    scheduler_access(Mdl, sizeof *Mdl, true);
    return map(Mdl);
}
