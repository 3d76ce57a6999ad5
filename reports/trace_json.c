/* trace_json.c - every event of a recorded execution, with what made it possible and what it left behind. */
#include "trace_json.h"

#include "links.h"
#include "lock_states.h"
#include "stacks.h"
#include "timeline.h"
#include "words.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_SHOWN = 12, FRAME_LIMIT = 512, STACKS_UP_TO = 4096 };

/* Functions and lines that stacks name, each once. */
struct frame_table {
    cJSON *json;
    struct report_frame frames[FRAME_LIMIT];
    uint32_t count;
};

struct writer {
    struct scheduler_trace trace;
    struct event_links *links;
    struct lock_states *locks;
    struct frame_table *frames;
};

static void add_value(cJSON *json, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    cJSON_AddStringToObject(json, key, text);
}

static void add_place(cJSON *json, const struct scheduler_event *event)
{
    struct report_frame frame;
    if (report_place(event->stack[0], &frame)) {
        stacks_add_frame(json, &frame);
    }
}

/* -------------------------------------------------------------------------------------------------------- stacks -- */

static int32_t frame_number(struct frame_table *table, const struct report_frame *frame)
{
    for (uint32_t index = 0; index < table->count; index++) {
        const struct report_frame *known = &table->frames[index];
        if (known->line == frame->line && strcmp(known->function, frame->function) == 0 &&
            strcmp(known->file, frame->file) == 0) {
            return (int32_t)index;
        }
    }
    if (table->count == FRAME_LIMIT) {
        return -1;
    }
    cJSON *json = cJSON_CreateObject();
    stacks_add_frame(json, frame);
    cJSON_AddItemToArray(table->json, json);
    table->frames[table->count] = *frame;
    return (int32_t)table->count++;
}

static void add_stack(cJSON *json, struct frame_table *table, const struct scheduler_event *event)
{
    struct report_frame frames[FRAMES_SHOWN];
    uint32_t count = stacks_frames(event->stack, frames, FRAMES_SHOWN);
    cJSON *stack = count ? cJSON_CreateArray() : NULL;
    for (uint32_t index = 0; index < count; index++) {
        int32_t number = frame_number(table, &frames[index]);
        if (number >= 0) {
            cJSON_AddItemToArray(stack, cJSON_CreateNumber(number));
        }
    }
    if (stack) {
        cJSON_AddItemToObject(json, "stack", stack);
    }
}

/* -------------------------------------------------------------------------------------------------------- events -- */

static void add_link(cJSON *json, const char *key, uint32_t number)
{
    if (number) {
        cJSON_AddNumberToObject(json, key, number);
    }
}

static void add_links(cJSON *json, const struct writer *writer, uint32_t index)
{
    const struct event_links *links = &writer->links[index];
    add_link(json, "woken_by", links->woken_by);
    add_link(json, "signalled_by", links->signalled_by);
    add_link(json, "reads_from", links->reads_from);
    if (links->preempted_at) {
        cJSON *by = cJSON_AddObjectToObject(json, "preempted_by");
        cJSON_AddStringToObject(by, "task", words_task(writer->trace.events[links->preempted_at - 1].task));
        cJSON_AddNumberToObject(by, "step", links->preempted_at);
    }
}

static void describe_event(cJSON *json, const struct writer *writer, const struct scheduler_event *event)
{
    char text[256];
    cJSON_AddNumberToObject(json, "point", event->point);
    cJSON_AddStringToObject(json, "operation", scheduler_operation_name((enum scheduler_operation)event->operation));
    cJSON_AddStringToObject(json, "name", words_operation(event, text, sizeof(text)));
    words_object(event->object, text, sizeof(text));
    cJSON_AddStringToObject(json, "object", text);
    if (event->has_value) {
        add_value(json, "before", event->before);
        add_value(json, "after", event->after);
        words_values(event, "\xe2\x86\x92", text, sizeof(text));
        if (text[0]) {
            cJSON_AddStringToObject(json, "values", text);
        }
    }
    words_memory(event, text, sizeof(text));
    if (text[0]) {
        cJSON_AddStringToObject(json, "memory", text);
    }
    cJSON_AddBoolToObject(json, "preempted", event->preempted);
    cJSON_AddBoolToObject(json, "pending", event->pending);
    add_place(json, event);
    if (writer->frames && writer->trace.count <= STACKS_UP_TO) {
        add_stack(json, writer->frames, event);
    }
}

