/* xml.c - see xml.h. */
#include "xml.h"

#include <stdbool.h>
#include <string.h>

/* U+FFFE and U+FFFF: the only ones beside control characters that are in UTF-8 and not in XML. */
static bool is_noncharacter(const unsigned char *at)
{
    return at[0] == 0xEF && at[1] == 0xBF && (at[2] == 0xBE || at[2] == 0xBF);
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
}

static const char *entity(char character, bool quoted)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    case '"':
        return quoted ? "&quot;" : NULL;
    case '\n':
        return quoted ? "&#10;" : NULL;
    case '\t':
        return quoted ? "&#9;" : NULL;
    default:
        return NULL;
    }
}

static void write_escaped(FILE *stream, const char *text, bool quoted)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    while (*text) {
        const char *word = entity(*text, quoted);
        if (word) {
            fputs(word, stream);
        } else if (is_control((unsigned char)*text)) {
            fputs(replacement, stream);
        } else if (is_noncharacter((const unsigned char *)text)) {
            fputs(replacement, stream);
            text += 2;
        } else {
            fputc(*text, stream);
        }
        text++;
    }
}

void xml_text(FILE *stream, const char *text)
{
    write_escaped(stream, text, false);
}

void xml_attribute(FILE *stream, const char *name, const char *value)
{
    fprintf(stream, " %s=\"", name);
    write_escaped(stream, value, true);
    fputc('"', stream);
}
