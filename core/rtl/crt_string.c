/* crt_string.c - the string routines of the C run-time, for narrow and wide characters. */
#include "crt.h"

#include <errno.h>

enum { ERROR_TRUNCATED = 80 }; /* STRUNCATE */

static struct text at(struct text text, size_t index, size_t length)
{
    text.buffer = (char *)text.buffer + index * text.width;
    text.length = length;
    return text;
}

/* Copies a string and its terminator; `count` limits the characters taken, `padded` fills up to it as strncpy does. */
static void copy(void *destination, struct text source, size_t count, bool padded, uintptr_t site)
{
    size_t length = source.length < count ? source.length : count;
    struct text target = {.buffer = destination, .length = padded ? count : length + 1, .width = source.width};
    text_touch(target, true, site);
    text_transfer(target, at(source, 0, length));
    for (size_t i = length; i < target.length; i++) {
        text_put(target, i, 0);
    }
}

static void *find(struct text text, WCHAR character, bool last)
{
    void *found = NULL;
    for (size_t i = 0; i <= text.length; i++) {
        if ((i < text.length ? text_get(text, i) : 0) == character) {
            found = at(text, i, 0).buffer;
            if (!last) {
                break;
            }
        }
    }
    return found;
}

static void *find_part(struct text text, struct text part)
{
    for (size_t i = 0; i + part.length <= text.length; i++) {
        if (text_compare(at(text, i, part.length), part, false) == 0) {
            return at(text, i, 0).buffer;
        }
    }
    return NULL;
}

static void change_case(struct text text, WCHAR (*change)(WCHAR character), uintptr_t site)
{
    text_touch(text, true, site);
    for (size_t i = 0; i < text.length; i++) {
        WCHAR changed = change(text_get(text, i));
        if (text.width != 1 || changed <= 0xFF) {
            text_put(text, i, changed);
        }
    }
}

/* At most `count` characters of both. */
static int compare(const void *one, const void *other, uint8_t width, size_t count, bool fold_case, uintptr_t site)
{
    struct text a = {.buffer = (void *)(uintptr_t)one, .length = text_measure(one, width, count, site), .width = width};
    struct text b = {.buffer = (void *)(uintptr_t)other, .length = text_measure(other, width, count, site), .width = width};
    return text_compare(a, b, fold_case);
}

static struct text limited(const void *text, uint8_t width, size_t count, uintptr_t site)
{
    return (struct text){.buffer = (void *)(uintptr_t)text, .length = text_measure(text, width, count, site), .width = width};
}

/* ------------------------------------------------------------------------------------------------------- narrow -- */

size_t crt_strlen(const char *text)
{
    return text_of(text, SITE).length;
}

size_t crt_strnlen(const char *text, size_t limit)
{
    return text_measure(text, 1, limit, SITE);
}

char *crt_strcpy(char *destination, const char *source)
{
    copy(destination, text_of(source, SITE), SIZE_MAX, false, SITE);
    return destination;
}

char *crt_strncpy(char *destination, const char *source, size_t count)
{
    copy(destination, limited(source, 1, count, SITE), count, true, SITE);
    return destination;
}

char *crt_strcat(char *destination, const char *source)
{
    copy(destination + text_of(destination, SITE).length, text_of(source, SITE), SIZE_MAX, false, SITE);
    return destination;
}

char *crt_strncat(char *destination, const char *source, size_t count)
{
    copy(destination + text_of(destination, SITE).length, limited(source, 1, count, SITE), SIZE_MAX, false, SITE);
    return destination;
}

int crt_strcmp(const char *one, const char *other)
{
    return compare(one, other, 1, SIZE_MAX, false, SITE);
}

int crt_strncmp(const char *one, const char *other, size_t count)
{
    return compare(one, other, 1, count, false, SITE);
}

int crt_stricmp(const char *one, const char *other)
{
    return compare(one, other, 1, SIZE_MAX, true, SITE);
}

int crt_strnicmp(const char *one, const char *other, size_t count)
{
    return compare(one, other, 1, count, true, SITE);
}

char *crt_strchr(const char *text, int character)
{
    return find(text_of(text, SITE), (UCHAR)character, false);
}

char *crt_strrchr(const char *text, int character)
{
    return find(text_of(text, SITE), (UCHAR)character, true);
}

char *crt_strstr(const char *text, const char *part)
{
    return find_part(text_of(text, SITE), text_of(part, SITE));
}

char *crt_strupr(char *text)
{
    change_case(text_of(text, SITE), RtlUpcaseUnicodeChar, SITE);
    return text;
}

char *crt_strlwr(char *text)
{
    change_case(text_of(text, SITE), RtlDowncaseUnicodeChar, SITE);
    return text;
}

int crt_memcmp(const void *one, const void *other, size_t count)
{
    touch(one, count, false, SITE);
    touch(other, count, false, SITE);
    return __builtin_memcmp(one, other, count);
}

void *crt_memchr(const void *memory, int byte, size_t count)
{
    const unsigned char *bytes = memory;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == (unsigned char)byte) {
            touch(memory, i + 1, false, SITE);
            return (void *)(uintptr_t)(bytes + i);
        }
    }
    touch(memory, count, false, SITE);
    return NULL;
}

/* --------------------------------------------------------------------------------------------------------- wide -- */

size_t crt_wcslen(const WCHAR *text)
{
    return text_of_wide(text, SITE).length;
}

size_t crt_wcsnlen(const WCHAR *text, size_t limit)
{
    return text_measure(text, sizeof(WCHAR), limit, SITE);
}

WCHAR *crt_wcscpy(WCHAR *destination, const WCHAR *source)
{
    copy(destination, text_of_wide(source, SITE), SIZE_MAX, false, SITE);
    return destination;
}

