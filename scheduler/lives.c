/* lives.c - the life of a task: how it comes to be, begins and ends. */
#include "line.h"
#include "observe.h"
#include "races.h"
#include "steps.h"
#include "weak.h"

#include <stdio.h>
#include <stdlib.h>

static uint32_t spawn(const char *name, void (*body)(void *argument), void *argument)
{
    if (state.task_count == SCHEDULER_TASK_LIMIT) {
        fprintf(stderr, "remlock: more than %d tasks in one execution\n", SCHEDULER_TASK_LIMIT);
        abort();
    }
    uint32_t number = state.task_count++;
    scheduler_touch(steps_births, 1, EFFECT_UPDATE);
    struct task *task = &state.tasks[number];
    task->fiber = state.observers & OBSERVER_STATES ? fiber_prepare_empty(number) : fiber_prepare(number);
    task->body = body;
    task->parent = state.running;
    task->argument = argument;
    task->name = name;
    task->routine = "";
    task->fresh = true;
    task->primed = false;
    task->born = steps_count();
    task->cause = 0;
    task->woken = false;
    task->timed_out = false;
    task->preempted = false;
    task->announced = false;
    task->may_wait = false;
    task->stack_is_shared = false;
    task->is_buffer = false;
    task->keeps_time = false;
    task->waits_for_others = false;
    task->patient_until = 0;
    task->point = 0;
    task->decided_at = 0;
    task->unpreemptible = 0;
    task->object = NULL;
    task->condition = NULL;
    task->deadline = SCHEDULER_NEVER;
    task->site = (uintptr_t)body;
    task->depth = 0;
    task->live = 0;
    task->state = TASK_HELD;
    sanitizer_spawn(task->fiber, name);
    if (state.observers & OBSERVER_RACES) {
        races_spawn(number);
    }
    if (state.observers & OBSERVER_WEAK) {
        weak_spawn(number);
    }
    return number;
}

uint32_t scheduler_spawn(const char *name, void (*body)(void *argument), void *argument)
{
    uint32_t number = spawn(name, body, argument);
    scheduler_start(number);
    return number;
}

uint32_t scheduler_spawn_held(const char *name, void (*body)(void *argument), void *argument)
{
    return spawn(name, body, argument);
}

void scheduler_start(uint32_t number)
{
    if (state.line_length == 0) {
        state.line_length = 1; /* the stale head */
    }
    state.tasks[number].born = steps_count();
    sanitizer_release(state.tasks[number].fiber);
    if (state.observers & OBSERVER_RACES) {
        races_start(number);
    }
    line_add(&state.tasks[number]);
}

/* The running task has ended: where to go, with state.running set accordingly. */
static struct fiber_context *leave_for_good(struct task *task)
{
    if (state.observers & OBSERVER_WEAK) {
        weak_settle();
    }
    if (state.record) {
        events_mark(OPERATION_END);
    }
    task->state = TASK_ENDED;
    task->point++;
    if (state.primer != NULL) {
        line_remove(task);
        return state.primer;
    }
    uint8_t next = line_next_after_leaving(&task->fiber->at);
    if (next == SCHEDULER_NO_TASK) {
        return &state.main;
    }
    state.running = next;
    return &state.tasks[next].fiber->at;
}

_Noreturn void scheduler_end_task(void)
{
    struct task *task = &state.tasks[state.running];
    fiber_switch(&task->fiber->at, leave_for_good(task));
    abort();
}

void fiber_body(void)
{
    struct task *task = &state.tasks[state.running];
    task->fiber->idle = false;
    sanitizer_start(task->fiber);
    if (state.record) {
        events_mark(OPERATION_START);
    }
    task->body(task->argument);
    fiber_finish(task->fiber, leave_for_good(task));
}
