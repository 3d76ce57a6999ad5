/*
 * format.c - Microsoft's printf formats, for narrow and wide text.
 *
 * Long is 32 bits here and 64 need ll or I64; %s is as wide as the format, %S is not; %Z is a counted string and %wZ a wide
 * one.
 */
#include "rtl.h"

#include <stdio.h>

enum { SIZE_DEFAULT, SIZE_CHAR, SIZE_SHORT, SIZE_LONG, SIZE_WIDE, SIZE_64 };

struct specification {
    bool left, plus, space, zeros, alternate;
    size_t width;
    size_t precision;
    bool has_precision;
    uint8_t size;
    WCHAR type;
};

struct source {
    struct text format;
    size_t index;
    va_list *arguments;
    uintptr_t site;
    bool wide;
};

static void put(struct format_output *output, WCHAR character)
{
    if (output->count < output->text.length) {
        text_put(output->text, output->count, character);
    }
    output->count++;
}

static void pad(struct format_output *output, size_t count, WCHAR character)
{
    for (size_t i = 0; i < count; i++) {
        put(output, character);
    }
}

static WCHAR peek(const struct source *source)
{
    return source->index < source->format.length ? text_get(source->format, source->index) : 0;
}

/* ------------------------------------------------------------------------------------------------ specifications -- */

static void read_flags(struct source *source, struct specification *specification)
{
    for (;; source->index++) {
        switch (peek(source)) {
        case '-':
            specification->left = true;
            break;
        case '+':
            specification->plus = true;
            break;
        case ' ':
            specification->space = true;
            break;
        case '0':
            specification->zeros = true;
            break;
        case '#':
            specification->alternate = true;
            break;
        default:
            return;
        }
    }
}

/* A number or an asterisk; negative only from an argument. */
static int read_amount(struct source *source)
{
    if (peek(source) == '*') {
        source->index++;
        return va_arg(*source->arguments, int);
    }
    int amount = 0;
    for (; peek(source) >= '0' && peek(source) <= '9'; source->index++) {
        amount = amount < 100000 ? amount * 10 + (peek(source) - '0') : amount;
    }
    return amount;
}

static bool skip_word(struct source *source, const char *word)
{
    size_t length = 0;
    for (; word[length] != 0; length++) {
        size_t index = source->index + length;
        if (index >= source->format.length || text_get(source->format, index) != (WCHAR)word[length]) {
            return false;
        }
    }
    source->index += length;
    return true;
}

static uint8_t read_size(struct source *source)
{
    static const struct {
        const char *word;
        uint8_t size;
    } sizes[] = {{"I64", SIZE_64},  {"I32", SIZE_DEFAULT}, {"I", SIZE_64}, {"ll", SIZE_64}, {"l", SIZE_LONG}, {"hh", SIZE_CHAR},
                 {"h", SIZE_SHORT}, {"w", SIZE_WIDE},      {"j", SIZE_64}, {"z", SIZE_64},  {"t", SIZE_64},   {"L", SIZE_64}};
    for (size_t i = 0; i < RTL_NUMBER_OF(sizes); i++) {
        if (skip_word(source, sizes[i].word)) {
            return sizes[i].size;
        }
    }
    return SIZE_DEFAULT;
}

static struct specification read_specification(struct source *source)
{
    struct specification specification = {.left = false};
    read_flags(source, &specification);
    int width = read_amount(source);
    specification.left |= width < 0;
    specification.width = (size_t)(width < 0 ? -(long)width : width);
    if (peek(source) == '.') {
        source->index++;
        int precision = read_amount(source);
        specification.has_precision = precision >= 0;
        specification.precision = precision < 0 ? 0 : (size_t)precision;
    }
    specification.size = read_size(source);
    specification.type = peek(source);
    return specification;
}

/* -------------------------------------------------------------------------------------------------------- numbers -- */

static ULONGLONG read_unsigned(const struct source *source, uint8_t size)
{
    if (size == SIZE_64) {
        return va_arg(*source->arguments, ULONGLONG);
    }
    unsigned int value = va_arg(*source->arguments, unsigned int);
    return size == SIZE_CHAR ? (UCHAR)value : size == SIZE_SHORT ? (USHORT)value : value;
}

static LONGLONG read_signed(const struct source *source, uint8_t size)
{
    if (size == SIZE_64) {
        return va_arg(*source->arguments, LONGLONG);
    }
    int value = va_arg(*source->arguments, int);
    return size == SIZE_CHAR ? (signed char)value : size == SIZE_SHORT ? (SHORT)value : value;
}

/* Sign or prefix, zeros, digits, and blanks on the side that is asked for. */
static void put_number(struct format_output *output, const struct specification *specification, const char *sign,
                       const char *digits, size_t count)
{
    size_t zeros = specification->has_precision && specification->precision > count ? specification->precision - count : 0;
    size_t length = __builtin_strlen(sign) + zeros + count;
    size_t blanks = specification->width > length ? specification->width - length : 0;
    if (specification->zeros && !specification->left && !specification->has_precision) {
        zeros += blanks;
        blanks = 0;
    }
    pad(output, specification->left ? 0 : blanks, ' ');
    for (const char *letter = sign; *letter != 0; letter++) {
        put(output, (unsigned char)*letter);
    }
    pad(output, zeros, '0');
    for (size_t i = 0; i < count; i++) {
        put(output, (unsigned char)digits[i]);
    }
    pad(output, specification->left ? blanks : 0, ' ');
}

