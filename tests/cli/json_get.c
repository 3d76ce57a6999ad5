/*
 * json_get.c - reads one JSON document from the standard input and prints a value of it: json_get KEY.KEY.NUMBER...
 * Strings without quotes, objects and arrays as their number of members. Exit status 1 when it is no JSON, 2 when nothing is
 * there.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 64 << 20 };

static cJSON *step(const cJSON *at, const char *key)
{
    return cJSON_IsArray(at) ? cJSON_GetArrayItem(at, atoi(key)) : cJSON_GetObjectItemCaseSensitive(at, key);
}

static void print(const cJSON *value)
{
    if (cJSON_IsString(value)) {
        puts(value->valuestring);
    } else if (cJSON_IsArray(value) || cJSON_IsObject(value)) {
        printf("%d\n", cJSON_GetArraySize(value));
    } else {
        char *text = cJSON_PrintUnformatted(value);
        puts(text);
        free(text);
    }
}

int main(int argument_count, char **arguments)
{
    char *text = malloc(LIMIT);
    const char *end;
    if (text == NULL) {
        return 1;
    }
    text[fread(text, 1, LIMIT - 1, stdin)] = 0;
    cJSON *root = cJSON_ParseWithOpts(text, &end, 0);
    if (root == NULL || end[strspn(end, " \n\t")] != 0) {
        fprintf(stderr, "this is not one JSON document:\n%s\n", text);
        return 1;
    }
    const cJSON *at = root;
    char *rest;
    for (char *key = argument_count > 1 ? strtok_r(arguments[1], ".", &rest) : NULL; key; key = strtok_r(NULL, ".", &rest)) {
        at = step(at, key);
        if (at == NULL) {
            fprintf(stderr, "there is no '%s' in:\n%s\n", key, text);
            return 2;
        }
    }
    print(at);
    cJSON_Delete(root);
    free(text);
    return 0;
}
