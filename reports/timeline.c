/* timeline.c - walks over the trace and makes the rows. */
#include "timeline.h"

#include "stacks.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum {
    TEXT_LIMIT = 224,
    ROWS_PER_EVENT = 2, /* an event and a preemption before it */
};

/* What is known of each task while the events go by. */
struct walker {
    struct timeline *timeline;
    const struct report_style *style;
    struct scheduler_trace trace;
    bool waiting[SCHEDULER_TASK_LIMIT];
    bool ended[SCHEDULER_TASK_LIMIT];
};

static bool is_step(const struct scheduler_event *event)
{
    return event->operation != OPERATION_NOTE && event->operation != OPERATION_START;
}

/* What was announced and never done: an interrupted task's next step, or the very step that went wrong. */
static const struct scheduler_event *pending_of(struct scheduler_trace trace, uint32_t task)
{
    for (uint32_t index = trace.count; index > 0 && trace.events[index - 1].pending; index--) {
        if (trace.events[index - 1].task == task) {
            return &trace.events[index - 1];
        }
    }
    return NULL;
}

static struct row *add_row(struct walker *walker, enum row_kind kind, uint32_t task, const struct scheduler_event *event)
{
    struct row *row = &walker->timeline->rows[walker->timeline->count++];
    memset(row, 0, sizeof(*row));
    row->kind = (uint8_t)kind;
    row->task = (uint8_t)task;
    row->event = event;
    row->matters = true;
    if (event) {
        words_place(event, row->place, sizeof(row->place));
    }
    return row;
}

/* The event with which `task` goes on, or NULL when it never does. */
static const struct scheduler_event *next_step_of(const struct walker *walker, uint32_t task, uint32_t from)
{
    for (uint32_t index = from; index < walker->trace.count; index++) {
        const struct scheduler_event *event = &walker->trace.events[index];
        if (event->task == task && is_step(event)) {
            return event;
        }
    }
    return NULL;
}

/* The processor went from `from` to the task of the event at `index`: was it taken? */
static void add_preemption(struct walker *walker, uint32_t from, uint32_t index)
{
    if (walker->waiting[from] || walker->ended[from]) {
        return;
    }
    char text[TEXT_LIMIT] = "";
    const struct scheduler_event *next = next_step_of(walker, from, index);
    struct row *row = add_row(walker, ROW_PREEMPTED, from, next);
    if (next) {
        char name[64], object[128];
        const char *operation = words_operation(next, name, sizeof(name));
        words_object(next->object, object, sizeof(object));
        snprintf(text, sizeof(text), "before %s%s%s", operation, object[0] ? " " : "", object);
    }
    snprintf(row->text, sizeof(row->text), "%s interrupted %s", style_glyphs(walker->style)->preempted, text);
}

static void add_step(struct walker *walker, const struct scheduler_event *event)
{
    const struct glyphs *glyphs = style_glyphs(walker->style);
    char text[TEXT_LIMIT];
    words_event(event, glyphs->arrow, text, sizeof(text));
    bool resumes = walker->waiting[event->task];
    walker->waiting[event->task] = event->operation == OPERATION_WAIT;
    walker->ended[event->task] = event->operation == OPERATION_END;
    if (event->operation == OPERATION_WAIT) {
        struct row *row = add_row(walker, ROW_WAITS, event->task, event);
        snprintf(row->text, sizeof(row->text), "%s waits in %s", glyphs->waits, text);
        return;
    }
    if (event->operation == OPERATION_TIMEOUT) {
        struct row *row = add_row(walker, ROW_RESUMES, event->task, event);
        snprintf(row->text, sizeof(row->text), "%s it gave up: the time was over", glyphs->wakes);
        return;
    }
    if (resumes) {
        struct row *row = add_row(walker, ROW_RESUMES, event->task, event);
        snprintf(row->text, sizeof(row->text), "%s goes on after %s", glyphs->wakes, text);
        return;
    }
    struct row *row = add_row(walker, ROW_STEP, event->task, event);
    snprintf(row->text, sizeof(row->text), "%s", text);
    row->matters = event->operation == OPERATION_CALL && event->object;
}

/* The end of an operation goes without saying when the next thing its task does is to begin another one, or to end. */
static void drop_end_of_operation(struct walker *walker, uint32_t task)
{
    struct timeline *timeline = walker->timeline;
    const struct row *last = timeline->count ? &timeline->rows[timeline->count - 1] : NULL;
    if (last && last->kind == ROW_OPERATION_ENDS && last->task == task && !walker->style->everything) {
        timeline->count--;
    }
}

/* The harness writes "> acquire A" when an operation begins and "< acquire A" when it ends; other remarks stand as they are. */
static void add_note(struct walker *walker, const struct scheduler_event *event)
{
    const struct glyphs *glyphs = style_glyphs(walker->style);
    const char *text = event->text;
    bool begins = strncmp(text, "> ", 2) == 0, ends = strncmp(text, "< ", 2) == 0;
    if (begins) {
        drop_end_of_operation(walker, event->task);
    }
    struct row *row = add_row(walker, ends ? ROW_OPERATION_ENDS : ROW_OPERATION, event->task, event);
    row->place[0] = 0;
    if (begins) {
        snprintf(row->text, sizeof(row->text), "%s %s", glyphs->operation, text + 2);
    } else if (ends) {
        snprintf(row->text, sizeof(row->text), "%s is done", text + 2);
    } else {
        snprintf(row->text, sizeof(row->text), "%s", text);
    }
}