WCHAR *crt_wcsncpy(WCHAR *destination, const WCHAR *source, size_t count)
{
    copy(destination, limited(source, sizeof(WCHAR), count, SITE), count, true, SITE);
    return destination;
}

WCHAR *crt_wcscat(WCHAR *destination, const WCHAR *source)
{
    copy(destination + text_of_wide(destination, SITE).length, text_of_wide(source, SITE), SIZE_MAX, false, SITE);
    return destination;
}

WCHAR *crt_wcsncat(WCHAR *destination, const WCHAR *source, size_t count)
{
    WCHAR *end = destination + text_of_wide(destination, SITE).length;
    copy(end, limited(source, sizeof(WCHAR), count, SITE), SIZE_MAX, false, SITE);
    return destination;
}

int crt_wcscmp(const WCHAR *one, const WCHAR *other)
{
    return compare(one, other, sizeof(WCHAR), SIZE_MAX, false, SITE);
}

int crt_wcsncmp(const WCHAR *one, const WCHAR *other, size_t count)
{
    return compare(one, other, sizeof(WCHAR), count, false, SITE);
}

int crt_wcsicmp(const WCHAR *one, const WCHAR *other)
{
    return compare(one, other, sizeof(WCHAR), SIZE_MAX, true, SITE);
}

int crt_wcsnicmp(const WCHAR *one, const WCHAR *other, size_t count)
{
    return compare(one, other, sizeof(WCHAR), count, true, SITE);
}

WCHAR *crt_wcschr(const WCHAR *text, WCHAR character)
{
    return find(text_of_wide(text, SITE), character, false);
}

WCHAR *crt_wcsrchr(const WCHAR *text, WCHAR character)
{
    return find(text_of_wide(text, SITE), character, true);
}

WCHAR *crt_wcsstr(const WCHAR *text, const WCHAR *part)
{
    return find_part(text_of_wide(text, SITE), text_of_wide(part, SITE));
}

WCHAR *crt_wcsupr(WCHAR *text)
{
    change_case(text_of_wide(text, SITE), RtlUpcaseUnicodeChar, SITE);
    return text;
}

WCHAR *crt_wcslwr(WCHAR *text)
{
    change_case(text_of_wide(text, SITE), RtlDowncaseUnicodeChar, SITE);
    return text;
}

/* ------------------------------------------------------------------------------------- with the destination's size -- */

/* Into the buffer behind its first `used` characters. A failure leaves it empty; _TRUNCATE as the count cuts instead. */
static errno_t copy_checked(struct text buffer, size_t used, const void *source, size_t count, uintptr_t site)
{
    if (buffer.buffer == NULL || buffer.length == 0) {
        return EINVAL;
    }
    touch(buffer.buffer, buffer.width, true, site);
    if (source == NULL) {
        text_put(buffer, 0, 0);
        return EINVAL;
    }
    struct text text = limited(source, buffer.width, count == _TRUNCATE ? SIZE_MAX : count, site);
    size_t room = buffer.length > used ? buffer.length - used - 1 : 0;
    if (used >= buffer.length || (text.length > room && count != _TRUNCATE)) {
        text_put(buffer, 0, 0);
        return used >= buffer.length ? EINVAL : ERANGE;
    }
    bool cut = text.length > room;
    copy(at(buffer, used, 0).buffer, text, cut ? room : SIZE_MAX, false, site);
    return cut ? ERROR_TRUNCATED : 0;
}

errno_t crt_strcpy_s(char *destination, size_t size, const char *source)
{
    return copy_checked(narrow_text(destination, size), 0, source, SIZE_MAX - 1, SITE);
}

errno_t crt_strncpy_s(char *destination, size_t size, const char *source, size_t count)
{
    return copy_checked(narrow_text(destination, size), 0, source, count, SITE);
}

errno_t crt_strcat_s(char *destination, size_t size, const char *source)
{
    size_t used = destination == NULL ? 0 : text_measure(destination, 1, size, SITE);
    return copy_checked(narrow_text(destination, size), used, source, SIZE_MAX - 1, SITE);
}

errno_t crt_wcscpy_s(WCHAR *destination, size_t size, const WCHAR *source)
{
    return copy_checked(wide_text(destination, size), 0, source, SIZE_MAX - 1, SITE);
}

errno_t crt_wcsncpy_s(WCHAR *destination, size_t size, const WCHAR *source, size_t count)
{
    return copy_checked(wide_text(destination, size), 0, source, count, SITE);
}

errno_t crt_wcscat_s(WCHAR *destination, size_t size, const WCHAR *source)
{
    size_t used = destination == NULL ? 0 : text_measure(destination, sizeof(WCHAR), size, SITE);
    return copy_checked(wide_text(destination, size), used, source, SIZE_MAX - 1, SITE);
}

static errno_t copy_memory(void *destination, size_t size, const void *source, size_t count, uintptr_t site)
{
    if (count == 0) {
        return 0;
    }
    if (destination == NULL) {
        return EINVAL;
    }
    if (source == NULL || size < count) {
        touch(destination, size, true, site);
        __builtin_memset(destination, 0, size);
        return source == NULL ? EINVAL : ERANGE;
    }
    touch(source, count, false, site);
    touch(destination, count, true, site);
    __builtin_memmove(destination, source, count);
    return 0;
}

errno_t crt_memcpy_s(void *destination, size_t size, const void *source, size_t count)
{
    return copy_memory(destination, size, source, count, SITE);
}

errno_t crt_memmove_s(void *destination, size_t size, const void *source, size_t count)
{
    return copy_memory(destination, size, source, count, SITE);
}
