/* report.c - results as text, JSON and JUnit XML. */
#include "report.h"

#include "command.h"
#include "progress.h"
#include "report/times.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void regress_print_text(const struct regress_list *list, const struct regress_summary *summary)
{
    char rate[32], count[32];
    uint32_t passed = 0;
    for (uint32_t index = 0; index < list->count; index++) {
        const struct regress_result *result = &list->results[index];
        passed += result->outcome == REGRESS_AS_EXPECTED;
        if (result->outcome > REGRESS_AS_EXPECTED) {
            printf("NOT AS EXPECTED %s\n  %s\n", list->paths[index], result->message);
        }
    }
    if (summary->quiet) {
        return;
    }
    double seconds = summary->seconds;
    printf("%u of %u replays as expected; %s executions in %.3f s (%s)%s\n", passed, list->count,
           progress_count(summary->done, count, sizeof(count)), seconds,
           progress_rate(seconds > 0 ? (double)summary->done / seconds : 0, rate, sizeof(rate)),
           summary->interrupted ? ", interrupted" : "");
}

/* ------------------------------------------------------------------------------------------------------------ JSON -- */

/* The keys of `replays` in a report document. */
static cJSON *result_json(const char *path, const struct regress_result *result)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "file", path);
    cJSON_AddStringToObject(json, "subject", result->subject);
    cJSON_AddStringToObject(json, "outcome", regress_outcome_name(result->outcome));
    cJSON_AddStringToObject(json, "expected", result->expected);
    cJSON_AddStringToObject(json, "got", result->got);
    cJSON_AddStringToObject(json, "message", result->message);
    cJSON_AddNumberToObject(json, "seconds", result->seconds);
    return json;
}

cJSON *regress_json(const struct regress_list *list, const struct regress_summary *summary)
{
    cJSON *json = json_begin("regress");
    cJSON *items = cJSON_AddArrayToObject(json, "replays");
    for (uint32_t index = 0; index < list->count; index++) {
        const struct regress_result *result = &list->results[index];
        cJSON *entry = result_json(list->paths[index], result);
        cJSON_AddBoolToObject(entry, "as_expected", result->outcome == REGRESS_AS_EXPECTED);
        if (result->message[0] == 0) {
            cJSON_DeleteItemFromObject(entry, "message");
        }
        cJSON_AddItemToArray(items, entry);
    }
    cJSON_AddNumberToObject(json, "failed", regress_failed(list));
    cJSON_AddNumberToObject(json, "executions", (double)summary->done);
    cJSON_AddNumberToObject(json, "seconds", summary->seconds);
    cJSON_AddBoolToObject(json, "interrupted", summary->interrupted);
    return json;
}

/* ----------------------------------------------------------------------------------------------------------- JUnit -- */

static cJSON *report_document(const struct regress_list *list)
{
    char now[REPORT_TIME_SIZE];
    cJSON *document = json_begin("regress");
    cJSON_AddStringToObject(document, "document", "report");
    cJSON_AddNumberToObject(document, "format", 1);
    cJSON_AddStringToObject(document, "title", "remlock regress");
    cJSON_AddStringToObject(document, "created", report_now(now));
    cJSON_AddArrayToObject(document, "findings");
    cJSON *replays = cJSON_AddArrayToObject(document, "replays");
    for (uint32_t index = 0; index < list->count; index++) {
        if (list->results[index].outcome != REGRESS_NOT_RUN) {
            cJSON_AddItemToArray(replays, result_json(list->paths[index], &list->results[index]));
        }
    }
    return document;
}

static char *junit_text(const struct regress_list *list, size_t *size)
{
    const struct report_format *format = report_format_named("junit");
    char *text = NULL;
    FILE *stream = open_memstream(&text, size);
    cJSON *document = report_document(list);
    bool written = format && stream && document && format->write(stream, document);
    cJSON_Delete(document);
    if (stream && fclose(stream) != 0) {
        written = false;
    }
    if (!written) {
        free(text);
        return NULL;
    }
    return text;
}

bool regress_save_junit(const struct regress_list *list, const char *path)
{
    struct replay_error error;
    size_t size = 0;
    char *text = junit_text(list, &size);
    if (!text) {
        complain("%s: no memory for the report", path);
        return false;
    }
    bool saved = replay_replace_file(path, text, size, &error);
    if (!saved) {
        complain("%s", error.message);
    }
    free(text);
    return saved;
}
