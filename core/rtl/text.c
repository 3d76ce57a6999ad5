/* text.c - text of narrow and wide characters. */
#include "rtl.h"

size_t text_measure(const void *text, uint8_t width, size_t limit, uintptr_t site)
{
    struct text whole = {.buffer = (void *)(uintptr_t)text, .width = width};
    size_t length = 0;
    while (length < limit) {
        const char *character = (const char *)text + length * width;
        if (!scheduler_accessible(character, width)) {
            scheduler_access_at(character, width, false, site);
            return length; /* outside tasks the violation comes back */
        }
        if (text_get(whole, length) == 0) {
            touch(text, (length + 1) * width, false, site);
            return length;
        }
        length++;
    }
    touch(text, length * width, false, site);
    return length;
}

struct text text_of(const char *text, uintptr_t site)
{
    return narrow_text(text, text_measure(text, 1, SIZE_MAX, site));
}

struct text text_of_wide(const WCHAR *text, uintptr_t site)
{
    return wide_text(text, text_measure(text, sizeof(WCHAR), SIZE_MAX, site));
}

struct text text_of_string(const STRING *string, uintptr_t site)
{
    touch(string, sizeof *string, false, site);
    touch(string->Buffer, string->Length, false, site);
    return narrow_text(string->Buffer, string->Length);
}

struct text text_of_unicode(PCUNICODE_STRING string, uintptr_t site)
{
    touch(string, sizeof *string, false, site);
    touch(string->Buffer, string->Length, false, site);
    return wide_text(string->Buffer, string->Length / sizeof(WCHAR));
}

int text_compare(struct text one, struct text other, bool fold_case)
{
    size_t common = one.length < other.length ? one.length : other.length;
    for (size_t i = 0; i < common; i++) {
        WCHAR a = text_get(one, i);
        WCHAR b = text_get(other, i);
        if (fold_case) {
            a = RtlUpcaseUnicodeChar(a);
            b = RtlUpcaseUnicodeChar(b);
        }
        if (a != b) {
            return (int)a - (int)b;
        }
    }
    return one.length == other.length ? 0 : one.length < other.length ? -1 : 1;
}

size_t text_transfer(struct text destination, struct text source)
{
    size_t count = source.length < destination.length ? source.length : destination.length;
    bool upwards = (uintptr_t)destination.buffer <= (uintptr_t)source.buffer;
    for (size_t i = 0; i < count; i++) {
        size_t index = upwards ? i : count - 1 - i;
        text_put(destination, index, text_get(source, index));
    }
    return count;
}
