/* character.c - upper and lower case of single characters. */
#include "rtl.h"

/* Runs of letters whose other case lies at a fixed distance, or in pairs of upper and lower beside each other. */
static const struct run {
    WCHAR first_lower, last_lower;
    int16_t to_upper; /* 0: pairs; the even one of each is the upper case when first_lower is odd, else the odd one */
} runs[] = {
    {'a', 'z', -32},       {0x00E0, 0x00F6, -32}, {0x00F8, 0x00FE, -32}, {0x00FF, 0x00FF, 0x0178 - 0x00FF},
    {0x0101, 0x012F, 0},   {0x0133, 0x0137, 0},   {0x013A, 0x0148, 0},   {0x014B, 0x0177, 0},
    {0x017A, 0x017E, 0},   {0x03AC, 0x03AC, -38}, {0x03AD, 0x03AF, -37}, {0x03B1, 0x03C1, -32},
    {0x03C3, 0x03CB, -32}, {0x03CC, 0x03CC, -64}, {0x03CD, 0x03CE, -63}, {0x0430, 0x044F, -32},
    {0x0450, 0x045F, -80}, {0x0461, 0x0481, 0},   {0x0561, 0x0586, -48}, {0x1E01, 0x1E95, 0},
    {0xFF41, 0xFF5A, -32},
};

static bool is_lower_of_pair(const struct run *run, WCHAR character)
{
    return ((character ^ run->first_lower) & 1) == 0;
}

WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(runs); i++) {
        const struct run *run = &runs[i];
        if (SourceCharacter < run->first_lower || SourceCharacter > run->last_lower) {
            continue;
        }
        if (run->to_upper != 0) {
            return (WCHAR)(SourceCharacter + run->to_upper);
        }
        return is_lower_of_pair(run, SourceCharacter) ? SourceCharacter - 1 : SourceCharacter;
    }
    return SourceCharacter;
}

WCHAR RtlDowncaseUnicodeChar(WCHAR SourceCharacter)
{
    for (size_t i = 0; i < RTL_NUMBER_OF(runs); i++) {
        const struct run *run = &runs[i];
        WCHAR lower = (WCHAR)(run->to_upper != 0 ? SourceCharacter - run->to_upper : SourceCharacter + 1);
        if (lower >= run->first_lower && lower <= run->last_lower && (run->to_upper != 0 || is_lower_of_pair(run, lower))) {
            return lower;
        }
    }
    return SourceCharacter;
}

CHAR RtlUpperChar(CHAR Character)
{
    WCHAR upper = RtlUpcaseUnicodeChar((unsigned char)Character);
    return upper <= 0xFF ? (CHAR)upper : Character;
}