static void put_signed(struct format_output *output, const struct specification *specification, LONGLONG value)
{
    char digits[NUMBER_LIMIT];
    ULONGLONG magnitude = value < 0 ? 0 - (ULONGLONG)value : (ULONGLONG)value;
    size_t count = number_write(magnitude, 10, false, digits);
    const char *sign = value < 0 ? "-" : specification->plus ? "+" : specification->space ? " " : "";
    put_number(output, specification, sign, digits, count);
}

static void put_unsigned(struct format_output *output, const struct specification *specification, ULONGLONG value)
{
    char digits[NUMBER_LIMIT];
    WCHAR type = specification->type;
    unsigned int base = type == 'u' ? 10 : type == 'o' ? 8 : 16;
    const char *prefix = "";
    if (specification->alternate && value != 0) {
        prefix = type == 'x' ? "0x" : type == 'X' ? "0X" : type == 'o' ? "0" : "";
    }
    size_t count = number_write(value, base, type == 'X', digits);
    put_number(output, specification, prefix, digits, count);
}

static void put_pointer(struct format_output *output, struct specification *specification, const void *pointer)
{
    specification->type = 'X';
    specification->has_precision = true;
    specification->precision = 2 * sizeof pointer;
    put_unsigned(output, specification, (ULONGLONG)(uintptr_t)pointer);
}

static void put_floating(struct format_output *output, const struct specification *specification, double value)
{
    char format[] = {'%', '.', '*', (char)specification->type, 0};
    char digits[400];
    bool negative = __builtin_signbit(value) != 0;
    int precision = specification->has_precision ? (int)specification->precision : 6;
    int length = snprintf(digits, sizeof digits, format, precision < 60 ? precision : 60, negative ? -value : value);
    struct specification rest = *specification;
    rest.has_precision = false;
    put_number(output, &rest, negative ? "-" : rest.plus ? "+" : rest.space ? " " : "", digits, (size_t)length);
}

/* ----------------------------------------------------------------------------------------------------------- text -- */

static void put_text(struct format_output *output, const struct specification *specification, struct text text)
{
    if (specification->has_precision && text.length > specification->precision) {
        text.length = specification->precision;
    }
    size_t blanks = specification->width > text.length ? specification->width - text.length : 0;
    pad(output, specification->left ? 0 : blanks, specification->zeros ? '0' : ' ');
    for (size_t i = 0; i < text.length; i++) {
        put(output, text_get(text, i));
    }
    pad(output, specification->left ? blanks : 0, ' ');
}

/* Whether %s, %c (and, the other way round, %S, %C) of this size mean wide characters. */
static bool is_wide(const struct source *source, const struct specification *specification)
{
    if (specification->size == SIZE_LONG || specification->size == SIZE_WIDE) {
        return true;
    }
    if (specification->size == SIZE_SHORT || specification->size == SIZE_CHAR) {
        return false;
    }
    bool opposite = specification->type == 'S' || specification->type == 'C';
    return source->wide != opposite;
}

static void put_string(struct format_output *output, const struct source *source, const struct specification *specification)
{
    const void *string = va_arg(*source->arguments, const void *);
    if (string == NULL) {
        put_text(output, specification, narrow_text("(null)", 6));
        return;
    }
    uint8_t width = is_wide(source, specification) ? sizeof(WCHAR) : 1;
    size_t limit = specification->has_precision ? specification->precision : SIZE_MAX;
    size_t length = text_measure(string, width, limit, source->site);
    put_text(output, specification, (struct text){.buffer = (void *)(uintptr_t)string, .length = length, .width = width});
}

static void put_counted(struct format_output *output, const struct source *source, const struct specification *specification)
{
    const STRING *string = va_arg(*source->arguments, const STRING *);
    bool wide = specification->size == SIZE_WIDE || specification->size == SIZE_LONG;
    if (string != NULL) {
        touch(string, sizeof *string, false, source->site);
    }
    if (string == NULL || string->Buffer == NULL) {
        put_text(output, specification, narrow_text("(null)", string == NULL ? 6 : 0));
        return;
    }
    put_text(output, specification,
             wide ? text_of_unicode((PCUNICODE_STRING)string, source->site) : text_of_string(string, source->site));
}

static void put_argument(struct format_output *output, const struct source *source, struct specification *specification)
{
    switch (specification->type) {
    case 'd':
    case 'i':
        put_signed(output, specification, read_signed(source, specification->size));
        break;
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        put_unsigned(output, specification, read_unsigned(source, specification->size));
        break;
    case 'p':
        put_pointer(output, specification, va_arg(*source->arguments, const void *));
        break;
    case 'c':
    case 'C': {
        WCHAR character = (WCHAR)va_arg(*source->arguments, int);
        character = is_wide(source, specification) ? character : (UCHAR)character;
        specification->has_precision = false;
        put_text(output, specification, wide_text(&character, 1));
        break;
    }
    case 's':
    case 'S':
        put_string(output, source, specification);
        break;
    case 'Z':
        put_counted(output, source, specification);
        break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
        put_floating(output, specification, va_arg(*source->arguments, double));
        break;
    case 'n':
        (void)va_arg(*source->arguments, void *);
        break;
    default: /* no type: itself */
        put(output, specification->type);
        break;
    }
}

void format_write(struct format_output *output, struct text format, va_list *arguments, uintptr_t site)
{
    struct source source = {.format = format, .arguments = arguments, .site = site, .wide = format.width != 1};
    output->count = 0;
    while (source.index < format.length) {
        WCHAR character = text_get(format, source.index++);
        if (character != '%') {
            put(output, character);
            continue;
        }
        struct specification specification = read_specification(&source);
        if (source.index >= format.length) {
            return;
        }
        source.index++;
        put_argument(output, &source, &specification);
    }
}
