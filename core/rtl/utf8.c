/* utf8.c - UTF-8 and UTF-16. What is no character of the one becomes U+FFFD in the other, and the status says so. */
#include "rtl.h"

enum { REPLACEMENT = 0xFFFD };

/* Reads one character of UTF-8 at `index`, and moves behind it. False when the bytes are none. */
static bool read_utf8(const unsigned char *text, size_t length, size_t *index, uint32_t *point)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    unsigned char first = text[(*index)++];
    unsigned int more = first < 0x80 ? 0 : first >= 0xC2 && first < 0xE0 ? 1 : (first & 0xF0) == 0xE0 ? 2 : 3;
    if (first >= 0x80 && (first < 0xC2 || first > 0xF4)) {
        return false;
    }
    uint32_t value = more == 0 ? first : first & (0x3Fu >> more);
    for (unsigned int i = 0; i < more; i++) {
        if (*index == length || (text[*index] & 0xC0) != 0x80) {
            return false;
        }
        value = value << 6 | (text[(*index)++] & 0x3F);
    }
    *point = value;
    return value >= least[more] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

NTSTATUS RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination, ULONG UnicodeStringMaxByteCount, PULONG UnicodeStringActualByteCount,
                           PCCH UTF8StringSource, ULONG UTF8StringByteCount)
{
    struct text target = wide_text(UnicodeStringDestination, UnicodeStringMaxByteCount / sizeof(WCHAR));
    NTSTATUS status = STATUS_SUCCESS;
    size_t read = 0;
    size_t written = 0;
    touch(UTF8StringSource, UTF8StringByteCount, false, SITE);
    while (read < UTF8StringByteCount) {
        uint32_t point;
        if (!read_utf8((const unsigned char *)UTF8StringSource, UTF8StringByteCount, &read, &point)) {
            point = REPLACEMENT;
            status = STATUS_SOME_NOT_MAPPED;
        }
        size_t units = point > 0xFFFF ? 2 : 1;
        if (target.buffer != NULL) {
            if (written + units > target.length) {
                status = STATUS_BUFFER_TOO_SMALL;
                break;
            }
            touch((WCHAR *)target.buffer + written, units * sizeof(WCHAR), true, SITE);
            text_put(target, written, (WCHAR)(units == 1 ? point : 0xD7C0 + (point >> 10)));
            if (units == 2) {
                text_put(target, written + 1, (WCHAR)(0xDC00 + (point & 0x3FF)));
            }
        }
        written += units;
    }
    touch(UnicodeStringActualByteCount, sizeof(ULONG), true, SITE);
    *UnicodeStringActualByteCount = (ULONG)(written * sizeof(WCHAR));
    return status;
}

static bool read_utf16(struct text text, size_t *index, uint32_t *point)
{
    uint32_t unit = text_get(text, (*index)++);
    *point = unit;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return true;
    }
    if (unit > 0xDBFF || *index == text.length) {
        return false;
    }
    uint32_t low = text_get(text, *index);
    if (low < 0xDC00 || low > 0xDFFF) {
        return false;
    }
    (*index)++;
    *point = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

static size_t write_utf8(uint32_t point, unsigned char bytes[4])
{
    size_t count = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = count - 1; i > 0; i--) {
        bytes[i] = (unsigned char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    bytes[0] = (unsigned char)(first[count] | point);
    return count;
}

NTSTATUS RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount, PULONG UTF8StringActualByteCount,
                           PCWCH UnicodeStringSource, ULONG UnicodeStringByteCount)
{
    struct text source = wide_text(UnicodeStringSource, UnicodeStringByteCount / sizeof(WCHAR));
    NTSTATUS status = STATUS_SUCCESS;
    size_t read = 0;
    size_t written = 0;
    text_touch(source, false, SITE);
    while (read < source.length) {
        uint32_t point;
        if (!read_utf16(source, &read, &point)) {
            point = REPLACEMENT;
            status = STATUS_SOME_NOT_MAPPED;
        }
        unsigned char bytes[4];
        size_t count = write_utf8(point, bytes);
        if (UTF8StringDestination != NULL) {
            if (written + count > UTF8StringMaxByteCount) {
                status = STATUS_BUFFER_TOO_SMALL;
                break;
            }
            touch(UTF8StringDestination + written, count, true, SITE);
            __builtin_memcpy(UTF8StringDestination + written, bytes, count);
        }
        written += count;
    }
    touch(UTF8StringActualByteCount, sizeof(ULONG), true, SITE);
    *UTF8StringActualByteCount = (ULONG)written;
    return status;
}
