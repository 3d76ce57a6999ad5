/* file.c - see file.h. */
#include "file.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FORMAT = 1, FILE_LIMIT = 1 << 30 };

/* Replays and fuzz inputs are other things: nothing but what begins as an object of JSON is read. */
static char *read_object(const char *path)
{
    struct stat status;
    FILE *file = stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size < FILE_LIMIT ? fopen(path, "re") : NULL;
    if (!file) {
        return NULL;
    }
    int first = fgetc(file);
    size_t size = (size_t)status.st_size;
    char *text = first == '{' ? malloc(size + 1) : NULL;
    rewind(file);
    if (text) {
        text[fread(text, 1, size, file)] = 0;
    }
    fclose(file);
    return text;
}

static bool is_document(const cJSON *json)
{
    const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "document"));
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(json, "format");
    return kind && strcmp(kind, "report") == 0 && cJSON_IsNumber(format) && format->valueint == FORMAT &&
           cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(json, "findings")) &&
           cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(json, "replays"));
}

cJSON *report_document_read(const char *path)
{
    char *text = read_object(path);
    cJSON *json = text ? cJSON_Parse(text) : NULL;
    free(text);
    if (json && !is_document(json)) {
        cJSON_Delete(json);
        return NULL;
    }
    return json;
}
