/* verdict.c - a verdict in a line, in a sentence, and as JSON. */
#include "style.h"

#include "stacks.h"
#include "words.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void report_assertion(FILE *stream, const struct report_execution *execution)
{
    const struct verdict *verdict = execution->verdict;
    if (verdict->finding) {
        fprintf(stream, "ASSERTION FAILED: %s %s %s\n", verdict->finding->identifier, execution->scenario->subject->name,
                verdict->routine);
    }
}

/* "lock0.IoCount in IoReleaseRemoveLockEx (release.c:33)" */
static void accessed_place(const struct verdict *verdict, char *text, size_t size)
{
    char object[128], place[64];
    const char *routine = words_routine(verdict);
    words_object(verdict->object, object, sizeof(object));
    words_site(verdict->site, place, sizeof(place));
    snprintf(text, size, "%s%s%s%s%s%s", object[0] ? object : "memory", routine[0] ? " in " : "", routine, place[0] ? " (" : "",
             place, place[0] ? ")" : "");
}

static void sentence_about_access(const struct verdict *verdict, const struct scheduler_allocation *allocation, char *text,
                                  size_t size)
{
    char where[320];
    accessed_place(verdict, where, sizeof(where));
    if (!allocation || allocation->live) {
        snprintf(text, size, "Task %s used %s, which it must not touch: %s", words_task(verdict->task), where,
                 verdict->message);
        style_sentence(text, size);
        return;
    }
    snprintf(text, size, "Task %s used %s, but %s%s had freed that memory (the %s) before.", words_task(verdict->task), where,
             allocation->freed_by == verdict->task ? "" : "task ",
             allocation->freed_by == verdict->task ? "it" : words_task(allocation->freed_by), allocation->kind);
}

/* "plain write of 4 bytes by task io in IRP_MJ_READ (filter.c:140)" */
static void name_access(const struct violation_access *access, char *text, size_t size)
{
    char place[64], bytes[32];
    words_site(access->site, place, sizeof(place));
    snprintf(bytes, sizeof(bytes), " of %u byte%s", access->size, access->size == 1 ? "" : "s");
    bool frees = access->operation == OPERATION_CALL;
    bool routine = access->routine && access->routine[0];
    snprintf(text, size, "%s%s by task %s%s%s%s%s%s", frees ? "free" : scheduler_operation_name(access->operation),
             frees ? "" : bytes, words_task(access->task), routine ? " in " : "", routine ? access->routine : "",
             place[0] ? " (" : "", place, place[0] ? ")" : "");
}

static void sentence_about_race(const struct verdict *verdict, char *text, size_t size)
{
    char object[128], first[192], second[192];
    const char *why = strstr(verdict->message, ": ");
    words_object(verdict->object, object, sizeof(object));
    name_access(&verdict->other, first, sizeof(first));
    name_access(&verdict->own, second, sizeof(second));
    snprintf(text, size, "Two accesses to %s are not ordered: %s, and then %s%s", object[0] ? object : "a variable", first,
             second, why ? why : ".");
    style_sentence(text, size);
}

static bool begins_with_task(const char *text)
{
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        size_t length = strlen(scheduler_task_name(task));
        if (strncmp(text, scheduler_task_name(task), length) == 0 && text[length] == ' ') {
            return true;
        }
    }
    return false;
}

static void add_unless_told(char *text, size_t size, const char *before, const char *what)
{
    size_t length = strlen(text);
    if (what[0] && !strstr(text, what)) {
        snprintf(text + length, size - length, "%s%s", before, what);
    }
}

/* What the message of a driver's finding leaves out: who, in what routine, where, with which request. */
static void add_circumstances(const struct verdict *verdict, char *text, size_t size)
{
    static const char opening[] = " That was";
    char request[128] = "", place[64];
    const struct scheduler_allocation *memory = verdict->object ? scheduler_allocation_of(verdict->object) : NULL;
    if (memory && strcmp(memory->kind, "IRP") == 0) {
        words_object(memory->address, request, sizeof(request));
    }
    stacks_place(verdict, place, sizeof(place));
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%s", opening);
    add_unless_told(text, size, " task ", verdict->task == SCHEDULER_NO_TASK ? "" : words_task(verdict->task));
    add_unless_told(text, size, " in ", words_routine(verdict));
    add_unless_told(text, size, " at ", place);
    add_unless_told(text, size, " with ", request);
    if (text[length + sizeof(opening) - 1]) {
        style_sentence(text, size);
    } else {
        text[length] = 0;
    }
}

