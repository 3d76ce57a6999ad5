/*
 * fold_operations.c - of an execution around a driver only what has to do with the finding.
 *
 * The rows are cut into units: an operation of the program up to the first request that it sends, and each request with all
 * that happens until the next one, of the program, the PnP manager, or a task that was started. A unit matters when
 *
 *   1. in it a task is interrupted, waits, goes on, or the finding is made;
 *   2. it allocates or frees the memory that the finding is about, writes what the finding is about, or calls with it;
 *   3. it does something to what another task waits for at that moment;
 *   4. it takes more acquisitions of a remove lock than it gives back, or the other way round;
 *   5. it leaves something changed that a unit of the first kind touches, of another task;
 *   6. it ran while another task was interrupted, and none of those that did would matter otherwise.
 *
 * Operations without any unit that matters become one row each, and so do the other requests that do not. What a call of the
 * lock does inside counts by rule 4 alone. Nothing is folded where there is no finding.
 */
#include "timeline.h"

#include "stacks.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

struct unit {
    uint32_t operation; /* the unit with which its operation begins; itself where there is none */
    uint8_t task;
    bool central; /* by the first rule */
    bool matters;
};

/* What a unit did to an object, summed up. */
struct effect {
    const void *object;
    uint32_t unit;
    bool writes;
    uint64_t before, after; /* of the first and the last step that tells */
    uint64_t difference;    /* what counting steps added */
    bool counts;
};

struct folder {
    struct timeline *timeline;
    const struct verdict *verdict;
    const struct scheduler_allocation *memory;       /* the finding's, or NULL */
    const struct scheduler_event *allocates, *frees; /* the steps that did so with it, or NULL */
    uint32_t task_count;                             /* of the program */
    struct unit *units;                              /* from 1 */
    uint32_t unit_count;
    struct effect *effects;
    uint32_t effect_count;
};

/* ---------------------------------------------------------------------------------------------------------- units -- */

static bool begins_operation(const struct row *row)
{
    return row->kind == ROW_OPERATION && row->event && strncmp(row->event->text, "> ", 2) == 0;
}

/* Routines of a driver that run in tasks of their own: DPCs, timers, work items. */
static bool begins_callback(const struct folder *folder, const struct row *row)
{
    return row->kind == ROW_OPERATION && !row->event && row->task >= folder->task_count;
}

static uint32_t add_unit(struct folder *folder, uint32_t task, uint32_t operation)
{
    uint32_t number = ++folder->unit_count;
    folder->units[number] = (struct unit){.task = (uint8_t)task, .operation = operation ? operation : number};
    return number;
}

static void cut(struct folder *folder)
{
    uint32_t current[SCHEDULER_TASK_LIMIT + 1] = {0}, operation[SCHEDULER_TASK_LIMIT + 1] = {0};
    for (uint32_t index = folder->timeline->prelude; index < folder->timeline->count; index++) {
        struct row *row = &folder->timeline->rows[index];
        if (row->task == SCHEDULER_NO_TASK) {
            continue;
        }
        if (begins_operation(row) || begins_callback(folder, row)) {
            current[row->task] = operation[row->task] = add_unit(folder, row->task, 0);
        } else if (timeline_sends(folder->timeline, row) || !current[row->task]) {
            current[row->task] = add_unit(folder, row->task, operation[row->task]);
        }
        row->unit = current[row->task];
    }
}

/* -------------------------------------------------------------------------------------------------------- effects -- */

static bool only_reads(const struct scheduler_event *event)
{
    return event->operation == OPERATION_ATOMIC_LOAD || event->operation == OPERATION_VOLATILE_READ ||
           event->operation == OPERATION_PLAIN_READ || event->operation == OPERATION_FENCE;
}

static struct effect *effect_on(struct folder *folder, const void *object, uint32_t unit)
{
    for (uint32_t index = folder->effect_count; index > 0; index--) {
        struct effect *effect = &folder->effects[index - 1];
        if (effect->object == object && effect->unit == unit) {
            return effect;
        }
    }
    struct effect *effect = &folder->effects[folder->effect_count++];
    *effect = (struct effect){.object = object, .unit = unit};
    return effect;
}

