/*
 * rows_json.c - what the text shows of the interleaving, for programs that show it in another way: the same rows, folded in the
 * same way, each with the events that it stands for.
 */
#include "timeline.h"
#include "trace_json.h"
#include "words.h"

#include <cjson/cJSON.h>
#include <string.h>

static const char *const kinds[] = {
    [ROW_STEP] = "step",   [ROW_OPERATION] = "operation", [ROW_OPERATION_ENDS] = "done", [ROW_PREEMPTED] = "preempted",
    [ROW_WAITS] = "waits", [ROW_RESUMES] = "resumes",     [ROW_FOLDED] = "folded",       [ROW_VIOLATION] = "violation",
};

static void drop(char *text, const char *what)
{
    char *at = strstr(text, what);
    if (at) {
        memmove(at, at + strlen(what), strlen(at + strlen(what)) + 1);
    }
}

/* Without the mark at its beginning, which the kind of the row tells, and without options of the command. */
static void write_text(const struct report_style *style, const struct row *row, char *text, size_t size)
{
    const struct glyphs *glyphs = style_glyphs(style);
    const char *const marks[] = {glyphs->operation, glyphs->preempted, glyphs->waits, glyphs->wakes, glyphs->bad, glyphs->fold};
    const char *from = row->text;
    for (size_t index = 0; index < sizeof(marks) / sizeof(marks[0]); index++) {
        size_t length = strlen(marks[index]);
        if (strncmp(from, marks[index], length) == 0 && from[length] == ' ') {
            from += length + 1;
            break;
        }
    }
    snprintf(text, size, "%s", from);
    drop(text, " (--full shows them)");
}

/* Preemptions and the finding are no events. */
static bool has_events(const struct row *row)
{
    return row->event_number && row->kind != ROW_PREEMPTED && row->kind != ROW_VIOLATION;
}

/* A row stands for what comes until the next one. */
static uint32_t last_event(const struct timeline *timeline, uint32_t index)
{
    struct scheduler_trace trace = scheduler_trace();
    for (uint32_t at = index + 1; at < timeline->count; at++) {
        if (has_events(&timeline->rows[at])) {
            return timeline->rows[at].event_number - 1;
        }
    }
    uint32_t last = trace.count;
    while (last > 0 && trace.events[last - 1].pending) {
        last--;
    }
    return last;
}

static const char *kind_of(const struct row *row)
{
    if (row->kind == ROW_STEP && row->steps > 1) {
        return "call";
    }
    bool remark = row->kind == ROW_OPERATION && row->event && strncmp(row->event->text, "> ", 2) != 0;
    return remark ? "remark" : kinds[row->kind];
}

static cJSON *row_json(const struct report_style *style, const struct timeline *timeline, uint32_t index)
{
    const struct row *row = &timeline->rows[index];
    char text[sizeof(row->text)];
    cJSON *json = cJSON_CreateObject();
    write_text(style, row, text, sizeof(text));
    cJSON_AddStringToObject(json, "kind", kind_of(row));
    if (row->task == SCHEDULER_NO_TASK) {
        cJSON_AddNullToObject(json, "task");
    } else {
        cJSON_AddStringToObject(json, "task", words_task(row->task));
    }
    cJSON_AddStringToObject(json, "text", text);
    if (row->place[0]) {
        cJSON_AddStringToObject(json, "place", row->place);
    }
    if (has_events(row)) {
        uint32_t last = last_event(timeline, index);
        cJSON_AddNumberToObject(json, "first", row->event_number);
        cJSON_AddNumberToObject(json, "last", last < row->event_number ? row->event_number : last);
    } else if (row->event_number) {
        cJSON_AddNumberToObject(json, "step", row->event_number);
    }
    return json;
}

void rows_json_add(cJSON *json, const struct report_execution *execution)
{
    const struct report_style style = {.unicode = true, .width = 120};
    struct timeline timeline = timeline_make(&style, execution);
    timeline_fold_operations(&style, &timeline, execution);
    timeline_fold(&style, &timeline);
    cJSON *array = cJSON_AddArrayToObject(json, "rows");
    for (uint32_t index = 0; index < timeline.count; index++) {
        cJSON_AddItemToArray(array, row_json(&style, &timeline, index));
    }
    timeline_free(&timeline);
}
