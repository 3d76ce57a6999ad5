/* crt_other.c - numbers and single characters of the C run-time, and its sort. */
#include "crt.h"

static LONG number_of(struct text text)
{
    ULONGLONG value = 0;
    number_read(text, 10, &value, NULL);
    return (LONG)value;
}

int crt_atoi(const char *text)
{
    return number_of(text_of(text, SITE));
}

LONG crt_atol(const char *text)
{
    return number_of(text_of(text, SITE));
}

int crt_wtoi(const WCHAR *text)
{
    return number_of(text_of_wide(text, SITE));
}

LONG crt_wtol(const WCHAR *text)
{
    return number_of(text_of_wide(text, SITE));
}

static void write_number(struct text buffer, int value, int base, uintptr_t site)
{
    char digits[NUMBER_LIMIT + 1];
    bool negative = value < 0 && base == 10;
    size_t count =
        number_write(negative ? 0u - (unsigned int)value : (unsigned int)value, (unsigned int)base, false, digits + 1);
    digits[0] = '-';
    digits[count + 1] = 0;
    struct text source = narrow_text(negative ? digits : digits + 1, count + negative + 1);
    buffer.length = source.length;
    text_touch(buffer, true, site);
    text_transfer(buffer, source);
}

char *crt_itoa(int value, char *buffer, int base)
{
    write_number(narrow_text(buffer, 0), value, base, SITE);
    return buffer;
}

WCHAR *crt_itow(int value, WCHAR *buffer, int base)
{
    write_number(wide_text(buffer, 0), value, base, SITE);
    return buffer;
}

int crt_tolower(int character)
{
    return character >= 'A' && character <= 'Z' ? character + 32 : character;
}

int crt_toupper(int character)
{
    return character >= 'a' && character <= 'z' ? character - 32 : character;
}

unsigned int crt_towlower(unsigned int character)
{
    return RtlDowncaseUnicodeChar((WCHAR)character);
}

unsigned int crt_towupper(unsigned int character)
{
    return RtlUpcaseUnicodeChar((WCHAR)character);
}

static void exchange(unsigned char *one, unsigned char *other, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = one[i];
        one[i] = other[i];
        other[i] = byte;
    }
}

/* Moves the element at `root` down to its place in the heap of the first `count` elements. */
static void sift(unsigned char *base, size_t root, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0) {
            child++;
        }
        if (compare(base + root * size, base + child * size) >= 0) {
            return;
        }
        exchange(base + root * size, base + child * size, size);
    }
}

/* A heap sort: in place, and the same on every libc. */
void crt_qsort(void *base, size_t count, size_t size, int (*compare)(const void *one, const void *other))
{
    touch(base, count * size, true, SITE);
    for (size_t root = count / 2; root > 0; root--) {
        sift(base, root - 1, count, size, compare);
    }
    for (size_t last = count; last > 1; last--) {
        exchange(base, (unsigned char *)base + (last - 1) * size, size);
        sift(base, 0, last - 1, size, compare);
    }
}
