/* rtl.h - the run-time library: memory, numbers, time, and by its parts strings, bitmaps, tables and the registry. */
#ifndef WDM_RTL_H
#define WDM_RTL_H

#include "bitmap.h"
#include "counted_string.h"
#include "debug.h"
#include "status.h"
#include "table.h"

/* ------------------------------------------------------------------------------------------------------ memory -- */

/* Under names that no compiler knows and expands in place: of an expanded copy nobody would see which memory it touches. */
void *wdm_copy(void *destination, const void *source, SIZE_T count) __asm__("memcpy");
void *wdm_move(void *destination, const void *source, SIZE_T count) __asm__("memmove");
void *wdm_fill(void *destination, int byte, SIZE_T count) __asm__("memset");

#define RtlZeroMemory(Destination, Length) wdm_fill((Destination), 0, (Length))
#define RtlCopyMemory(Destination, Source, Length) wdm_copy((Destination), (Source), (Length))
#define RtlMoveMemory(Destination, Source, Length) wdm_move((Destination), (Source), (Length))
#define RtlFillMemory(Destination, Length, Fill) wdm_fill((Destination), (Fill), (Length))
#define RtlCopyBytes RtlCopyMemory
#define RtlZeroBytes RtlZeroMemory
#define RtlFillBytes RtlFillMemory
#define RtlMoveVolatileMemory(Destination, Source, Length)                                                                     \
    wdm_move((PVOID)(ULONG_PTR)(Destination), (const void *)(ULONG_PTR)(Source), (Length))
#define RtlCopyVolatileMemory RtlMoveVolatileMemory
#define RtlCopyMemoryNonTemporal RtlCopyMemory
#define RtlEqualMemory(Destination, Source, Length) (RtlCompareMemory((Destination), (Source), (Length)) == (SIZE_T)(Length))
#define RtlCompareBytes RtlCompareMemory

SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length);
SIZE_T RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern);
VOID RtlFillMemoryUlong(PVOID Destination, SIZE_T Length, ULONG Pattern);
PVOID RtlSecureZeroMemory(PVOID Destination, SIZE_T Length);
BOOLEAN RtlIsZeroMemory(PVOID Buffer, SIZE_T Length);
VOID RtlPrefetchMemoryNonTemporal(PVOID Source, SIZE_T Length);

#define RtlStoreUshort(Address, Value) wdm_copy((Address), &(USHORT){(USHORT)(Value)}, sizeof(USHORT))
#define RtlStoreUlong(Address, Value) wdm_copy((Address), &(ULONG){(ULONG)(Value)}, sizeof(ULONG))
#define RtlStoreUlonglong(Address, Value) wdm_copy((Address), &(ULONGLONG){(ULONGLONG)(Value)}, sizeof(ULONGLONG))
#define RtlStoreUlongPtr(Address, Value) wdm_copy((Address), &(ULONG_PTR){(ULONG_PTR)(Value)}, sizeof(ULONG_PTR))
#define RtlRetrieveUshort(Destination, Source) wdm_copy((Destination), (Source), sizeof(USHORT))
#define RtlRetrieveUlong(Destination, Source) wdm_copy((Destination), (Source), sizeof(ULONG))

/* ----------------------------------------------------------------------------------------------------- numbers -- */

#define RtlUshortByteSwap(value) __builtin_bswap16((USHORT)(value))
#define RtlUlongByteSwap(value) __builtin_bswap32((ULONG)(value))
#define RtlUlonglongByteSwap(value) __builtin_bswap64((ULONGLONG)(value))

WDM_INLINE LARGE_INTEGER RtlConvertLongToLargeInteger(LONG SignedInteger)
{
    return (LARGE_INTEGER){.QuadPart = SignedInteger};
}

WDM_INLINE LARGE_INTEGER RtlConvertUlongToLargeInteger(ULONG UnsignedInteger)
{
    return (LARGE_INTEGER){.QuadPart = UnsignedInteger};
}

WDM_INLINE LARGE_INTEGER RtlLargeIntegerAdd(LARGE_INTEGER Addend1, LARGE_INTEGER Addend2)
{
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)((ULONGLONG)Addend1.QuadPart + (ULONGLONG)Addend2.QuadPart)};
}

WDM_INLINE LARGE_INTEGER RtlLargeIntegerSubtract(LARGE_INTEGER Minuend, LARGE_INTEGER Subtrahend)
{
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)((ULONGLONG)Minuend.QuadPart - (ULONGLONG)Subtrahend.QuadPart)};
}

WDM_INLINE LARGE_INTEGER RtlLargeIntegerNegate(LARGE_INTEGER Subtrahend)
{
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)(0 - (ULONGLONG)Subtrahend.QuadPart)};
}

