/* memory.c - memory compared, filled and looked at. */
#include "rtl.h"

SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
    const UCHAR *one = Source1;
    const UCHAR *other = Source2;
    SIZE_T equal = 0;
    while (equal < Length && one[equal] == other[equal]) {
        equal++;
    }
    SIZE_T looked_at = equal < Length ? equal + 1 : Length;
    touch(Source1, looked_at, false, SITE);
    touch(Source2, looked_at, false, SITE);
    return equal;
}

SIZE_T RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern)
{
    const ULONG *values = Source;
    touch(Source, Length & ~(SIZE_T)3, false, SITE);
    SIZE_T equal = 0;
    while (equal < Length / sizeof(ULONG) && values[equal] == Pattern) {
        equal++;
    }
    return equal * sizeof(ULONG);
}

VOID RtlFillMemoryUlong(PVOID Destination, SIZE_T Length, ULONG Pattern)
{
    touch(Destination, Length & ~(SIZE_T)3, true, SITE);
    for (SIZE_T i = 0; i < Length / sizeof(ULONG); i++) {
        ((PULONG)Destination)[i] = Pattern;
    }
}

PVOID RtlSecureZeroMemory(PVOID Destination, SIZE_T Length)
{
    touch(Destination, Length, true, SITE);
    return __builtin_memset(Destination, 0, Length);
}

BOOLEAN RtlIsZeroMemory(PVOID Buffer, SIZE_T Length)
{
    touch(Buffer, Length, false, SITE);
    for (SIZE_T i = 0; i < Length; i++) {
        if (((const UCHAR *)Buffer)[i] != 0) {
            return FALSE;
        }
    }
    return TRUE;
}

/* A prefetch of memory that is gone does no harm. */
VOID RtlPrefetchMemoryNonTemporal(PVOID Source, SIZE_T Length)
{
    UNREFERENCED_PARAMETER(Source);
    UNREFERENCED_PARAMETER(Length);
}
