/* timeline.c - walks over the trace and makes the rows. */
#include "timeline.h"

#include "stacks.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum {
    TEXT_LIMIT = 224,
    ROWS_PER_EVENT = 3, /* an event; before it a preemption, and the routine of a driver */
};

/* What is known of each task while the events go by. */
struct walker {
    struct timeline *timeline;
    const struct report_style *style;
    struct scheduler_trace trace;
    bool waiting[SCHEDULER_TASK_LIMIT];
    bool ended[SCHEDULER_TASK_LIMIT];
    const char *routine[SCHEDULER_TASK_LIMIT]; /* the one in which its last step was */
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
    row->event_number = event ? (uint32_t)(event - walker->trace.events) + 1 : 0;
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
        words_brief(next->object, next->call != NULL, object, sizeof(object));
        snprintf(text, sizeof(text), "before %s%s%s", operation, object[0] ? " " : "", object);
    }
    snprintf(row->text, sizeof(row->text), "%s interrupted %s", style_glyphs(walker->style)->preempted, text);
}

/*
 * Routines that a driver registers have the names of their types, IO_COMPLETION_ROUTINE say; those of the kernel are written
 * otherwise. Dispatch routines (IRP_MJ_READ) need no row: the request was just sent.
 */
static bool is_callback(const char *routine)
{
    return routine[0] && strspn(routine, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strlen(routine) && strncmp(routine, "IRP_", 4) != 0;
}

static void add_routine(struct walker *walker, const struct scheduler_event *event)
{
    const char *before = walker->routine[event->task];
    walker->routine[event->task] = event->routine;
    bool is_new = !before || strcmp(before, event->routine) != 0;
    if (is_new && is_callback(event->routine)) {
        struct row *row = add_row(walker, ROW_OPERATION, event->task, NULL);
        row->event_number = (uint32_t)(event - walker->trace.events) + 1;
        snprintf(row->text, sizeof(row->text), "%s the driver's %s", style_glyphs(walker->style)->operation, event->routine);
    }
}

/* That the wait is over goes without saying when the next thing told is why. */
static void drop_end_of_wait(struct timeline *timeline, const struct scheduler_event *event)
{
    const struct row *last = timeline->count ? &timeline->rows[timeline->count - 1] : NULL;
    if (last && last->kind == ROW_RESUMES && last->task == event->task && last->event->point == event->point) {
        timeline->count--;
    }
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
        bool says_so = strncmp(text, "wait ", 5) == 0;
        snprintf(row->text, sizeof(row->text), "%s waits %s%s", glyphs->waits, says_so ? "" : "in ", says_so ? text + 5 : text);
        return;
    }
    if (event->operation == OPERATION_TIMEOUT) {
        drop_end_of_wait(walker->timeline, event);
        struct row *row = add_row(walker, ROW_RESUMES, event->task, event);
        snprintf(row->text, sizeof(row->text), "%s it gave up: the time was over", glyphs->wakes);
        return;
    }
    if (resumes) {
        struct row *row = add_row(walker, ROW_RESUMES, event->task, event);
        bool names_wait = strncmp(text, "wait ", 5) == 0;
        snprintf(row->text, sizeof(row->text), "%s goes on after %s%s", glyphs->wakes, names_wait ? "the " : "", text);
        return;
    }
    struct row *row = add_row(walker, ROW_STEP, event->task, event);
    snprintf(row->text, sizeof(row->text), "%s", text);
    row->matters = false;
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
    } else {
        add_routine(walker, event);
    }
    add_step(walker, event);
}

/* What a judge remarked right before says the same, and less. */
static void drop_remark(struct timeline *timeline, const struct verdict *verdict)
{
    enum { SHORTEST = 20 };
    const struct row *last = timeline->count ? &timeline->rows[timeline->count - 1] : NULL;
    if (last && last->kind == ROW_OPERATION && strlen(last->text) >= SHORTEST &&
        strncmp(last->text, verdict->message, strlen(last->text)) == 0) {
        timeline->count--;
    }
}

static void add_violation(struct walker *walker, const struct verdict *verdict)
{
    if (!verdict->finding) {
        return;
    }
    drop_remark(walker->timeline, verdict);
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
            words_brief(verdict->object, false, what, sizeof(what));
        }
        words_site(verdict->site, row->place, sizeof(row->place));
    }
    bool says_so = waits && strncmp(what, "wait ", 5) == 0;
    snprintf(row->text, sizeof(row->text), "%s %s%s%s%s", glyphs->bad,
             says_so ? "still waits "
             : waits ? "still waits in "
                     : "",
             says_so ? what + 5 : what, what[0] ? ": " : "", verdict->finding->identifier);
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
    timeline_weigh(&timeline, execution);
    free(walker);
    return timeline;
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->rows);
    *timeline = (struct timeline){0};
}
