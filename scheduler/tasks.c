/*
 * tasks.c - who runs: the line of tasks that can, the choice among them, waits and wakes.
 *
 * state.line[0] is the running task. The others stand behind it in the order in which they stopped running, so that the default
 * of a choice is the longest-waiting one. When the running task cannot go on its place at the head is stale until the next one
 * is put there.
 */
#include "execution.h"
#include "observe.h"
#include "races.h"
#include "steps.h"
#include "weak.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAIR_CHOICES_PER_TIMEOUT = 16 };

struct state state = {.running = SCHEDULER_NO_TASK};

/* -------------------------------------------------------------------------------------------------------- choices -- */

static void record_deviation(enum choice_kind kind, uint32_t chosen)
{
    if (state.deviation_count == SCHEDULER_DEVIATION_LIMIT) {
        state.deviations_truncated = true;
        return;
    }
    struct deviation *deviation = &state.deviations[state.deviation_count++];
    deviation->kind = (uint8_t)kind;
    deviation->task = state.choice.task;
    deviation->point = state.choice.point;
    deviation->chosen = (uint8_t)chosen;
}

/* The funnel: every decision of the outside passes here. */
static uint32_t choose(enum choice_kind kind, uint32_t alternatives, bool preemption, const uint8_t *tasks)
{
    struct choice *choice = &state.choice;
    choice->kind = (uint8_t)kind;
    choice->task = state.running;
    choice->preemption = preemption;
    choice->point = state.running == SCHEDULER_NO_TASK ? 0 : state.tasks[state.running].point;
    choice->alternatives = alternatives;
    choice->tasks = tasks;
    uint32_t chosen = state.strategy->choose(state.strategy, choice);
    if (__builtin_expect(chosen >= alternatives, 0)) {
        if (chosen == STRATEGY_ABANDON) {
            scheduler_abandon();
            return 0; /* outside tasks: tasks_run() does not go on */
        }
        fprintf(stderr, "remlock: strategy %s chose alternative %u of %u\n", state.strategy->name, chosen, alternatives);
        abort();
    }
    if (chosen != 0) {
        record_deviation(kind, kind == CHOICE_TASK ? tasks[chosen] : chosen);
        state.preemptions += preemption;
    }
    return chosen;
}

/* Everybody in turn. Time passes as well, now and then: somebody may be spinning until another one's wait times out. */
static uint32_t fair_choice(uint32_t alternatives, bool preemption)
{
    if (state.waiting_timed != 0 && ++state.fair_choices % FAIR_CHOICES_PER_TIMEOUT == 0) {
        return alternatives - 1;
    }
    return preemption ? 1 : 0;
}

static uint32_t choose_task(uint32_t alternatives, bool preemption, const uint8_t *tasks)
{
    if (alternatives == 1) {
        return 0;
    }
    if (__builtin_expect(state.fair, 0)) {
        return fair_choice(alternatives, preemption);
    }
    return choose(CHOICE_TASK, alternatives, preemption, tasks);
}

uint32_t scheduler_choose(enum choice_kind kind, uint32_t alternatives)
{
    if (alternatives < 2 || state.running == SCHEDULER_NO_TASK) {
        return 0;
    }
    struct task *task = &state.tasks[state.running];
    task->point += task->decided_at == task->point;
    task->decided_at = task->point;
    if (__builtin_expect(state.observers & OBSERVER_STATES, 0)) {
        states_stand(task);
    }
    uint32_t chosen = choose(kind, alternatives, false, NULL);
    if (__builtin_expect(state.observers & OBSERVER_STATES, 0)) {
        states_go_on();
    }
    if (__builtin_expect(state.observers & OBSERVER_STEPS, 0)) {
        steps_choose(kind, chosen, alternatives);
    }
    return chosen;
}

/* ------------------------------------------------------------------------------------------------------- the line -- */

static void make_ready(struct task *task)
{
    task->state = TASK_READY;
    state.line[state.line_length++] = (uint8_t)(task - state.tasks);
}

static void stop_waiting(struct task *task)
{
    state.waiting--;
    state.waiting_timed -= task->deadline != SCHEDULER_NEVER;
}

static void start_waiting(struct task *task)
{
    task->state = TASK_WAITING;
    state.waiting++;
    state.waiting_timed += task->deadline != SCHEDULER_NEVER;
}

/* The waiting task whose deadline comes first; patient ones only when `all` are asked. SCHEDULER_NO_TASK when there is none. */
static uint8_t first_to_time_out(bool all)
{
    uint32_t best = SCHEDULER_NO_TASK;
    for (uint32_t number = 0; number < state.task_count; number++) {
        const struct task *task = &state.tasks[number];
        if (task->state != TASK_WAITING || task->deadline == SCHEDULER_NEVER || (!all && task->patient_until > state.steps)) {
            continue;
        }
        if (best == SCHEDULER_NO_TASK || task->deadline < state.tasks[best].deadline ||
            (task->deadline == state.tasks[best].deadline && task->queued < state.tasks[best].queued)) {
            best = number;
        }
    }
    return (uint8_t)best;
}

