/*
 * calls.c - what a driver's call of a lock routine does, in one row.
 *
 * Inside, a lock routine is several steps, which matter to whoever looks for bugs of the lock. A driver's author sees one call,
 * and what it did to the count. So the steps of a call that ran through become one row; a call in the midst of which another
 * task ran, or the execution ended, keeps them all.
 */
#include "timeline.h"
#include "words.h"

#include <remlock/core.h>

#include <string.h>

/* The call that a task is in, while the rows go by. */
struct inside {
    uint32_t call;
    uintptr_t site; /* in the driver */
    bool waits;
};

static bool begins_call(const struct scheduler_event *event)
{
    return event->call && (strncmp(event->call->name, "IoAcquireRemoveLock", 19) == 0 ||
                           strncmp(event->call->name, "IoReleaseRemoveLock", 19) == 0);
}

/* The driver's call within which a step of a lock routine is, or 0. */
static uintptr_t site_of_call(const struct scheduler_event *event)
{
    struct report_frame frame;
    bool inside = begins_call(event) || (report_place(event->stack[0], &frame) && frame.is_program &&
                                         (strstr(frame.file, "/core/lock/") || strstr(frame.file, "/core/mutants/")));
    for (uint32_t level = 0; inside && level < SCHEDULER_STACK_DEPTH && event->stack[level]; level++) {
        if (report_locate(event->stack[level], &frame, 1) == 0 || !frame.is_program) {
            return event->stack[level];
        }
    }
    return 0;
}

/* The rows of a call that is not whole are shown as they are. */
static void mark_interrupted(struct timeline *timeline, uint32_t call)
{
    for (uint32_t index = timeline->prelude; index < timeline->count; index++) {
        if (timeline->rows[index].call == call) {
            timeline->rows[index].whole = false;
        }
    }
}

void timeline_find_calls(struct timeline *timeline)
{
    struct inside tasks[SCHEDULER_TASK_LIMIT + 1] = {{0}};
    uint32_t calls = 0;
    for (uint32_t index = timeline->prelude; index < timeline->count; index++) {
        struct row *row = &timeline->rows[index];
        struct inside *inside = &tasks[row->task];
        uintptr_t site = row->event && row->event->operation != OPERATION_NOTE ? site_of_call(row->event) : 0;
        bool same = site && inside->call && site == inside->site && !begins_call(row->event);
        if (row->kind == ROW_PREEMPTED || row->kind == ROW_VIOLATION) {
            row->call = same ? inside->call : 0;
            row->whole = same && inside->waits;
            if (same && !inside->waits) {
                mark_interrupted(timeline, inside->call);
            }
            continue;
        }
        if (!row->event || (row->event->operation == OPERATION_NOTE && inside->call)) {
            continue;
        }
        bool whole = !same || timeline->rows[index - 1].call != inside->call || timeline->rows[index - 1].whole;
        if (site && !same) {
            inside->call = ++calls;
        }
        inside->site = site;
        inside->call = site ? inside->call : 0;
        inside->waits = row->kind == ROW_WAITS;
        row->call = inside->call;
        row->whole = row->call != 0 && whole;
    }
}

/* The count lies beside Removed, with which a lock begins, in the driver's lock and in the verifier's shadow of it alike. */
bool timeline_counts(const struct scheduler_event *event, const struct scheduler_event *first)
{
    const uintptr_t offset = offsetof(IO_REMOVE_LOCK_COMMON_BLOCK, IoCount);
    uintptr_t lock = (uintptr_t)event->object - offset;
    const struct scheduler_allocation *memory = scheduler_allocation_of(event->object);
    bool adds = event->operation == OPERATION_ATOMIC_ADD || event->operation == OPERATION_ATOMIC_SUB;
    bool is_shadow = memory && (uintptr_t)memory->address == lock;
    return adds && event->has_value && (lock == (uintptr_t)first->object || is_shadow);
}

/* What the steps of one call were: the first one, and the count before and after. */
struct summary {
    const struct scheduler_event *first, *last_counted, *first_counted;
};