static cJSON *event_json(const struct writer *writer, uint32_t index)
{
    const struct scheduler_event *event = &writer->trace.events[index];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "step", index + 1);
    cJSON_AddStringToObject(json, "task", words_task(event->task));
    if (event->operation == OPERATION_NOTE) {
        cJSON_AddStringToObject(json, "note", event->text);
    } else {
        describe_event(json, writer, event);
        if (writer->links) {
            add_links(json, writer, index);
        }
    }
    cJSON *locks = lock_states_next_json(writer->locks, index + 1);
    if (locks) {
        cJSON_AddItemToObject(json, "locks", locks);
    }
    return json;
}

/* -------------------------------------------------------------------------------------------------------- memory -- */

static cJSON *moment_json(uint32_t task, const struct scheduler_event *event)
{
    struct scheduler_trace trace = scheduler_trace();
    cJSON *json = cJSON_CreateObject();
    if (task == SCHEDULER_NO_TASK) {
        cJSON_AddNullToObject(json, "task");
        return json;
    }
    cJSON_AddStringToObject(json, "task", words_task(task));
    if (event && event->task == task) {
        cJSON_AddNumberToObject(json, "step", (double)(event - trace.events) + 1);
    }
    return json;
}

/* The life of the memory that the finding is about. */
static void add_memory(cJSON *json, const struct report_execution *execution)
{
    const struct scheduler_allocation *memory = stacks_allocation(execution);
    if (!execution->verdict->finding || !memory) {
        return;
    }
    char object[128];
    cJSON *item = cJSON_AddObjectToObject(json, "memory");
    words_object(memory->address, object, sizeof(object));
    cJSON_AddStringToObject(item, "object", object);
    cJSON_AddStringToObject(item, "kind", memory->kind);
    cJSON_AddNumberToObject(item, "size", memory->size);
    cJSON_AddItemToObject(item, "allocated", moment_json(memory->allocated_by, timeline_event_at(memory->allocated_at)));
    if (!memory->live) {
        cJSON_AddItemToObject(item, "freed", moment_json(memory->freed_by, timeline_event_at(memory->freed_at)));
    }
}

/* Where in the trace it went wrong: the step that was never done, or else the last one of the task that the finding is about.
 */
static void add_violation(cJSON *json, const struct verdict *verdict)
{
    struct scheduler_trace trace = scheduler_trace();
    if (!verdict->finding || trace.truncated) {
        return;
    }
    for (uint32_t index = trace.count; index > 0; index--) {
        const struct scheduler_event *event = &trace.events[index - 1];
        bool is_it = event->pending ? event->task == verdict->task && event->stack[0] == verdict->site
                                    : event->task == verdict->task || verdict->task == SCHEDULER_NO_TASK;
        if (is_it && event->operation != OPERATION_NOTE) {
            cJSON_AddNumberToObject(json, "violation", index);
            return;
        }
    }
}

void trace_json_add(cJSON *json, const struct report_execution *execution)
{
    struct frame_table *frames = calloc(1, sizeof(*frames));
    struct writer writer = {.trace = scheduler_trace(), .links = links_make(), .locks = lock_states_make(), .frames = frames};
    if (frames) {
        frames->json = cJSON_CreateArray();
    }
    cJSON_AddItemToObject(json, "locks", lock_states_first_json(writer.locks));
    cJSON *array = cJSON_AddArrayToObject(json, "trace");
    for (uint32_t index = 0; index < writer.trace.count; index++) {
        cJSON_AddItemToArray(array, event_json(&writer, index));
    }
    cJSON_AddBoolToObject(json, "trace_truncated", writer.trace.truncated);
    add_violation(json, execution->verdict);
    add_memory(json, execution);
    cJSON_AddItemToObject(json, "frames", frames ? frames->json : cJSON_CreateArray());
    lock_states_free(writer.locks);
    free(writer.links);
    free(frames);
}