uint64_t tasks_ready(void)
{
    uint64_t ready = 0;
    for (uint32_t position = 0; position < state.line_length; position++) {
        ready |= (uint64_t)(state.line[position] < 64) << state.line[position] % 64;
    }
    return ready;
}

uint8_t tasks_overdue(void)
{
    const struct task *running = running_task();
    if (running != NULL && running->object != NULL && running->timed_out) {
        return state.running;
    }
    return state.waiting_timed == 0 ? SCHEDULER_NO_TASK : first_to_time_out(false);
}

static void time_out(struct task *task, bool early)
{
    stop_waiting(task);
    task->timed_out = true;
    task->state = TASK_READY;
    if (state.now < task->deadline && !(early && task->keeps_time)) {
        state.now = task->deadline;
    }
}

/* Takes the entry at `position` out of the line. Short lines without a loop, whose end the processor could not predict. */
static inline void close_gap(uint32_t position)
{
    uint64_t line;
    if (state.line_length <= sizeof line) {
        uint64_t before = ((uint64_t)1 << 8 * position) - 1;
        memcpy(&line, state.line, sizeof line);
        line = (line & before) | (line >> 8 & ~before);
        memcpy(state.line, &line, sizeof line);
        return;
    }
    memmove(state.line + position, state.line + position + 1, state.line_length - position - 1);
}

static inline __attribute__((always_inline)) void run_task(struct fiber_context *from, uint8_t next)
{
    struct task *task = &state.tasks[next];
    if (__builtin_expect(state.feedback, 0) && state.running != SCHEDULER_NO_TASK) {
        feedback_switch(&state.tasks[state.running], task);
    }
    state.running = next;
    fiber_switch(from, &task->fiber->at);
}

/* -------------------------------------------------------------------------------------------------------- priming -- */

static void remove_from_line(const struct task *task)
{
    uint8_t number = (uint8_t)(task - state.tasks);
    uint32_t position = 1;
    while (position < state.line_length && state.line[position] != number) {
        position++;
    }
    close_gap(position);
    state.line_length--;
}

/* With lookahead: the new tasks in the line run to their first points, one after the other. */
static void prime(struct fiber_context *from)
{
    uint8_t running = state.running;
    for (uint32_t position = 1; position < state.line_length; position++) {
        struct task *task = &state.tasks[state.line[position]];
        if (task->primed) {
            continue;
        }
        task->primed = true;
        state.primer = from;
        state.running = state.line[position];
        fiber_switch(from, &task->fiber->at);
        state.running = running;
        position = 0; /* the line may have changed */
        if (state.stopped || state.abandoned) {
            break; /* whoever primed is scheduler_run() itself */
        }
    }
    state.primer = NULL;
}

static inline void prime_new_tasks(struct fiber_context *from)
{
    if (__builtin_expect(state.lookahead, 0)) {
        prime(from);
    }
}

/* Back to whoever primes: the task stands at its first point, or waits there. */
void tasks_stand_primed(struct task *task)
{
    fiber_switch(&task->fiber->at, state.primer);
}

/* The running task could go on; does somebody else run first? */
void tasks_reschedule(struct task *task)
{
    prime_new_tasks(&task->fiber->at);
    uint32_t ready = state.line_length;
    uint32_t alternatives = ready;
    if (__builtin_expect(state.waiting_timed != 0, 0)) {
        state.line[alternatives] = first_to_time_out(false);
        alternatives += state.line[alternatives] != SCHEDULER_NO_TASK;
    }
    uint32_t position = choose_task(alternatives, true, state.line);
    if (position == 0) {
        return;
    }
    uint8_t next = state.line[position];
    uint8_t running = state.line[0];
    if (position < ready) {
        close_gap(position);
        state.line[ready - 1] = running;
    } else {
        time_out(&state.tasks[next], true);
        state.line[ready] = running;
        state.line_length++;
    }
    state.line[0] = next;
    task->preempted = true;
    run_task(&task->fiber->at, next);
}

bool tasks_unfinished(const struct task *task)
{
    return task->state != TASK_ENDED && !(task->may_wait && (task->state == TASK_WAITING || task->state == TASK_HELD));
}

/* All others wait: the deadline to come true now. SCHEDULER_NO_TASK when there is none that anybody could care for. */
static uint8_t last_to_time_out(void)
{
    for (uint32_t number = 0; number < state.task_count; number++) {
        if (tasks_unfinished(&state.tasks[number])) {
            return first_to_time_out(true);
        }
    }
    return SCHEDULER_NO_TASK;
}

