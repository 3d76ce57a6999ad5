/*
 * tasks.c - who waits for what when tasks are threads. See run.h and scheduler.h.
 */
#include "run.h"

#include "../observe.h"
#include "../races.h"
#include "../sanitizer.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    EARLY_TIMEOUT = 64,    /* at one point of the environment in so many, a wait with a deadline gives up */
    POINT_DAWDLES = 8,     /* at one in so many, the thread lets others go first */
    USUAL_ALTERNATIVE = 4, /* one choice in so many is not the default */
};

struct state state = {.running = SCHEDULER_NO_TASK};

struct run run;

/* --------------------------------------------------------------------------------------------------- ready or not -- */

static uint32_t number_of(const struct task *task)
{
    return (uint32_t)(task - state.tasks);
}

static void stop_running(void)
{
    if (--run.ready == 0) {
        sleeper_wake(&run.runner);
    }
}

static void stop_waiting(struct task *task)
{
    state.waiting--;
    state.waiting_timed -= task->deadline != SCHEDULER_NEVER;
    task->state = TASK_READY;
    run.ready++;
    sleeper_wake(&run.turns[number_of(task)]);
}

/* Sleeps until somebody has ended the wait; others are inside meanwhile. */
static void wait_for_turn(struct task *task)
{
    task->state = TASK_WAITING;
    state.waiting++;
    state.waiting_timed += task->deadline != SCHEDULER_NEVER;
    stop_running();
    world_leave();
    sleeper_sleep(&run.turns[number_of(task)]);
    world_enter();
    if (run.over) {
        if (--run.leaving == 0) {
            sleeper_wake(&run.runner);
        }
        threads_end_task();
    }
}

bool tasks_unfinished(const struct task *task)
{
    return task->state != TASK_ENDED && !(task->may_wait && (task->state == TASK_WAITING || task->state == TASK_HELD));
}

bool run_all_finished(void)
{
    for (uint32_t number = 0; number < state.task_count; number++) {
        if (tasks_unfinished(&state.tasks[number])) {
            return false;
        }
    }
    return true;
}

/* ---------------------------------------------------------------------------------------------------------- waits -- */

struct task *run_first_to_time_out(bool all)
{
    struct task *best = NULL;
    for (uint32_t number = 0; number < state.task_count; number++) {
        struct task *task = &state.tasks[number];
        if (task->state != TASK_WAITING || task->deadline == SCHEDULER_NEVER || (!all && task->patient_until > state.steps)) {
            continue;
        }
        if (best == NULL || task->deadline < best->deadline ||
            (task->deadline == best->deadline && task->queued < best->queued)) {
            best = task;
        }
    }
    return best;
}

void run_time_out(struct task *task, bool early)
{
    task->timed_out = true;
    stop_waiting(task);
    if (state.now < task->deadline && !(early && task->keeps_time)) {
        state.now = task->deadline;
    }
}

/* The scheduler's hook at each point of the environment (state.h): others may come in between. */
void tasks_reschedule(struct task *task)
{
    (void)task;
    struct task *late = state.waiting_timed != 0 && world_random() % EARLY_TIMEOUT == 0 ? run_first_to_time_out(false) : NULL;
    if (late != NULL) {
        run_time_out(late, true);
    }
    world_leave();
    world_dawdle(POINT_DAWDLES);
    world_enter();
}

static enum scheduler_wait_result look(const struct scheduler_call *call, const void *object, bool (*condition)(const void *),
                                       const void *argument, uintptr_t site)
{
    scheduler_call_at(call, object, site);
    return condition != NULL && condition(argument) ? SCHEDULER_WAIT_HOLDS : SCHEDULER_WAIT_TIMEOUT;
}

static void begin_wait(struct task *task, const struct scheduler_call *call, const void *object,
                       bool (*condition)(const void *argument), const void *argument, uint64_t deadline)
{
    announce(task, OPERATION_CALL, object, 0, call->effect, call);
    task->object = object;
    task->condition = condition;
    task->condition_argument = argument;
    task->deadline = deadline;
    task->woken = false;
    task->timed_out = false;
    task->queued = ++state.queue_number;
}

