/* stacks.c - the life of the memory that a finding is about, with functions and lines. */
#include "stacks.h"

#include "words.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { FRAMES_SHOWN = 16 };

/* The operation of the program that a task was in when the event at `index` happened. */
static const char *operation_before(uint32_t task, uint32_t index)
{
    struct scheduler_trace trace = scheduler_trace();
    for (; index > 0; index--) {
        const struct scheduler_event *event = &trace.events[index - 1];
        if (event->task == task && event->operation == OPERATION_NOTE && strncmp(event->text, "> ", 2) == 0) {
            return event->text + 2;
        }
    }
    return "";
}

/* What the task did last to this memory, as far as the trace goes: for a free, that it freed it. */
static const char *operation_on(uint32_t task, const struct scheduler_allocation *allocation)
{
    struct scheduler_trace trace = scheduler_trace();
    for (uint32_t index = trace.count; index > 0; index--) {
        const struct scheduler_event *event = &trace.events[index - 1];
        if (event->task == task && event->operation == OPERATION_CALL && event->object == allocation->address &&
            !event->pending) {
            return operation_before(task, index);
        }
    }
    return "";
}

/* Of a finding that was made when nobody could run, the task that it is about stands in its last event. */
static const uintptr_t *stack_of_finding(const struct verdict *verdict)
{
    const struct violation *violation = scheduler_violation();
    if (violation && violation->stack[0] == verdict->site) {
        return violation->stack;
    }
    struct scheduler_trace trace = scheduler_trace();
    for (uint32_t index = trace.count; index > 0; index--) {
        const struct scheduler_event *event = &trace.events[index - 1];
        if (event->task == verdict->task && event->stack[0] == verdict->site) {
            return event->stack;
        }
    }
    static uintptr_t site[2];
    site[0] = verdict->site;
    return site;
}

void stacks_place(const struct verdict *verdict, char *text, size_t size)
{
    const uintptr_t *stack = stack_of_finding(verdict);
    struct report_frame place;
    text[0] = 0;
    for (uint32_t level = 0; level < SCHEDULER_STACK_DEPTH && stack[level]; level++) {
        if (report_place(stack[level], &place) && !place.is_program) {
            snprintf(text, size, "%s:%u", place.name, place.line);
            return;
        }
    }
}

static bool is_one_of(const struct verdict *verdict, const char *const identifiers[])
{
    for (uint32_t index = 0; verdict->finding && identifiers[index]; index++) {
        if (strcmp(verdict->finding->identifier, identifiers[index]) == 0) {
            return true;
        }
    }
    return false;
}

/* A subject may have a more telling name for what the scheduler has seen. */
bool stacks_is_access(const struct verdict *verdict)
{
    static const char *const accesses[] = {VIOLATION_USE_AFTER_FREE, VIOLATION_OUT_OF_BOUNDS, "signal-after-free", NULL};
    const struct violation *violation = scheduler_violation();
    bool refined = verdict->finding && violation && violation->site == verdict->site && violation->object == verdict->object &&
                   (strcmp(violation->identifier, VIOLATION_USE_AFTER_FREE) == 0 ||
                    strcmp(violation->identifier, VIOLATION_OUT_OF_BOUNDS) == 0);
    return refined || is_one_of(verdict, accesses);
}

static bool is_about_memory(const struct verdict *verdict)
{
    static const char *const others[] = {VIOLATION_DOUBLE_FREE, "leak", "pool-leak", NULL};
    return stacks_is_access(verdict) || is_one_of(verdict, others);
}

const struct scheduler_allocation *stacks_allocation(const struct report_execution *execution)
{
    const struct verdict *verdict = execution->verdict;
    return verdict->object && is_about_memory(verdict) ? scheduler_allocation_of(verdict->object) : NULL;
}

static bool is_race(const struct verdict *verdict)
{
    return verdict->finding && verdict->other.task != SCHEDULER_NO_TASK;
}

