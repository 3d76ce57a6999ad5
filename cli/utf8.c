/* utf8.c - see utf8.h. */
#include "utf8.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool follows(const unsigned char *bytes, size_t count)
{
    for (size_t index = 1; index <= count; index++) {
        if ((bytes[index] & 0xC0) != 0x80) {
            return false;
        }
    }
    return true;
}

/* Bytes of the character that begins here; 0 when none does: also for surrogates, and for what is written longer than needed.
 */
static size_t character_length(const unsigned char *bytes)
{
    if (bytes[0] < 0x80) {
        return 1;
    }
    if (bytes[0] >= 0xC2 && bytes[0] <= 0xDF) {
        return follows(bytes, 1) ? 2 : 0;
    }
    if (bytes[0] >= 0xE0 && bytes[0] <= 0xEF) {
        bool wrong = (bytes[0] == 0xE0 && bytes[1] < 0xA0) || (bytes[0] == 0xED && bytes[1] > 0x9F);
        return !wrong && follows(bytes, 2) ? 3 : 0;
    }
    if (bytes[0] >= 0xF0 && bytes[0] <= 0xF4) {
        bool wrong = (bytes[0] == 0xF0 && bytes[1] < 0x90) || (bytes[0] == 0xF4 && bytes[1] > 0x8F);
        return !wrong && follows(bytes, 3) ? 4 : 0;
    }
    return 0;
}

bool utf8_is_valid(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        size_t length = character_length(at);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

char *utf8_mend(const char *text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    const unsigned char *at = (const unsigned char *)text;
    char *mended = malloc(strlen(text) * 3 + 1), *end = mended;
    if (!mended) {
        return NULL;
    }
    while (*at) {
        size_t length = character_length(at);
        memcpy(end, length ? (const char *)at : replacement, length ? length : 3);
        end += length ? length : 3;
        at += length ? length : 1;
    }
    *end = 0;
    return mended;
}