enum scheduler_wait_result scheduler_wait_at(const struct scheduler_call *call, const void *object,
                                             bool (*condition)(const void *argument), const void *argument, uint64_t deadline,
                                             uintptr_t site)
{
    struct task *task = running_task();
    if (task == NULL) {
        return condition != NULL && condition(argument) ? SCHEDULER_WAIT_HOLDS : SCHEDULER_WAIT_TIMEOUT;
    }
    if (deadline <= state.now) {
        return look(call, object, condition, argument, site);
    }
    begin_wait(task, call, object, condition, argument, deadline);
    if (condition != NULL && condition(argument)) {
        point(site);
    } else {
        count_step(task, site); /* nobody comes between what the environment saw and the wait */
    }
    /* Others may have been inside between the moment when the condition held and this one. */
    while (!task->woken && !task->timed_out && (condition == NULL || !condition(argument))) {
        wait_for_turn(task);
    }
    if (state.observers != 0) {
        observe_wait(task);
    }
    task->object = NULL;
    task->patient_until = 0;
    task->keeps_time = false;
    task->waits_for_others = false;
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
    scheduler_release_order(object);
    for (struct task *task; woken < limit && (task = first_in_queue(object)) != NULL; woken++) {
        task->woken = true;
        stop_waiting(task);
    }
    return woken;
}

void scheduler_changed(const void *object)
{
    scheduler_release_order(object);
    for (uint32_t number = 0; state.waiting != 0 && number < state.task_count; number++) {
        struct task *task = &state.tasks[number];
        if (task->state == TASK_WAITING && task->object == object && task->condition != NULL &&
            task->condition(task->condition_argument)) {
            stop_waiting(task);
        }
    }
}

/* ----------------------------------------------------------------------------------------------- time and choices -- */

uint64_t scheduler_now(void)
{
    return state.now;
}

void scheduler_advance(uint64_t units)
{
    state.now = units > SCHEDULER_NEVER - 1 - state.now ? SCHEDULER_NEVER - 1 : state.now + units;
    for (struct task *task; (task = run_first_to_time_out(true)) != NULL && task->deadline <= state.now;) {
        run_time_out(task, false);
    }
}

uint32_t scheduler_choose(enum choice_kind kind, uint32_t alternatives)
{
    (void)kind;
    if (alternatives < 2 || state.running == SCHEDULER_NO_TASK || world_random() % USUAL_ALTERNATIVE != 0) {
        return 0;
    }
    return (uint32_t)(world_random() % alternatives);
}

const void *scheduler_waiting_for(uint32_t task)
{
    return task < state.task_count && state.tasks[task].state == TASK_WAITING ? state.tasks[task].object : NULL;
}

/* ---------------------------------------------------------------------------------------------------------- tasks -- */

static void end_task(void)
{
    state.tasks[world_self].state = TASK_ENDED;
    stop_running();
}

static void run_body(void)
{
    const struct task *task = &state.tasks[world_self];
    task->body(task->argument);
    end_task();
}

void scheduler_end_task(void)
{
    end_task();
    threads_end_task();
}

uint32_t scheduler_spawn_held(const char *name, void (*body)(void *argument), void *argument)
{
    if (state.task_count == SCHEDULER_TASK_LIMIT) {
        fprintf(stderr, "remlock: more than %d tasks in one execution\n", SCHEDULER_TASK_LIMIT);
        abort();
    }
    uint32_t number = state.task_count++;
    struct task *task = &state.tasks[number];
    *task = (struct task){.body = body,
                          .argument = argument,
                          .name = name,
                          .routine = "",
                          .state = TASK_HELD,
                          .deadline = SCHEDULER_NEVER,
                          .site = (uintptr_t)body};
    sanitizer_release(task);
    return number;
}

void scheduler_start(uint32_t number)
{
    state.tasks[number].state = TASK_READY;
    sanitizer_release(&state.tasks[number]);
    run.ready++;
    threads_start(number, run_body);
}

uint32_t scheduler_spawn(const char *name, void (*body)(void *argument), void *argument)
{
    uint32_t number = scheduler_spawn_held(name, body, argument);
    scheduler_start(number);
    return number;
}

/* The thread stays where it is: the process ends when the verdict has been told. */
_Noreturn void tasks_stop(void)
{
    static struct sleeper nobody;
    sleeper_wake(&run.runner);
    world_leave();
    for (;;) {
        sleeper_sleep(&nobody);
    }
}

/* Steps do not limit anything: who spins makes many while another thread has no processor. PATIENCE does. */
void tasks_pass_step_limit(void)
{
    state.step_limit = UINT32_MAX;
}

void scheduler_finish_within(uint32_t steps)
{
    (void)steps;
}

uint64_t tasks_trail_hash(void)
{
    return 0;
}

void tasks_fold_trail(void)
{
    state.trail_length = 0;
}
