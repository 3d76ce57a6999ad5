/* bounds.c - see bounds.h. */
#include "bounds.h"

#include <cjson/cJSON.h>
#include <stddef.h>

void report_bound(cJSON *finding, uint32_t *room)
{
    static const char *const keys[] = {"trace", "rows", "frames", "locks"};
    uint32_t steps = (uint32_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(finding, "trace"));
    if (steps <= *room) {
        *room -= steps;
        return;
    }
    for (size_t index = 0; index < sizeof(keys) / sizeof(keys[0]); index++) {
        cJSON_DeleteItemFromObjectCaseSensitive(finding, keys[index]);
    }
    cJSON_ReplaceItemInObjectCaseSensitive(finding, "trace_truncated", cJSON_CreateTrue());
}
