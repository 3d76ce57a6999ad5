/* tasks.c - who runs: the choice among the tasks in the line, and what follows from it. */
#include "execution.h"
#include "line.h"
#include "observe.h"
#include "steps.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdio.h>
#include <stdlib.h>

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

uint8_t line_first_to_time_out(bool all)
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
    return state.waiting_timed == 0 ? SCHEDULER_NO_TASK : line_first_to_time_out(false);
}

void line_time_out(struct task *task, bool early)
{
    line_stop_waiting(task);
    task->timed_out = true;
    task->state = TASK_READY;
    if (state.now < task->deadline && !(early && task->keeps_time)) {
        state.now = task->deadline;
    }
}

void line_remove(const struct task *task)
{
    uint8_t number = (uint8_t)(task - state.tasks);
    uint32_t position = 1;
    while (position < state.line_length && state.line[position] != number) {
        position++;
    }
    line_close_gap(position);
    state.line_length--;
}

/* -------------------------------------------------------------------------------------------------------- priming -- */

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
        state.line[alternatives] = line_first_to_time_out(false);
        alternatives += state.line[alternatives] != SCHEDULER_NO_TASK;
    }
    uint32_t position = choose_task(alternatives, true, state.line);
    if (position == 0) {
        return;
    }
    uint8_t next = state.line[position];
    uint8_t running = state.line[0];
    if (position < ready) {
        line_close_gap(position);
        state.line[ready - 1] = running;
    } else {
        line_time_out(&state.tasks[next], true);
        state.line[ready] = running;
        state.line_length++;
    }
    state.line[0] = next;
    task->preempted = true;
    line_run(&task->fiber->at, next);
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
            return line_first_to_time_out(true);
        }
    }
    return SCHEDULER_NO_TASK;
}

uint8_t line_next_after_leaving(struct fiber_context *from)
{
    prime_new_tasks(from);
    if (state.stopped || state.abandoned) {
        return SCHEDULER_NO_TASK;
    }
    uint32_t alternatives = state.line_length - 1;
    if (state.waiting_timed != 0) {
        uint8_t overdue = alternatives == 0 ? last_to_time_out() : line_first_to_time_out(false);
        state.line[state.line_length] = overdue;
        alternatives += overdue != SCHEDULER_NO_TASK;
    }
    if (alternatives == 0) {
        return SCHEDULER_NO_TASK;
    }
    uint32_t position = 1 + choose_task(alternatives, false, state.line + 1);
    uint8_t next = state.line[position];
    if (position < state.line_length) {
        line_close_gap(position);
        state.line_length--;
    } else {
        line_time_out(&state.tasks[next], state.line_length > 1);
    }
    state.line[0] = next;
    return next;
}

__attribute__((noinline)) void line_leave(struct task *task)
{
    if (state.primer != NULL) {
        line_remove(task);
        tasks_stand_primed(task);
        return;
    }
    uint8_t next = line_next_after_leaving(&task->fiber->at);
    if (next == SCHEDULER_NO_TASK) {
        /* Back to scheduler_run(); whoever answers scheduler_on_deadlock() may let the task go on. */
        fiber_switch(&task->fiber->at, &state.main);
        return;
    }
    if (next == task - state.tasks) {
        return; /* its own timeout: it goes on at once */
    }
    line_run(&task->fiber->at, next);
}

/* Back to scheduler_run(); the running fiber is abandoned. */
_Noreturn void tasks_stop(void)
{
    struct task *task = &state.tasks[state.running];
    state.cut_off = true;
    fiber_switch(&task->fiber->at, &state.main);
    abort();
}

/* ----------------------------------------------------------------------------------------------------------- runs -- */

bool tasks_run(void)
{
    if (state.task_count == 0) {
        return true;
    }
    uint8_t first = line_next_after_leaving(&state.main);
    if (first != SCHEDULER_NO_TASK && !state.abandoned) {
        line_run(&state.main, first);
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
