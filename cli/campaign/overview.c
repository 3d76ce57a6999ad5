/* overview.c - see overview.h. */
#include "overview.h"

#include "export.h"
#include "options.h"
#include "progress.h"
#include "report/campaign.h"
#include "report/times.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct gathering {
    const char *folder;
    cJSON *findings;
    uint32_t sessions, running;
    bool ran[CAMPAIGN_ENGINES];
};

/* ---------------------------------------------------------------------------------------------------------- members -- */

const char *overview_text(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

double overview_number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

const cJSON *overview_part(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* -------------------------------------------------------------------------------------------------------- gathering -- */

static bool take_session(const struct campaign_session *session, void *context)
{
    struct gathering *gathering = context;
    (void)session;
    gathering->sessions++;
    return true;
}

static bool take_slice(const struct campaign_slice *slice, void *context)
{
    struct gathering *gathering = context;
    gathering->running += slice->outcome == CAMPAIGN_RUNNING;
    for (int engine = 0; engine < CAMPAIGN_ENGINES; engine++) {
        bool ran = slice->outcome != CAMPAIGN_FAILED && strcmp(slice->engine, campaign_engine_names[engine]) == 0;
        gathering->ran[engine] |= ran;
    }
    return true;
}

static const char *state_name(enum campaign_state state)
{
    static const char *const names[] = {"found", "confirmed", "unreproducible"};
    return names[state];
}

static bool take_finding(const struct campaign_finding *finding, void *context)
{
    struct gathering *gathering = context;
    char text[PATH_MAX];
    if (finding->canary) {
        return true;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "subject", finding->subject);
    cJSON_AddStringToObject(json, "finding", finding->identifier);
    cJSON_AddStringToObject(json, "routine", finding->routine);
    cJSON_AddStringToObject(json, "fingerprint", finding->fingerprint);
    cJSON_AddStringToObject(json, "state", state_name(finding->state));
    cJSON_AddStringToObject(json, "message", finding->message);
    export_path(gathering->folder, finding, text, sizeof(text));
    /* It is written when the finding has been confirmed, or has not. */
    cJSON_AddItemToObject(json, "file", access(text, F_OK) == 0 ? cJSON_CreateString(text) : cJSON_CreateNull());
    cJSON_AddStringToObject(json, "first", report_time(finding->first_seen, text));
    cJSON_AddStringToObject(json, "last", report_time(finding->last_seen, text));
    cJSON_AddNumberToObject(json, "sightings", finding->sightings);
    cJSON_AddNumberToObject(json, "attempts", finding->attempts);
    cJSON_AddNumberToObject(json, "reproduced", finding->reproduced);
    cJSON_AddNumberToObject(json, "executions", (double)finding->executions);
    cJSON_AddNumberToObject(json, "elapsed", finding->at);
    cJSON_AddStringToObject(json, "engine", finding->engine);
    cJSON_AddStringToObject(json, "configuration", finding->configuration);
    cJSON_AddNumberToObject(json, "tasks", finding->tasks);
    cJSON_AddNumberToObject(json, "operations", finding->operations);
    cJSON_AddNumberToObject(json, "preemptions", finding->preemptions);
    cJSON_AddItemToArray(gathering->findings, json);
    return true;
}

static cJSON *not_run(const struct gathering *gathering)
{
    cJSON *array = cJSON_CreateArray();
    for (int engine = 0; engine < CAMPAIGN_ENGINES; engine++) {
        if (!gathering->ran[engine]) {
            cJSON_AddItemToArray(array, cJSON_CreateString(campaign_engine_names[engine]));
        }
    }
    return array;
}

cJSON *campaign_overview(struct campaign *campaign, const char *folder, const char *command, char *message, size_t size)
{
    struct gathering gathering = {.folder = folder, .findings = cJSON_CreateArray()};
    bool read = campaign_each_session(campaign, take_session, &gathering) &&
                campaign_each_slice(campaign, take_slice, &gathering) &&
                campaign_each_finding(campaign, take_finding, &gathering);
    if (!read) {
        snprintf(message, size, "%s", campaign_error(campaign));
    }
    cJSON *report = read ? report_campaign_json(campaign, message, size) : NULL;
    if (!report) {
        cJSON_Delete(gathering.findings);
        return NULL;
    }
    cJSON *json = json_begin(command);
    cJSON_AddStringToObject(json, "folder", folder);
    cJSON_AddNumberToObject(json, "sessions", gathering.sessions);
    cJSON_AddNumberToObject(json, "running", gathering.running);
    cJSON_AddItemToObject(json, "not_run", not_run(&gathering));
    cJSON_AddItemToObject(json, "findings", gathering.findings);
    cJSON_AddItemToObject(json, "campaign", report);
    return json;
}

cJSON *campaign_overview_of(const char *folder, const char *command, char *message, size_t size)
{
    struct campaign *campaign = campaign_open(folder, CAMPAIGN_READ, message, size);
    cJSON *json = campaign ? campaign_overview(campaign, folder, command, message, size) : NULL;
    campaign_close(campaign);
    return json;
}

/* ------------------------------------------------------------------------------------------------------------ words -- */

void overview_sentence(const cJSON *overview, char *text, size_t size)
{
    const cJSON *campaign = overview_part(overview, "campaign");
    char spent[32], limit[32], count[32], rate[32];
    double elapsed = overview_number(campaign, "elapsed"), executions = overview_number(campaign, "executions");
    double most = overview_number(campaign, "limit"), jobs = overview_number(campaign, "jobs");
    snprintf(text, size, "%s%s%s, %.0f job%s, %s executions (%s)", progress_duration(elapsed, spent, sizeof(spent)),
             most > 0 ? " of " : "", most > 0 ? progress_duration(most, limit, sizeof(limit)) : "", jobs, jobs == 1 ? "" : "s",
             progress_count((uint64_t)executions, count, sizeof(count)),
             progress_rate(elapsed > 0 ? executions / elapsed : 0, rate, sizeof(rate)));
}

const char *overview_canary(const cJSON *overview)
{
    const cJSON *alive = overview_part(overview_part(overview, "campaign"), "canary_alive");
    if (cJSON_IsBool(alive)) {
        return cJSON_IsTrue(alive)
                   ? "The canary, a subject that must fail, was found and confirmed."
                   : "The canary, a subject that must fail, was not confirmed: nothing that is said here can be trusted.";
    }
    return "";
}
