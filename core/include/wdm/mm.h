/* mm.h - memory: pages, paging of code, and the checks of buffers that come from programs. */
#ifndef WDM_MM_H
#define WDM_MM_H

#include "io.h"

#define PAGE_SIZE 0x1000
#define PAGE_SHIFT 12
#define ROUND_TO_PAGES(size) (((ULONG_PTR)(size) + PAGE_SIZE - 1) & ~((ULONG_PTR)PAGE_SIZE - 1))
#define BYTES_TO_PAGES(size) ((ULONG)(((ULONG_PTR)(size) >> PAGE_SHIFT) + (((size) & (PAGE_SIZE - 1)) != 0)))
#define BYTE_OFFSET(address) ((ULONG)((ULONG_PTR)(address) & (PAGE_SIZE - 1)))
#define PAGE_ALIGN(address) ((PVOID)((ULONG_PTR)(address) & ~((ULONG_PTR)PAGE_SIZE - 1)))
#define ADDRESS_AND_SIZE_TO_SPAN_PAGES(address, size)                                                                          \
    ((ULONG)((((ULONG_PTR)BYTE_OFFSET(address)) + (ULONG_PTR)(size) + (PAGE_SIZE - 1)) >> PAGE_SHIFT))

/* A program's buffers are ordinary memory of the model here; what cannot be read or written is a finding, not an exception. */
VOID ProbeForRead(const volatile VOID *Address, SIZE_T Length, ULONG Alignment);
VOID ProbeForWrite(volatile VOID *Address, SIZE_T Length, ULONG Alignment);
BOOLEAN MmIsAddressValid(PVOID VirtualAddress);

/* Code is never paged out; a handle stands for the section. */
PVOID MmLockPagableDataSection(PVOID AddressWithinSection);
VOID MmLockPagableSectionByHandle(PVOID ImageSectionHandle);
VOID MmUnlockPagableImageSection(PVOID ImageSectionHandle);
PVOID MmPageEntireDriver(PVOID AddressWithinSection);
VOID MmResetDriverPaging(PVOID AddressWithinSection);
#define MmLockPagableCodeSection(address) MmLockPagableDataSection(address)
#define MmGetProcedureAddress(address) (address)

typedef enum _MM_SYSTEM_SIZE { MmSmallSystem, MmMediumSystem, MmLargeSystem } MM_SYSTEMSIZE;
MM_SYSTEMSIZE MmQuerySystemSize(VOID);

PVOID MmAllocateContiguousMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptableAddress);
VOID MmFreeContiguousMemory(PVOID BaseAddress);
PVOID MmAllocateNonCachedMemory(SIZE_T NumberOfBytes);
VOID MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T NumberOfBytes);
PHYSICAL_ADDRESS MmGetPhysicalAddress(PVOID BaseAddress);

#endif
