/*
 * line.h - inside the scheduler: the line of tasks that can run.
 *
 * state.line[0] is the running task. The others stand behind it in the order in which they stopped running, so that the default
 * of a choice is the longest-waiting one. When the running task cannot go on its place at the head is stale until the next one
 * is put there.
 */
#ifndef SCHEDULER_LINE_H
#define SCHEDULER_LINE_H

#include "state.h"

#include <string.h>

/* At the end of the line. */
static inline void line_add(struct task *task)
{
    task->state = TASK_READY;
    state.line[state.line_length++] = (uint8_t)(task - state.tasks);
    if (__builtin_expect(state.record, 0)) {
        task->cause = events_current();
    }
}

static inline void line_stop_waiting(struct task *task)
{
    state.waiting--;
    state.waiting_timed -= task->deadline != SCHEDULER_NEVER;
}

static inline void line_start_waiting(struct task *task)
{
    task->state = TASK_WAITING;
    state.waiting++;
    state.waiting_timed += task->deadline != SCHEDULER_NEVER;
}

/* Takes the entry at `position` out of the line. Short lines without a loop, whose end the processor could not predict. */
static inline void line_close_gap(uint32_t position)
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

static inline __attribute__((always_inline)) void line_run(struct fiber_context *from, uint8_t next)
{
    struct task *task = &state.tasks[next];
    if (__builtin_expect(state.feedback, 0) && state.running != SCHEDULER_NO_TASK) {
        feedback_switch(&state.tasks[state.running], task);
    }
    state.running = next;
    fiber_switch(from, &task->fiber->at);
}

/* The waiting task whose deadline comes first; patient ones only when `all` are asked. SCHEDULER_NO_TASK when there is none. */
uint8_t line_first_to_time_out(bool all);

/* Its wait is over: the deadline has come, or is made to come. The task is not put into the line. */
void line_time_out(struct task *task, bool early);

/* Takes a task that stands behind the head out of the line. */
void line_remove(const struct task *task);

/* The running task cannot go on now: another one runs, until somebody chooses this one. */
void line_leave(struct task *task);

/* The running task, whose context is `from`, cannot go on: who is next? SCHEDULER_NO_TASK when nobody can. */
uint8_t line_next_after_leaving(struct fiber_context *from);

#endif
