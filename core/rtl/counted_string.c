/* counted_string.c - counted strings: made, copied, appended to, compared. */
#include "rtl.h"

static void initialize(PSTRING string, const void *buffer, size_t bytes, size_t terminator, uintptr_t site)
{
    touch(string, sizeof *string, true, site);
    string->Length = (USHORT)bytes;
    string->MaximumLength = (USHORT)(bytes + terminator);
    string->Buffer = (PCHAR)(uintptr_t)buffer;
}

static size_t measured(const void *text, uint8_t width, uintptr_t site)
{
    return text == NULL ? 0 : text_measure(text, width, SIZE_MAX, site) * width;
}

VOID RtlInitString(PSTRING DestinationString, PCSTR SourceString)
{
    size_t bytes = measured(SourceString, 1, SITE);
    bytes = bytes > MAXUSHORT - 1 ? MAXUSHORT - 1 : bytes;
    initialize(DestinationString, SourceString, bytes, SourceString != NULL, SITE);
}

VOID RtlInitAnsiString(PANSI_STRING DestinationString, PCSTR SourceString)
{
    size_t bytes = measured(SourceString, 1, SITE);
    bytes = bytes > MAXUSHORT - 1 ? MAXUSHORT - 1 : bytes;
    initialize(DestinationString, SourceString, bytes, SourceString != NULL, SITE);
}

VOID RtlInitUTF8String(PUTF8_STRING DestinationString, PCSTR SourceString)
{
    size_t bytes = measured(SourceString, 1, SITE);
    bytes = bytes > MAXUSHORT - 1 ? MAXUSHORT - 1 : bytes;
    initialize(DestinationString, SourceString, bytes, SourceString != NULL, SITE);
}

VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    size_t bytes = measured(SourceString, sizeof(WCHAR), SITE);
    bytes = bytes > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR) ? UNICODE_STRING_MAX_BYTES - sizeof(WCHAR) : bytes;
    initialize((PSTRING)DestinationString, SourceString, bytes, SourceString == NULL ? 0 : sizeof(WCHAR), SITE);
}

NTSTATUS RtlInitStringEx(PSTRING DestinationString, PCSTR SourceString)
{
    size_t bytes = measured(SourceString, 1, SITE);
    if (bytes > MAXUSHORT - 1) {
        return STATUS_NAME_TOO_LONG;
    }
    initialize(DestinationString, SourceString, bytes, SourceString != NULL, SITE);
    return STATUS_SUCCESS;
}

NTSTATUS RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSTR SourceString)
{
    return RtlInitStringEx(DestinationString, SourceString);
}

NTSTATUS RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    size_t bytes = measured(SourceString, sizeof(WCHAR), SITE);
    if (bytes > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR)) {
        return STATUS_NAME_TOO_LONG;
    }
    initialize((PSTRING)DestinationString, SourceString, bytes, SourceString == NULL ? 0 : sizeof(WCHAR), SITE);
    return STATUS_SUCCESS;
}

/* --------------------------------------------------------------------------------------------- copy and append -- */

/* What is left of a string's buffer behind its first `used` bytes. */
static struct text room_of(const STRING *string, size_t used, uint8_t width)
{
    size_t free = string->MaximumLength > used ? string->MaximumLength - used : 0;
    return (struct text){.buffer = string->Buffer + used, .length = free / width, .width = width};
}

static void end_unicode(PSTRING string, uintptr_t site)
{
    if (string->Length + sizeof(WCHAR) <= string->MaximumLength) {
        touch(string->Buffer + string->Length, sizeof(WCHAR), true, site);
        *(WCHAR *)(void *)(string->Buffer + string->Length) = 0;
    }
}

static void copy(PSTRING destination, struct text source, uint8_t width, uintptr_t site)
{
    touch(destination, sizeof *destination, true, site);
    struct text room = room_of(destination, 0, width);
    room.length = room.length < source.length ? room.length : source.length;
    text_touch(room, true, site);
    destination->Length = (USHORT)(text_transfer(room, source) * width);
}

VOID RtlCopyString(PSTRING DestinationString, const STRING *SourceString)
{
    copy(DestinationString, SourceString == NULL ? narrow_text(NULL, 0) : text_of_string(SourceString, SITE), 1, SITE);
}

VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    PSTRING destination = (PSTRING)DestinationString;
    copy(destination, SourceString == NULL ? wide_text(NULL, 0) : text_of_unicode(SourceString, SITE), sizeof(WCHAR), SITE);
    end_unicode(destination, SITE);
}

static NTSTATUS append(PSTRING destination, struct text source, uint8_t width, uintptr_t site)
{
    touch(destination, sizeof *destination, true, site);
    struct text room = room_of(destination, destination->Length, width);
    if (room.length < source.length) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    room.length = source.length;
    text_touch(room, true, site);
    text_transfer(room, source);
    destination->Length = (USHORT)(destination->Length + source.length * width);
    return STATUS_SUCCESS;
}

static NTSTATUS append_unicode(PUNICODE_STRING destination, struct text source, uintptr_t site)
{
    NTSTATUS status = append((PSTRING)destination, source, sizeof(WCHAR), site);
    if (NT_SUCCESS(status) && source.length != 0) {
        end_unicode((PSTRING)destination, site);
    }
    return status;
}

NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    return append_unicode(Destination, text_of_unicode(Source, SITE), SITE);
}

NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
    return append_unicode(Destination, Source == NULL ? wide_text(NULL, 0) : text_of_wide(Source, SITE), SITE);
}

NTSTATUS RtlAppendStringToString(PSTRING Destination, const STRING *Source)
{
    return append(Destination, text_of_string(Source, SITE), 1, SITE);
}

NTSTATUS RtlAppendAsciizToString(PSTRING Destination, PCSTR Source)
{
    return append(Destination, Source == NULL ? narrow_text(NULL, 0) : text_of(Source, SITE), 1, SITE);
}

/* ---------------------------------------------------------------------------------------------------- comparing -- */

LONG RtlCompareString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    return text_compare(text_of_string(String1, SITE), text_of_string(String2, SITE), CaseInSensitive);
}

LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    return text_compare(text_of_unicode(String1, SITE), text_of_unicode(String2, SITE), CaseInSensitive);
}

LONG RtlCompareUnicodeStrings(PCWCH String1, SIZE_T String1Length, PCWCH String2, SIZE_T String2Length, BOOLEAN CaseInSensitive)
{
    struct text one = wide_text(String1, String1Length);
    struct text other = wide_text(String2, String2Length);
    text_touch(one, false, SITE);
    text_touch(other, false, SITE);
    return text_compare(one, other, CaseInSensitive);
}

BOOLEAN RtlEqualString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    return text_compare(text_of_string(String1, SITE), text_of_string(String2, SITE), CaseInSensitive) == 0;
}

BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    return text_compare(text_of_unicode(String1, SITE), text_of_unicode(String2, SITE), CaseInSensitive) == 0;
}

static bool begins_with(struct text prefix, struct text whole, bool fold_case)
{
    if (prefix.length > whole.length) {
        return false;
    }
    whole.length = prefix.length;
    return text_compare(prefix, whole, fold_case) == 0;
}

BOOLEAN RtlPrefixString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    return begins_with(text_of_string(String1, SITE), text_of_string(String2, SITE), CaseInSensitive);
}

BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    return begins_with(text_of_unicode(String1, SITE), text_of_unicode(String2, SITE), CaseInSensitive);
}

BOOLEAN RtlSuffixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    struct text suffix = text_of_unicode(String1, SITE);
    struct text whole = text_of_unicode(String2, SITE);
    if (suffix.length > whole.length) {
        return FALSE;
    }
    whole = wide_text((const WCHAR *)whole.buffer + (whole.length - suffix.length), suffix.length);
    return text_compare(suffix, whole, CaseInSensitive) == 0;
}

NTSTATUS RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive, ULONG HashAlgorithm, PULONG HashValue)
{
    if (HashAlgorithm > HASH_STRING_ALGORITHM_X65599 || HashValue == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    struct text text = text_of_unicode(String, SITE);
    ULONG hash = 0;
    for (size_t i = 0; i < text.length; i++) {
        WCHAR character = text_get(text, i);
        hash = hash * 65599 + (CaseInSensitive ? RtlUpcaseUnicodeChar(character) : character);
    }
    touch(HashValue, sizeof *HashValue, true, SITE);
    *HashValue = hash;
    return STATUS_SUCCESS;
}