static void add_effect(struct folder *folder, const struct row *row, bool counts)
{
    const struct scheduler_event *event = row->event;
    struct effect *effect = effect_on(folder, event->object, row->unit);
    if (event->has_value && !only_reads(event)) {
        effect->before = effect->writes ? effect->before : event->before;
        effect->after = event->after;
        effect->difference += event->after - event->before;
        effect->writes = true;
        effect->counts |= counts;
    }
}

static void find_effects(struct folder *folder)
{
    const struct scheduler_event *first = NULL; /* of a call of the lock */
    uint32_t call = 0;
    for (uint32_t index = folder->timeline->prelude; index < folder->timeline->count; index++) {
        const struct row *row = &folder->timeline->rows[index];
        if (!row->unit || !row->event || !row->event->object || row->event->operation == OPERATION_NOTE ||
            row->kind == ROW_PREEMPTED || row->kind == ROW_VIOLATION) {
            continue;
        }
        if (row->call && row->call != call) {
            call = row->call;
            first = row->event;
        }
        bool counts = row->call && timeline_counts(row->event, first);
        if (!row->call || counts) {
            add_effect(folder, row, counts);
        }
    }
}

static bool leaves_changed(const struct effect *effect)
{
    return effect->writes && (effect->counts ? effect->difference != 0 : effect->before != effect->after);
}

/* What the kernel model does for itself, with nothing that has a name. */
static bool is_models_own(const struct row *row)
{
    char object[128];
    if (!row->event || row->place[0]) {
        return false;
    }
    words_object(row->event->object, object, sizeof(object));
    return object[0] == 0;
}

/* Workers wait for work, and who takes the world down for the program to end. */
static bool is_servants_wait(const struct folder *folder, const struct row *row)
{
    return (row->kind == ROW_WAITS || row->kind == ROW_RESUMES) && row->task >= folder->task_count && is_models_own(row);
}

/* It opens a handle, looks whether somebody has to wait. */
static bool says_nothing(const struct folder *folder, const struct row *row)
{
    bool is_call = row->kind == ROW_STEP && row->event->operation == OPERATION_CALL;
    return (is_call && is_models_own(row)) || is_servants_wait(folder, row);
}

/* ---------------------------------------------------------------------------------------------------------- rules -- */

/* The next event of a task from `index` on, done or not; NULL: none. */
static const struct scheduler_event *next_of(struct scheduler_trace trace, uint32_t task, uint32_t index)
{
    while (index < trace.count && (trace.events[index].task != task || trace.events[index].operation == OPERATION_NOTE)) {
        index++;
    }
    return index < trace.count ? &trace.events[index] : NULL;
}

/* Remarks, and the ends of waits, are no points of their own. */
static uint32_t count_point(uint32_t *points, const struct scheduler_event *event)
{
    if (!event || event->point <= points[event->task]) {
        return 0;
    }
    points[event->task] = event->point;
    return 1;
}

const struct scheduler_event *timeline_event_at(uint32_t step)
{
    struct scheduler_trace trace = scheduler_trace();
    const struct scheduler_event *last = NULL;
    uint32_t points[SCHEDULER_TASK_LIMIT + 1] = {0}, count = 0;
    for (uint32_t index = 0; index < trace.count && !trace.events[index].pending; index++) {
        const struct scheduler_event *event = &trace.events[index];
        if (last && last->task != event->task) {
            count += count_point(points, next_of(trace, last->task, index));
        }
        count += count_point(points, event);
        if (count > step) {
            break;
        }
        last = event->operation == OPERATION_END || event->operation == OPERATION_NOTE ? last : event;
    }
    return last;
}

static bool touches_finding(const struct folder *folder, const struct row *row)
{
    const struct scheduler_event *event = row->event;
    if (!event || event->operation == OPERATION_NOTE || row->call) {
        return false;
    }
    bool is_object = event->object && event->object == folder->verdict->object;
    if (!folder->memory) {
        return is_object && !only_reads(event);
    }
    bool is_memory = event->call && event->object == folder->memory->address;
    bool makes_or_ends = event == folder->allocates || event == folder->frees;
    return (is_object && !only_reads(event)) || is_memory || makes_or_ends;
}

/* Whether a row does something to what another task waits for then. */
static bool concerns_waiter(const struct scheduler_event *const waits[SCHEDULER_TASK_LIMIT + 1], const struct row *row)
{
    if (!row->event || !row->event->object || only_reads(row->event)) {
        return false;
    }
    for (uint32_t task = 0; task < SCHEDULER_TASK_LIMIT; task++) {
        if (task != row->task && waits[task] && waits[task]->object == row->event->object) {
            return true;
        }
    }
    return false;
}

