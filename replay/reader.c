/* reader.c - lines, words and messages of the reader. */
#include "reader.h"

#include <stdarg.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------------- messages -- */

bool refuse(struct reader *reader, const char *place, const char *format, ...)
{
    struct replay_error *error = reader->error;
    error->line = reader->number;
    error->column = (uint32_t)(place - reader->line) + 1;
    int length = snprintf(error->message, sizeof error->message, "%.400s:%u:%u: ", reader->name, error->line, error->column);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message + length, sizeof error->message - (size_t)length, format, arguments);
    va_end(arguments);
    reader->failed = true;
    return false;
}

struct quotation quote(struct word word)
{
    struct quotation quotation;
    size_t limit = sizeof quotation.text - sizeof "'...'";
    size_t shown = word.length < limit ? word.length : limit;
    char *at = quotation.text;
    *at++ = '\'';
    for (size_t index = 0; index < shown; index++) {
        char byte = word.start[index];
        *at++ = byte >= ' ' && byte < 0x7f ? byte : '?';
    }
    snprintf(at, sizeof quotation.text - (size_t)(at - quotation.text), "%s'", shown < word.length ? "..." : "");
    return quotation;
}

bool refuse_rest(struct reader *reader, const char *expected)
{
    if (line_is_done(reader)) {
        return refuse(reader, reader->cursor, "the line ends here, expected %s", expected);
    }
    const char *place = reader->cursor;
    struct word word = take_word(reader, "");
    return refuse(reader, place, "unexpected %s, expected %s", quote(word).text, expected);
}

void join_names(const char *(*name_at)(const void *context, uint32_t index), const void *context, char *text, size_t size)
{
    size_t length = 0;
    const char *name;
    snprintf(text, size, "%s", "nothing");
    for (uint32_t index = 0; (name = name_at(context, index)) != NULL; index++) {
        if (length + strlen(name) + sizeof ", , ..." > size) {
            snprintf(text + length, size - length, ", ...");
            return;
        }
        length += (size_t)snprintf(text + length, size - length, "%s%s", index == 0 ? "" : ", ", name);
    }
}

bool refuse_name(struct reader *reader, struct word word, const char *what,
                 const char *(*name_at)(const void *context, uint32_t index), const void *context)
{
    char known[200], misspelt[80];
    word_copy(word, misspelt, sizeof misspelt);
    join_names(name_at, context, known, sizeof known);
    const char *nearest = nearest_name(misspelt, name_at, context);
    if (nearest == NULL) {
        return refuse(reader, word.start, "unknown %s %s, expected one of %s", what, quote(word).text, known);
    }
    return refuse(reader, word.start, "unknown %s %s, expected one of %s (did you mean '%s'?)", what, quote(word).text, known,
                  nearest);
}

/* ---------------------------------------------------------------------------------------------------------- lines -- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_' ||
           byte == '-';
}

static bool check_bytes(struct reader *reader, const char *stop)
{
    for (const char *at = reader->line; at < stop; at++) {
        unsigned char byte = (unsigned char)*at;
        if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
            return refuse(reader, at, "control byte 0x%02x, expected text", byte);
        }
    }
    return true;
}

/* A '#' that is glued to the end of a name belongs to it ("task#7"); every other one starts a comment. */
static const char *without_comment(const char *start, const char *stop)
{
    for (const char *at = start; at < stop; at++) {
        if (*at == '#' && (at == start || !is_name_byte(at[-1]))) {
            return at;
        }
    }
    return stop;
}

static bool set_line(struct reader *reader)
{
    const char *newline = memchr(reader->rest, '\n', (size_t)(reader->end - reader->rest));
    const char *stop = newline == NULL ? reader->end : newline;
    reader->line = reader->rest;
    reader->cursor = reader->line;
    reader->rest = newline == NULL ? reader->end : newline + 1;
    reader->number++;
    if (stop > reader->line && stop[-1] == '\r') {
        stop--;
    }
    if (stop - reader->line > REPLAY_LINE_LIMIT) {
        return refuse(reader, reader->line + REPLAY_LINE_LIMIT, "the line is too long, expected at most %d bytes",
                      REPLAY_LINE_LIMIT);
    }
    if (!check_bytes(reader, stop)) {
        return false;
    }
    stop = without_comment(reader->line, stop);
    while (stop > reader->line && is_blank(stop[-1])) {
        stop--;
    }
    reader->stop = stop;
    return true;
}

bool next_line(struct reader *reader)
{
    while (reader->rest < reader->end) {
        if (!set_line(reader)) {
            return false;
        }
        if (!line_is_done(reader)) {
            return true;
        }
    }
    reader->line = reader->cursor = reader->stop = reader->end;
    reader->number++;
    return false;
}

static void skip_blanks(struct reader *reader)
{
    while (reader->cursor < reader->stop && is_blank(*reader->cursor)) {
        reader->cursor++;
    }
}

bool line_is_done(struct reader *reader)
{
    skip_blanks(reader);
    return reader->cursor == reader->stop;
}

bool expect_line_end(struct reader *reader, const char *after)
{
    if (line_is_done(reader)) {
        return true;
    }
    const char *place = reader->cursor;
    struct word word = take_word(reader, "");
    return refuse(reader, place, "unexpected %s, expected nothing more after %s", quote(word).text, after);
}

/* ---------------------------------------------------------------------------------------------------------- words -- */

struct word take_name(struct reader *reader)
{
    skip_blanks(reader);
    struct word word = {.start = reader->cursor};
    while (reader->cursor < reader->stop && is_name_byte(*reader->cursor)) {
        if (*reader->cursor == '-' && reader->cursor + 1 < reader->stop && reader->cursor[1] == '>') {
            break;
        }
        reader->cursor++;
    }
    word.length = (size_t)(reader->cursor - word.start);
    return word;
}

struct word take_word(struct reader *reader, const char *stops)
{
    skip_blanks(reader);
    struct word word = {.start = reader->cursor};
    while (reader->cursor < reader->stop && !is_blank(*reader->cursor) && strchr(stops, *reader->cursor) == NULL) {
        reader->cursor++;
    }
    word.length = (size_t)(reader->cursor - word.start);
    return word;
}

bool take_symbol(struct reader *reader, const char *symbol)
{
    size_t length = strlen(symbol);
    skip_blanks(reader);
    if ((size_t)(reader->stop - reader->cursor) < length || memcmp(reader->cursor, symbol, length) != 0) {
        return false;
    }
    reader->cursor += length;
    return true;
}

bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.length && memcmp(word.start, text, word.length) == 0;
}

bool word_number(struct word word, uint32_t limit, uint32_t *number)
{
    uint64_t value = 0;
    if (word.length == 0 || word.length > 10) {
        return false;
    }
    for (size_t index = 0; index < word.length; index++) {
        char digit = word.start[index];
        if (digit < '0' || digit > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(digit - '0');
    }
    *number = (uint32_t)value;
    return value <= limit;
}

static int32_t hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool word_hex(struct word word, uint32_t *number)
{
    *number = 0;
    if (word.length < 3 || word.length > 10 || word.start[0] != '0' || (word.start[1] != 'x' && word.start[1] != 'X')) {
        return false;
    }
    for (size_t index = 2; index < word.length; index++) {
        int32_t digit = hex_digit(word.start[index]);
        if (digit < 0) {
            return false;
        }
        *number = *number << 4 | (uint32_t)digit;
    }
    return true;
}

void word_copy(struct word word, char *text, size_t size)
{
    size_t length = word.length < size ? word.length : size - 1;
    memcpy(text, word.start, length);
    text[length] = '\0';
}