WDM_INLINE LARGE_INTEGER RtlEnlargedIntegerMultiply(LONG Multiplicand, LONG Multiplier)
{
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)Multiplicand * Multiplier};
}

WDM_INLINE LARGE_INTEGER RtlExtendedIntegerMultiply(LARGE_INTEGER Multiplicand, LONG Multiplier)
{
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)((ULONGLONG)Multiplicand.QuadPart * (ULONGLONG)(LONGLONG)Multiplier)};
}

LARGE_INTEGER RtlExtendedLargeIntegerDivide(LARGE_INTEGER Dividend, ULONG Divisor, PULONG Remainder);
#define RtlLargeIntegerEqualTo(one, other) ((one).QuadPart == (other).QuadPart)
#define RtlLargeIntegerLessThan(one, other) ((one).QuadPart < (other).QuadPart)
#define RtlLargeIntegerGreaterThan(one, other) ((one).QuadPart > (other).QuadPart)
#define RtlLargeIntegerLessThanZero(one) ((one).QuadPart < 0)

/* Pseudo-random and the same in every execution: the seed alone decides. */
ULONG RtlRandom(PULONG Seed);
ULONG RtlRandomEx(PULONG Seed);
ULONG RtlUniform(PULONG Seed);

CCHAR RtlFindMostSignificantBit(ULONGLONG Set);
CCHAR RtlFindLeastSignificantBit(ULONGLONG Set);
ULONG RtlCrc32(const VOID *Buffer, SIZE_T Size, ULONG InitialCrc);

WDM_INLINE BOOLEAN BitScanForward(PULONG Index, ULONG Mask)
{
    *Index = Mask == 0 ? 0 : (ULONG)__builtin_ctz(Mask);
    return Mask != 0;
}

WDM_INLINE BOOLEAN BitScanReverse(PULONG Index, ULONG Mask)
{
    *Index = Mask == 0 ? 0 : 31 - (ULONG)__builtin_clz(Mask);
    return Mask != 0;
}

#define _BitScanForward BitScanForward
#define _BitScanReverse BitScanReverse

/* -------------------------------------------------------------------------------------------------------- time -- */

typedef struct _TIME_FIELDS {
    CSHORT Year;
    CSHORT Month;
    CSHORT Day;
    CSHORT Hour;
    CSHORT Minute;
    CSHORT Second;
    CSHORT Milliseconds;
    CSHORT Weekday; /* 0: Sunday */
} TIME_FIELDS, *PTIME_FIELDS;

VOID RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields);
BOOLEAN RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time);
BOOLEAN RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds);
VOID RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time);
BOOLEAN RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds);
VOID RtlSecondsSince1980ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time);

/* ---------------------------------------------------------------------------------------------------- versions -- */

typedef struct _OSVERSIONINFOW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
} OSVERSIONINFOW, *POSVERSIONINFOW, RTL_OSVERSIONINFOW, *PRTL_OSVERSIONINFOW;

typedef struct _OSVERSIONINFOEXW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
    USHORT wServicePackMajor;
    USHORT wServicePackMinor;
    USHORT wSuiteMask;
    UCHAR wProductType;
    UCHAR wReserved;
} OSVERSIONINFOEXW, *POSVERSIONINFOEXW, RTL_OSVERSIONINFOEXW, *PRTL_OSVERSIONINFOEXW;

#define VER_MINORVERSION 0x0000001
#define VER_MAJORVERSION 0x0000002
#define VER_BUILDNUMBER 0x0000004
#define VER_PLATFORMID 0x0000008
#define VER_SERVICEPACKMINOR 0x0000010
#define VER_SERVICEPACKMAJOR 0x0000020
#define VER_SUITENAME 0x0000040
#define VER_PRODUCT_TYPE 0x0000080
#define VER_EQUAL 1
#define VER_GREATER 2
#define VER_GREATER_EQUAL 3
#define VER_LESS 4
#define VER_LESS_EQUAL 5
#define VER_PLATFORM_WIN32_NT 2
#define VER_NT_WORKSTATION 1
#define VER_SET_CONDITION(mask, type, operation) ((mask) = VerSetConditionMask((mask), (type), (operation)))

/* Windows 10, version 10.0.19045. */
NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation);
NTSTATUS RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInfo, ULONG TypeMask, ULONGLONG ConditionMask);
ULONGLONG VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition);
BOOLEAN RtlIsNtDdiVersionAvailable(ULONG Version);
BOOLEAN PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber, PUNICODE_STRING CSDVersion);
BOOLEAN IoIsWdmVersionAvailable(UCHAR MajorVersion, UCHAR MinorVersion);
PVOID MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName);

#endif
