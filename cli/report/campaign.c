/* campaign.c - see campaign.h. */
#include "campaign.h"

#include "series.h"
#include "times.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENGINES = 16, TROUBLE_LIMIT = 50 };

struct subject_notes {
    int64_t id;
    char name[CAMPAIGN_NAME_SIZE];
    bool canary;
    cJSON *json; /* NULL: of the canary */
    bool has_first;
};

struct engine_notes {
    char name[32];
    uint32_t slices, findings, failed;
    double seconds;
    uint64_t executions;
};

struct reading {
    cJSON *subjects_json, *trouble;
    struct subject_notes *subjects;
    uint32_t subject_count, subject_capacity;
    struct engine_notes engines[ENGINES];
    uint32_t engine_count;
    struct report_series series;
    double started, ended, limit;
    uint32_t jobs;
    uint64_t executions;
    bool has_canary, canary_alive, out_of_memory;
};

/* --------------------------------------------------------------------------------------------------------- trouble -- */

/* Said once, however often it happened. */
static void add_trouble(struct reading *reading, const char *text)
{
    const cJSON *known;
    cJSON_ArrayForEach(known, reading->trouble)
    {
        if (strcmp(known->valuestring, text) == 0) {
            return;
        }
    }
    if (cJSON_GetArraySize(reading->trouble) < TROUBLE_LIMIT) {
        cJSON_AddItemToArray(reading->trouble, cJSON_CreateString(text));
    }
}

/* --------------------------------------------------------------------------------------------------------- reading -- */

static bool take_session(const struct campaign_session *session, void *context)
{
    struct reading *reading = context;
    if (reading->jobs == 0 || session->started < reading->started) {
        reading->started = session->started;
    }
    if (session->ended > reading->ended) {
        reading->ended = session->ended;
    }
    reading->jobs = session->jobs;
    reading->limit = session->limit;
    return true;
}

static cJSON *subject_json(const struct campaign_subject *subject)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", subject->name);
    cJSON_AddStringToObject(json, "summary", subject->summary);
    cJSON_AddBoolToObject(json, "correct", subject->correct);
    cJSON_AddNumberToObject(json, "executions", (double)subject->executions);
    cJSON_AddNumberToObject(json, "seconds", subject->seconds);
    cJSON_AddNumberToObject(json, "slices", subject->slices);
    cJSON_AddNumberToObject(json, "coverage", subject->coverage);
    cJSON_AddNumberToObject(json, "findings", subject->findings);
    cJSON_AddNullToObject(json, "first");
    return json;
}

static bool take_subject(const struct campaign_subject *subject, void *context)
{
    struct reading *reading = context;
    if (reading->subject_count == reading->subject_capacity) {
        uint32_t capacity = reading->subject_capacity ? reading->subject_capacity * 2 : 64;
        struct subject_notes *subjects = realloc(reading->subjects, capacity * sizeof(*subjects));
        if (!subjects) {
            reading->out_of_memory = true;
            return false;
        }
        reading->subjects = subjects;
        reading->subject_capacity = capacity;
    }
    struct subject_notes *notes = &reading->subjects[reading->subject_count++];
    *notes = (struct subject_notes){.id = subject->id, .canary = subject->canary};
    snprintf(notes->name, sizeof(notes->name), "%s", subject->name);
    reading->has_canary |= subject->canary;
    if (!subject->canary) {
        notes->json = subject_json(subject);
        cJSON_AddItemToArray(reading->subjects_json, notes->json);
        reading->executions += subject->executions;
    }
    return true;
}

static struct engine_notes *engine_notes(struct reading *reading, const char *name)
{
    for (uint32_t index = 0; index < reading->engine_count; index++) {
        if (strcmp(reading->engines[index].name, name) == 0) {
            return &reading->engines[index];
        }
    }
    if (reading->engine_count == ENGINES) {
        return NULL;
    }
    struct engine_notes *notes = &reading->engines[reading->engine_count++];
    snprintf(notes->name, sizeof(notes->name), "%s", name);
    return notes;
}

static struct subject_notes *subject_with(struct reading *reading, int64_t id)
{
    for (uint32_t index = 0; index < reading->subject_count; index++) {
        if (reading->subjects[index].id == id) {
            return &reading->subjects[index];
        }
    }
    return NULL;
}

static struct subject_notes *subject_named(struct reading *reading, const char *name)
{
    for (uint32_t index = 0; index < reading->subject_count; index++) {
        if (strcmp(reading->subjects[index].name, name) == 0) {
            return &reading->subjects[index];
        }
    }
    return NULL;
}

static void note_failure(struct reading *reading, const struct campaign_slice *slice, const char *subject)
{
    char text[CAMPAIGN_TEXT_SIZE + CAMPAIGN_NAME_SIZE + 64];
    snprintf(text, sizeof(text), "%s on %s failed: %s", slice->engine, subject,
             slice->message[0] ? slice->message : "it did not say why");
    add_trouble(reading, text);
}