/* The operation of the program that a task was in when it had passed so many points. */
static const char *operation_at(uint32_t task, uint32_t point)
{
    struct scheduler_trace trace = scheduler_trace();
    const char *operation = "";
    for (uint32_t index = 0; index < trace.count; index++) {
        const struct scheduler_event *event = &trace.events[index];
        if (event->task != task) {
            continue;
        }
        if (event->point > point) {
            break;
        }
        if (event->operation == OPERATION_NOTE && strncmp(event->text, "> ", 2) == 0) {
            operation = event->text + 2;
        }
    }
    return operation;
}

/* Of a data race: the access that came first. */
static struct stack_moment earlier_access(const struct verdict *verdict)
{
    static uintptr_t site[2];
    const struct violation_access *other = &verdict->other;
    site[0] = other->site;
    return (struct stack_moment){.what = "accessed before",
                                 .task = other->task,
                                 .routine = other->routine,
                                 .operation = operation_at(other->task, other->point),
                                 .addresses = other->stack[0] ? other->stack : site};
}

uint32_t stacks_collect(const struct report_execution *execution, struct stack_moment moments[STACK_MOMENTS])
{
    const struct verdict *verdict = execution->verdict;
    uint32_t count = 0;
    if (!verdict->finding) {
        return 0;
    }
    if (verdict->site) {
        moments[count++] =
            (struct stack_moment){.what = stacks_is_access(verdict) || is_race(verdict) ? "accessed" : "happened",
                                  .task = verdict->task,
                                  .routine = words_routine(verdict),
                                  .operation = operation_before(verdict->task, scheduler_trace().count),
                                  .addresses = stack_of_finding(verdict)};
    }
    if (is_race(verdict)) {
        moments[count++] = earlier_access(verdict);
    }
    const struct scheduler_allocation *allocation = stacks_allocation(execution);
    if (!allocation) {
        return count;
    }
    if (!allocation->live) {
        moments[count++] = (struct stack_moment){.what = "freed",
                                                 .task = allocation->freed_by,
                                                 .routine = allocation->free_routine,
                                                 .operation = operation_on(allocation->freed_by, allocation),
                                                 .addresses = allocation->free_stack};
    }
    moments[count++] = (struct stack_moment){.what = "allocated",
                                             .task = allocation->allocated_by,
                                             .routine = allocation->allocation_routine,
                                             .operation = "",
                                             .addresses = allocation->allocation_stack};
    return count;
}

/* What runs the code under test stands at the outer end, and between routines of a driver and those they call. */
static uint32_t without_ours(struct report_frame *frames, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t index = 0; index < count; index++) {
        if (!words_is_ours(&frames[index])) {
            frames[kept++] = frames[index];
        }
    }
    return kept;
}

uint32_t stacks_frames(const uintptr_t *addresses, struct report_frame *frames, uint32_t limit)
{
    uint32_t count = 0;
    for (uint32_t level = 0; level < SCHEDULER_STACK_DEPTH && addresses[level] && count < limit; level++) {
        count += report_locate(addresses[level], &frames[count], limit - count);
    }
    return without_ours(frames, count);
}

/* "freed by task pnp, in IoReleaseRemoveLockAndWaitEx" */
static void print_moment_head(FILE *stream, const struct report_style *style, const struct stack_moment *moment)
{
    bool told = strcmp(moment->what, "happened") == 0; /* by the heading */
    fprintf(stream, "  %s%s%s%s", style_paint(style, PAINT_BOLD), told ? "" : moment->what, style_paint(style, PAINT_PLAIN),
            told ? "" : " ");
    if (moment->task == SCHEDULER_NO_TASK) {
        fputs(strcmp(moment->what, "allocated") == 0 ? "before the tasks started" : "outside all tasks", stream);
    } else {
        fprintf(stream, "%stask %s", told ? "" : "by ", words_task(moment->task));
    }
    if (moment->operation[0]) {
        fprintf(stream, " during '%s'", moment->operation);
    }
    bool has_routine = moment->routine && moment->routine[0];
    fprintf(stream, "%s%s\n", has_routine ? ", in " : "", has_routine ? moment->routine : "");
}