static void add_event(struct walker *walker, const struct scheduler_event *event)
{
    if (event->operation == OPERATION_START) {
        return;
    }
    if (event->operation == OPERATION_NOTE) {
        add_note(walker, event);
        return;
    }
    if (event->operation == OPERATION_END) {
        drop_end_of_operation(walker, event->task);
    }
    add_step(walker, event);
}

static void add_violation(struct walker *walker, const struct verdict *verdict)
{
    if (!verdict->finding) {
        return;
    }
    const struct glyphs *glyphs = style_glyphs(walker->style);
    const struct scheduler_event *pending = pending_of(walker->trace, verdict->task);
    struct row *row = add_row(walker, ROW_VIOLATION, verdict->task, pending);
    char what[TEXT_LIMIT];
    bool waits = verdict->task != SCHEDULER_NO_TASK && walker->waiting[verdict->task];
    if (pending && pending->stack[0] == verdict->site) {
        words_event(pending, glyphs->arrow, what, sizeof(what));
    } else {
        what[0] = 0;
        if (stacks_is_access(verdict)) {
            words_object(verdict->object, what, sizeof(what));
        }
        report_place_text(verdict->site, row->place, sizeof(row->place));
    }
    snprintf(row->text, sizeof(row->text), "%s %s%s%s%s", glyphs->bad, waits ? "still waits in " : "", what,
             what[0] ? ": " : "", verdict->finding->identifier);
}

/* ------------------------------------------------------------------------------------------------- shared objects -- */

struct touch {
    const void *object;
    uint8_t task;
};

static int compare_touches(const void *left, const void *right)
{
    const struct touch *one = left, *other = right;
    if (one->object != other->object) {
        return one->object < other->object ? -1 : 1;
    }
    return (int)one->task - (int)other->task;
}

static int compare_objects(const void *key, const void *element)
{
    const struct touch *touch = element;
    return key < touch->object ? -1 : key > touch->object;
}

/* Leaves in `touches` one entry for each object that several tasks touched; returns how many. */
static uint32_t keep_shared(struct touch *touches, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t index = 0; index < count;) {
        uint32_t end = index;
        while (end < count && touches[end].object == touches[index].object) {
            end++;
        }
        if (touches[index].task != touches[end - 1].task) {
            touches[kept++] = touches[index];
        }
        index = end;
    }
    return kept;
}

/* A step on an object that several tasks touch is what interleavings are about. */
static void mark_shared(struct timeline *timeline)
{
    struct touch *touches = calloc(timeline->count + 1, sizeof(*touches));
    if (!touches) {
        return;
    }
    uint32_t count = 0;
    for (uint32_t index = 0; index < timeline->count; index++) {
        const struct row *row = &timeline->rows[index];
        if (row->event && row->event->object) {
            touches[count++] = (struct touch){.object = row->event->object, .task = row->task};
        }
    }
    qsort(touches, count, sizeof(*touches), compare_touches);
    uint32_t shared = keep_shared(touches, count);
    for (uint32_t index = 0; index < timeline->count; index++) {
        struct row *row = &timeline->rows[index];
        if (row->event && row->event->object) {
            row->matters |= bsearch(row->event->object, touches, shared, sizeof(*touches), compare_objects) != NULL;
        }
    }
    free(touches);
}

/* --------------------------------------------------------------------------------------------------------- making -- */

static void walk(struct walker *walker, uint32_t last)
{
    uint32_t running = SCHEDULER_NO_TASK;
    uint32_t index = 0;
    for (; index < walker->trace.count; index++) {
        const struct scheduler_event *event = &walker->trace.events[index];
        if (event->pending) {
            break;
        }
        if (running != SCHEDULER_NO_TASK && event->task != running) {
            add_preemption(walker, running, index);
        }
        running = event->task;
        add_event(walker, event);
    }
    if (running != SCHEDULER_NO_TASK && last != SCHEDULER_NO_TASK && running != last) {
        add_preemption(walker, running, index);
    }
}

struct timeline timeline_make(const struct report_style *style, const struct report_execution *execution)
{
    struct timeline timeline = {0};
    struct walker *walker = calloc(1, sizeof(*walker));
    struct scheduler_trace trace = scheduler_trace();
    timeline.rows = calloc((size_t)trace.count * ROWS_PER_EVENT + 2, sizeof(*timeline.rows));
    if (!walker || !timeline.rows) {
        free(walker);
        timeline_free(&timeline);
        return timeline;
    }
    *walker = (struct walker){.timeline = &timeline, .style = style, .trace = trace};
    walk(walker, execution->verdict->finding ? execution->verdict->task : SCHEDULER_NO_TASK);
    add_violation(walker, execution->verdict);
    mark_shared(&timeline);
    free(walker);
    return timeline;
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->rows);
    *timeline = (struct timeline){0};
}
