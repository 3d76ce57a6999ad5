/* crt_print.c - formatted text of the C run-time. */
#include "crt.h"

/* What happens when the text does not fit: Microsoft's _snprintf ends nothing and returns -1; others always end the text. */
enum overflow { OVERFLOW_NO_TERMINATOR, OVERFLOW_COUNTS, OVERFLOW_FAILS };

/* Formats in two passes, so that nothing is written before it is known how much: arguments are read twice. */
static int print(struct text buffer, enum overflow overflow, struct text format, va_list arguments, uintptr_t site)
{
    struct format_output output = {.text = {.width = buffer.width}};
    va_list copy;
    va_copy(copy, arguments);
    format_write(&output, format, &copy, site);
    va_end(copy);
    size_t needed = output.count;
    bool fits = needed < buffer.length;
    bool exactly = overflow == OVERFLOW_NO_TERMINATOR && needed == buffer.length;
    size_t kept = fits || exactly ? needed : buffer.length - (overflow == OVERFLOW_NO_TERMINATOR ? 0 : 1);
    if (buffer.length != 0) {
        output.text = buffer;
        output.text.length = kept + (fits || overflow != OVERFLOW_NO_TERMINATOR);
        text_touch(output.text, true, site);
        size_t all = output.text.length;
        output.text.length = kept;
        va_copy(copy, arguments);
        format_write(&output, format, &copy, site);
        va_end(copy);
        if (all > kept) {
            text_put(buffer, kept, 0);
        }
    }
    return fits || exactly || overflow == OVERFLOW_COUNTS ? (int)needed : -1;
}

#define PRINT(buffer, overflow, format)                                                                                        \
    ({                                                                                                                         \
        va_list arguments;                                                                                                     \
        va_start(arguments, format);                                                                                           \
        int printed = print((buffer), (overflow), text_of_any(format), arguments, SITE);                                       \
        va_end(arguments);                                                                                                     \
        printed;                                                                                                               \
    })
#define text_of_any(format) _Generic((format), const char * : text_of, const WCHAR * : text_of_wide)(format, SITE)

enum { NO_LIMIT = MAXLONG };

int crt_sprintf(char *buffer, const char *format, ...)
{
    return PRINT(narrow_text(buffer, NO_LIMIT), OVERFLOW_COUNTS, format);
}

int crt_vsprintf(char *buffer, const char *format, va_list arguments)
{
    return print(narrow_text(buffer, NO_LIMIT), OVERFLOW_COUNTS, text_of(format, SITE), arguments, SITE);
}

int crt_snprintf(char *buffer, size_t count, const char *format, ...)
{
    return PRINT(narrow_text(buffer, count), OVERFLOW_COUNTS, format);
}

int crt_vsnprintf(char *buffer, size_t count, const char *format, va_list arguments)
{
    return print(narrow_text(buffer, count), OVERFLOW_COUNTS, text_of(format, SITE), arguments, SITE);
}

int crt__snprintf(char *buffer, size_t count, const char *format, ...)
{
    return PRINT(narrow_text(buffer, count), OVERFLOW_NO_TERMINATOR, format);
}

int crt__vsnprintf(char *buffer, size_t count, const char *format, va_list arguments)
{
    return print(narrow_text(buffer, count), OVERFLOW_NO_TERMINATOR, text_of(format, SITE), arguments, SITE);
}

int crt__snwprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...)
{
    return PRINT(wide_text(buffer, count), OVERFLOW_NO_TERMINATOR, format);
}

int crt__vsnwprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list arguments)
{
    return print(wide_text(buffer, count), OVERFLOW_NO_TERMINATOR, text_of_wide(format, SITE), arguments, SITE);
}

int crt_swprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...)
{
    return PRINT(wide_text(buffer, count), OVERFLOW_FAILS, format);
}

int crt_vswprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list arguments)
{
    return print(wide_text(buffer, count), OVERFLOW_FAILS, text_of_wide(format, SITE), arguments, SITE);
}

int crt__swprintf(WCHAR *buffer, const WCHAR *format, ...)
{
    return PRINT(wide_text(buffer, NO_LIMIT), OVERFLOW_COUNTS, format);
}

int crt_sprintf_s(char *buffer, size_t size, const char *format, ...)
{
    return PRINT(narrow_text(buffer, size), OVERFLOW_FAILS, format);
}

int crt_swprintf_s(WCHAR *buffer, size_t size, const WCHAR *format, ...)
{
    return PRINT(wide_text(buffer, size), OVERFLOW_FAILS, format);
}

static size_t smaller(size_t size, size_t count)
{
    return count < size ? count + 1 : size;
}

int crt__snprintf_s(char *buffer, size_t size, size_t count, const char *format, ...)
{
    return PRINT(narrow_text(buffer, smaller(size, count)), OVERFLOW_FAILS, format);
}

int crt__snwprintf_s(WCHAR *buffer, size_t size, size_t count, const WCHAR *format, ...)
{
    return PRINT(wide_text(buffer, smaller(size, count)), OVERFLOW_FAILS, format);
}
