/*
 * sarif.c - a report document as a SARIF 2.1.0 log, which code scanning reads. Files are named relative to %SRCROOT%; nothing
 * in the log depends on where the project lies.
 */
#include "sarif.h"

#include "formats.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { URI_SIZE = 3 * 4096 + 1, TEXT_SIZE = 8192 };

static const char root_name[] = "%SRCROOT%";

/* -------------------------------------------------------------------------------------------------------- locations -- */

static bool stays(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || (character && strchr("-._~/+,=@!$", character));
}

static void write_uri(const char *path, char *uri)
{
    size_t used = 0;
    for (; *path && used + 4 < URI_SIZE; path++) {
        if (stays(*path)) {
            uri[used++] = *path;
        } else {
            used += (size_t)snprintf(uri + used, URI_SIZE - used, "%%%02X", (unsigned char)*path);
        }
    }
    uri[used] = 0;
}

static cJSON *artifact_location(const char *uri, int index)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "uri", uri);
    cJSON_AddStringToObject(json, "uriBaseId", root_name);
    if (index >= 0) {
        cJSON_AddNumberToObject(json, "index", index);
    }
    return json;
}

static bool has_word(const cJSON *array, const char *word)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        if (strcmp(item->valuestring, word) == 0) {
            return true;
        }
    }
    return false;
}

static int enter_artifact(struct sarif *sarif, const char *uri, const char *role)
{
    int index = 0;
    cJSON *artifact;
    cJSON_ArrayForEach(artifact, sarif->artifacts)
    {
        cJSON *roles = cJSON_GetObjectItemCaseSensitive(artifact, "roles");
        if (strcmp(document_text(document_get(artifact, "location"), "uri"), uri) == 0) {
            if (!has_word(roles, role)) {
                cJSON_AddItemToArray(roles, cJSON_CreateString(role));
            }
            return index;
        }
        index++;
    }
    artifact = cJSON_CreateObject();
    cJSON_AddItemToObject(artifact, "location", artifact_location(uri, -1));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(artifact, "roles"), cJSON_CreateString(role));
    size_t length = strlen(uri);
    if (length > 2 && (strcmp(uri + length - 2, ".c") == 0 || strcmp(uri + length - 2, ".h") == 0)) {
        cJSON_AddStringToObject(artifact, "sourceLanguage", "c");
    }
    cJSON_AddItemToArray(sarif->artifacts, artifact);
    return index;
}

cJSON *sarif_artifact(struct sarif *sarif, const char *path, const char *role)
{
    char uri[URI_SIZE];
    write_uri(path, uri);
    return artifact_location(uri, enter_artifact(sarif, uri, role));
}

static cJSON *physical(struct sarif *sarif, const char *path, uint32_t line, const char *role)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "artifactLocation", sarif_artifact(sarif, path, role));
    if (line) {
        cJSON_AddNumberToObject(cJSON_AddObjectToObject(json, "region"), "startLine", line);
    }
    return json;
}

cJSON *sarif_physical(struct sarif *sarif, const char *path, uint32_t line)
{
    return physical(sarif, path, line, "tracedFile");
}

/* Code scanning takes no result without a place: where the line is not known, the replay stands for it. */
cJSON *sarif_finding_physical(struct sarif *sarif, const cJSON *finding)
{
    const cJSON *source = document_get(finding, "source");
    if (source) {
        return physical(sarif, document_text(source, "file"), document_line(source), "resultFile");
    }
    return physical(sarif, document_text(finding, "file"), 1, "resultFile");
}

/* ---------------------------------------------------------------------------------------------------------- results -- */

static void add_location(cJSON *result, struct sarif *sarif, const cJSON *finding)
{
    cJSON *location = cJSON_CreateObject();
    const char *function = document_text(document_get(finding, "source"), "function");
    cJSON_AddItemToObject(location, "physicalLocation", sarif_finding_physical(sarif, finding));
    if (function[0]) {
        cJSON *logical = cJSON_CreateObject();
        cJSON_AddStringToObject(logical, "name", function);
        cJSON_AddStringToObject(logical, "kind", "function");
        cJSON_AddItemToArray(cJSON_AddArrayToObject(location, "logicalLocations"), logical);
    }
    cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "locations"), location);
}

/* The innermost line of the code under test on a stack, else of remlock's lock. */
static const cJSON *telling_frame(const cJSON *stack)
{
    const cJSON *frame, *ours = NULL;
    cJSON_ArrayForEach(frame, document_get(stack, "frames"))
    {
        const char *path = document_text(frame, "path");
        size_t length = strlen(path);
        if (!path[0] || (length > 2 && strcmp(path + length - 2, ".h") == 0)) {
            continue;
        }
        if (!document_get(frame, "in_remlock")) {
            return frame;
        }
        ours = ours ? ours : frame;
    }
    return ours;
}

