/* sources.c - the lines of source files that a report shows; see paths.h. */
#include "paths.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_LINES = 4000,     /* of one file */
    ALL_LINES = 100000,    /* of all files together */
    LINE_BYTES = 500,      /* the rest of a line is left out */
    LINES_BEFORE = 100,    /* shown before the first line that is named, when not all of a file can be */
    FILE_BYTES = 16 << 20, /* larger files are no source anybody reads */
};

/* ---------------------------------------------------------------------------------------------------------- naming -- */

/* `names` remembers what was found: a string, or false for what is not below the root. */
static const char *find(const struct report_root *root, cJSON *names, const char *path, bool is_ours)
{
    const cJSON *known = cJSON_GetObjectItemCaseSensitive(names, path);
    char relative[PATH_MAX];
    if (!known) {
        bool found = report_root_find(root, path, is_ours, relative, sizeof(relative));
        known = found ? cJSON_AddStringToObject(names, path, relative) : cJSON_AddFalseToObject(names, path);
    }
    return cJSON_GetStringValue(known);
}

static void name_all(const struct report_root *root, cJSON *names, cJSON *json)
{
    cJSON *path = cJSON_IsObject(json) ? cJSON_GetObjectItemCaseSensitive(json, "path") : NULL;
    if (cJSON_IsString(path)) {
        const char *relative = find(root, names, path->valuestring, cJSON_HasObjectItem(json, "in_remlock"));
        if (relative) {
            cJSON_SetValuestring(path, relative);
        } else {
            cJSON_DeleteItemFromObjectCaseSensitive(json, "path");
        }
    }
    cJSON *child;
    cJSON_ArrayForEach(child, json)
    {
        if (cJSON_IsObject(child) || cJSON_IsArray(child)) {
            name_all(root, names, child);
        }
    }
}

void report_sources_name(const struct report_root *root, cJSON *json)
{
    cJSON *names = cJSON_CreateObject();
    name_all(root, names, json);
    cJSON_Delete(names);
}

/* ---------------------------------------------------------------------------------------------------------- reading -- */

/* `wanted`: path to the first line that is named. */
static void collect(const cJSON *json, cJSON *wanted)
{
    const cJSON *path = cJSON_IsObject(json) ? cJSON_GetObjectItemCaseSensitive(json, "path") : NULL;
    if (cJSON_IsString(path)) {
        double line = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "line"));
        cJSON *first = cJSON_GetObjectItemCaseSensitive(wanted, path->valuestring);
        if (!first) {
            cJSON_AddNumberToObject(wanted, path->valuestring, line);
        } else if (line >= 1 && line < first->valuedouble) {
            cJSON_SetNumberValue(first, line);
        }
    }
    const cJSON *child;
    cJSON_ArrayForEach(child, json)
    {
        if (cJSON_IsObject(child) || cJSON_IsArray(child)) {
            collect(child, wanted);
        }
    }
}

static char *read_whole(const struct report_root *root, const char *relative)
{
    char path[2 * PATH_MAX], *text = NULL;
    size_t size;
    snprintf(path, sizeof(path), "%s/%s", root->path, relative);
    FILE *file = fopen(path, "re"), *stream = file ? open_memstream(&text, &size) : NULL;
    char block[1 << 14];
    size_t got, total = 0;
    while (stream && total <= FILE_BYTES && (got = fread(block, 1, sizeof(block), file)) > 0) {
        fwrite(block, 1, got, stream);
        total += got;
    }
    if (stream) {
        fclose(stream);
    }
    if (file) {
        fclose(file);
    }
    if (total > FILE_BYTES) {
        free(text);
        return NULL;
    }
    return text;
}

static uint32_t count_lines(const char *text)
{
    uint32_t lines = 0;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        lines++;
    }
    return lines;
}

/* Carriage returns go, and a long line loses its end. */
static cJSON *line_json(const char *text, size_t length)
{
    char line[LINE_BYTES + 1];
    size_t kept = length < LINE_BYTES ? length : LINE_BYTES;
    memcpy(line, text, kept);
    line[kept] = 0;
    if (kept == length && kept > 0 && line[kept - 1] == '\r') {
        line[kept - 1] = 0;
    }
    return cJSON_CreateString(line);
}

/* Returns how many lines it took. */
static uint32_t add_file(cJSON *sources, const char *name, const char *text, uint32_t named, uint32_t room)
{
    uint32_t all = count_lines(text), limit = room < FILE_LINES ? room : FILE_LINES;
    uint32_t first = all <= limit || named <= LINES_BEFORE ? 1 : named - LINES_BEFORE, number = 0, taken = 0;
    if (limit == 0 || all == 0) {
        return 0;
    }
    cJSON *file = cJSON_AddObjectToObject(sources, name);
    cJSON_AddNumberToObject(file, "first", first);
    cJSON *lines = cJSON_AddArrayToObject(file, "lines");
    while (*text && taken < limit) {
        size_t length = strcspn(text, "\n");
        if (++number >= first) {
            cJSON_AddItemToArray(lines, line_json(text, length));
            taken++;
        }
        text += length + (text[length] == '\n');
    }
    return taken;
}

cJSON *report_sources_read(const struct report_root *root, const cJSON *json)
{
    cJSON *wanted = cJSON_CreateObject(), *sources = cJSON_CreateObject();
    uint32_t room = ALL_LINES;
    collect(json, wanted);
    const cJSON *file;
    cJSON_ArrayForEach(file, wanted)
    {
        char *text = read_whole(root, file->string);
        if (text) {
            room -= add_file(sources, file->string, text, (uint32_t)file->valuedouble, room);
        }
        free(text);
    }
    cJSON_Delete(wanted);
    return sources;
}
