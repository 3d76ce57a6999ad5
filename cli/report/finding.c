/* finding.c - see finding.h. */
#include "finding.h"

#include "times.h"
#include "values.h"

#include <remlock/harness.h>

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMAND_SIZE = 2 * PATH_MAX };

static const char *text_of(const cJSON *json, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
    return text ? text : "";
}

/* --------------------------------------------------------------------------------------------------------- outcomes -- */

static const cJSON *explanation_of(const struct report_case *item)
{
    return cJSON_GetObjectItemCaseSensitive(item->run.explained, "explanation");
}

const char *report_case_outcome(const struct report_case *item)
{
    static const char *const names[] = {
        [REPORT_MALFORMED] = "malformed",
        [REPORT_CRASHED] = "crashed",
        [REPORT_TIMED_OUT] = "timed-out",
        [REPORT_NOT_RUN] = "timed-out",
    };
    const char *outcome = text_of(item->run.explained, "outcome");
    if (item->run.end != REPORT_TOLD) {
        return names[item->run.end];
    }
    bool plain = strcmp(outcome, "other-finding") == 0 || strcmp(outcome, "clean") == 0;
    return plain ? "not-as-expected" : outcome;
}

static bool has_diverged(const struct report_case *item)
{
    return strcmp(report_case_outcome(item), "diverged") == 0;
}

/* What the replay shows, "" when that is nothing or it was not to be had. */
static void what_came(const struct report_case *item, char *text, size_t size)
{
    const cJSON *explanation = explanation_of(item);
    const char *finding = text_of(explanation, "finding"), *routine = text_of(explanation, "routine");
    text[0] = 0;
    if (explanation && !has_diverged(item)) {
        snprintf(text, size, "%s%s%s", finding[0] ? finding : "clean", routine[0] ? " " : "", routine);
    }
}

/* Messages call the file as they should call it, not the copy that was run. */
static void say_with_own_name(const struct report_case *item, char *text, size_t size)
{
    const char *message = item->run.message ? item->run.message : "", *found = strstr(message, item->path);
    if (!found) {
        snprintf(text, size, "%s", message);
        return;
    }
    snprintf(text, size, "%.*s%s%s", (int)(found - message), message, item->file, found + strlen(item->path));
}

/* Why there is no picture, or what is wrong; "" when nothing is. */
static void what_to_say(const struct report_case *item, char *text, size_t size)
{
    char came[256];
    what_came(item, came, sizeof(came));
    if (item->run.end != REPORT_TOLD) {
        say_with_own_name(item, text, size);
    } else if (has_diverged(item)) {
        snprintf(text, size, "%s", text_of(item->run.explained, "divergence"));
    } else if (strcmp(came, "clean") != 0) {
        snprintf(text, size, "%s", text_of(explanation_of(item), "sentence"));
    } else if (strcmp(report_case_outcome(item), "as-expected") != 0) {
        snprintf(text, size, "it was to show %s, and nothing went wrong", text_of(item->run.explained, "expected"));
    } else {
        text[0] = 0;
    }
}

static void what_was_expected(const struct report_case *item, char *text, size_t size)
{
    if (item->run.explained) {
        snprintf(text, size, "%s", text_of(item->run.explained, "expected"));
    } else {
        snprintf(text, size, "%s%s%s", item->identifier, item->routine[0] ? " " : "", item->routine);
    }
}

cJSON *report_case_json(const struct report_root *root, const struct report_case *item, const char *fingerprint)
{
    char text[PATH_MAX + 4096];
    const char *subject = text_of(explanation_of(item), "subject");
    cJSON *json = cJSON_CreateObject();
    report_root_relate(root, item->file, text, sizeof(text));
    cJSON_AddStringToObject(json, "file", text);
    cJSON_AddStringToObject(json, "subject", subject[0] ? subject : item->subject);
    cJSON_AddStringToObject(json, "outcome", report_case_outcome(item));
    what_was_expected(item, text, sizeof(text));
    cJSON_AddStringToObject(json, "expected", text);
    what_came(item, text, sizeof(text));
    cJSON_AddStringToObject(json, "got", text);
    what_to_say(item, text, sizeof(text));
    cJSON_AddStringToObject(json, "message", text);
    cJSON_AddNumberToObject(json, "seconds", (double)(long)(item->run.seconds * 1000) / 1000);
    if (fingerprint[0]) {
        cJSON_AddStringToObject(json, "fingerprint", fingerprint);
    }
    return json;
}

