/* events.c - see events.h. */
#include "events.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>

static cJSON *begin(const struct campaign_run *run, const char *event)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "event", event);
    cJSON_AddNumberToObject(json, "elapsed", run_elapsed(run));
    return json;
}

/* Each is a line, there at once: somebody may be reading. */
static void print(cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    if (text) {
        printf("%s\n", text);
        fflush(stdout);
    }
    free(text);
}

static double left(const struct campaign_run *run)
{
    double seconds = run->options.seconds - run_elapsed(run);
    return seconds > 0 ? seconds : 0;
}

static void add_sums(const struct campaign_run *run, cJSON *json)
{
    cJSON_AddNumberToObject(json, "left", left(run));
    cJSON_AddNumberToObject(json, "executions", (double)run->executions);
    cJSON_AddNumberToObject(json, "slices", run->slices);
    cJSON_AddNumberToObject(json, "coverage", (double)run->coverage);
    cJSON_AddNumberToObject(json, "findings", run->counts.found);
    cJSON_AddNumberToObject(json, "confirmed", run->counts.confirmed);
    cJSON_AddNumberToObject(json, "unreproducible", run->counts.unreproducible);
    cJSON_AddNumberToObject(json, "crashes", run->counts.crashes);
    cJSON_AddNumberToObject(json, "disk", (double)run->disk_used);
}

void event_start(const struct campaign_run *run, const char *invocation)
{
    char seed[32];
    cJSON *json = begin(run, "start");
    snprintf(seed, sizeof(seed), "%" PRIu64, run->options.seed);
    cJSON_AddStringToObject(json, "remlock", REMLOCK_VERSION);
    cJSON_AddStringToObject(json, "invocation", invocation);
    cJSON_AddStringToObject(json, "folder", run->options.folder);
    cJSON_AddBoolToObject(json, "resumed", run->options.resume);
    cJSON_AddStringToObject(json, "seed", seed);
    cJSON_AddNumberToObject(json, "time", run->options.seconds);
    cJSON_AddNumberToObject(json, "left", left(run));
    cJSON_AddNumberToObject(json, "jobs", run->options.jobs);
    cJSON_AddNumberToObject(json, "disk_limit", (double)run->options.disk);
    cJSON_AddNumberToObject(json, "memory_limit", (double)run->options.memory);
    cJSON_AddNumberToObject(json, "arms", run->arms.count);
    cJSON *subjects = cJSON_AddArrayToObject(json, "subjects");
    for (uint32_t index = 0; index < run->subjects.count; index++) {
        cJSON_AddItemToArray(subjects, cJSON_CreateString(run->subjects.list[index].row.name));
    }
    cJSON *engines = cJSON_AddArrayToObject(json, "engines");
    for (int engine = 0; engine < CAMPAIGN_ENGINES; engine++) {
        if (run->options.engines[engine]) {
            cJSON_AddItemToArray(engines, cJSON_CreateString(campaign_engine_names[engine]));
        }
    }
    print(json);
}

void event_slice(const struct campaign_run *run, const struct slot *slot)
{
    static const char *const outcomes[] = {"running", "done", "failed", "killed"};
    const struct campaign_slice *slice = &slot->slice;
    char seed[32];
    cJSON *json = begin(run, "slice");
    snprintf(seed, sizeof(seed), "%" PRIu64, slice->seed);
    cJSON_AddNumberToObject(json, "slice", (double)slice->id);
    cJSON_AddStringToObject(json, "subject", run->subjects.list[slot->subject].row.name);
    cJSON_AddStringToObject(json, "engine", slice->engine);
    cJSON_AddStringToObject(json, "configuration", slice->configuration);
    cJSON_AddStringToObject(json, "seed", seed);
    cJSON_AddStringToObject(json, "outcome", outcomes[slice->outcome]);
    cJSON_AddNumberToObject(json, "seconds", slice->seconds);
    cJSON_AddNumberToObject(json, "executions", (double)slice->executions);
    cJSON_AddNumberToObject(json, "coverage", slice->coverage);
    cJSON_AddNumberToObject(json, "inputs", slice->inputs);
    cJSON_AddNumberToObject(json, "found", slice->found);
    cJSON_AddStringToObject(json, "message", slice->message);
    print(json);
}

void event_finding(const struct campaign_run *run, const struct campaign_finding *finding, const char *file, const char *remark)
{
    cJSON *json = begin(run, "finding");
    cJSON_AddStringToObject(json, "subject", finding->subject);
    cJSON_AddStringToObject(json, "finding", finding->identifier);
    cJSON_AddStringToObject(json, "routine", finding->routine);
    cJSON_AddStringToObject(json, "state", finding->state == CAMPAIGN_CONFIRMED ? "confirmed" : "unreproducible");
    cJSON_AddBoolToObject(json, "canary", finding->canary);
    cJSON_AddStringToObject(json, "message", finding->message);
    cJSON_AddStringToObject(json, "remark", remark);
    cJSON_AddStringToObject(json, "file", file);
    cJSON_AddStringToObject(json, "fingerprint", finding->fingerprint);
    cJSON_AddNumberToObject(json, "attempts", finding->attempts);
    cJSON_AddNumberToObject(json, "reproduced", finding->reproduced);
    cJSON_AddNumberToObject(json, "tasks", finding->tasks);
    cJSON_AddNumberToObject(json, "operations", finding->operations);
    cJSON_AddNumberToObject(json, "preemptions", finding->preemptions);
    cJSON_AddStringToObject(json, "engine", finding->engine);
    cJSON_AddStringToObject(json, "configuration", finding->configuration);
    cJSON_AddNumberToObject(json, "seen", finding->at);
    print(json);
}

void event_progress(const struct campaign_run *run)
{
    cJSON *json = begin(run, "progress");
    add_sums(run, json);
    cJSON *running = cJSON_AddArrayToObject(json, "running");
    for (uint32_t index = 0; index < run->options.jobs; index++) {
        if (run->slots[index].use != SLOT_FREE) {
            cJSON_AddItemToArray(running, cJSON_CreateString(run->slots[index].label));
        }
    }
    print(json);
}

void event_trouble(const struct campaign_run *run, const char *message)
{
    cJSON *json = begin(run, "trouble");
    cJSON_AddStringToObject(json, "message", message);
    print(json);
}

void event_end(const struct campaign_run *run, int code)
{
    cJSON *json = begin(run, "end");
    add_sums(run, json);
    cJSON_AddBoolToObject(json, "interrupted", run->hurried);
    cJSON_AddBoolToObject(json, "canary_alive", run->canary.state != CANARY_DEAD);
    cJSON_AddNumberToObject(json, "exit", code);
    print(json);
}
