/* strsafe.c - ntstrsafe.h: strings written with the size of their buffer at hand. */
#include "rtl.h"

#include <ntstrsafe.h>

/* A buffer that a string is written into, and what its writer wants to know about the end of it. */
struct buffer {
    struct text text;
    void **end;
    size_t *remaining;
    ULONG flags;
};

static struct buffer narrow_buffer(PSTR text, size_t size, PSTR *end, size_t *remaining, ULONG flags)
{
    return (struct buffer){narrow_text(text, size), (void **)end, remaining, flags};
}

static struct buffer wide_buffer(PWSTR text, size_t size, PWSTR *end, size_t *remaining, ULONG flags)
{
    return (struct buffer){wide_text(text, size), (void **)end, remaining, flags};
}

static void *place(struct text text, size_t index)
{
    return (char *)text.buffer + index * text.width;
}

static void fill(struct text text, size_t from, UCHAR byte, uintptr_t site)
{
    touch(place(text, from), (text.length - from) * text.width, true, site);
    __builtin_memset(place(text, from), byte, (text.length - from) * text.width);
}

/* Ends the string at `length`, does what the flags ask for after success or failure, and reports where the string ends. */
static NTSTATUS finish(const struct buffer *buffer, size_t length, NTSTATUS status, uintptr_t site)
{
    struct text text = buffer->text;
    bool failed = !NT_SUCCESS(status);
    bool drop = status == STATUS_BUFFER_OVERFLOW && (buffer->flags & STRSAFE_NO_TRUNCATION) != 0;
    if (text.length != 0) {
        if (failed && (drop || (buffer->flags & (STRSAFE_NULL_ON_FAILURE | STRSAFE_FILL_ON_FAILURE)) != 0)) {
            length = 0;
        }
        if (failed && (buffer->flags & STRSAFE_FILL_ON_FAILURE) != 0) {
            fill(text, 0, (UCHAR)buffer->flags, site);
            length = (UCHAR)buffer->flags == 0 ? 0 : text.length - 1;
        }
        touch(place(text, length), text.width, true, site);
        text_put(text, length, 0);
        if (!failed && (buffer->flags & STRSAFE_FILL_BEHIND_NULL) != 0) {
            fill(text, length + 1, (UCHAR)buffer->flags, site);
        }
    }
    if (buffer->end != NULL) {
        touch(buffer->end, sizeof(void *), true, site);
        *buffer->end = place(text, length);
    }
    if (buffer->remaining != NULL) {
        touch(buffer->remaining, sizeof(size_t), true, site);
        *buffer->remaining = text.length - length;
    }
    return status;
}

static bool is_valid(const struct buffer *buffer)
{
    bool may_be_null = (buffer->flags & STRSAFE_IGNORE_NULLS) != 0 && buffer->text.length == 0;
    return (buffer->text.buffer != NULL || may_be_null) && buffer->text.length <= NTSTRSAFE_MAX_CCH &&
           (buffer->text.length != 0 || may_be_null);
}

