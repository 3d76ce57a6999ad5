/* document.c - see document.h. */
#include "document.h"

#include <cjson/cJSON.h>
#include <string.h>

const cJSON *document_get(const cJSON *json, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(json, key);
}

const char *document_text(const cJSON *json, const char *key)
{
    const char *text = cJSON_GetStringValue(document_get(json, key));
    return text ? text : "";
}

double document_number(const cJSON *json, const char *key)
{
    const cJSON *number = document_get(json, key);
    return cJSON_IsNumber(number) ? number->valuedouble : 0;
}

uint32_t document_line(const cJSON *json)
{
    double line = document_number(json, "line");
    return line >= 1 && line < 1e9 ? (uint32_t)line : 0;
}

uint32_t document_count(const cJSON *json, const char *key)
{
    return (uint32_t)cJSON_GetArraySize(document_get(json, key));
}

bool document_has_no_verdict(const cJSON *replay)
{
    static const char *const outcomes[] = {"diverged", "malformed", "crashed", "timed-out"};
    for (size_t index = 0; index < sizeof(outcomes) / sizeof(outcomes[0]); index++) {
        if (strcmp(document_text(replay, "outcome"), outcomes[index]) == 0) {
            return true;
        }
    }
    return false;
}

void document_place(const cJSON *finding, char *text, size_t size)
{
    const cJSON *source = document_get(finding, "source");
    text[0] = 0;
    if (source) {
        snprintf(text, size, "%s:%.0f", document_text(source, "file"), document_number(source, "line"));
    }
}

const char *document_routine(const cJSON *finding)
{
    const char *routine = document_text(finding, "routine");
    return strcmp(routine, "-") == 0 ? "" : routine;
}
