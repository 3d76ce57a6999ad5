/*
 * fold.c - leaves out what does not help to understand: long runs of steps on memory that no other task touches, and the
 * middle of very long executions. Operations, preemptions, waits, calls, the first and the last step of each turn and the
 * rows before the violation always stay.
 */
#include "timeline.h"

#include <string.h>

enum {
    SHORT = 40,      /* rows; up to that everything is shown */
    RUN_MINIMUM = 3, /* fewer rows than this are not worth a fold */
    LAST_ROWS = 6,   /* before the violation */
    LONG = 400,      /* rows; beyond that the middle is folded too, except around preemptions */
    LONG_HEAD = 60,
    LONG_TAIL = 120,
    LONG_AROUND = 3,
};

static bool is_turn_boundary(const struct timeline *timeline, uint32_t index)
{
    uint32_t task = timeline->rows[index].task;
    return index == 0 || index + 1 == timeline->count || timeline->rows[index - 1].task != task ||
           timeline->rows[index + 1].task != task;
}

static void keep_boundaries(struct timeline *timeline)
{
    for (uint32_t index = timeline->prelude; index < timeline->count; index++) {
        if (is_turn_boundary(timeline, index) || index + LAST_ROWS >= timeline->count) {
            timeline->rows[index].matters = true;
        }
    }
}

static bool near_preemption(const struct timeline *timeline, uint32_t index)
{
    uint32_t from = index < LONG_AROUND ? 0 : index - LONG_AROUND;
    for (uint32_t at = from; at <= index + LONG_AROUND && at < timeline->count; at++) {
        if (timeline->rows[at].kind == ROW_PREEMPTED) {
            return true;
        }
    }
    return false;
}

/* Under a fair schedule everybody is interrupted all the time; then only the two ends tell something. */
static void drop_middle(struct timeline *timeline)
{
    uint32_t kept = 0;
    for (uint32_t index = LONG_HEAD; index + LONG_TAIL < timeline->count; index++) {
        bool keep = kept < LONG && near_preemption(timeline, index);
        timeline->rows[index].matters = keep;
        kept += keep;
    }
}

static uint32_t run_length(const struct timeline *timeline, uint32_t index, bool across_tasks)
{
    uint32_t end = index;
    if (index < timeline->prelude) {
        return timeline->prelude - index;
    }
    while (end < timeline->count && !timeline->rows[end].matters &&
           (across_tasks || timeline->rows[end].task == timeline->rows[index].task)) {
        end++;
    }
    return end - index;
}

/* Of the rows that are left out. A preemption is no event, and names one that comes later. */
static uint32_t first_event(const struct timeline *timeline, uint32_t index, uint32_t length)
{
    for (uint32_t at = index; at < index + length; at++) {
        if (timeline->rows[at].event_number && timeline->rows[at].kind != ROW_PREEMPTED) {
            return timeline->rows[at].event_number;
        }
    }
    return 0;
}

static struct row folded(const struct report_style *style, const struct timeline *timeline, uint32_t index, uint32_t length,
                         bool across_tasks)
{
    struct row row = {
        .kind = ROW_FOLDED, .task = across_tasks ? SCHEDULER_NO_TASK : timeline->rows[index].task, .matters = true};
    row.first = index;
    row.last = index + length - 1;
    row.event_number = first_event(timeline, index, length);
    const char *why = index < timeline->prelude ? "steps before the program begins (--full shows them)"
                      : across_tasks            ? "more steps (--full shows them)"
                      : timeline->prelude > 0   ? "steps that concern no other task (--full shows them)"
                                                : "steps on memory that no other task touches";
    snprintf(row.text, sizeof(row.text), "%s %u %s", style_glyphs(style)->fold, length, why);
    return row;
}

void timeline_fold(const struct report_style *style, struct timeline *timeline)
{
    if (timeline->count <= SHORT) {
        return;
    }
    keep_boundaries(timeline);
    bool is_long = timeline->count > LONG;
    if (is_long) {
        drop_middle(timeline);
    }
    uint32_t kept = 0;
    for (uint32_t index = 0; index < timeline->count;) {
        uint32_t length = run_length(timeline, index, is_long);
        if (length < RUN_MINIMUM) {
            length = length ? length : 1;
            memmove(&timeline->rows[kept], &timeline->rows[index], length * sizeof(struct row));
            kept += length;
        } else {
            timeline->rows[kept++] = folded(style, timeline, index, length, is_long);
        }
        index += length;
    }
    timeline->count = kept;
}
