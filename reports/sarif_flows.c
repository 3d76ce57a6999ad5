/*
 * sarif_flows.c - the interleaving as SARIF has it: a thread flow for each task, and `executionOrder`, the number of the step
 * in the whole execution, to put them together again.
 */
#include "sarif.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { LOCATION_LIMIT = 5000, TEXT_SIZE = 1024, NEAR = 200 };

enum importance { UNIMPORTANT, IMPORTANT, ESSENTIAL };

struct flows {
    struct sarif *sarif;
    const cJSON *finding;
    const cJSON **steps; /* of the trace */
    const cJSON **rows;  /* for each step: the row that tells of it, or NULL */
    uint8_t *importance;
    uint32_t count;
};

/* ------------------------------------------------------------------------------------------------------- importance -- */

static void raise_importance(struct flows *flows, double step, enum importance importance)
{
    if (step >= 1 && step <= flows->count && flows->importance[(uint32_t)step - 1] < importance) {
        flows->importance[(uint32_t)step - 1] = importance;
    }
}

/* What the text shows is important; where tasks are interrupted, and where it went wrong, is what it is about. */
static void weigh_row(struct flows *flows, const cJSON *row)
{
    const char *kind = document_text(row, "kind");
    double first = document_number(row, "first");
    if (strcmp(kind, "preempted") == 0 || strcmp(kind, "violation") == 0) {
        raise_importance(flows, document_number(row, "step"), ESSENTIAL);
    } else if (strcmp(kind, "folded") != 0) {
        raise_importance(flows, first, IMPORTANT);
        if (first >= 1 && first <= flows->count && !flows->rows[(uint32_t)first - 1]) {
            flows->rows[(uint32_t)first - 1] = row;
        }
    }
}

static void weigh(struct flows *flows)
{
    const cJSON *row, *rows = document_get(flows->finding, "rows");
    cJSON_ArrayForEach(row, rows)
    {
        weigh_row(flows, row);
    }
    for (uint32_t index = 0; index < flows->count; index++) {
        bool preempted = cJSON_IsTrue(document_get(flows->steps[index], "preempted"));
        raise_importance(flows, index + 1, preempted ? ESSENTIAL : rows ? UNIMPORTANT : IMPORTANT);
    }
    raise_importance(flows, document_number(flows->finding, "violation"), ESSENTIAL);
}

/*
 * Of an execution that is too long to be shown only what matters is; of what is still too long, the end. Returns how much a
 * step has to matter, and of those that do, how many at the beginning are left out.
 */
static enum importance least_importance(const struct flows *flows, uint32_t *left_out)
{
    uint32_t with[3] = {0};
    for (uint32_t index = 0; index < flows->count; index++) {
        with[flows->importance[index]]++;
    }
    uint32_t important = with[IMPORTANT] + with[ESSENTIAL];
    *left_out = flows->count > LOCATION_LIMIT && important > LOCATION_LIMIT ? important - LOCATION_LIMIT : 0;
    return flows->count <= LOCATION_LIMIT ? UNIMPORTANT : IMPORTANT;
}

/* ------------------------------------------------------------------------------------------------------------ words -- */

static void describe_step(const cJSON *step, char *text, size_t size)
{
    const char *note = document_text(step, "note"), *values = document_text(step, "values");
    const char *object = document_text(step, "object");
    if (note[0]) {
        bool begins = strncmp(note, "> ", 2) == 0, ends = strncmp(note, "< ", 2) == 0;
        snprintf(text, size, "%s%s", begins ? "begins: " : ends ? "ends: " : "", begins || ends ? note + 2 : note);
        return;
    }
    snprintf(text, size, "%s%s%s%s%s", document_text(step, "name"), object[0] ? " " : "", object, values[0] ? ": " : "",
             values);
}

static void describe(const struct flows *flows, uint32_t index, char *text, size_t size)
{
    const cJSON *step = flows->steps[index], *by = document_get(step, "preempted_by");
    const char *row = document_text(flows->rows[index], "text");
    describe_step(step, text, size);
    if (row[0] && document_get(flows->rows[index], "first") && !document_text(step, "note")[0]) {
        snprintf(text, size, "%s", row);
    }
    size_t length = strlen(text);
    if (by) {
        snprintf(text + length, size - length, " (before this %s was interrupted by %s)", document_text(step, "task"),
                 document_text(by, "task"));
        length = strlen(text);
    }
    if (document_number(flows->finding, "violation") == (double)index + 1) {
        snprintf(text + length, size - length, ": %s", document_text(flows->finding, "finding"));
    } else if (cJSON_IsTrue(document_get(step, "pending"))) {
        snprintf(text + length, size - length, " (never done)");
    }
}

/* -------------------------------------------------------------------------------------------------------- locations -- */

/* The caller in the code under test of what remlock does for it, or NULL. */
static const cJSON *caller_of(const struct flows *flows, const cJSON *step)
{
    const cJSON *number;
    cJSON_ArrayForEach(number, document_get(step, "stack"))
    {
        const cJSON *frame = cJSON_GetArrayItem(document_get(flows->finding, "frames"), number->valueint);
        if (document_get(frame, "path") && !document_get(frame, "in_remlock")) {
            return frame;
        }
    }
    return NULL;
}