static void describe_call(const struct report_style *style, const struct summary *summary, char *text, size_t size)
{
    char lock[128], routine[64], count[64] = "";
    const struct scheduler_event *from = summary->first_counted, *to = summary->last_counted;
    snprintf(routine, sizeof(routine), "%s", summary->first->routine);
    size_t length = strlen(routine);
    if (length > 2 && strcmp(routine + length - 2, "Ex") == 0) {
        routine[length - 2] = 0;
    }
    words_brief(summary->first->object, true, lock, sizeof(lock));
    bool refused = from && from != to && from->before == to->after && strcmp(routine, "IoAcquireRemoveLock") == 0;
    if (refused) {
        snprintf(count, sizeof(count), ": refused");
    } else if (from) {
        snprintf(count, sizeof(count), ": IoCount %d %s %d", (int)from->before, style_glyphs(style)->arrow, (int)to->after);
    }
    snprintf(text, size, "%s %s%s", routine, lock, count);
}

/* The last one who did something, between two moments, to what a task waited for; SCHEDULER_NO_TASK: nobody. */
static uint32_t who_ended(const struct scheduler_event *wait, const struct scheduler_event *resumed)
{
    for (const struct scheduler_event *event = resumed - 1; event > wait; event--) {
        if (event->task != wait->task && event->object == wait->object && event->operation != OPERATION_WAIT) {
            return event->task;
        }
    }
    return SCHEDULER_NO_TASK;
}

static const struct scheduler_event *wait_before(const struct timeline *timeline, const struct row *row)
{
    for (const struct row *before = row; before-- > timeline->rows;) {
        if (before->kind == ROW_WAITS && before->task == row->task) {
            return before->event;
        }
    }
    return NULL;
}

/* A wait in a lock routine is for its count, whatever the lock does to wait. */
static void tell_wait(const struct report_style *style, const struct timeline *timeline, struct row *row)
{
    const struct glyphs *glyphs = style_glyphs(style);
    struct report_frame place;
    if (row->kind == ROW_WAITS) {
        snprintf(row->text, sizeof(row->text), "%s waits until IoCount is 0", glyphs->waits);
    } else if (row->kind == ROW_VIOLATION) {
        char identifier[64];
        const char *colon = strrchr(row->text, ':');
        snprintf(identifier, sizeof(identifier), "%s", colon ? colon + 2 : "");
        snprintf(row->text, sizeof(row->text), "%s still waits until IoCount is 0: %s", glyphs->bad, identifier);
    } else {
        const struct scheduler_event *wait = wait_before(timeline, row);
        uint32_t task = wait ? who_ended(wait, row->event) : SCHEDULER_NO_TASK;
        bool known = task != SCHEDULER_NO_TASK;
        snprintf(row->text, sizeof(row->text), "%s goes on: IoCount is 0%s%s", glyphs->wakes, known ? " by " : "",
                 known ? words_task(task) : "");
    }
    if (report_place(site_of_call(row->event), &place)) {
        snprintf(row->place, sizeof(row->place), "%s:%u", place.name, place.line);
    }
}

/* The steps of one call that follow one another become its first one; returns how many they are. */
static uint32_t merge_call(const struct report_style *style, struct timeline *timeline, uint32_t index)
{
    struct row *row = &timeline->rows[index];
    struct summary summary = {.first = row->event};
    uint32_t length = 0;
    for (; index + length < timeline->count; length++) {
        const struct row *next = &timeline->rows[index + length];
        if (next->call != row->call || next->kind != ROW_STEP) {
            break;
        }
        if (timeline_counts(next->event, summary.first)) {
            summary.first_counted = summary.first_counted ? summary.first_counted : next->event;
            summary.last_counted = next->event;
        }
    }
    struct report_frame place;
    describe_call(style, &summary, row->text, sizeof(row->text));
    if (report_place(site_of_call(row->event), &place)) {
        snprintf(row->place, sizeof(row->place), "%s:%u", place.name, place.line);
    }
    row->matters = true;
    row->steps = length;
    return length;
}

void timeline_merge_calls(const struct report_style *style, struct timeline *timeline)
{
    uint32_t kept = timeline->prelude;
    bool seen_resume = false; /* what a call does after its wait goes without saying */
    for (uint32_t index = timeline->prelude; index < timeline->count;) {
        struct row *row = &timeline->rows[index];
        uint32_t length = 1;
        bool drops = false;
        if (row->call && row->whole && row->kind == ROW_STEP) {
            drops = seen_resume && kept && timeline->rows[kept - 1].call == row->call;
            length = merge_call(style, timeline, index);
        } else if (row->call && row->whole && row->kind != ROW_PREEMPTED) {
            seen_resume = row->kind == ROW_RESUMES;
            tell_wait(style, timeline, row);
        }
        if (!drops) {
            timeline->rows[kept++] = *row;
        }
        index += length;
    }
    timeline->count = kept;
}