void report_sentence(const struct report_execution *execution, char *text, size_t size)
{
    const struct verdict *verdict = execution->verdict;
    if (!verdict->finding) {
        snprintf(text, size, "Nothing went wrong.");
        return;
    }
    const struct scheduler_allocation *allocation = stacks_allocation(execution);
    if (stacks_is_access(verdict) && verdict->task != SCHEDULER_NO_TASK) {
        sentence_about_access(verdict, allocation, text, size);
        return;
    }
    if (verdict->other.task != SCHEDULER_NO_TASK) {
        sentence_about_race(verdict, text, size);
        return;
    }
    const char *message = verdict->message[0] ? verdict->message : verdict->finding->meaning;
    char named[640];
    words_with_fields(message, named, sizeof(named));
    snprintf(text, size, "%s%s", begins_with_task(named) ? "task " : "", named);
    style_sentence(text, size);
    if (execution->scenario->subject->conduct) {
        add_circumstances(verdict, text, size);
    }
}

void report_verdict(FILE *stream, const struct report_style *style, const struct report_execution *execution)
{
    const struct verdict *verdict = execution->verdict;
    if (!verdict->finding) {
        fprintf(stream, "%sclean%s: %s, %u steps\n", style_paint(style, PAINT_GOOD), style_paint(style, PAINT_PLAIN),
                execution->scenario->subject->name, verdict->steps);
        return;
    }
    char sentence[768];
    report_sentence(execution, sentence, sizeof(sentence));
    fputs(style_paint(style, PAINT_BAD), stream);
    report_assertion(stream, execution);
    fputs(style_paint(style, PAINT_PLAIN), stream);
    style_paragraph(stream, style, 2, sentence);
}

/* ----------------------------------------------------------------------------------------------------------- json -- */

static cJSON *lines_json(const char *text)
{
    cJSON *array = cJSON_CreateArray();
    while (*text) {
        size_t length = strcspn(text, "\n");
        char *line = strndup(text, length);
        cJSON_AddItemToArray(array, cJSON_CreateString(line ? line : ""));
        free(line);
        text += length + (text[length] == '\n');
    }
    return array;
}

static cJSON *access_json(const struct violation_access *access)
{
    char place[64];
    cJSON *json = cJSON_CreateObject();
    words_site(access->site, place, sizeof(place));
    cJSON_AddStringToObject(json, "task", words_task(access->task));
    cJSON_AddStringToObject(json, "operation",
                            access->operation == OPERATION_CALL ? "free" : scheduler_operation_name(access->operation));
    cJSON_AddNumberToObject(json, "size", access->size);
    cJSON_AddNumberToObject(json, "point", access->point);
    cJSON_AddStringToObject(json, "routine", access->routine ? access->routine : "");
    cJSON_AddStringToObject(json, "place", place);
    return json;
}

cJSON *report_verdict_json(const struct report_execution *execution)
{
    const struct verdict *verdict = execution->verdict;
    cJSON *json = cJSON_CreateObject();
    char text[768];
    cJSON_AddStringToObject(json, "subject", execution->scenario->subject->name);
    cJSON_AddNumberToObject(json, "steps", verdict->steps);
    if (execution->path) {
        cJSON_AddStringToObject(json, "file", execution->path);
    }
    if (!verdict->finding) {
        cJSON_AddNullToObject(json, "finding");
        return json;
    }
    cJSON_AddStringToObject(json, "finding", verdict->finding->identifier);
    cJSON_AddStringToObject(json, "routine", verdict->routine);
    report_sentence(execution, text, sizeof(text));
    cJSON_AddStringToObject(json, "sentence", text);
    cJSON_AddStringToObject(json, "message", verdict->message);
    if (verdict->task == SCHEDULER_NO_TASK) {
        cJSON_AddNullToObject(json, "task");
    } else {
        cJSON_AddStringToObject(json, "task", words_task(verdict->task));
    }
    words_site(verdict->site, text, sizeof(text));
    cJSON_AddStringToObject(json, "place", text);
    if (verdict->other.task != SCHEDULER_NO_TASK) {
        cJSON_AddItemToObject(json, "access", access_json(&verdict->own));
        cJSON_AddItemToObject(json, "other_access", access_json(&verdict->other));
    }
    snprintf(text, sizeof(text), "0x%016" PRIx64, verdict->hash);
    cJSON_AddStringToObject(json, "hash", text);
    char holders[2 * sizeof(verdict->holders)];
    words_with_fields(verdict->holders, holders, sizeof(holders));
    cJSON_AddItemToObject(json, "holders", lines_json(holders));
    return json;
}