/* Writes at most `count` characters of a string behind the first `used` ones. */
static NTSTATUS write(const struct buffer *buffer, size_t used, const void *source, size_t count, uintptr_t site)
{
    if (!is_valid(buffer) || count > NTSTRSAFE_MAX_CCH || (source == NULL && (buffer->flags & STRSAFE_IGNORE_NULLS) == 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    size_t length = source == NULL ? 0 : text_measure(source, buffer->text.width, count, site);
    if (buffer->text.length == 0) {
        return length == 0 ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
    }
    size_t room = buffer->text.length - used - 1;
    struct text text = {
        .buffer = (void *)(uintptr_t)source, .length = length < room ? length : room, .width = buffer->text.width};
    struct text target = text;
    target.buffer = place(buffer->text, used);
    text_touch(target, true, site);
    text_transfer(target, text);
    return finish(buffer, used + text.length, length <= room ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW, site);
}

static NTSTATUS append(const struct buffer *buffer, const void *source, size_t count, uintptr_t site)
{
    if (!is_valid(buffer)) {
        return STATUS_INVALID_PARAMETER;
    }
    size_t used = text_measure(buffer->text.buffer, buffer->text.width, buffer->text.length, site);
    if (used == buffer->text.length && used != 0) {
        return STATUS_INVALID_PARAMETER; /* what is there does not end */
    }
    return write(buffer, used, source, count, site);
}

static NTSTATUS print(const struct buffer *buffer, struct text format, va_list arguments, uintptr_t site)
{
    if (!is_valid(buffer)) {
        return STATUS_INVALID_PARAMETER;
    }
    struct format_output output = {.text = buffer->text};
    output.text.length = 0;
    va_list copy;
    va_copy(copy, arguments);
    format_write(&output, format, &copy, site);
    va_end(copy);
    size_t room = buffer->text.length == 0 ? 0 : buffer->text.length - 1;
    bool fits = output.count <= room;
    output.text.length = fits ? output.count : room;
    text_touch(output.text, true, site);
    size_t length = output.text.length;
    va_copy(copy, arguments);
    format_write(&output, format, &copy, site);
    va_end(copy);
    return finish(buffer, length, fits ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW, site);
}

static NTSTATUS measure(const void *text, uint8_t width, size_t size, size_t *length, uintptr_t site)
{
    size_t found = text == NULL || size > NTSTRSAFE_MAX_CCH ? size : text_measure(text, width, size, site);
    bool ends = text != NULL && size <= NTSTRSAFE_MAX_CCH && found < size;
    if (length != NULL) {
        touch(length, sizeof *length, true, site);
        *length = ends ? found : 0;
    }
    return ends ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

/* ------------------------------------------------------------------------------------------------------- narrow -- */

NTSTATUS RtlStringCchCopyNExA(PSTR Destination, size_t Size, PCSTR Source, size_t Count, PSTR *End, size_t *Remaining,
                              ULONG Flags)
{
    struct buffer buffer = narrow_buffer(Destination, Size, End, Remaining, Flags);
    return write(&buffer, 0, Source, Count, SITE);
}

NTSTATUS RtlStringCchCatNExA(PSTR Destination, size_t Size, PCSTR Source, size_t Count, PSTR *End, size_t *Remaining,
                             ULONG Flags)
{
    struct buffer buffer = narrow_buffer(Destination, Size, End, Remaining, Flags);
    return append(&buffer, Source, Count, SITE);
}

NTSTATUS RtlStringCchLengthA(PCSTR Text, size_t Size, size_t *Length)
{
    return measure(Text, 1, Size, Length, SITE);
}

NTSTATUS RtlStringCchVPrintfExA(PSTR Destination, size_t Size, PSTR *End, size_t *Remaining, ULONG Flags, PCSTR Format,
                                va_list Arguments)
{
    struct buffer buffer = narrow_buffer(Destination, Size, End, Remaining, Flags);
    return print(&buffer, text_of(Format, SITE), Arguments, SITE);
}

/* `scale` bytes of the size are one character. */
#define PRINT(make, text_of_format, scale, End, Remaining, Flags)                                                              \
    struct buffer buffer = make(Destination, Size / (scale), (End), (Remaining), (Flags));                                     \
    va_list arguments;                                                                                                         \
    va_start(arguments, Format);                                                                                               \
    NTSTATUS status = print(&buffer, text_of_format(Format, SITE), arguments, SITE);                                           \
    va_end(arguments)

NTSTATUS RtlStringCchPrintfExA(PSTR Destination, size_t Size, PSTR *End, size_t *Remaining, ULONG Flags, PCSTR Format, ...)
{
    PRINT(narrow_buffer, text_of, 1, End, Remaining, Flags);
    return status;
}

NTSTATUS RtlStringCbPrintfExA(PSTR Destination, size_t Size, PSTR *End, size_t *Remaining, ULONG Flags, PCSTR Format, ...)
{
    PRINT(narrow_buffer, text_of, 1, End, Remaining, Flags);
    return status;
}

NTSTATUS RtlStringCchPrintfA(PSTR Destination, size_t Size, PCSTR Format, ...)
{
    PRINT(narrow_buffer, text_of, 1, NULL, NULL, 0);
    return status;
}

NTSTATUS RtlStringCbPrintfA(PSTR Destination, size_t Size, PCSTR Format, ...)
{
    PRINT(narrow_buffer, text_of, 1, NULL, NULL, 0);
    return status;
}

/* --------------------------------------------------------------------------------------------------------- wide -- */

NTSTATUS RtlStringCchCopyNExW(PWSTR Destination, size_t Size, PCWSTR Source, size_t Count, PWSTR *End, size_t *Remaining,
                              ULONG Flags)
{
    struct buffer buffer = wide_buffer(Destination, Size, End, Remaining, Flags);
    return write(&buffer, 0, Source, Count, SITE);
}

NTSTATUS RtlStringCchCatNExW(PWSTR Destination, size_t Size, PCWSTR Source, size_t Count, PWSTR *End, size_t *Remaining,
                             ULONG Flags)
{
    struct buffer buffer = wide_buffer(Destination, Size, End, Remaining, Flags);
    return append(&buffer, Source, Count, SITE);
}

NTSTATUS RtlStringCchLengthW(PCWSTR Text, size_t Size, size_t *Length)
{
    return measure(Text, sizeof(WCHAR), Size, Length, SITE);
}

NTSTATUS RtlStringCchVPrintfExW(PWSTR Destination, size_t Size, PWSTR *End, size_t *Remaining, ULONG Flags, PCWSTR Format,
                                va_list Arguments)
{
    struct buffer buffer = wide_buffer(Destination, Size, End, Remaining, Flags);
    return print(&buffer, text_of_wide(Format, SITE), Arguments, SITE);
}

NTSTATUS RtlStringCchPrintfExW(PWSTR Destination, size_t Size, PWSTR *End, size_t *Remaining, ULONG Flags, PCWSTR Format, ...)
{
    PRINT(wide_buffer, text_of_wide, 1, End, Remaining, Flags);
    return status;
}

NTSTATUS RtlStringCbPrintfExW(PWSTR Destination, size_t Size, PWSTR *End, size_t *Remaining, ULONG Flags, PCWSTR Format, ...)
{
    PRINT(wide_buffer, text_of_wide, sizeof(WCHAR), End, Remaining, Flags);
    if (Remaining != NULL) {
        *Remaining *= sizeof(WCHAR);
    }
    return status;
}

NTSTATUS RtlStringCchPrintfW(PWSTR Destination, size_t Size, PCWSTR Format, ...)
{
    PRINT(wide_buffer, text_of_wide, 1, NULL, NULL, 0);
    return status;
}

NTSTATUS RtlStringCbPrintfW(PWSTR Destination, size_t Size, PCWSTR Format, ...)
{
    PRINT(wide_buffer, text_of_wide, sizeof(WCHAR), NULL, NULL, 0);
    return status;
}
