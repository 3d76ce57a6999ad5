/* bits.c - numbers: random ones, their bits, their check sum, their quotients. */
#include "rtl.h"

/* The pages of both say what they return (below MAXLONG) and that the seed changes; the generator is ours: a congruence. */
static ULONG next_random(PULONG seed, uintptr_t site)
{
    touch(seed, sizeof *seed, true, site);
    *seed = (ULONG)(((ULONGLONG)*seed * 48271 + 11) % MAXLONG);
    return *seed;
}

ULONG RtlRandom(PULONG Seed)
{
    return next_random(Seed, SITE);
}

ULONG RtlRandomEx(PULONG Seed)
{
    return next_random(Seed, SITE);
}

ULONG RtlUniform(PULONG Seed)
{
    return next_random(Seed, SITE);
}

CCHAR RtlFindMostSignificantBit(ULONGLONG Set)
{
    return Set == 0 ? -1 : (CCHAR)(63 - __builtin_clzll(Set));
}

CCHAR RtlFindLeastSignificantBit(ULONGLONG Set)
{
    return Set == 0 ? -1 : (CCHAR)__builtin_ctzll(Set);
}

/* CRC-32 of IEEE 802.3, reflected. */
ULONG RtlCrc32(const VOID *Buffer, SIZE_T Size, ULONG InitialCrc)
{
    ULONG crc = ~InitialCrc;
    touch(Buffer, Size, false, SITE);
    for (SIZE_T i = 0; i < Size; i++) {
        crc ^= ((const UCHAR *)Buffer)[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xEDB88320 & (0 - (crc & 1)));
        }
    }
    return ~crc;
}

LARGE_INTEGER RtlExtendedLargeIntegerDivide(LARGE_INTEGER Dividend, ULONG Divisor, PULONG Remainder)
{
    ULONGLONG dividend = (ULONGLONG)Dividend.QuadPart;
    if (Remainder != NULL) {
        touch(Remainder, sizeof *Remainder, true, SITE);
        *Remainder = (ULONG)(dividend % Divisor);
    }
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)(dividend / Divisor)};
}