static void apply_rules_of_rows(struct folder *folder)
{
    const struct scheduler_event *waits[SCHEDULER_TASK_LIMIT + 1] = {NULL};
    for (uint32_t index = folder->timeline->prelude; index < folder->timeline->count; index++) {
        const struct row *row = &folder->timeline->rows[index];
        struct unit *unit = &folder->units[row->unit];
        bool waits_or_resumes = row->kind == ROW_WAITS || row->kind == ROW_RESUMES;
        bool central =
            row->kind == ROW_PREEMPTED || row->kind == ROW_VIOLATION || (waits_or_resumes && !is_servants_wait(folder, row));
        unit->central |= central;
        unit->matters |= central || touches_finding(folder, row) || concerns_waiter(waits, row);
        if (waits_or_resumes) {
            waits[row->task] = row->kind == ROW_WAITS ? row->event : NULL;
        }
    }
}

static bool is_touched_centrally(const struct folder *folder, const struct effect *effect)
{
    for (uint32_t index = 0; index < folder->effect_count; index++) {
        const struct unit *other = &folder->units[folder->effects[index].unit];
        if (folder->effects[index].object == effect->object && other->central &&
            other->task != folder->units[effect->unit].task) {
            return true;
        }
    }
    return false;
}

static void apply_rules_of_effects(struct folder *folder)
{
    for (uint32_t index = 0; index < folder->effect_count; index++) {
        const struct effect *effect = &folder->effects[index];
        if (leaves_changed(effect) && (effect->counts || is_touched_centrally(folder, effect))) {
            folder->units[effect->unit].matters = true;
        }
    }
}

/* The rows from an interruption up to where the interrupted task goes on. */
static uint32_t end_of_interruption(const struct timeline *timeline, uint32_t index)
{
    uint32_t end = index + 1;
    while (end < timeline->count && timeline->rows[end].task != timeline->rows[index].task) {
        end++;
    }
    return end;
}

static void apply_rule_of_interruptions(struct folder *folder)
{
    const struct timeline *timeline = folder->timeline;
    for (uint32_t index = timeline->prelude; index < timeline->count; index++) {
        if (timeline->rows[index].kind != ROW_PREEMPTED) {
            continue;
        }
        uint32_t end = end_of_interruption(timeline, index);
        bool told = false;
        for (uint32_t at = index + 1; at < end; at++) {
            told |= folder->units[timeline->rows[at].unit].matters;
        }
        for (uint32_t at = index + 1; at < end; at++) {
            folder->units[timeline->rows[at].unit].matters |= !told;
        }
    }
}

/* -------------------------------------------------------------------------------------------------------- folding -- */

static bool operation_matters(const struct folder *folder, uint32_t operation)
{
    for (uint32_t unit = 1; unit <= folder->unit_count; unit++) {
        if (folder->units[unit].operation == operation && folder->units[unit].matters) {
            return true;
        }
    }
    return false;
}

/* How many rows from `index` on are one: of a unit that does not matter, or of an operation in which none does. */
static uint32_t dull_length(const struct folder *folder, uint32_t index)
{
    const struct timeline *timeline = folder->timeline;
    const struct unit *unit = &folder->units[timeline->rows[index].unit];
    if (!timeline->rows[index].unit || unit->matters) {
        return 0;
    }
    bool whole = !operation_matters(folder, unit->operation);
    uint32_t length = 1;
    for (; index + length < timeline->count; length++) {
        const struct row *next = &timeline->rows[index + length];
        bool same = next->unit == timeline->rows[index].unit ||
                    (whole && next->unit && folder->units[next->unit].operation == unit->operation);
        if (!same) {
            break;
        }
    }
    return length;
}

/* How many rows at the beginning say nothing. */
static uint32_t silent_length(const struct folder *folder, uint32_t index, uint32_t length)
{
    uint32_t silent = 0;
    while (silent < length && says_nothing(folder, &folder->timeline->rows[index + silent])) {
        silent++;
    }
    return silent;
}

