/* number.c - numbers and GUIDs as text. */
#include "rtl.h"

size_t number_write(ULONGLONG value, unsigned int base, bool upper, char *digits)
{
    const char *letters = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char reversed[NUMBER_LIMIT];
    size_t count = 0;
    do {
        reversed[count++] = letters[value % base];
        value /= base;
    } while (value != 0);
    for (size_t i = 0; i < count; i++) {
        digits[i] = reversed[count - 1 - i];
    }
    return count;
}

static unsigned int digit_of(WCHAR character)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10u : 99;
}

static ULONG base_by_prefix(struct text text, size_t *index)
{
    if (*index + 1 >= text.length || text_get(text, *index) != '0') {
        return 10;
    }
    WCHAR letter = text_get(text, *index + 1) | 0x20;
    ULONG base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    *index += base == 10 ? 0 : 2;
    return base;
}

bool number_read(struct text text, ULONG base, ULONGLONG *value, size_t *used)
{
    size_t index = 0;
    while (index < text.length && text_get(text, index) <= ' ') {
        index++;
    }
    bool negative = index < text.length && text_get(text, index) == '-';
    if (negative || (index < text.length && text_get(text, index) == '+')) {
        index++;
    }
    if (base == 0) {
        base = base_by_prefix(text, &index);
    } else if (base != 2 && base != 8 && base != 10 && base != 16) {
        return false;
    }
    ULONGLONG number = 0;
    while (index < text.length && digit_of(text_get(text, index)) < base) {
        number = number * base + digit_of(text_get(text, index));
        index++;
    }
    *value = negative ? 0 - number : number;
    if (used != NULL) {
        *used = index;
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------ from numbers -- */

static bool is_base(ULONG base)
{
    return base == 2 || base == 8 || base == 10 || base == 16;
}

static NTSTATUS write_to_unicode(ULONGLONG value, ULONG base, PUNICODE_STRING string, uintptr_t site)
{
    base = base == 0 ? 10 : base;
    if (!is_base(base)) {
        return STATUS_INVALID_PARAMETER;
    }
    char digits[NUMBER_LIMIT];
    size_t count = number_write(value, base, true, digits);
    touch(string, sizeof *string, true, site);
    size_t bytes = count * sizeof(WCHAR);
    if (bytes > string->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    bool ends = bytes + sizeof(WCHAR) <= string->MaximumLength;
    touch(string->Buffer, bytes + (ends ? sizeof(WCHAR) : 0), true, site);
    text_transfer(wide_text(string->Buffer, count), narrow_text(digits, count));
    if (ends) {
        string->Buffer[count] = 0;
    }
    string->Length = (USHORT)bytes;
    return STATUS_SUCCESS;
}

NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String)
{
    return write_to_unicode(Value, Base, String, SITE);
}

NTSTATUS RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String)
{
    return write_to_unicode(Value, Base, String, SITE);
}

NTSTATUS RtlIntegerToChar(ULONG Value, ULONG Base, LONG OutputLength, PSTR String)
{
    Base = Base == 0 ? 10 : Base;
    if (!is_base(Base)) {
        return STATUS_INVALID_PARAMETER;
    }
    char digits[NUMBER_LIMIT];
    size_t count = number_write(Value, Base, true, digits);
    size_t room = (size_t)(OutputLength < 0 ? -(LONGLONG)OutputLength : OutputLength);
    if (count > room) {
        return STATUS_BUFFER_OVERFLOW;
    }
    /* A negative length asks for leading zeros. */
    size_t zeros = OutputLength < 0 ? room - count : 0;
    touch(String, zeros + count + (zeros + count < room), true, SITE);
    __builtin_memset(String, '0', zeros);
    __builtin_memcpy(String + zeros, digits, count);
    if (zeros + count < room) {
        String[zeros + count] = 0;
    }
    return STATUS_SUCCESS;
}

/* -------------------------------------------------------------------------------------------------- to numbers -- */

NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value)
{
    ULONGLONG value;
    if (!number_read(text_of_unicode(String, SITE), Base, &value, NULL)) {
        return STATUS_INVALID_PARAMETER;
    }
    touch(Value, sizeof *Value, true, SITE);
    *Value = (ULONG)value;
    return STATUS_SUCCESS;
}