/* The running task cannot go on: who is next? SCHEDULER_NO_TASK when nobody can. */
static uint8_t next_after_leaving(struct fiber_context *from)
{
    prime_new_tasks(from);
    if (state.stopped || state.abandoned) {
        return SCHEDULER_NO_TASK;
    }
    uint32_t alternatives = state.line_length - 1;
    if (state.waiting_timed != 0) {
        uint8_t overdue = alternatives == 0 ? last_to_time_out() : first_to_time_out(false);
        state.line[state.line_length] = overdue;
        alternatives += overdue != SCHEDULER_NO_TASK;
    }
    if (alternatives == 0) {
        return SCHEDULER_NO_TASK;
    }
    uint32_t position = 1 + choose_task(alternatives, false, state.line + 1);
    uint8_t next = state.line[position];
    if (position < state.line_length) {
        close_gap(position);
        state.line_length--;
    } else {
        time_out(&state.tasks[next], state.line_length > 1);
    }
    state.line[0] = next;
    return next;
}

static __attribute__((noinline)) void leave(struct task *task)
{
    if (state.primer != NULL) {
        remove_from_line(task);
        tasks_stand_primed(task);
        return;
    }
    uint8_t next = next_after_leaving(&task->fiber->at);
    if (next == SCHEDULER_NO_TASK) {
        /* Back to scheduler_run(); whoever answers scheduler_on_deadlock() may let the task go on. */
        fiber_switch(&task->fiber->at, &state.main);
        return;
    }
    if (next == task - state.tasks) {
        return; /* its own timeout: it goes on at once */
    }
    run_task(&task->fiber->at, next);
}

/* Back to scheduler_run(); the running fiber is abandoned. */
_Noreturn void tasks_stop(void)
{
    struct task *task = &state.tasks[state.running];
    state.cut_off = true;
    fiber_switch(&task->fiber->at, &state.main);
    abort();
}

/* ---------------------------------------------------------------------------------------------------------- waits -- */

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
        start_waiting(task);
        leave(task);
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
        stop_waiting(task);
        touch_deadlines(task);
        task->woken = true;
        make_ready(task);
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
            stop_waiting(task);
            make_ready(task);
            touch_deadlines(task);
        } else if (!holds && task->state == TASK_READY) {
            remove_from_line(task);
            start_waiting(task);
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
        struct task *task = &state.tasks[first_to_time_out(true)];
        if (task->deadline > state.now) {
            return;
        }
        time_out(task, false);
        state.line[state.line_length++] = (uint8_t)(task - state.tasks);
    }
}

const void *scheduler_waiting_for(uint32_t task)
{
    return task < state.task_count && state.tasks[task].state == TASK_WAITING ? state.tasks[task].object : NULL;
}

/* ------------------------------------------------------------------------------------------------- tasks and runs -- */

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
    make_ready(&state.tasks[number]);
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
        remove_from_line(task);
        return state.primer;
    }
    uint8_t next = next_after_leaving(&task->fiber->at);
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

bool tasks_run(void)
{
    if (state.task_count == 0) {
        return true;
    }
    uint8_t first = next_after_leaving(&state.main);
    if (first != SCHEDULER_NO_TASK && !state.abandoned) {
        run_task(&state.main, first);
    }
    state.running = SCHEDULER_NO_TASK;
    for (uint32_t number = 0; number < state.task_count; number++) {
        if (tasks_unfinished(&state.tasks[number])) {
            return false;
        }
    }
    return true;
}

void scheduler_finish_within(uint32_t steps)
{
    if (state.step_limit > state.steps + steps) {
        state.step_limit = state.steps + steps;
        state.finishing = true;
    }
}

void tasks_pass_step_limit(void)
{
    if (!state.fair && !state.finishing) {
        state.fair = true;
        state.step_limit += state.options.fair_steps != 0 ? state.options.fair_steps : state.step_limit;
        return;
    }
    scheduler_violate(VIOLATION_LIVELOCK, NULL, "no end after %u steps, %s of them under a fair schedule", state.steps,
                      state.options.fair_steps == 0 ? "the second half" : "most");
}

void tasks_out_of_fuel(void)
{
    state.fuel = PLAIN_ACCESS_LIMIT;
    scheduler_violate(VIOLATION_LIVELOCK, NULL, "%d memory accesses without an end", PLAIN_ACCESS_LIMIT);
}

uint64_t tasks_trail_hash(void)
{
    return XXH3_64bits_withSeed(state.trail, state.trail_length * sizeof state.trail[0], state.trail_seed);
}

void tasks_fold_trail(void)
{
    state.trail_seed = tasks_trail_hash();
    state.trail_length = 0;
}