/* --------------------------------------------------------------------------------------------------------- findings -- */

static void add_command(cJSON *commands, const char *key, const char *command, const char *file)
{
    char line[COMMAND_SIZE], typed[PATH_MAX];
    snprintf(line, sizeof(line), "remlock %s ", command);
    report_file_typed(file, typed, sizeof(typed));
    value_quote(line, sizeof(line), typed);
    cJSON_AddStringToObject(commands, key, line);
}

static void add_commands(cJSON *json, const char *file)
{
    cJSON *commands = cJSON_AddObjectToObject(json, "commands");
    add_command(commands, "replay", "replay", file);
    add_command(commands, "explain", "explain", file);
    add_command(commands, "gdb", "replay --gdb", file);
    add_command(commands, "minimize", "minimize", file);
}

static void add_seen(cJSON *json, const struct campaign_finding *known)
{
    static const char *const states[] = {
        [CAMPAIGN_FOUND] = "found", [CAMPAIGN_CONFIRMED] = "confirmed", [CAMPAIGN_UNREPRODUCIBLE] = "unreproducible"};
    char moment[REPORT_TIME_SIZE];
    cJSON *seen = cJSON_AddObjectToObject(json, "seen");
    cJSON_AddStringToObject(seen, "first", report_time(known->first_seen, moment));
    cJSON_AddStringToObject(seen, "last", report_time(known->last_seen, moment));
    cJSON_AddNumberToObject(seen, "sightings", known->sightings);
    cJSON_AddStringToObject(seen, "state", states[known->state]);
    cJSON_AddNumberToObject(seen, "attempts", known->attempts);
    cJSON_AddNumberToObject(seen, "reproduced", known->reproduced);
    cJSON_AddNumberToObject(seen, "executions", (double)known->executions);
    cJSON_AddNumberToObject(seen, "elapsed", known->at);
    cJSON_AddStringToObject(seen, "engine", known->engine);
    cJSON_AddStringToObject(seen, "configuration", known->configuration);
}

/* Its path has become relative, or is gone: then the line says nothing. */
static void name_source(cJSON *finding)
{
    cJSON *source = cJSON_GetObjectItemCaseSensitive(finding, "source");
    cJSON *path = cJSON_DetachItemFromObjectCaseSensitive(source, "path");
    cJSON_DeleteItemFromObjectCaseSensitive(source, "file");
    cJSON_DeleteItemFromObjectCaseSensitive(source, "in_remlock");
    if (path) {
        cJSON_AddItemToObject(source, "file", path);
    } else {
        cJSON_DeleteItemFromObjectCaseSensitive(finding, "source");
    }
}

/* Whether the explanation is one of the finding that the campaign, if there is one, speaks of. */
static bool shows_it(const struct report_case *item)
{
    const cJSON *explanation = explanation_of(item);
    const char *finding = text_of(explanation, "finding");
    if (!finding[0] || has_diverged(item)) {
        return false;
    }
    return !item->known ||
           (strcmp(finding, item->identifier) == 0 && strcmp(text_of(explanation, "routine"), item->routine) == 0);
}

/* The catalogue holds phrases; people read sentences. */
static void add_sentence(cJSON *json, const char *phrase)
{
    char text[1024];
    size_t length = (size_t)snprintf(text, sizeof(text) - 1, "%s", phrase);
    length = length < sizeof(text) - 2 ? length : strlen(text);
    text[0] = (char)toupper((unsigned char)text[0]);
    if (length > 0 && !strchr(".!?", text[length - 1])) {
        strcpy(text + length, ".");
    }
    cJSON_AddStringToObject(json, "sentence", text);
}