static void describe_moment(const cJSON *stack, char *text, size_t size)
{
    const char *task = document_text(stack, "task"), *routine = document_text(stack, "routine");
    snprintf(text, size, "%s %s%s%s%s", document_text(stack, "what"), task[0] ? "by task " : "outside all tasks", task,
             routine[0] && strcmp(routine, "-") != 0 ? ", in " : "", strcmp(routine, "-") == 0 ? "" : routine);
}

static void add_related(cJSON *result, struct sarif *sarif, const cJSON *finding)
{
    cJSON *related = cJSON_CreateArray();
    const cJSON *stack;
    cJSON_ArrayForEach(stack, document_get(finding, "stacks"))
    {
        char text[TEXT_SIZE];
        const cJSON *frame = telling_frame(stack);
        if (!frame) {
            continue;
        }
        cJSON *location = cJSON_CreateObject();
        describe_moment(stack, text, sizeof(text));
        cJSON_AddNumberToObject(location, "id", cJSON_GetArraySize(related) + 1);
        cJSON_AddItemToObject(location, "physicalLocation",
                              sarif_physical(sarif, document_text(frame, "path"), document_line(frame)));
        cJSON_AddItemToObject(location, "message", sarif_message(text));
        cJSON_AddItemToArray(related, location);
    }
    if (cJSON_GetArraySize(related) > 0) {
        cJSON_AddItemToObject(result, "relatedLocations", related);
    } else {
        cJSON_Delete(related);
    }
}

static void add_message(cJSON *result, const cJSON *finding)
{
    char text[TEXT_SIZE];
    const char *file = document_text(finding, "file"), *quote = strpbrk(file, " '\"$&;()<>|*?`\\") ? "'" : "";
    snprintf(text, sizeof(text), "%s\n\nReplay it: remlock replay %s%s%s", document_text(finding, "sentence"), quote, file,
             quote);
    cJSON_AddItemToObject(result, "message", sarif_message(text));
}

/* What cannot be replayed is still worth a look. */
static const char *level_of(const cJSON *finding)
{
    bool unreproducible = strcmp(document_text(document_get(finding, "seen"), "state"), "unreproducible") == 0;
    return unreproducible || document_has_no_verdict(finding) ? "warning" : "error";
}

static void add_properties(cJSON *result, const cJSON *finding)
{
    cJSON *properties = cJSON_AddObjectToObject(result, "properties");
    cJSON_AddStringToObject(properties, "subject", document_text(finding, "subject"));
    cJSON_AddStringToObject(properties, "routine", document_text(finding, "routine"));
    cJSON_AddStringToObject(properties, "outcome", document_text(finding, "outcome"));
    cJSON_AddStringToObject(properties, "windows", document_text(finding, "windows"));
    cJSON_AddStringToObject(properties, "replay", document_text(finding, "replay"));
}

static void add_attachment(cJSON *result, struct sarif *sarif, const cJSON *finding)
{
    cJSON *attachment = cJSON_CreateObject();
    cJSON_AddItemToObject(attachment, "description", sarif_message("the replay"));
    cJSON_AddItemToObject(attachment, "artifactLocation", sarif_artifact(sarif, document_text(finding, "file"), "attachment"));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "attachments"), attachment);
}

/* GitHub knows alerts again by a fingerprint of its own name, which it otherwise makes of the line: lines change, problems do
 * not. */
static void add_fingerprints(cJSON *result, const cJSON *finding)
{
    char text[64];
    cJSON *prints = cJSON_AddObjectToObject(result, "partialFingerprints");
    cJSON_AddStringToObject(prints, "remlock/v1", document_text(finding, "fingerprint"));
    snprintf(text, sizeof(text), "%s:1", document_text(finding, "fingerprint"));
    cJSON_AddStringToObject(prints, "primaryLocationLineHash", text);
}

