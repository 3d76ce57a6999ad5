/*
 * events.c - the trace: one event for each operation, in the order in which they were done.
 *
 * An operation is announced before its scheduling point and becomes an event once it is done, so that what a task was about to
 * do when the execution ended can be told as well.
 */
#include "debugger.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { EVENT_LIMIT = 16384 };

static struct scheduler_event events[EVENT_LIMIT];
static uint32_t event_count;
static uint32_t appended; /* events there were, kept or not */
static bool truncated;
static struct scheduler_event *unsettled; /* a store whose value is not in memory yet */

static const char *const operation_names[OPERATION_KINDS] = {
    [OPERATION_START] = "start",
    [OPERATION_END] = "end",
    [OPERATION_CALL] = "call",
    [OPERATION_WAIT] = "wait",
    [OPERATION_TIMEOUT] = "timeout",
    [OPERATION_ATOMIC_LOAD] = "atomic load",
    [OPERATION_ATOMIC_STORE] = "atomic store",
    [OPERATION_ATOMIC_EXCHANGE] = "atomic exchange",
    [OPERATION_ATOMIC_ADD] = "atomic add",
    [OPERATION_ATOMIC_SUB] = "atomic sub",
    [OPERATION_ATOMIC_AND] = "atomic and",
    [OPERATION_ATOMIC_OR] = "atomic or",
    [OPERATION_ATOMIC_XOR] = "atomic xor",
    [OPERATION_ATOMIC_NAND] = "atomic nand",
    [OPERATION_ATOMIC_COMPARE_EXCHANGE] = "atomic compare-exchange",
    [OPERATION_FENCE] = "fence",
    [OPERATION_VOLATILE_READ] = "volatile read",
    [OPERATION_VOLATILE_WRITE] = "volatile write",
    [OPERATION_PLAIN_READ] = "plain read",
    [OPERATION_PLAIN_WRITE] = "plain write",
    [OPERATION_FLUSH] = "store reaches memory",
    [OPERATION_NOTE] = "note",
};

const char *scheduler_operation_name(enum scheduler_operation operation)
{
    return operation < OPERATION_KINDS ? operation_names[operation] : "unknown";
}

void events_reset(void)
{
    event_count = 0;
    appended = 0;
    truncated = false;
    unsettled = NULL;
    debugger_begin();
}

/* The code under test reads there next, whatever a sanitizer of ours thinks of it: a variable of a frame that was left, say. */
__attribute__((no_sanitize("address"))) static uint64_t value_at(const void *object, uint32_t size)
{
    uint64_t value = 0;
    const volatile unsigned char *from = object;
    volatile unsigned char *to = (volatile unsigned char *)&value;
    if (object == NULL || !scheduler_accessible(object, size)) {
        return 0;
    }
    for (uint32_t index = 0; index < size && index < sizeof value; index++) {
        to[index] = from[index];
    }
    return value;
}

/* Values of more than one register are not kept, and no plain ones that differ between processes: addresses outside the arena.
 */
static bool is_worth_keeping(const struct scheduler_event *event, uint64_t value)
{
    bool plain = event->operation == OPERATION_PLAIN_READ || event->operation == OPERATION_PLAIN_WRITE;
    return !plain || (event->size <= sizeof value && value_number(value) == value);
}

void events_settle(void)
{
    if (unsettled != NULL) {
        unsettled->after = value_at(unsettled->object, unsettled->size);
        unsettled->has_value &= is_worth_keeping(unsettled, unsettled->after);
        unsettled = NULL;
    }
}

void events_copy_stack(const struct task *task, uintptr_t *stack)
{
    uint32_t depth = 0;
    if (state.record && task != NULL) {
        stack[depth++] = task->site;
        for (uint32_t level = task->depth & ~DEPTH_UNSETTLED; level > 0 && depth < SCHEDULER_STACK_DEPTH - 1; level--) {
            if (level <= SCHEDULER_STACK_DEPTH) {
                stack[depth++] = task->stack[level - 1];
            }
        }
    }
    stack[depth] = 0;
}

