/*
 * rtl.h - what the files of the run-time library share.
 *
 * The library reads and writes a driver's memory, so it announces what it touches; `site` is where the driver called it.
 */
#ifndef CORE_RTL_H
#define CORE_RTL_H

#include "../kernel/kernel.h"

#include <stdarg.h>

#define SITE ((uintptr_t)__builtin_return_address(0))

/* Announces an access of any length, none for an empty one. */
static inline void touch(const void *memory, size_t size, bool write, uintptr_t site)
{
    if (size != 0) {
        scheduler_use_at(memory, size, write, site);
    }
}

/* ------------------------------------------------------------------------------------------------------- strings -- */

/*
 * Text of narrow or wide characters: the routines for both are one. `width` is 1 or 2 bytes a character.
 */
struct text {
    void *buffer;
    size_t length; /* characters */
    uint8_t width;
};

static inline struct text narrow_text(const char *buffer, size_t length)
{
    return (struct text){.buffer = (void *)(uintptr_t)buffer, .length = length, .width = 1};
}

static inline struct text wide_text(const WCHAR *buffer, size_t length)
{
    return (struct text){.buffer = (void *)(uintptr_t)buffer, .length = length, .width = 2};
}

static inline WCHAR text_get(struct text text, size_t index)
{
    return text.width == 1 ? ((const unsigned char *)text.buffer)[index] : ((const WCHAR *)text.buffer)[index];
}

static inline void text_put(struct text text, size_t index, WCHAR character)
{
    if (text.width == 1) {
        ((char *)text.buffer)[index] = (char)(character <= 0xFF ? character : '?');
    } else {
        ((WCHAR *)text.buffer)[index] = character;
    }
}

static inline void text_touch(struct text text, bool write, uintptr_t site)
{
    touch(text.buffer, text.length * text.width, write, site);
}

/* Characters before the terminator, at most `limit`; what is read is announced, the terminator too. */
size_t text_measure(const void *text, uint8_t width, size_t limit, uintptr_t site);

/* A zero-ended string with its length. */
struct text text_of(const char *text, uintptr_t site);
struct text text_of_wide(const WCHAR *text, uintptr_t site);

/* The contents of a counted string; the string itself and its contents are announced as read. */
struct text text_of_string(const STRING *string, uintptr_t site);
struct text text_of_unicode(PCUNICODE_STRING string, uintptr_t site);

/* Less than, equal to or greater than zero; one length more than the other makes it greater. */
int text_compare(struct text one, struct text other, bool fold_case);

/* Copies up to what fits into `destination.length` characters; returns how many. Announces nothing. */
size_t text_transfer(struct text destination, struct text source);

/* ------------------------------------------------------------------------------------------------------- numbers -- */

enum { STRING_TAG = 0x67727453 }; /* of the pool blocks of strings that routines allocate */

enum { NUMBER_LIMIT = 65 }; /* characters of the longest number, a sign included */

/* Digits of a number in a base from 2 to 16, most significant first, at most NUMBER_LIMIT; returns how many. */
size_t number_write(ULONGLONG value, unsigned int base, bool upper, char *digits);

/* Base 0: by its prefix 0x, 0o or 0b, else 10. False when the base is none; what cannot be a digit ends the number. */
bool number_read(struct text text, ULONG base, ULONGLONG *value, size_t *used);

/* ------------------------------------------------------------------------------------------------------- formats -- */

/* Receives formatted text: as much as fits is kept, all of it is counted. */
struct format_output {
    struct text text;
    size_t count;
};

/* What %s, %c and %S mean depends on whether the format is wide. */
void format_write(struct format_output *output, struct text format, va_list *arguments, uintptr_t site);

#endif
