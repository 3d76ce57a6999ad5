/*
 * ntstrsafe.h - strings that are written with a size at hand: always ended, never beyond it.
 *
 * Cch routines count characters, Cb routines bytes; both count the room for the terminator. STATUS_BUFFER_OVERFLOW says that
 * the result was cut, STATUS_INVALID_PARAMETER that the sizes make no sense.
 */
#ifndef _NTSTRSAFE_H_INCLUDED_
#define _NTSTRSAFE_H_INCLUDED_

#include "wdm.h"

#define NTSTRSAFE_MAX_CCH 2147483647
#define NTSTRSAFE_MAX_LENGTH (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))

#define STRSAFE_FILL_BEHIND_NULL 0x00000200
#define STRSAFE_IGNORE_NULLS 0x00000100
#define STRSAFE_FILL_ON_FAILURE 0x00000400
#define STRSAFE_NULL_ON_FAILURE 0x00000800
#define STRSAFE_NO_TRUNCATION 0x00001000
#define STRSAFE_FILL_BYTE(value) ((ULONG)(((value)&0x000000FF) | STRSAFE_FILL_BEHIND_NULL))
#define STRSAFE_FAILURE_BYTE(value) ((ULONG)(((value)&0x000000FF) | STRSAFE_FILL_ON_FAILURE))
#define STRSAFE_ZERO_LENGTH_ON_FAILURE STRSAFE_NULL_ON_FAILURE

typedef PSTR NTSTRSAFE_PSTR;
typedef PCSTR NTSTRSAFE_PCSTR;
typedef PWSTR NTSTRSAFE_PWSTR;
typedef PCWSTR NTSTRSAFE_PCWSTR;

/* ----------------------------------------------------------------------- what the other routines are made of -- */

NTSTATUS RtlStringCchCopyNExA(PSTR Destination, size_t Size, PCSTR Source, size_t Count, PSTR *End, size_t *Remaining,
                              ULONG Flags);
NTSTATUS RtlStringCchCatNExA(PSTR Destination, size_t Size, PCSTR Source, size_t Count, PSTR *End, size_t *Remaining,
                             ULONG Flags);
NTSTATUS RtlStringCchVPrintfExA(PSTR Destination, size_t Size, PSTR *End, size_t *Remaining, ULONG Flags, PCSTR Format,
                                va_list Arguments);
NTSTATUS RtlStringCchPrintfExA(PSTR Destination, size_t Size, PSTR *End, size_t *Remaining, ULONG Flags, PCSTR Format, ...);
NTSTATUS RtlStringCchPrintfA(PSTR Destination, size_t Size, PCSTR Format, ...);
NTSTATUS RtlStringCbPrintfExA(PSTR Destination, size_t Size, PSTR *End, size_t *Remaining, ULONG Flags, PCSTR Format, ...);
NTSTATUS RtlStringCbPrintfA(PSTR Destination, size_t Size, PCSTR Format, ...);
NTSTATUS RtlStringCchLengthA(PCSTR Text, size_t Size, size_t *Length);
NTSTATUS RtlStringCchCopyNExW(PWSTR Destination, size_t Size, PCWSTR Source, size_t Count, PWSTR *End, size_t *Remaining,
                              ULONG Flags);
NTSTATUS RtlStringCchCatNExW(PWSTR Destination, size_t Size, PCWSTR Source, size_t Count, PWSTR *End, size_t *Remaining,
                             ULONG Flags);
NTSTATUS RtlStringCchVPrintfExW(PWSTR Destination, size_t Size, PWSTR *End, size_t *Remaining, ULONG Flags, PCWSTR Format,
                                va_list Arguments);
