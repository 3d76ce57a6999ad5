/* bitmap.c - RTL_BITMAP. */
#include "rtl.h"

enum { BITS = 32 };
#define NOT_FOUND 0xFFFFFFFFu

VOID RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap)
{
    touch(BitMapHeader, sizeof *BitMapHeader, true, SITE);
    BitMapHeader->SizeOfBitMap = SizeOfBitMap;
    BitMapHeader->Buffer = BitMapBuffer;
}

/* Announces the words that hold a run of bits. */
static void touch_bits(const RTL_BITMAP *map, ULONG start, ULONG count, bool write, uintptr_t site)
{
    touch(map, sizeof *map, false, site);
    if (count != 0) {
        ULONG first = start / BITS;
        ULONG last = (start + count - 1) / BITS;
        touch(map->Buffer + first, (last - first + 1) * sizeof(ULONG), write, site);
    }
}

static bool get(const RTL_BITMAP *map, ULONG bit)
{
    return (map->Buffer[bit / BITS] >> bit % BITS & 1) != 0;
}

static void put(const RTL_BITMAP *map, ULONG start, ULONG count, bool value, uintptr_t site)
{
    touch_bits(map, start, count, true, site);
    for (ULONG bit = start; bit < start + count; bit++) {
        ULONG mask = 1u << bit % BITS;
        map->Buffer[bit / BITS] = value ? map->Buffer[bit / BITS] | mask : map->Buffer[bit / BITS] & ~mask;
    }
}

VOID RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    put(BitMapHeader, BitNumber, 1, false, SITE);
}

VOID RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    put(BitMapHeader, BitNumber, 1, true, SITE);
}

VOID RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear)
{
    put(BitMapHeader, StartingIndex, NumberToClear, false, SITE);
}

VOID RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet)
{
    put(BitMapHeader, StartingIndex, NumberToSet, true, SITE);
}

VOID RtlClearAllBits(PRTL_BITMAP BitMapHeader)
{
    put(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, false, SITE);
}

VOID RtlSetAllBits(PRTL_BITMAP BitMapHeader)
{
    put(BitMapHeader, 0, BitMapHeader->SizeOfBitMap, true, SITE);
}

BOOLEAN RtlTestBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    touch_bits(BitMapHeader, BitNumber, 1, false, SITE);
    return get(BitMapHeader, BitNumber);
}

static ULONG run_length(const RTL_BITMAP *map, ULONG start, bool value, ULONG enough)
{
    ULONG length = 0;
    while (length < enough && start + length < map->SizeOfBitMap && get(map, start + length) == value) {
        length++;
    }
    return length;
}

static BOOLEAN are_all(const RTL_BITMAP *map, ULONG start, ULONG length, bool value, uintptr_t site)
{
    touch(map, sizeof *map, false, site);
    if (length == 0 || start >= map->SizeOfBitMap || length > map->SizeOfBitMap - start) {
        return FALSE;
    }
    touch_bits(map, start, length, false, site);
    return run_length(map, start, value, length) == length;
}

BOOLEAN RtlAreBitsClear(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return are_all(BitMapHeader, StartingIndex, Length, false, SITE);
}

BOOLEAN RtlAreBitsSet(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return are_all(BitMapHeader, StartingIndex, Length, true, SITE);
}

static ULONG count(const RTL_BITMAP *map, bool value, uintptr_t site)
{
    touch_bits(map, 0, map->SizeOfBitMap, false, site);
    ULONG found = 0;
    for (ULONG bit = 0; bit < map->SizeOfBitMap; bit++) {
        found += get(map, bit) == value;
    }
    return found;
}

ULONG RtlNumberOfClearBits(PRTL_BITMAP BitMapHeader)
{
    return count(BitMapHeader, false, SITE);
}

ULONG RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader)
{
    return count(BitMapHeader, true, SITE);
}

static ULONG find_in(const RTL_BITMAP *map, ULONG from, ULONG to, ULONG number, bool value)
{
    for (ULONG start = from; start < to && number <= map->SizeOfBitMap - start; start++) {
        if (run_length(map, start, value, number) == number) {
            return start;
        }
    }
    return NOT_FOUND;
}

static ULONG find(const RTL_BITMAP *map, ULONG number, ULONG hint, bool value, uintptr_t site)
{
    touch_bits(map, 0, map->SizeOfBitMap, false, site);
    hint = hint < map->SizeOfBitMap ? hint : 0;
    if (number == 0) {
        return hint & ~7u; /* a multiple of eight, says the page */
    }
    if (number > map->SizeOfBitMap) {
        return NOT_FOUND;
    }
    ULONG found = find_in(map, hint, map->SizeOfBitMap, number, value);
    return found != NOT_FOUND ? found : find_in(map, 0, hint, number, value);
}

ULONG RtlFindClearBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find(BitMapHeader, NumberToFind, HintIndex, false, SITE);
}

ULONG RtlFindSetBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find(BitMapHeader, NumberToFind, HintIndex, true, SITE);
}

static ULONG find_and_put(const RTL_BITMAP *map, ULONG number, ULONG hint, bool value, uintptr_t site)
{
    ULONG found = find(map, number, hint, value, site);
    if (found != NOT_FOUND) {
        put(map, found, number, !value, site);
    }
    return found;
}

ULONG RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find_and_put(BitMapHeader, NumberToFind, HintIndex, false, SITE);
}

ULONG RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return find_and_put(BitMapHeader, NumberToFind, HintIndex, true, SITE);
}

static ULONG next_clear_run(const RTL_BITMAP *map, ULONG from, PULONG start, uintptr_t site)
{
    touch_bits(map, 0, map->SizeOfBitMap, false, site);
    touch(start, sizeof *start, true, site);
    while (from < map->SizeOfBitMap && get(map, from)) {
        from++;
    }
    *start = from;
    return run_length(map, from, false, map->SizeOfBitMap);
}

ULONG RtlFindNextForwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex, PULONG StartingRunIndex)
{
    return next_clear_run(BitMapHeader, FromIndex, StartingRunIndex, SITE);
}

ULONG RtlFindFirstRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    return next_clear_run(BitMapHeader, 0, StartingIndex, SITE);
}

ULONG RtlFindLongestRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    ULONG best = 0;
    ULONG best_start = 0;
    ULONG start;
    ULONG length = next_clear_run(BitMapHeader, 0, &start, SITE);
    while (length != 0) {
        if (length > best) {
            best = length;
            best_start = start;
        }
        length = next_clear_run(BitMapHeader, start + length, &start, SITE);
    }
    touch(StartingIndex, sizeof *StartingIndex, true, SITE);
    *StartingIndex = best_start;
    return best;
}