static bool take_slice(const struct campaign_slice *slice, void *context)
{
    struct reading *reading = context;
    struct subject_notes *subject = subject_with(reading, slice->subject);
    if (!subject || subject->canary) {
        return true;
    }
    struct engine_notes *engine = engine_notes(reading, slice->engine);
    if (engine) {
        engine->slices++;
        engine->seconds += slice->seconds;
        engine->executions += slice->executions;
        engine->failed += slice->outcome == CAMPAIGN_FAILED;
    }
    if (slice->outcome == CAMPAIGN_FAILED) {
        note_failure(reading, slice, subject->name);
    }
    struct report_moment moment = {.elapsed = slice->at + slice->seconds,
                                   .subject = (uint32_t)(subject - reading->subjects),
                                   .executions = slice->executions,
                                   .coverage = slice->coverage};
    reading->out_of_memory |= !report_series_add(&reading->series, &moment);
    return !reading->out_of_memory;
}

static void note_first(struct subject_notes *subject, const struct campaign_finding *finding)
{
    const cJSON *first = cJSON_GetObjectItemCaseSensitive(subject->json, "first");
    if (subject->has_first && cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(first, "elapsed")) <= finding->at) {
        return;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "finding", finding->identifier);
    cJSON_AddNumberToObject(json, "executions", (double)finding->executions);
    cJSON_AddNumberToObject(json, "elapsed", finding->at);
    cJSON_ReplaceItemInObjectCaseSensitive(subject->json, "first", json);
    subject->has_first = true;
}

static void note_unreproducible(struct reading *reading, const struct campaign_finding *finding)
{
    char text[CAMPAIGN_NAME_SIZE + 512];
    snprintf(text, sizeof(text), "%s in %s of %s came again in %u of %u fresh processes only", finding->identifier,
             finding->routine, finding->subject, finding->reproduced, finding->attempts);
    add_trouble(reading, text);
}

static bool take_finding(const struct campaign_finding *finding, void *context)
{
    struct reading *reading = context;
    struct subject_notes *subject = subject_named(reading, finding->subject);
    if (finding->canary) {
        reading->canary_alive |= finding->state == CAMPAIGN_CONFIRMED;
        return true;
    }
    if (finding->state == CAMPAIGN_UNREPRODUCIBLE) {
        note_unreproducible(reading, finding);
    }
    struct engine_notes *engine = finding->engine[0] ? engine_notes(reading, finding->engine) : NULL;
    if (engine) {
        engine->findings++;
    }
    if (subject && subject->json) {
        note_first(subject, finding);
    }
    struct report_moment moment = {.elapsed = finding->at, .subject = REPORT_NO_SUBJECT, .findings = 1};
    reading->out_of_memory |= !report_series_add(&reading->series, &moment);
    return !reading->out_of_memory;
}

/* --------------------------------------------------------------------------------------------------------- telling -- */

static cJSON *engines_json(const struct reading *reading)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t index = 0; index < reading->engine_count; index++) {
        const struct engine_notes *engine = &reading->engines[index];
        cJSON *json = cJSON_CreateObject();
        cJSON_AddStringToObject(json, "name", engine->name);
        cJSON_AddNumberToObject(json, "slices", engine->slices);
        cJSON_AddNumberToObject(json, "seconds", engine->seconds);
        cJSON_AddNumberToObject(json, "executions", (double)engine->executions);
        cJSON_AddNumberToObject(json, "findings", engine->findings);
        cJSON_AddNumberToObject(json, "failed", engine->failed);
        cJSON_AddItemToArray(array, json);
    }
    return array;
}

static cJSON *tell(struct reading *reading, double elapsed)
{
    char moment[REPORT_TIME_SIZE];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "started", report_time(reading->started, moment));
    cJSON_AddStringToObject(json, "ended", report_time(reading->ended, moment));
    cJSON_AddNumberToObject(json, "elapsed", elapsed);
    cJSON_AddNumberToObject(json, "jobs", reading->jobs);
    cJSON_AddNumberToObject(json, "executions", (double)reading->executions);
    cJSON_AddNumberToObject(json, "limit", reading->limit);
    cJSON_AddBoolToObject(json, "interrupted", reading->limit > 0 && elapsed + 1 < reading->limit);
    cJSON_AddItemToObject(json, "canary_alive",
                          reading->has_canary ? cJSON_CreateBool(reading->canary_alive) : cJSON_CreateNull());
    if (reading->has_canary && !reading->canary_alive) {
        add_trouble(reading, "the subject that must always fail did not: what looks clean may not have been looked at");
    }
    cJSON_AddItemToObject(json, "subjects", reading->subjects_json);
    cJSON_AddItemToObject(json, "engines", engines_json(reading));
    cJSON_AddItemToObject(json, "series", report_series_json(&reading->series, elapsed));
    cJSON_AddItemToObject(json, "trouble", reading->trouble);
    return json;
}

cJSON *report_campaign_json(struct campaign *campaign, char *message, size_t size)
{
    struct reading reading = {.subjects_json = cJSON_CreateArray(), .trouble = cJSON_CreateArray()};
    cJSON *json = NULL;
    bool read = campaign_each_session(campaign, take_session, &reading) &&
                campaign_each_subject(campaign, take_subject, &reading) &&
                campaign_each_slice(campaign, take_slice, &reading) && campaign_each_finding(campaign, take_finding, &reading);
    if (read && !reading.out_of_memory) {
        json = tell(&reading, campaign_elapsed(campaign));
    } else {
        snprintf(message, size, "%s", read ? "out of memory while reading the campaign" : campaign_error(campaign));
        cJSON_Delete(reading.subjects_json);
        cJSON_Delete(reading.trouble);
    }
    report_series_free(&reading.series);
    free(reading.subjects);
    return json;
}