static cJSON *result_json(struct sarif *sarif, const cJSON *finding)
{
    cJSON *result = cJSON_CreateObject();
    double sightings = document_number(document_get(finding, "seen"), "sightings");
    cJSON_AddStringToObject(result, "ruleId", document_text(finding, "finding"));
    cJSON_AddNumberToObject(result, "ruleIndex", sarif_rule_index(sarif, finding));
    cJSON_AddStringToObject(result, "kind", "fail");
    cJSON_AddStringToObject(result, "level", level_of(finding));
    add_message(result, finding);
    add_location(result, sarif, finding);
    add_related(result, sarif, finding);
    add_fingerprints(result, finding);
    cJSON *flows = sarif_flows(sarif, finding);
    if (flows) {
        cJSON_AddItemToObject(result, "codeFlows", flows);
    }
    if (sightings >= 1) {
        cJSON_AddNumberToObject(result, "occurrenceCount", sightings);
    }
    add_attachment(result, sarif, finding);
    add_properties(result, finding);
    return result;
}

/* -------------------------------------------------------------------------------------------------------------- run -- */

static cJSON *driver_json(struct sarif *sarif, const cJSON *document)
{
    cJSON *driver = cJSON_CreateObject();
    cJSON_AddStringToObject(driver, "name", "remlock");
    cJSON_AddStringToObject(driver, "version", document_text(document, "remlock"));
    cJSON_AddStringToObject(driver, "semanticVersion", document_text(document, "remlock"));
#ifdef REMLOCK_HOMEPAGE
    cJSON_AddStringToObject(driver, "informationUri", REMLOCK_HOMEPAGE);
#endif
    cJSON_AddItemToObject(driver, "rules", sarif->rules);
    return driver;
}

/* Replays that could not be judged. */
static cJSON *notifications_json(struct sarif *sarif, const cJSON *document)
{
    cJSON *array = cJSON_CreateArray();
    const cJSON *replay;
    cJSON_ArrayForEach(replay, document_get(document, "replays"))
    {
        char text[TEXT_SIZE];
        if (!document_has_no_verdict(replay)) {
            continue;
        }
        cJSON *notification = cJSON_CreateObject(), *location = cJSON_CreateObject();
        snprintf(text, sizeof(text), "%s: %s", document_text(replay, "outcome"), document_text(replay, "message"));
        cJSON_AddStringToObject(notification, "level", "error");
        cJSON_AddItemToObject(notification, "message", sarif_message(text));
        cJSON_AddItemToObject(location, "physicalLocation", physical(sarif, document_text(replay, "file"), 0, "attachment"));
        cJSON_AddItemToArray(cJSON_AddArrayToObject(notification, "locations"), location);
        cJSON_AddItemToArray(array, notification);
    }
    return array;
}

static cJSON *invocations_json(struct sarif *sarif, const cJSON *document)
{
    cJSON *array = cJSON_CreateArray(), *invocation = cJSON_CreateObject();
    cJSON_AddStringToObject(invocation, "commandLine", document_text(document, "invocation"));
    cJSON_AddNumberToObject(invocation, "exitCode", 0);
    cJSON_AddBoolToObject(invocation, "executionSuccessful", true);
    cJSON_AddStringToObject(invocation, "endTimeUtc", document_text(document, "created"));
    cJSON_AddItemToObject(invocation, "toolExecutionNotifications", notifications_json(sarif, document));
    cJSON_AddItemToArray(array, invocation);
    return array;
}

static cJSON *run_json(const cJSON *document)
{
    struct sarif sarif = {.rules = sarif_rules(), .artifacts = cJSON_CreateArray()};
    cJSON *run = cJSON_CreateObject(), *tool = cJSON_AddObjectToObject(run, "tool");
    cJSON_AddItemToObject(tool, "driver", driver_json(&sarif, document));
    cJSON_AddItemToObject(run, "invocations", invocations_json(&sarif, document));
    cJSON *bases = cJSON_AddObjectToObject(run, "originalUriBaseIds"), *base = cJSON_AddObjectToObject(bases, root_name);
    cJSON_AddItemToObject(base, "description", sarif_message("the folder that source files are named relative to"));
    cJSON_AddStringToObject(run, "columnKind", "utf16CodeUnits");
    cJSON *results = cJSON_AddArrayToObject(run, "results");
    const cJSON *finding;
    cJSON_ArrayForEach(finding, document_get(document, "findings"))
    {
        cJSON_AddItemToArray(results, result_json(&sarif, finding));
    }
    cJSON_AddItemToObject(run, "artifacts", sarif.artifacts);
    return run;
}

bool report_sarif(FILE *stream, const cJSON *document)
{
    cJSON *log = cJSON_CreateObject();
    cJSON_AddStringToObject(log, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    cJSON_AddStringToObject(log, "version", "2.1.0");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(log, "runs"), run_json(document));
    char *text = cJSON_Print(log);
    cJSON_Delete(log);
    if (text) {
        fprintf(stream, "%s\n", text);
    }
    bool written = text && !ferror(stream);
    free(text);
    return written;
}