static struct scheduler_event *append(const struct task *task, enum scheduler_operation operation)
{
    events_settle();
    appended++;
    if (event_count == EVENT_LIMIT) {
        truncated = true;
        return NULL;
    }
    struct scheduler_event *event = &events[event_count++];
    memset(event, 0, offsetof(struct scheduler_event, stack));
    event->operation = (uint8_t)operation;
    event->task = task == NULL ? SCHEDULER_NO_TASK : (uint8_t)(task - state.tasks);
    event->routine = task == NULL ? "" : task->routine;
    event->point = task == NULL ? 0 : task->point;
    event->time = state.now;
    event->stack[0] = 0;
    return event;
}

static void append_pending(struct task *task, bool pending)
{
    struct scheduler_event *event = append(task, task->pending.operation);
    task->announced = false;
    if (event == NULL) {
        return;
    }
    event->size = task->pending.size > UINT8_MAX ? UINT8_MAX : (uint8_t)task->pending.size;
    event->object = task->pending.object;
    event->call = task->pending.call;
    event->preempted = task->preempted;
    event->pending = pending;
    task->preempted = false;
    events_copy_stack(task, event->stack);
}

void events_announce(void)
{
    events_settle();
    struct task *task = running_task();
    task->announced = true;
    task->preempted = false;
}

void events_perform(void)
{
    struct task *task = running_task();
    if (task->announced) {
        append_pending(task, false);
        debugger_event(task, appended - 1);
    }
}

void events_value(uint64_t before, uint64_t after)
{
    if (event_count == 0 || truncated) {
        return;
    }
    struct scheduler_event *event = &events[event_count - 1];
    event->has_value = true;
    event->before = before;
    event->after = after;
}

void events_memory(enum scheduler_memory_note note, uint8_t task, uint64_t value)
{
    if (event_count > 0 && !truncated) {
        struct scheduler_event *event = &events[event_count - 1];
        event->memory = (uint8_t)note;
        event->memory_task = task;
        event->memory_value = value;
    }
}

uint32_t events_current(void)
{
    for (uint32_t index = truncated ? 0 : event_count; index > 0 && events[index - 1].task == state.running; index--) {
        if (events[index - 1].operation != OPERATION_NOTE) {
            return index;
        }
    }
    return 0;
}

void events_source(uint32_t source)
{
    if (event_count > 0 && !truncated) {
        events[event_count - 1].source = source;
    }
}

void events_wait_over(void)
{
    const struct task *task = running_task();
    if (event_count > 0 && !truncated) {
        events[event_count - 1].waits = !task->timed_out;
        events[event_count - 1].cause = task->timed_out ? 0 : task->cause;
    }
}

void events_access(bool reads)
{
    if (event_count == 0 || truncated) {
        return;
    }
    struct scheduler_event *event = &events[event_count - 1];
    uint64_t before = value_at(event->object, event->size);
    events_value(before, before);
    event->has_value = is_worth_keeping(event, before);
    unsettled = reads ? NULL : event;
}

void events_mark(enum scheduler_operation operation)
{
    struct task *task = running_task();
    if (task->is_buffer) {
        return;
    }
    struct scheduler_event *event = append(task, operation);
    if (event != NULL && operation == OPERATION_WAIT) {
        event->object = task->pending.object;
        event->call = task->pending.call;
        event->point = task->point + 1;
        events_copy_stack(task, event->stack);
    }
    if (event != NULL && operation == OPERATION_START) {
        event->cause = task->cause;
    }
    debugger_event(task, appended - 1);
}

/* The execution is over: settle the last store, and tell what everybody else was about to do. */
void events_finish(void)
{
    events_settle();
    for (uint32_t number = 0; number < state.task_count; number++) {
        struct task *task = &state.tasks[number];
        if (task->state != TASK_ENDED && task->announced && !task->is_buffer) {
            append_pending(task, true);
        }
    }
}

void scheduler_note(const void *object, const char *format, ...)
{
    if (!state.record) {
        return;
    }
    if (state.observers & OBSERVER_WEAK) {
        weak_settle();
    }
    struct scheduler_event *event = append(running_task(), OPERATION_NOTE);
    if (event == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(event->text, sizeof event->text, format, arguments);
    va_end(arguments);
    event->object = object;
    event->point = 0;
}

struct scheduler_trace scheduler_trace(void)
{
    return (struct scheduler_trace){
        .events = events, .count = state.record ? event_count : 0, .truncated = state.record && truncated};
}