/* `strictly`: not in remlock itself. */
static const cJSON *own_place(const struct flows *flows, uint32_t index, const char *task, bool strictly)
{
    const cJSON *step = flows->steps[index];
    if (strcmp(document_text(step, "task"), task) != 0) {
        return NULL;
    }
    bool has_place = document_get(step, "path") != NULL, is_ours = document_get(step, "in_remlock") != NULL;
    if (has_place && !is_ours) {
        return step;
    }
    const cJSON *caller = caller_of(flows, step);
    return caller ? caller : has_place && !strictly ? step : NULL;
}

/* The step's own line, else that of the next step of its task, else of the one before. */
static const cJSON *nearest_place(const struct flows *flows, uint32_t index, bool strictly)
{
    const char *task = document_text(flows->steps[index], "task");
    const cJSON *place = NULL;
    for (uint32_t at = index; !place && at < flows->count && at < index + NEAR; at++) {
        place = own_place(flows, at, task, strictly);
    }
    for (uint32_t at = index; !place && at > 0 && at + NEAR > index; at--) {
        place = own_place(flows, at - 1, task, strictly);
    }
    return place;
}

/* A reader of a driver's execution knows the driver; one of a lock's is shown the lock, which is part of remlock. */
static const cJSON *place_of(const struct flows *flows, uint32_t index)
{
    const cJSON *place = nearest_place(flows, index, true);
    return place ? place : nearest_place(flows, index, false);
}

static void add_state(cJSON *json, const cJSON *step)
{
    const char *object = document_text(step, "object"), *after = document_text(step, "after");
    if (object[0] && after[0]) {
        cJSON_AddItemToObject(cJSON_AddObjectToObject(json, "state"), object, sarif_message(after));
    }
}

static cJSON *location_json(const struct flows *flows, uint32_t index)
{
    static const char *const names[] = {"unimportant", "important", "essential"};
    char text[TEXT_SIZE];
    const cJSON *place = place_of(flows, index);
    cJSON *json = cJSON_CreateObject(), *location = cJSON_AddObjectToObject(json, "location");
    describe(flows, index, text, sizeof(text));
    cJSON_AddItemToObject(location, "physicalLocation",
                          place ? sarif_physical(flows->sarif, document_text(place, "path"), document_line(place))
                                : sarif_finding_physical(flows->sarif, flows->finding));
    cJSON_AddItemToObject(location, "message", sarif_message(text));
    add_state(json, flows->steps[index]);
    cJSON_AddNumberToObject(json, "executionOrder", index + 1);
    cJSON_AddStringToObject(json, "importance", names[flows->importance[index]]);
    return json;
}

/* The flow of a task, begun when it is first needed. */
static cJSON *locations_of(cJSON *thread_flows, const char *task)
{
    cJSON *flow;
    cJSON_ArrayForEach(flow, thread_flows)
    {
        if (strcmp(document_text(flow, "id"), task) == 0) {
            return cJSON_GetObjectItemCaseSensitive(flow, "locations");
        }
    }
    char text[TEXT_SIZE];
    flow = cJSON_CreateObject();
    snprintf(text, sizeof(text), "task %s", task);
    cJSON_AddStringToObject(flow, "id", task);
    cJSON_AddItemToObject(flow, "message", sarif_message(text));
    cJSON_AddItemToArray(thread_flows, flow);
    return cJSON_AddArrayToObject(flow, "locations");
}

static cJSON *thread_flows(const struct flows *flows)
{
    uint32_t left_out;
    enum importance least = least_importance(flows, &left_out);
    cJSON *array = cJSON_CreateArray();
    for (uint32_t index = 0; index < flows->count; index++) {
        const char *task = document_text(flows->steps[index], "task");
        if (flows->importance[index] < least) {
            continue;
        }
        if (left_out > 0) {
            left_out--;
            continue;
        }
        cJSON_AddItemToArray(locations_of(array, task[0] ? task : "nobody"), location_json(flows, index));
    }
    return array;
}

static cJSON *code_flows(const struct flows *flows)
{
    cJSON *array = cJSON_CreateArray(), *flow = cJSON_CreateObject();
    cJSON_AddItemToObject(flow, "message",
                          sarif_message("The interleaving: executionOrder counts the steps of all tasks together."));
    cJSON_AddItemToObject(flow, "threadFlows", thread_flows(flows));
    cJSON_AddItemToArray(array, flow);
    return array;
}

cJSON *sarif_flows(struct sarif *sarif, const cJSON *finding)
{
    struct flows flows = {.sarif = sarif, .finding = finding, .count = document_count(finding, "trace")};
    cJSON *json = NULL;
    if (flows.count == 0) {
        return NULL;
    }
    flows.steps = calloc(flows.count, sizeof(*flows.steps));
    flows.rows = calloc(flows.count, sizeof(*flows.rows));
    flows.importance = calloc(flows.count, sizeof(*flows.importance));
    if (flows.steps && flows.rows && flows.importance) {
        uint32_t index = 0;
        const cJSON *step;
        cJSON_ArrayForEach(step, document_get(finding, "trace"))
        {
            flows.steps[index++] = step;
        }
        weigh(&flows);
        json = code_flows(&flows);
    }
    free((void *)flows.steps);
    free((void *)flows.rows);
    free(flows.importance);
    return json;
}
