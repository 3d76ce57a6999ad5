/* waits.c - waits, wakes, and virtual time. */
#include "line.h"
#include "observe.h"
#include "steps.h"

/* How a wait ended, in the trace hash. */
enum { WAIT_ENDED, WAIT_TIMED_OUT, LOOK_FAILED, LOOK_HELD };

static enum scheduler_wait_result look(const struct scheduler_call *call, const void *object, bool (*condition)(const void *),
                                       const void *argument, uintptr_t site)
{
    struct task *task = point(site);
    if (state.observers != 0) {
        observe_call(task);
    }
    bool holds = condition != NULL && condition(argument);
    trail(OPERATION_WAIT | (uint32_t)call->number << 8, object, holds ? LOOK_HELD : LOOK_FAILED);
    return holds ? SCHEDULER_WAIT_HOLDS : SCHEDULER_WAIT_TIMEOUT;
}

/*
 * What the step that comes to a wait touches. When only a wake helps, it matters who came before it. A deadline is set by the
 * clock; whether it comes next depends on what other waits with deadlines there are, and so on whether this one has to wait.
 */
static void touch_by_arrival(const void *object, bool conditional, uint64_t deadline)
{
    if (deadline == 0) {
        return;
    }
    if (!conditional) {
        scheduler_touch(object, 1, EFFECT_UPDATE);
    } else if (deadline != SCHEDULER_NEVER) {
        scheduler_touch(object, 1, EFFECT_READ);
    }
    if (deadline != SCHEDULER_NEVER) {
        scheduler_touch(steps_clock, 1, deadline <= state.now ? EFFECT_READ : EFFECT_UPDATE);
    }
}

/* Somebody has changed who waits for a deadline. */
static void touch_deadlines(const struct task *task)
{
    if (task->deadline != SCHEDULER_NEVER) {
        scheduler_touch(steps_clock, 1, EFFECT_UPDATE);
    }
}

enum scheduler_wait_result scheduler_wait_at(const struct scheduler_call *call, const void *object,
                                             bool (*condition)(const void *argument), const void *argument, uint64_t deadline,
                                             uintptr_t site)
{
    struct task *task = running_task();
    if (task == NULL) {
        return condition != NULL && condition(argument) ? SCHEDULER_WAIT_HOLDS : SCHEDULER_WAIT_TIMEOUT;
    }
    task->site = site;
    if (state.observers != 0) {
        announce(task, OPERATION_CALL, object, 0, call->effect, call);
        task->cause = 0;
    }
    if (__builtin_expect(state.observers & OBSERVER_STEPS, 0)) {
        touch_by_arrival(object, condition != NULL, deadline);
    }
    if (deadline <= state.now) {
        return look(call, object, condition, argument, site);
    }
    task->object = object;
    task->condition = condition;
    task->condition_argument = argument;
    task->deadline = deadline;
    task->woken = false;
    task->timed_out = false;
    task->queued = ++state.queue_number;
    state.in_wait++;
    if (condition != NULL && condition(argument)) {
        point(site);
    } else {
        if (state.record) {
            events_mark(OPERATION_WAIT);
        }
        count_step(task, site);
        task->fresh = false;
        line_start_waiting(task);
        line_leave(task);
    }
    state.in_wait--;
    if (state.observers != 0) {
        observe_wait(task);
    }
    task->object = NULL;
    task->patient_until = 0;
    task->keeps_time = false;
    task->waits_for_others = false;
    trail(OPERATION_WAIT | (uint32_t)call->number << 8, object, task->timed_out ? WAIT_TIMED_OUT : WAIT_ENDED);
    if (task->timed_out) {
        return SCHEDULER_WAIT_TIMEOUT;
    }
    return task->woken ? SCHEDULER_WAIT_WOKEN : SCHEDULER_WAIT_HOLDS;
}

static struct task *first_in_queue(const void *object)
{
    struct task *first = NULL;
    for (uint32_t number = 0; number < state.task_count; number++) {
        struct task *task = &state.tasks[number];
        if (task->state == TASK_WAITING && task->object == object && (first == NULL || task->queued < first->queued)) {
            first = task;
        }
    }
    return first;
}

uint32_t scheduler_wake(const void *object, uint32_t limit)
{
    uint32_t woken = 0;
    scheduler_touch(object, 1, EFFECT_UPDATE);
    if (__builtin_expect(state.observers & OBSERVERS_OF_ORDER, 0)) {
        scheduler_release_order(object);
    }
    while (woken < limit && state.waiting != 0) {
        struct task *task = first_in_queue(object);
        if (task == NULL) {
            break;
        }
        line_stop_waiting(task);
        touch_deadlines(task);
        task->woken = true;
        line_add(task);
        woken++;
    }
    return woken;
}

void scheduler_changed(const void *object)
{
    scheduler_touch(object, 1, EFFECT_UPDATE);
    if (__builtin_expect(state.observers & OBSERVERS_OF_ORDER, 0)) {
        scheduler_release_order(object);
    }
    if (state.in_wait == 0) {
        return;
    }
    for (uint32_t number = 0; number < state.task_count; number++) {
        struct task *task = &state.tasks[number];
        if (task->object != object || task->condition == NULL || task->woken || task->timed_out || number == state.running) {
            continue;
        }
        bool holds = task->condition(task->condition_argument);
        if (holds && task->state == TASK_WAITING) {
            line_stop_waiting(task);
            line_add(task);
            touch_deadlines(task);
        } else if (!holds && task->state == TASK_READY) {
            line_remove(task);
            line_start_waiting(task);
            touch_deadlines(task);
        }
    }
}

uint64_t scheduler_now(void)
{
    scheduler_touch(steps_clock, 1, EFFECT_READ);
    return state.now;
}

void scheduler_advance(uint64_t units)
{
    scheduler_touch(steps_clock, 1, EFFECT_UPDATE);
    state.now = units > SCHEDULER_NEVER - 1 - state.now ? SCHEDULER_NEVER - 1 : state.now + units;
    while (state.waiting_timed != 0) {
        struct task *task = &state.tasks[line_first_to_time_out(true)];
        if (task->deadline > state.now) {
            return;
        }
        line_time_out(task, false);
        state.line[state.line_length++] = (uint8_t)(task - state.tasks);
    }
}

const void *scheduler_waiting_for(uint32_t task)
{
    return task < state.task_count && state.tasks[task].state == TASK_WAITING ? state.tasks[task].object : NULL;
}