NTSTATUS RtlStringCchPrintfExW(PWSTR Destination, size_t Size, PWSTR *End, size_t *Remaining, ULONG Flags, PCWSTR Format, ...);
NTSTATUS RtlStringCchPrintfW(PWSTR Destination, size_t Size, PCWSTR Format, ...);
NTSTATUS RtlStringCbPrintfExW(PWSTR Destination, size_t Size, PWSTR *End, size_t *Remaining, ULONG Flags, PCWSTR Format, ...);
NTSTATUS RtlStringCbPrintfW(PWSTR Destination, size_t Size, PCWSTR Format, ...);
NTSTATUS RtlStringCchLengthW(PCWSTR Text, size_t Size, size_t *Length);

/* ------------------------------------------------------------------------------------------- zero-ended strings -- */

WDM_INLINE NTSTATUS RtlStringCchCopyExA(PSTR Destination, size_t Size, PCSTR Source, PSTR *End, size_t *Remaining, ULONG Flags)
{
    return RtlStringCchCopyNExA(Destination, Size, Source, NTSTRSAFE_MAX_CCH, End, Remaining, Flags);
}

WDM_INLINE NTSTATUS RtlStringCchCopyNA(PSTR Destination, size_t Size, PCSTR Source, size_t Count)
{
    return RtlStringCchCopyNExA(Destination, Size, Source, Count, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCchCopyA(PSTR Destination, size_t Size, PCSTR Source)
{
    return RtlStringCchCopyNExA(Destination, Size, Source, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCbCopyNExA(PSTR Destination, size_t Size, PCSTR Source, size_t Count, PSTR *End, size_t *Remaining,
                                        ULONG Flags)
{
    NTSTATUS status =
        RtlStringCchCopyNExA(Destination, Size / sizeof(CHAR), Source, Count / sizeof(CHAR), End, Remaining, Flags);
    if (Remaining != NULL) {
        *Remaining = *Remaining * sizeof(CHAR) + Size % sizeof(CHAR);
    }
    return status;
}

WDM_INLINE NTSTATUS RtlStringCbCopyExA(PSTR Destination, size_t Size, PCSTR Source, PSTR *End, size_t *Remaining, ULONG Flags)
{
    return RtlStringCbCopyNExA(Destination, Size, Source, NTSTRSAFE_MAX_CCH * sizeof(CHAR), End, Remaining, Flags);
}

WDM_INLINE NTSTATUS RtlStringCbCopyNA(PSTR Destination, size_t Size, PCSTR Source, size_t Count)
{
    return RtlStringCchCopyNExA(Destination, Size / sizeof(CHAR), Source, Count / sizeof(CHAR), NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCbCopyA(PSTR Destination, size_t Size, PCSTR Source)
{
    return RtlStringCchCopyNExA(Destination, Size / sizeof(CHAR), Source, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCchCatExA(PSTR Destination, size_t Size, PCSTR Source, PSTR *End, size_t *Remaining, ULONG Flags)
{
    return RtlStringCchCatNExA(Destination, Size, Source, NTSTRSAFE_MAX_CCH, End, Remaining, Flags);
}

WDM_INLINE NTSTATUS RtlStringCchCatNA(PSTR Destination, size_t Size, PCSTR Source, size_t Count)
{
    return RtlStringCchCatNExA(Destination, Size, Source, Count, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCchCatA(PSTR Destination, size_t Size, PCSTR Source)
{
    return RtlStringCchCatNExA(Destination, Size, Source, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCbCatNExA(PSTR Destination, size_t Size, PCSTR Source, size_t Count, PSTR *End, size_t *Remaining,
                                       ULONG Flags)
{
    NTSTATUS status =
        RtlStringCchCatNExA(Destination, Size / sizeof(CHAR), Source, Count / sizeof(CHAR), End, Remaining, Flags);
    if (Remaining != NULL) {
        *Remaining = *Remaining * sizeof(CHAR) + Size % sizeof(CHAR);
    }
    return status;
}

WDM_INLINE NTSTATUS RtlStringCbCatExA(PSTR Destination, size_t Size, PCSTR Source, PSTR *End, size_t *Remaining, ULONG Flags)
{
    return RtlStringCbCatNExA(Destination, Size, Source, NTSTRSAFE_MAX_CCH * sizeof(CHAR), End, Remaining, Flags);
}

WDM_INLINE NTSTATUS RtlStringCbCatNA(PSTR Destination, size_t Size, PCSTR Source, size_t Count)
{
    return RtlStringCchCatNExA(Destination, Size / sizeof(CHAR), Source, Count / sizeof(CHAR), NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCbCatA(PSTR Destination, size_t Size, PCSTR Source)
{
    return RtlStringCchCatNExA(Destination, Size / sizeof(CHAR), Source, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCchVPrintfA(PSTR Destination, size_t Size, PCSTR Format, va_list Arguments)
{
    return RtlStringCchVPrintfExA(Destination, Size, NULL, NULL, 0, Format, Arguments);
}

WDM_INLINE NTSTATUS RtlStringCbVPrintfA(PSTR Destination, size_t Size, PCSTR Format, va_list Arguments)
{
    return RtlStringCchVPrintfExA(Destination, Size / sizeof(CHAR), NULL, NULL, 0, Format, Arguments);
}

WDM_INLINE NTSTATUS RtlStringCbLengthA(PCSTR Text, size_t Size, size_t *Length)
{
    NTSTATUS status = RtlStringCchLengthA(Text, Size / sizeof(CHAR), Length);
    if (Length != NULL) {
        *Length *= sizeof(CHAR);
    }
    return status;
}

WDM_INLINE NTSTATUS RtlStringCchCopyExW(PWSTR Destination, size_t Size, PCWSTR Source, PWSTR *End, size_t *Remaining,
                                        ULONG Flags)
{
    return RtlStringCchCopyNExW(Destination, Size, Source, NTSTRSAFE_MAX_CCH, End, Remaining, Flags);
}

WDM_INLINE NTSTATUS RtlStringCchCopyNW(PWSTR Destination, size_t Size, PCWSTR Source, size_t Count)
{
    return RtlStringCchCopyNExW(Destination, Size, Source, Count, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCchCopyW(PWSTR Destination, size_t Size, PCWSTR Source)
{
    return RtlStringCchCopyNExW(Destination, Size, Source, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCbCopyNExW(PWSTR Destination, size_t Size, PCWSTR Source, size_t Count, PWSTR *End,
                                        size_t *Remaining, ULONG Flags)
{
    NTSTATUS status =
        RtlStringCchCopyNExW(Destination, Size / sizeof(WCHAR), Source, Count / sizeof(WCHAR), End, Remaining, Flags);
    if (Remaining != NULL) {
        *Remaining = *Remaining * sizeof(WCHAR) + Size % sizeof(WCHAR);
    }
    return status;
}

WDM_INLINE NTSTATUS RtlStringCbCopyExW(PWSTR Destination, size_t Size, PCWSTR Source, PWSTR *End, size_t *Remaining,
                                       ULONG Flags)
{
    return RtlStringCbCopyNExW(Destination, Size, Source, NTSTRSAFE_MAX_CCH * sizeof(WCHAR), End, Remaining, Flags);
}

WDM_INLINE NTSTATUS RtlStringCbCopyNW(PWSTR Destination, size_t Size, PCWSTR Source, size_t Count)
{
    return RtlStringCchCopyNExW(Destination, Size / sizeof(WCHAR), Source, Count / sizeof(WCHAR), NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCbCopyW(PWSTR Destination, size_t Size, PCWSTR Source)
{
    return RtlStringCchCopyNExW(Destination, Size / sizeof(WCHAR), Source, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCchCatExW(PWSTR Destination, size_t Size, PCWSTR Source, PWSTR *End, size_t *Remaining,
                                       ULONG Flags)
{
    return RtlStringCchCatNExW(Destination, Size, Source, NTSTRSAFE_MAX_CCH, End, Remaining, Flags);
}

WDM_INLINE NTSTATUS RtlStringCchCatNW(PWSTR Destination, size_t Size, PCWSTR Source, size_t Count)
{
    return RtlStringCchCatNExW(Destination, Size, Source, Count, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCchCatW(PWSTR Destination, size_t Size, PCWSTR Source)
{
    return RtlStringCchCatNExW(Destination, Size, Source, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCbCatNExW(PWSTR Destination, size_t Size, PCWSTR Source, size_t Count, PWSTR *End,
                                       size_t *Remaining, ULONG Flags)
{
    NTSTATUS status =
        RtlStringCchCatNExW(Destination, Size / sizeof(WCHAR), Source, Count / sizeof(WCHAR), End, Remaining, Flags);
    if (Remaining != NULL) {
        *Remaining = *Remaining * sizeof(WCHAR) + Size % sizeof(WCHAR);
    }
    return status;
}

WDM_INLINE NTSTATUS RtlStringCbCatExW(PWSTR Destination, size_t Size, PCWSTR Source, PWSTR *End, size_t *Remaining, ULONG Flags)
{
    return RtlStringCbCatNExW(Destination, Size, Source, NTSTRSAFE_MAX_CCH * sizeof(WCHAR), End, Remaining, Flags);
}

WDM_INLINE NTSTATUS RtlStringCbCatNW(PWSTR Destination, size_t Size, PCWSTR Source, size_t Count)
{
    return RtlStringCchCatNExW(Destination, Size / sizeof(WCHAR), Source, Count / sizeof(WCHAR), NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCbCatW(PWSTR Destination, size_t Size, PCWSTR Source)
{
    return RtlStringCchCatNExW(Destination, Size / sizeof(WCHAR), Source, NTSTRSAFE_MAX_CCH, NULL, NULL, 0);
}

WDM_INLINE NTSTATUS RtlStringCchVPrintfW(PWSTR Destination, size_t Size, PCWSTR Format, va_list Arguments)
{
    return RtlStringCchVPrintfExW(Destination, Size, NULL, NULL, 0, Format, Arguments);
}

WDM_INLINE NTSTATUS RtlStringCbVPrintfW(PWSTR Destination, size_t Size, PCWSTR Format, va_list Arguments)
{
    return RtlStringCchVPrintfExW(Destination, Size / sizeof(WCHAR), NULL, NULL, 0, Format, Arguments);
}

WDM_INLINE NTSTATUS RtlStringCbLengthW(PCWSTR Text, size_t Size, size_t *Length)
{
    NTSTATUS status = RtlStringCchLengthW(Text, Size / sizeof(WCHAR), Length);
    if (Length != NULL) {
        *Length *= sizeof(WCHAR);
    }
    return status;
}

/* ---------------------------------------------------------------------------------------------- counted strings -- */

NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING Destination, PCWSTR Format, ...);
NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING Destination, PCWSTR Format, va_list Arguments);
NTSTATUS RtlUnicodeStringCchCopyStringN(PUNICODE_STRING Destination, PCWSTR Source, size_t Count);
NTSTATUS RtlUnicodeStringCchCatStringN(PUNICODE_STRING Destination, PCWSTR Source, size_t Count);
NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS RtlUnicodeStringValidate(PCUNICODE_STRING String);

WDM_INLINE NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING Destination, PCWSTR Source)
{
    return RtlUnicodeStringCchCopyStringN(Destination, Source, NTSTRSAFE_MAX_CCH);
}

WDM_INLINE NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING Destination, PCWSTR Source)
{
    return RtlUnicodeStringCchCatStringN(Destination, Source, NTSTRSAFE_MAX_CCH);
}

WDM_INLINE NTSTATUS RtlUnicodeStringCbCopyStringN(PUNICODE_STRING Destination, PCWSTR Source, size_t Count)
{
    return RtlUnicodeStringCchCopyStringN(Destination, Source, Count / sizeof(WCHAR));
}

WDM_INLINE NTSTATUS RtlUnicodeStringCbCatStringN(PUNICODE_STRING Destination, PCWSTR Source, size_t Count)
{
    return RtlUnicodeStringCchCatStringN(Destination, Source, Count / sizeof(WCHAR));
}

#endif
