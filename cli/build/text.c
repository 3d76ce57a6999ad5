/* text.c - strings and lists of them. A build is short: everything is kept until it is over. */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Every piece of memory is linked to the one before it. */
struct piece {
    struct piece *previous;
    char memory[];
};

static struct piece *last;

static void *keep(size_t size)
{
    struct piece *piece = malloc(sizeof *piece + size);
    if (piece == NULL) {
        fprintf(stderr, "remlock build: out of memory\n");
        exit(2);
    }
    piece->previous = last;
    last = piece;
    return piece->memory;
}

void string_free_all(void)
{
    while (last != NULL) {
        struct piece *previous = last->previous;
        free(last);
        last = previous;
    }
}

char *string_copy(const char *start, size_t length)
{
    char *copy = keep(length + 1);
    memcpy(copy, start, length);
    copy[length] = 0;
    return copy;
}

char *string_format(const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t size = (size_t)vsnprintf(NULL, 0, format, arguments) + 1;
    char *text = keep(size);
    vsnprintf(text, size, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

/* ----------------------------------------------------------------------------------------------------------- lists -- */

static bool is_power_of_two(uint32_t number)
{
    return (number & (number - 1)) == 0;
}

/* Room for the new word and the NULL behind it; doubled whenever a power of two is reached. */
void words_add(struct words *words, const char *word)
{
    uint32_t used = words->count + 1;
    if (words->count == 0 || is_power_of_two(used)) {
        char **items = keep(2 * (size_t)(used + 1) * sizeof *items);
        if (words->count > 0) {
            memcpy(items, words->items, words->count * sizeof *items);
        }
        words->items = items;
    }
    words->items[words->count++] = string_copy(word, strlen(word));
    words->items[words->count] = NULL;
}

void words_add_all(struct words *words, const struct words *others)
{
    for (uint32_t index = 0; index < others->count; index++) {
        words_add(words, others->items[index]);
    }
}

bool words_have(const struct words *words, const char *word)
{
    for (uint32_t index = 0; index < words->count; index++) {
        if (strcmp(words->items[index], word) == 0) {
            return true;
        }
    }
    return false;
}

void words_add_once(struct words *words, const char *word)
{
    if (!words_have(words, word)) {
        words_add(words, word);
    }
}

char *words_join(const struct words *words)
{
    size_t length = 0;
    for (uint32_t index = 0; index < words->count; index++) {
        length += strlen(words->items[index]);
    }
    char *text = keep(length + 1), *end = text;
    for (uint32_t index = 0; index < words->count; index++) {
        end = stpcpy(end, words->items[index]);
    }
    *end = 0;
    return text;
}

void words_split(struct words *words, const char *text)
{
    static const char blanks[] = " \t\r\n";
    for (text += strspn(text, blanks); *text != 0; text += strspn(text, blanks)) {
        size_t length = strcspn(text, blanks);
        words_add(words, string_copy(text, length));
        text += length;
    }
}

/* ----------------------------------------------------------------------------------------------------------- files -- */

static char *read_stream(FILE *stream, size_t *size)
{
    size_t capacity = 1 << 16, count = 0;
    char *text = malloc(capacity);
    while (text != NULL) {
        count += fread(text + count, 1, capacity - count, stream);
        if (count < capacity) {
            break;
        }
        char *larger = realloc(text, capacity *= 2);
        if (larger == NULL) {
            free(text);
        }
        text = larger;
    }
    *size = count;
    return text;
}

char *string_read(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        return NULL;
    }
    char *content = read_stream(stream, size);
    int reason = ferror(stream) ? EIO : content == NULL ? ENOMEM : 0;
    fclose(stream);
    if (reason != 0) {
        free(content);
        errno = reason;
        return NULL;
    }
    char *text = string_copy(content, *size);
    free(content);
    return text;
}

bool string_write(const char *path, const char *text)
{
    FILE *stream = fopen(path, "wb");
    if (stream == NULL) {
        return false;
    }
    bool written = fputs(text, stream) >= 0;
    return fclose(stream) == 0 && written;
}

char *string_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return string_copy(".", 1);
    }
    return slash == path ? string_copy("/", 1) : string_copy(path, (size_t)(slash - path));
}

const char *string_name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

bool string_ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcasecmp(text + length - end_length, end) == 0;
}

/* ------------------------------------------------------------------------------------------------------------ tokens -- */

static bool is_word_character(char character)
{
    return isalnum((unsigned char)character) || character == '_';
}

size_t string_word_length(const char *at)
{
    size_t length = 0;
    while (is_word_character(at[length]) && (length > 0 || !isdigit((unsigned char)*at))) {
        length++;
    }
    return length;
}

static const char *skip_literal(const char *at)
{
    const char quote = *at++;
    while (*at != 0 && *at != quote && *at != '\n') {
        at += *at == '\\' && at[1] != 0 ? 2 : 1;
    }
    return at + (*at == quote);
}

const char *string_skip_token(const char *at)
{
    if (strncmp(at, "//", 2) == 0) {
        return at + strcspn(at, "\n");
    }
    if (strncmp(at, "/*", 2) == 0) {
        const char *end = strstr(at + 2, "*/");
        return end == NULL ? at + strlen(at) : end + 2;
    }
    if (*at == '"' || *at == '\'') {
        return skip_literal(at);
    }
    while (is_word_character(*at) && is_word_character(at[1])) {
        at++;
    }
    return at + (*at != 0);
}
