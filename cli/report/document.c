/* document.c - see document.h. */
#include "document.h"

#include "bounds.h"
#include "campaign.h"
#include "cases.h"
#include "file.h"
#include "finding.h"
#include "times.h"
#include "utf8.h"

#include "command.h"
#include "progress.h"

#include <remlock/replay.h>

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------------------------------------------- explaining -- */

struct showing {
    struct progress progress;
};

static void show(void *context, uint32_t done, uint32_t count)
{
    struct showing *showing = context;
    if (progress_due(&showing->progress)) {
        progress_show(&showing->progress, "%u of %u replays explained", done, count);
    }
}

static bool explain_all(const struct report_request *request, struct report_cases *cases, char *message, uint32_t size)
{
    struct showing showing = {.progress = progress_begin(request->quiet)};
    struct report_run_options options = {
        .jobs = request->jobs, .time_limit = request->time_limit, .progress = show, .context = &showing};
    struct report_run *runs = calloc(cases->count ? cases->count : 1, sizeof(*runs));
    if (!runs) {
        snprintf(message, size, "out of memory");
        return false;
    }
    for (uint32_t index = 0; index < cases->count; index++) {
        runs[index].path = cases->items[index].path;
    }
    bool explained = cases->count == 0 || report_run_all(runs, cases->count, &options, message, size);
    for (uint32_t index = 0; index < cases->count; index++) {
        cases->items[index].run = runs[index];
    }
    progress_wipe(&showing.progress);
    free(runs);
    return explained;
}

/* ---------------------------------------------------------------------------------------------------------- telling -- */

static void tell_case(const struct report_root *root, struct report_case *item, cJSON *found, cJSON *replays, uint32_t *room)
{
    const cJSON *fingerprint;
    report_run_read(&item->run);
    /* What the replay came to is written first: a finding takes the explanation away. */
    cJSON *replay = report_case_json(root, item, "");
    cJSON *finding = report_finding_json(root, item);
    cJSON_AddItemToArray(replays, replay);
    cJSON_Delete(item->run.explained);
    item->run.explained = NULL;
    if (finding) {
        report_bound(finding, room);
        fingerprint = cJSON_GetObjectItemCaseSensitive(finding, "fingerprint");
        cJSON_AddStringToObject(replay, "fingerprint", fingerprint->valuestring);
        report_finding_enter(found, finding);
    }
}

static void name_inputs(const struct report_request *request, char *title, size_t size)
{
    if (request->title) {
        snprintf(title, size, "%s", request->title);
    } else if (request->input_count == 1) {
        snprintf(title, size, "remlock: %s", request->inputs[0]);
    } else {
        snprintf(title, size, "remlock: %s and %u more", request->inputs[0], request->input_count - 1);
    }
}

static cJSON *tell(const struct report_request *request, const struct report_root *root, struct report_cases *cases)
{
    char title[PATH_MAX + 64], moment[REPORT_TIME_SIZE];
    uint32_t room = REPORT_ALL_STEPS;
    cJSON *json = cJSON_CreateObject();
    name_inputs(request, title, sizeof(title));
    cJSON_AddStringToObject(json, "remlock", REMLOCK_VERSION);
    cJSON_AddStringToObject(json, "command", "report");
    cJSON_AddStringToObject(json, "document", "report");
    cJSON_AddNumberToObject(json, "format", 1);
    cJSON_AddStringToObject(json, "title", title);
    cJSON_AddStringToObject(json, "created", report_now(moment));
    cJSON_AddStringToObject(json, "invocation", request->invocation);
    cJSON *found = cJSON_AddArrayToObject(json, "findings");
    cJSON *replays = cJSON_AddArrayToObject(json, "replays");
    for (uint32_t index = 0; index < cases->count; index++) {
        tell_case(root, &cases->items[index], found, replays, &room);
    }
    cJSON_AddItemToObject(json, "sources", report_sources_read(root, found));
    return json;
}

/* Names of files may be any bytes, and programs print what they like: a document is UTF-8. */
static void mend_strings(cJSON *json)
{
    for (; json; json = json->next) {
        if (cJSON_IsString(json) && !utf8_is_valid(json->valuestring)) {
            char *mended = utf8_mend(json->valuestring);
            cJSON_SetValuestring(json, mended ? mended : "?");
            free(mended);
        }
        mend_strings(json->child);
    }
}

static cJSON *make(const struct report_request *request, const struct report_root *root, struct report_cases *cases,
                   char *message, size_t size)
{
    cJSON *campaign = NULL;
    if (!explain_all(request, cases, message, (uint32_t)size)) {
        return NULL;
    }
    if (cases->campaign) {
        campaign = report_campaign_json(cases->campaign, message, size);
        if (!campaign) {
            return NULL;
        }
    }
    cJSON *json = tell(request, root, cases);
    if (campaign) {
        cJSON_AddItemToObject(json, "campaign", campaign);
    }
    mend_strings(json);
    return json;
}

/* A document that was made before is written again, in another format or under another title. */
static cJSON *read_document(const struct report_request *request)
{
    cJSON *json = request->input_count == 1 ? report_document_read(request->inputs[0]) : NULL;
    if (json && request->title) {
        cJSON_ReplaceItemInObjectCaseSensitive(json, "title", cJSON_CreateString(request->title));
    }
    if (json) {
        mend_strings(json);
    }
    return json;
}

cJSON *report_document_make(const struct report_request *request, char *message, size_t size)
{
    cJSON *made = read_document(request);
    if (made) {
        return made;
    }
    struct report_root root;
    struct report_cases cases = {0};
    bool taken = report_root_open(&root, request->source_root, message, size);
    for (uint32_t index = 0; taken && index < request->input_count; index++) {
        taken = report_cases_take(&cases, request->inputs[index], message, size);
    }
    cJSON *json = taken ? make(request, &root, &cases, message, size) : NULL;
    report_cases_free(&cases);
    return json;
}

/* ---------------------------------------------------------------------------------------------------------- writing -- */

static bool write_to_file(const cJSON *document, const struct report_format *format, const char *path, char *message,
                          size_t size)
{
    char *text = NULL;
    size_t length = 0;
    struct replay_error error = {.message = "out of memory while writing the report"};
    FILE *stream = open_memstream(&text, &length);
    bool written = stream && format->write(stream, document);
    written = (!stream || fclose(stream) == 0) && written && replay_replace_file(path, text, length, &error);
    if (!written) {
        snprintf(message, size, "%s", error.message);
    }
    free(text);
    return written;
}

bool report_document_write(const cJSON *document, const struct report_format *format, const char *path, char *message,
                           size_t size)
{
    if (path) {
        return write_to_file(document, format, path, message, size);
    }
    if (!format->write(stdout, document)) {
        snprintf(message, size, "cannot write the report to the standard output");
        return false;
    }
    return true;
}