NTSTATUS RtlUnicodeStringToInt64(PCUNICODE_STRING String, ULONG Base, PLONG64 Number, PWSTR *EndPointer)
{
    ULONGLONG value;
    size_t used;
    if (!number_read(text_of_unicode(String, SITE), Base, &value, &used)) {
        return STATUS_INVALID_PARAMETER;
    }
    touch(Number, sizeof *Number, true, SITE);
    *Number = (LONG64)value;
    if (EndPointer != NULL) {
        touch(EndPointer, sizeof *EndPointer, true, SITE);
        *EndPointer = String->Buffer + used;
    }
    return STATUS_SUCCESS;
}

NTSTATUS RtlCharToInteger(PCSTR String, ULONG Base, PULONG Value)
{
    ULONGLONG value;
    if (!number_read(text_of(String, SITE), Base, &value, NULL)) {
        return STATUS_INVALID_PARAMETER;
    }
    touch(Value, sizeof *Value, true, SITE);
    *Value = (ULONG)value;
    return STATUS_SUCCESS;
}

/* -------------------------------------------------------------------------------------------------------- GUIDs -- */

enum { GUID_CHARACTERS = 38 };

/* Where the bytes of a GUID in memory stand in its text, from left to right; the gaps are '{', '-' and '}'. */
static const uint8_t guid_places[16] = {7, 5, 3, 1, 12, 10, 17, 15, 20, 22, 25, 27, 29, 31, 33, 35};
static const char guid_frame[] = "{00000000-0000-0000-0000-000000000000}";

NTSTATUS RtlStringFromGUID(const GUID *Guid, PUNICODE_STRING GuidString)
{
    char characters[sizeof guid_frame];
    __builtin_memcpy(characters, guid_frame, sizeof guid_frame);
    touch(Guid, sizeof *Guid, false, SITE);
    for (size_t i = 0; i < sizeof guid_places; i++) {
        UCHAR byte = ((const UCHAR *)Guid)[i];
        number_write(byte >> 4, 16, true, &characters[guid_places[i]]);
        number_write(byte & 15, 16, true, &characters[guid_places[i] + 1]);
    }
    touch(GuidString, sizeof *GuidString, true, SITE);
    PWSTR buffer = ExAllocatePoolWithTag(PagedPool, sizeof guid_frame * sizeof(WCHAR), STRING_TAG);
    if (buffer == NULL) {
        return STATUS_NO_MEMORY;
    }
    text_transfer(wide_text(buffer, sizeof guid_frame), narrow_text(characters, sizeof guid_frame));
    *GuidString = (UNICODE_STRING){GUID_CHARACTERS * sizeof(WCHAR), sizeof guid_frame * sizeof(WCHAR), buffer};
    return STATUS_SUCCESS;
}

NTSTATUS RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid)
{
    struct text text = text_of_unicode(GuidString, SITE);
    if (text.length != GUID_CHARACTERS) {
        return STATUS_INVALID_PARAMETER;
    }
    for (size_t i = 0; i < text.length; i++) {
        WCHAR character = text_get(text, i);
        if (guid_frame[i] == '0' ? digit_of(character) > 15 : character != (WCHAR)guid_frame[i]) {
            return STATUS_INVALID_PARAMETER;
        }
    }
    touch(Guid, sizeof *Guid, true, SITE);
    for (size_t i = 0; i < sizeof guid_places; i++) {
        unsigned int high = digit_of(text_get(text, guid_places[i]));
        ((UCHAR *)Guid)[i] = (UCHAR)(high << 4 | digit_of(text_get(text, guid_places[i] + 1u)));
    }
    return STATUS_SUCCESS;
}