/* Begins with what it stands for, as the first row of an operation or a request says it. */
static struct row folded_unit(const struct report_style *style, const struct timeline *timeline, uint32_t index,
                              uint32_t length)
{
    struct row row = timeline->rows[index];
    uint32_t steps = 0;
    for (uint32_t at = index; at < index + length; at++) {
        steps += timeline->rows[at].kind == ROW_STEP ? timeline->rows[at].steps + (timeline->rows[at].steps == 0) : 0;
    }
    char text[160];
    snprintf(text, sizeof(text), "%.*s", (int)sizeof(text) - 1, row.text);
    snprintf(row.text, sizeof(row.text), "%s %s %u step%s", text, style_glyphs(style)->fold, steps, steps == 1 ? "" : "s");
    row.kind = ROW_FOLDED;
    row.first = index;
    row.last = index + length - 1;
    row.matters = true;
    row.event = NULL;
    row.place[0] = 0;
    return row;
}

/* An operation's own rows stay when one of its requests matters: its name heads them. */
static void fold(const struct report_style *style, struct folder *folder)
{
    struct timeline *timeline = folder->timeline;
    uint32_t kept = timeline->prelude;
    for (uint32_t index = timeline->prelude; index < timeline->count;) {
        struct row *row = &timeline->rows[index];
        uint32_t length = dull_length(folder, index);
        bool heads = row->kind == ROW_OPERATION && length && operation_matters(folder, folder->units[row->unit].operation);
        if (length >= 2 && !heads) {
            uint32_t silent = silent_length(folder, index, length);
            if (silent < length) {
                timeline->rows[kept++] = folded_unit(style, timeline, index + silent, length - silent);
            }
        } else {
            length = 1;
            if (!says_nothing(folder, row)) {
                row->matters |= row->unit && row->event && row->event->operation == OPERATION_CALL;
                timeline->rows[kept++] = *row;
            }
        }
        index += length;
    }
    timeline->count = kept;
}

/* The world is built before anything happens: one row across all columns, so that its builder needs none of its own. */
static void fold_prelude(const struct report_style *style, struct timeline *timeline)
{
    uint32_t length = timeline->prelude;
    struct row *row = &timeline->rows[0];
    if (length == 0) {
        return;
    }
    *row = (struct row){
        .kind = ROW_FOLDED, .task = SCHEDULER_NO_TASK, .matters = true, .last = length - 1, .event_number = row->event_number};
    snprintf(row->text, sizeof(row->text), "%s %u steps before the program begins (--full shows them)",
             style_glyphs(style)->fold, length);
    memmove(row + 1, row + length, (timeline->count - length) * sizeof(*row));
    timeline->count -= length - 1;
    timeline->prelude = 1;
}

static const struct scheduler_allocation *memory_of(const struct report_execution *execution)
{
    const struct scheduler_allocation *memory = stacks_allocation(execution);
    const void *object = execution->verdict->object;
    if (!memory && object) {
        memory = scheduler_allocation_of(object);
        memory = memory && memory->address == object ? memory : NULL;
    }
    return memory;
}

void timeline_fold_operations(const struct report_style *style, struct timeline *timeline,
                              const struct report_execution *execution)
{
    if (!timeline->has_world) {
        return;
    }
    struct folder folder = {.timeline = timeline,
                            .verdict = execution->verdict,
                            .memory = memory_of(execution),
                            .task_count = execution->scenario->program.task_count,
                            .units = calloc(timeline->count + 1, sizeof(struct unit)),
                            .effects = calloc(timeline->count + 1, sizeof(struct effect))};
    if (folder.memory) {
        folder.allocates = timeline_event_at(folder.memory->allocated_at);
        folder.frees = folder.memory->live ? NULL : timeline_event_at(folder.memory->freed_at);
    }
    timeline_find_calls(timeline);
    if (folder.units && folder.effects && execution->verdict->finding) {
        cut(&folder);
        find_effects(&folder);
        apply_rules_of_rows(&folder);
        apply_rules_of_effects(&folder);
        apply_rule_of_interruptions(&folder);
    }
    timeline_head_requests(style, timeline);
    timeline_merge_calls(style, timeline);
    if (folder.units && folder.effects) {
        fold(style, &folder);
    }
    fold_prelude(style, timeline);
    timeline_shorten_requests(style, timeline);
    free(folder.units);
    free(folder.effects);
}
