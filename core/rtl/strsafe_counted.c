/* strsafe_counted.c - ntstrsafe.h: counted strings that are written and checked. */
#include "rtl.h"

#include <ntstrsafe.h>

static bool is_valid(PCUNICODE_STRING string, uintptr_t site)
{
    if (string == NULL) {
        return false;
    }
    touch(string, sizeof *string, false, site);
    return string->Length % sizeof(WCHAR) == 0 && string->MaximumLength % sizeof(WCHAR) == 0 &&
           string->Length <= string->MaximumLength && (string->Buffer != NULL || string->MaximumLength == 0);
}

/* Writes behind the first `used` characters as much as fits. */
static NTSTATUS write(PUNICODE_STRING string, size_t used, struct text source, uintptr_t site)
{
    size_t room = string->MaximumLength / sizeof(WCHAR) - used;
    bool fits = source.length <= room;
    struct text target = wide_text(string->Buffer + used, fits ? source.length : room);
    text_touch(target, true, site);
    text_transfer(target, source);
    touch(string, sizeof *string, true, site);
    string->Length = (USHORT)((used + target.length) * sizeof(WCHAR));
    return fits ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

NTSTATUS RtlUnicodeStringCchCopyStringN(PUNICODE_STRING Destination, PCWSTR Source, size_t Count)
{
    if (!is_valid(Destination, SITE)) {
        return STATUS_INVALID_PARAMETER;
    }
    return write(Destination, 0, wide_text(Source, text_measure(Source, sizeof(WCHAR), Count, SITE)), SITE);
}

NTSTATUS RtlUnicodeStringCchCatStringN(PUNICODE_STRING Destination, PCWSTR Source, size_t Count)
{
    if (!is_valid(Destination, SITE)) {
        return STATUS_INVALID_PARAMETER;
    }
    struct text source = wide_text(Source, text_measure(Source, sizeof(WCHAR), Count, SITE));
    return write(Destination, Destination->Length / sizeof(WCHAR), source, SITE);
}

NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    if (!is_valid(Destination, SITE) || !is_valid(Source, SITE)) {
        return STATUS_INVALID_PARAMETER;
    }
    return write(Destination, 0, text_of_unicode(Source, SITE), SITE);
}

NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    if (!is_valid(Destination, SITE) || !is_valid(Source, SITE)) {
        return STATUS_INVALID_PARAMETER;
    }
    return write(Destination, Destination->Length / sizeof(WCHAR), text_of_unicode(Source, SITE), SITE);
}

NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING Destination, PCWSTR Source)
{
    NTSTATUS status = RtlInitUnicodeStringEx(Destination, Source);
    return NT_SUCCESS(status) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS RtlUnicodeStringValidate(PCUNICODE_STRING String)
{
    return String == NULL || is_valid(String, SITE) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS print(PUNICODE_STRING destination, PCWSTR format, va_list arguments, uintptr_t site)
{
    if (!is_valid(destination, site)) {
        return STATUS_INVALID_PARAMETER;
    }
    struct text all = wide_text(destination->Buffer, destination->MaximumLength / sizeof(WCHAR));
    struct format_output output = {.text = all};
    text_touch(all, true, site);
    va_list copy;
    va_copy(copy, arguments);
    format_write(&output, text_of_wide(format, site), &copy, site);
    va_end(copy);
    bool fits = output.count <= all.length;
    touch(destination, sizeof *destination, true, site);
    destination->Length = (USHORT)((fits ? output.count : all.length) * sizeof(WCHAR));
    return fits ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING Destination, PCWSTR Format, va_list Arguments)
{
    return print(Destination, Format, Arguments, SITE);
}

NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING Destination, PCWSTR Format, ...)
{
    va_list arguments;
    va_start(arguments, Format);
    NTSTATUS status = print(Destination, Format, arguments, SITE);
    va_end(arguments);
    return status;
}