/* What can be said without running it. */
static cJSON *told_by_hearsay(const struct report_case *item)
{
    char message[PATH_MAX + 4096];
    const struct finding *finding = finding_find(item->identifier);
    const char *meaning = finding ? finding->meaning : "";
    const char *known = item->known ? item->known->message : "";
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "subject", item->subject);
    cJSON_AddStringToObject(json, "finding", item->identifier);
    cJSON_AddStringToObject(json, "routine", item->routine[0] ? item->routine : "-");
    add_sentence(json, known[0] ? known : meaning[0] ? meaning : item->identifier);
    what_to_say(item, message, sizeof(message));
    cJSON_AddStringToObject(json, "message", message);
    cJSON_AddStringToObject(json, "meaning", meaning);
    cJSON_AddStringToObject(json, "windows", finding && finding->windows ? finding->windows : "");
    cJSON_AddStringToObject(json, "remedy", finding && finding->remedy ? finding->remedy : "");
    return json;
}

static bool is_clean(const struct report_case *item)
{
    char came[256];
    what_came(item, came, sizeof(came));
    return strcmp(came, "clean") == 0;
}

static cJSON *begin(const struct report_root *root, struct report_case *item)
{
    if (!shows_it(item)) {
        return item->known || (item->identifier[0] && item->subject[0] && !is_clean(item)) ? told_by_hearsay(item) : NULL;
    }
    cJSON *json = cJSON_DetachItemFromObjectCaseSensitive(item->run.explained, "explanation");
    cJSON_DeleteItemFromObjectCaseSensitive(json, "file");
    report_sources_name(root, json);
    name_source(json);
    return json;
}

static void add_fingerprint(const struct report_root *root, cJSON *json)
{
    char subject[PATH_MAX], fingerprint[17];
    report_root_subject(root, text_of(json, "subject"), subject, sizeof(subject));
    campaign_fingerprint(subject, text_of(json, "finding"), text_of(json, "routine"), fingerprint);
    cJSON_AddStringToObject(json, "fingerprint", fingerprint);
}

cJSON *report_finding_json(const struct report_root *root, struct report_case *item)
{
    char file[PATH_MAX];
    const char *outcome = report_case_outcome(item);
    const char *text = item->text ? item->text : text_of(item->run.explained, "replay");
    cJSON *json = begin(root, item);
    if (!json) {
        return NULL;
    }
    add_fingerprint(root, json);
    cJSON_AddStringToObject(json, "outcome", outcome);
    cJSON_AddStringToObject(json, "replay", text);
    report_root_relate(root, item->file, file, sizeof(file));
    cJSON_AddStringToObject(json, "file", file);
    cJSON_AddArrayToObject(json, "others");
    add_commands(json, item->file);
    if (item->known) {
        add_seen(json, item->known);
    }
    return json;
}

/* --------------------------------------------------------------------------------------------------------- each once -- */

static double number_of(const cJSON *json, const char *key)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(json, key);
    return cJSON_IsNumber(number) ? number->valuedouble : 0;
}

static bool is_simpler(const cJSON *one, const cJSON *other)
{
    bool explained = cJSON_HasObjectItem(one, "trace");
    if (explained != (bool)cJSON_HasObjectItem(other, "trace")) {
        return explained;
    }
    if (number_of(one, "preemptions") != number_of(other, "preemptions")) {
        return number_of(one, "preemptions") < number_of(other, "preemptions");
    }
    return number_of(one, "steps") < number_of(other, "steps");
}

static void name_other(cJSON *kept, cJSON *other)
{
    cJSON *others = cJSON_GetObjectItemCaseSensitive(kept, "others");
    cJSON_AddItemToArray(others, cJSON_CreateString(text_of(other, "file")));
    cJSON *theirs = cJSON_GetObjectItemCaseSensitive(other, "others");
    while (cJSON_GetArraySize(theirs) > 0) {
        cJSON_AddItemToArray(others, cJSON_DetachItemFromArray(theirs, 0));
    }
}

void report_finding_enter(cJSON *found, cJSON *finding)
{
    cJSON *known;
    cJSON_ArrayForEach(known, found)
    {
        if (strcmp(text_of(known, "fingerprint"), text_of(finding, "fingerprint")) != 0) {
            continue;
        }
        if (!is_simpler(finding, known)) {
            name_other(known, finding);
            cJSON_Delete(finding);
        } else {
            name_other(finding, known);
            cJSON_ReplaceItemViaPointer(found, known, finding);
        }
        return;
    }
    cJSON_AddItemToArray(found, finding);
}
