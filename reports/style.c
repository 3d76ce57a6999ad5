/* style.c - what suits a stream, and the colours and characters that follow from it. */
#include "style.h"

#include <ctype.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_MINIMUM = 80, WIDTH_MAXIMUM = 200, WIDTH_UNKNOWN = 120 };

static const char *const escapes[] = {
    [PAINT_PLAIN] = "\033[0m",     [PAINT_BOLD] = "\033[1m",      [PAINT_FAINT] = "\033[2m",     [PAINT_BAD] = "\033[1;31m",
    [PAINT_GOOD] = "\033[32m",     [PAINT_NOTICE] = "\033[33m",   [PAINT_TASK] = "\033[36m",     [PAINT_TASK + 1] = "\033[35m",
    [PAINT_TASK + 2] = "\033[34m", [PAINT_TASK + 3] = "\033[32m", [PAINT_TASK + 4] = "\033[33m",
};

static bool wants_colour(FILE *stream, enum report_colour colour)
{
    if (colour == REPORT_COLOUR_NEVER) {
        return false;
    }
    const char *no_colour = getenv("NO_COLOR");
    if (no_colour && *no_colour) {
        return false;
    }
    if (colour == REPORT_COLOUR_ALWAYS) {
        return true;
    }
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && terminal && strcmp(terminal, "dumb") != 0;
}

static uint32_t clamp_width(unsigned long width)
{
    return width < WIDTH_MINIMUM ? WIDTH_MINIMUM : width > WIDTH_MAXIMUM ? WIDTH_MAXIMUM : (uint32_t)width;
}

static uint32_t width_of(FILE *stream)
{
    struct winsize size;
    if (isatty(fileno(stream)) && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col) {
        return clamp_width(size.ws_col);
    }
    const char *columns = getenv("COLUMNS");
    unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
    return width ? clamp_width(width) : WIDTH_UNKNOWN;
}

struct report_style report_style_for(FILE *stream, enum report_colour colour)
{
    return (struct report_style){
        .colour = wants_colour(stream, colour),
        .unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .width = width_of(stream),
    };
}

const char *style_paint(const struct report_style *style, enum paint paint)
{
    return style->colour ? escapes[paint] : "";
}

enum paint style_task(uint32_t task)
{
    return (enum paint)(PAINT_TASK + task % PAINT_TASKS);
}

const struct glyphs *style_glyphs(const struct report_style *style)
{
    static const struct glyphs unicode = {
        .arrow = "\u2192",
        .vertical = "\u2502",
        .horizontal = "\u2500",
        .cross = "\u253c",
        .operation = "\u25b8",
        .preempted = "\u25c2",
        .waits = "\u25cb",
        .wakes = "\u25cf",
        .bad = "\u2717",
        .fold = "\u22ee",
    };
    static const struct glyphs ascii = {
        .arrow = "->",
        .vertical = "|",
        .horizontal = "-",
        .cross = "+",
        .operation = ">",
        .preempted = "<",
        .waits = "o",
        .wakes = "*",
        .bad = "X",
        .fold = ":",
    };
    return style->unicode ? &unicode : &ascii;
}

void style_rule(FILE *stream, const struct report_style *style, const char *title)
{
    fprintf(stream, "\n%s%s%s\n", style_paint(style, PAINT_BOLD), title, style_paint(style, PAINT_PLAIN));
}

/* Characters that begin one, in UTF-8: all bytes but those that continue one. */
uint32_t style_columns(const char *text, size_t bytes)
{
    uint32_t columns = 0;
    for (size_t index = 0; index < bytes && text[index]; index++) {
        columns += ((unsigned char)text[index] & 0xC0) != 0x80;
    }
    return columns;
}

static size_t bytes_of_columns(const char *text, uint32_t columns)
{
    size_t bytes = 0;
    while (text[bytes]) {
        if (((unsigned char)text[bytes] & 0xC0) != 0x80 && columns-- == 0) {
            break;
        }
        bytes++;
    }
    return bytes;
}

size_t style_line(const char *text, uint32_t width)
{
    size_t fits = bytes_of_columns(text, width);
    const char *newline = memchr(text, '\n', fits);
    if (newline) {
        return (size_t)(newline - text);
    }
    if (!text[fits] || text[fits] == ' ' || text[fits] == '\n') {
        return fits;
    }
    for (size_t end = fits; end > 0; end--) {
        if (text[end] == ' ') {
            return end;
        }
    }
    return fits;
}

const char *style_next_line(const char *text, size_t length)
{
    text += length;
    if (*text == '\n') {
        return text + 1;
    }
    while (*text == ' ') {
        text++;
    }
    return text;
}

void style_sentence(char *text, size_t size)
{
    size_t length = strlen(text);
    text[0] = (char)toupper((unsigned char)text[0]);
    if (length && length + 1 < size && !strchr(".!?", text[length - 1])) {
        strcpy(text + length, ".");
    }
}

void style_paragraph(FILE *stream, const struct report_style *style, uint32_t indent, const char *text)
{
    uint32_t width = style->width > 100 ? 100 : style->width;
    while (*text) {
        size_t length = style_line(text, width - indent);
        fprintf(stream, "%*s%.*s\n", length ? (int)indent : 0, "", (int)length, text);
        text = style_next_line(text, length);
    }
}