static void print_frame(FILE *stream, const struct report_style *style, const struct report_frame *frame)
{
    fprintf(stream, "      %-36s %s", frame->function, style_paint(style, PAINT_FAINT));
    if (frame->line) {
        fprintf(stream, "%s:%u", frame->name, frame->line);
    } else {
        fputs("(no line information)", stream);
    }
    fprintf(stream, "%s\n", style_paint(style, PAINT_PLAIN));
}

static void print_moment(FILE *stream, const struct report_style *style, const struct stack_moment *moment)
{
    struct report_frame frames[FRAMES_SHOWN];
    uint32_t count = stacks_frames(moment->addresses, frames, FRAMES_SHOWN);
    print_moment_head(stream, style, moment);
    for (uint32_t index = 0; index < count; index++) {
        print_frame(stream, style, &frames[index]);
    }
    struct report_frame innermost;
    if (moment->addresses[0] && report_locate(moment->addresses[0], &innermost, 1) == 0) {
        fprintf(stream, "      (no symbols: build with -g to see functions and lines)\n");
    }
}

/* Where the finding happened in the model of the kernel, and nothing of the code under test is on the stack. */
static bool says_nothing(const struct stack_moment *moment)
{
    struct report_frame frames[FRAMES_SHOWN];
    struct report_frame innermost;
    return moment->operation[0] == 0 && stacks_frames(moment->addresses, frames, FRAMES_SHOWN) == 0 &&
           report_locate(moment->addresses[0], &innermost, 1) != 0;
}

void stacks_print(FILE *stream, const struct report_style *style, const struct report_execution *execution)
{
    struct stack_moment moments[STACK_MOMENTS];
    uint32_t count = stacks_collect(execution, moments);
    const struct scheduler_allocation *allocation = stacks_allocation(execution);
    if (count == 0 || (count == 1 && !allocation && says_nothing(&moments[0]))) {
        return;
    }
    style_rule(stream, style, allocation ? "The memory it is about" : "Where it happened");
    if (allocation) {
        fprintf(stream, "  %s of %u bytes, %s\n", allocation->kind, allocation->size,
                allocation->live ? "still allocated" : "freed");
    }
    for (uint32_t index = 0; index < count; index++) {
        print_moment(stream, style, &moments[index]);
    }
}

void stacks_add_frame(cJSON *json, const struct report_frame *frame)
{
    cJSON_AddStringToObject(json, "function", frame->function);
    cJSON_AddStringToObject(json, "file", frame->name);
    cJSON_AddNumberToObject(json, "line", frame->line);
    if (frame->file[0] && frame->line) {
        cJSON_AddStringToObject(json, "path", frame->file);
    }
    if (frame->is_program) {
        cJSON_AddTrueToObject(json, "in_remlock");
    }
}

static cJSON *frames_json(const struct stack_moment *moment)
{
    struct report_frame frames[FRAMES_SHOWN];
    uint32_t count = stacks_frames(moment->addresses, frames, FRAMES_SHOWN);
    cJSON *array = cJSON_CreateArray();
    for (uint32_t index = 0; index < count; index++) {
        cJSON *frame = cJSON_CreateObject();
        stacks_add_frame(frame, &frames[index]);
        cJSON_AddItemToArray(array, frame);
    }
    return array;
}

cJSON *stacks_json(const struct report_execution *execution)
{
    struct stack_moment moments[STACK_MOMENTS];
    uint32_t count = stacks_collect(execution, moments);
    cJSON *array = cJSON_CreateArray();
    for (uint32_t index = 0; index < count; index++) {
        const struct stack_moment *moment = &moments[index];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "what", moment->what);
        if (moment->task == SCHEDULER_NO_TASK) {
            cJSON_AddNullToObject(item, "task");
        } else {
            cJSON_AddStringToObject(item, "task", words_task(moment->task));
        }
        cJSON_AddStringToObject(item, "operation", moment->operation);
        cJSON_AddStringToObject(item, "routine", moment->routine ? moment->routine : "");
        cJSON_AddItemToObject(item, "frames", frames_json(moment));
        cJSON_AddItemToArray(array, item);
    }
    return array;
}
