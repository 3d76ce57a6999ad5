/* convert.c - strings turned into strings of another kind or case, in memory that may be allocated for them. */
#include "rtl.h"

/* ------------------------------------------------------------------------------------------------- in one piece -- */

typedef WCHAR change_t(WCHAR character);

static WCHAR unchanged(WCHAR character)
{
    return character;
}

/* Fills `destination`, whose characters have `width` bytes, with the source and a terminator of `terminator` bytes. */
static NTSTATUS convert(PSTRING destination, uint8_t width, struct text source, change_t *change, bool allocate,
                        size_t terminator, uintptr_t site)
{
    size_t bytes = source.length * width;
    touch(destination, sizeof *destination, true, site);
    if (bytes + terminator > (width == 1 ? MAXUSHORT : UNICODE_STRING_MAX_BYTES)) {
        return STATUS_INVALID_PARAMETER_2;
    }
    if (allocate) {
        destination->Buffer = ExAllocatePoolWithTag(PagedPool, bytes + terminator, STRING_TAG);
        if (destination->Buffer == NULL) {
            return STATUS_NO_MEMORY;
        }
        destination->MaximumLength = (USHORT)(bytes + terminator);
    }
    if (destination->MaximumLength < bytes + terminator) {
        return STATUS_BUFFER_OVERFLOW;
    }
    touch(destination->Buffer, bytes + terminator, true, site);
    struct text target = {.buffer = destination->Buffer, .length = source.length, .width = width};
    for (size_t i = 0; i < source.length; i++) {
        text_put(target, i, change(text_get(source, i)));
    }
    if (terminator != 0) {
        text_put(target, source.length, 0);
    }
    destination->Length = (USHORT)bytes;
    return STATUS_SUCCESS;
}

NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString, PCANSI_STRING SourceString,
                                      BOOLEAN AllocateDestinationString)
{
    return convert((PSTRING)DestinationString, sizeof(WCHAR), text_of_string(SourceString, SITE), unchanged,
                   AllocateDestinationString, sizeof(WCHAR), SITE);
}

NTSTATUS RtlOemStringToUnicodeString(PUNICODE_STRING DestinationString, PCOEM_STRING SourceString,
                                     BOOLEAN AllocateDestinationString)
{
    return convert((PSTRING)DestinationString, sizeof(WCHAR), text_of_string(SourceString, SITE), unchanged,
                   AllocateDestinationString, sizeof(WCHAR), SITE);
}

NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString, PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString)
{
    return convert(DestinationString, 1, text_of_unicode(SourceString, SITE), unchanged, AllocateDestinationString, 1, SITE);
}

NTSTATUS RtlUnicodeStringToOemString(POEM_STRING DestinationString, PCUNICODE_STRING SourceString,
                                     BOOLEAN AllocateDestinationString)
{
    return convert(DestinationString, 1, text_of_unicode(SourceString, SITE), unchanged, AllocateDestinationString, 1, SITE);
}

NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                BOOLEAN AllocateDestinationString)
{
    return convert((PSTRING)DestinationString, sizeof(WCHAR), text_of_unicode(SourceString, SITE), RtlUpcaseUnicodeChar,
                   AllocateDestinationString, 0, SITE);
}

NTSTATUS RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                  BOOLEAN AllocateDestinationString)
{
    return convert((PSTRING)DestinationString, sizeof(WCHAR), text_of_unicode(SourceString, SITE), RtlDowncaseUnicodeChar,
                   AllocateDestinationString, 0, SITE);
}

VOID RtlUpperString(PSTRING DestinationString, const STRING *SourceString)
{
    RtlCopyString(DestinationString, SourceString);
    for (USHORT i = 0; i < DestinationString->Length; i++) {
        DestinationString->Buffer[i] = RtlUpperChar(DestinationString->Buffer[i]);
    }
}

NTSTATUS RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn, PUNICODE_STRING StringOut)
{
    if (StringIn == NULL || StringOut == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    struct text source = text_of_unicode(StringIn, SITE);
    bool ends = (Flags & RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE) != 0;
    if (source.length == 0 && (Flags & RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING) == 0) {
        touch(StringOut, sizeof *StringOut, true, SITE);
        *StringOut = (UNICODE_STRING){.Buffer = NULL};
        return STATUS_SUCCESS;
    }
    return convert((PSTRING)StringOut, sizeof(WCHAR), source, unchanged, true, ends ? sizeof(WCHAR) : 0, SITE);
}

/* Strings that other routines have made, IoRegisterDeviceInterface among them, are freed here too, whatever their tag. */
static void give_back(PSTRING string, uintptr_t site)
{
    touch(string, sizeof *string, true, site);
    if (string->Buffer != NULL) {
        ExFreePool(string->Buffer);
        *string = (STRING){.Buffer = NULL};
    }
}

VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
    give_back((PSTRING)UnicodeString, SITE);
}

VOID RtlFreeAnsiString(PANSI_STRING AnsiString)
{
    give_back(AnsiString, SITE);
}

VOID RtlFreeOemString(POEM_STRING OemString)
{
    give_back(OemString, SITE);
}

/* ----------------------------------------------------------------------------------------------------- by bytes -- */

static void report(PULONG result, size_t value, uintptr_t site)
{
    if (result != NULL) {
        touch(result, sizeof *result, true, site);
        *result = (ULONG)value;
    }
}

NTSTATUS RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString, PULONG BytesInUnicodeString,
                                const CHAR *MultiByteString, ULONG BytesInMultiByteString)
{
    struct text target = wide_text(UnicodeString, MaxBytesInUnicodeString / sizeof(WCHAR));
    target.length = target.length < BytesInMultiByteString ? target.length : BytesInMultiByteString;
    struct text source = narrow_text(MultiByteString, target.length);
    text_touch(source, false, SITE);
    text_touch(target, true, SITE);
    report(BytesInUnicodeString, text_transfer(target, source) * sizeof(WCHAR), SITE);
    return STATUS_SUCCESS;
}

NTSTATUS RtlUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString, PULONG BytesInMultiByteString,
                                PCWCH UnicodeString, ULONG BytesInUnicodeString)
{
    struct text source = wide_text(UnicodeString, BytesInUnicodeString / sizeof(WCHAR));
    source.length = source.length < MaxBytesInMultiByteString ? source.length : MaxBytesInMultiByteString;
    struct text target = narrow_text(MultiByteString, source.length);
    text_touch(source, false, SITE);
    text_touch(target, true, SITE);
    report(BytesInMultiByteString, text_transfer(target, source), SITE);
    return STATUS_SUCCESS;
}

ULONG RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString)
{
    touch(AnsiString, sizeof *AnsiString, false, SITE);
    return (AnsiString->Length + 1u) * (ULONG)sizeof(WCHAR);
}

ULONG RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString)
{
    touch(UnicodeString, sizeof *UnicodeString, false, SITE);
    return UnicodeString->Length / (ULONG)sizeof(WCHAR) + 1;
}
