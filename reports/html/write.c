/* write.c - text into a page, whatever is in it, and values out of a document, whatever is missing. */
#include "write.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

/* Bytes of the character that begins here; 0 when it is none. */
static size_t character_length(const unsigned char *text)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80 ? 1 : (text[0] & 0xE0) == 0xC0 ? 2 : (text[0] & 0xF0) == 0xE0 ? 3 : 4;
    if (length == 1) {
        return 1;
    }
    if (length == 4 && (text[0] & 0xF8) != 0xF0) {
        return 0;
    }
    uint32_t code = text[0] & (0x7Fu >> length);
    for (size_t index = 1; index < length; index++) {
        if ((text[index] & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (text[index] & 0x3Fu);
    }
    return code < smallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) ? 0 : length;
}

static void put_character(FILE *stream, const unsigned char *text, size_t length)
{
    switch (text[0]) {
    case '&':
        fputs("&amp;", stream);
        return;
    case '<':
        fputs("&lt;", stream);
        return;
    case '>':
        fputs("&gt;", stream);
        return;
    case '"':
        fputs("&quot;", stream);
        return;
    case '\'':
        fputs("&#39;", stream);
        return;
    default:
        break;
    }
    bool control = length == 1 && (text[0] < ' ' || text[0] == 0x7F) && text[0] != '\n' && text[0] != '\t';
    if (length == 0 || control) {
        fputs(replacement, stream);
    } else {
        fwrite(text, 1, length, stream);
    }
}

void put_text(FILE *stream, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        size_t length = character_length(at);
        put_character(stream, at, length);
        at += length ? length : 1;
    }
}

void put(FILE *stream, const char *markup, ...)
{
    va_list arguments;
    va_start(arguments, markup);
    for (const char *at = markup; *at; at++) {
        if (*at == '%') {
            put_text(stream, va_arg(arguments, const char *));
        } else {
            fputc(*at, stream);
        }
    }
    va_end(arguments);
}

/* '<' only ever stands in strings, where it can be written otherwise. */
void put_json(FILE *stream, const cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    for (const unsigned char *at = (const unsigned char *)text; at && *at;) {
        size_t length = character_length(at);
        if (*at == '<' || *at == '>' || *at == '&') {
            fprintf(stream, "\\u%04x", *at);
        } else if (length == 0) {
            fputs(replacement, stream);
        } else {
            fwrite(at, 1, length, stream);
        }
        at += length ? length : 1;
    }
    free(text);
}

const char *number_text(double value, char text[32])
{
    char digits[32];
    snprintf(digits, sizeof(digits), "%.0f", value);
    size_t length = strlen(digits), at = 0;
    for (size_t index = 0; index < length && at < 30; index++) {
        bool group = index && (length - index) % 3 == 0 && digits[index - 1] != '-';
        if (group) {
            text[at++] = ',';
        }
        text[at++] = digits[index];
    }
    text[at] = 0;
    return text;
}

const char *time_text(double seconds, char text[32])
{
    if (seconds >= 3600) {
        snprintf(text, 32, "%.0f h %02.0f min", floor(seconds / 3600), floor(fmod(seconds, 3600) / 60));
    } else if (seconds >= 60) {
        snprintf(text, 32, "%.0f min %02.0f s", floor(seconds / 60), floor(fmod(seconds, 60)));
    } else {
        snprintf(text, 32, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
    }
    return text;
}

const cJSON *item_in(const cJSON *json, const char *key)
{
    return cJSON_IsObject(json) ? cJSON_GetObjectItemCaseSensitive(json, key) : NULL;
}

const char *text_in(const cJSON *json, const char *key)
{
    const cJSON *item = item_in(json, key);
    return cJSON_IsString(item) && item->valuestring ? item->valuestring : "";
}

double number_in(const cJSON *json, const char *key)
{
    const cJSON *item = item_in(json, key);
    return cJSON_IsNumber(item) && isfinite(item->valuedouble) ? item->valuedouble : 0;
}

int whole_in(const cJSON *json, const char *key)
{
    double number = number_in(json, key);
    return number > -1e9 && number < 1e9 ? (int)number : 0;
}

int items_in(const cJSON *json, const char *key)
{
    const cJSON *item = item_in(json, key);
    return cJSON_IsArray(item) ? cJSON_GetArraySize(item) : 0;
}

const char *plural(double count)
{
    return count == 1 ? "" : "s";
}
