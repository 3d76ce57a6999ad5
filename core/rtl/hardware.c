/* hardware.c - ports, mapped registers, paging: the parts of the machine that this model does without. */
#include "rtl.h"

/* A port that no device answers reads as ones. */
UCHAR READ_PORT_UCHAR(PUCHAR Port)
{
    UNREFERENCED_PARAMETER(Port);
    return MAXUCHAR;
}

USHORT READ_PORT_USHORT(PUSHORT Port)
{
    UNREFERENCED_PARAMETER(Port);
    return MAXUSHORT;
}

ULONG READ_PORT_ULONG(PULONG Port)
{
    UNREFERENCED_PARAMETER(Port);
    return MAXULONG;
}

VOID WRITE_PORT_UCHAR(PUCHAR Port, UCHAR Value)
{
    UNREFERENCED_PARAMETER(Port);
    UNREFERENCED_PARAMETER(Value);
}

VOID WRITE_PORT_USHORT(PUSHORT Port, USHORT Value)
{
    UNREFERENCED_PARAMETER(Port);
    UNREFERENCED_PARAMETER(Value);
}

VOID WRITE_PORT_ULONG(PULONG Port, ULONG Value)
{
    UNREFERENCED_PARAMETER(Port);
    UNREFERENCED_PARAMETER(Value);
}

/* Registers are memory of the arena: a driver that goes on using them after it has unmapped them is found out. */
static PVOID map(SIZE_T size, const char *kind)
{
    PVOID memory = scheduler_allocate(size, kind);
    return memory == NULL ? NULL : __builtin_memset(memory, 0, size);
}

PVOID MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, MEMORY_CACHING_TYPE CacheType)
{
    UNREFERENCED_PARAMETER(PhysicalAddress);
    UNREFERENCED_PARAMETER(CacheType);
    return map(NumberOfBytes, "mapped registers");
}

PVOID MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, ULONG Protect)
{
    UNREFERENCED_PARAMETER(PhysicalAddress);
    UNREFERENCED_PARAMETER(Protect);
    return map(NumberOfBytes, "mapped registers");
}

VOID MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    UNREFERENCED_PARAMETER(NumberOfBytes);
    scheduler_free(BaseAddress, "mapped registers");
}

PVOID MmAllocateContiguousMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptableAddress)
{
    UNREFERENCED_PARAMETER(HighestAcceptableAddress);
    return map(NumberOfBytes, "contiguous memory");
}

VOID MmFreeContiguousMemory(PVOID BaseAddress)
{
    scheduler_free(BaseAddress, "contiguous memory");
}

PVOID MmAllocateNonCachedMemory(SIZE_T NumberOfBytes)
{
    return map(NumberOfBytes, "noncached memory");
}

VOID MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    UNREFERENCED_PARAMETER(NumberOfBytes);
    scheduler_free(BaseAddress, "noncached memory");
}

/* Addresses of the arena are the same in every execution, and so are these. */
PHYSICAL_ADDRESS MmGetPhysicalAddress(PVOID BaseAddress)
{
    return (PHYSICAL_ADDRESS){.QuadPart = (LONGLONG)(uintptr_t)BaseAddress};
}

BOOLEAN MmIsAddressValid(PVOID VirtualAddress)
{
    return scheduler_accessible(VirtualAddress, 1);
}

VOID ProbeForRead(const volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    UNREFERENCED_PARAMETER(Alignment);
    kernel_require_irql(APC_LEVEL, "ProbeForRead");
    touch((const VOID *)Address, Length, false, SITE);
}

VOID ProbeForWrite(volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    UNREFERENCED_PARAMETER(Alignment);
    kernel_require_irql(APC_LEVEL, "ProbeForWrite");
    touch((const VOID *)Address, Length, true, SITE);
}

/* ------------------------------------------------------------------------------------------------ pageable code -- */

PVOID MmLockPagableDataSection(PVOID AddressWithinSection)
{
    kernel_require_irql(APC_LEVEL, "MmLockPagableDataSection");
    return AddressWithinSection;
}

VOID MmLockPagableSectionByHandle(PVOID ImageSectionHandle)
{
    UNREFERENCED_PARAMETER(ImageSectionHandle);
    kernel_require_irql(APC_LEVEL, "MmLockPagableSectionByHandle");
}

VOID MmUnlockPagableImageSection(PVOID ImageSectionHandle)
{
    UNREFERENCED_PARAMETER(ImageSectionHandle);
    kernel_require_irql(APC_LEVEL, "MmUnlockPagableImageSection");
}

PVOID MmPageEntireDriver(PVOID AddressWithinSection)
{
    return AddressWithinSection;
}

VOID MmResetDriverPaging(PVOID AddressWithinSection)
{
    UNREFERENCED_PARAMETER(AddressWithinSection);
}

MM_SYSTEMSIZE MmQuerySystemSize(VOID)
{
    return MmLargeSystem;
}
