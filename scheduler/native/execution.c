/* execution.c - the life of one execution when tasks are threads: reset, run, and what is left of it. See run.h. */
#include "run.h"

#include "../deadlock.h"
#include "../sanitizer.h"

enum { PATIENCE = 20 }; /* seconds without an end, and it is a livelock */

void scheduler_on_deadlock(bool (*callback)(void))
{
    run.deadlock = callback;
}

/* What the options ask of schedules and traces does not exist here. */
void scheduler_reset(const struct scheduler_options *options)
{
    if (!world_inside) {
        world_enter();
    }
    state.options = *options;
    state.options.record = state.options.feedback = state.options.lookahead = state.options.log_steps = false;
    state.line_length = 2; /* there may be others, at each point */
    state.routine = "";
    state.waiting = state.waiting_timed = 0;
    state.steps = 0;
    state.step_limit = UINT32_MAX;
    state.stopped = false;
    state.abandoned = false;
    state.now = 0;
    state.queue_number = 0;
    state.task_count = 0;
    state.trail_length = 0;
#ifdef WITH_THREAD_SANITIZER
    state.observers = OBSERVER_SANITIZER;
#endif
    run.ready = 0;
    run.over = false;
    arena_reset();
    sanitizer_begin();
}

/* Nobody is ready. True when somebody is again. */
static bool go_on(void)
{
    struct task *late = run_first_to_time_out(true);
    if (late != NULL) {
        run_time_out(late, false);
        return true;
    }
    if (run.deadlock != NULL && run.deadlock()) {
        return true;
    }
    if (!state.stopped) {
        char text[300];
        deadlock_describe(text, sizeof text);
        scheduler_violate(VIOLATION_DEADLOCK, NULL, "no task can run: %s", text);
    }
    deadlock_blame();
    return false;
}

/* Servants that wait for ever are sent home; their threads are needed again. */
static void end_waiters(void)
{
    run.over = true;
    for (uint32_t number = 0; number < state.task_count; number++) {
        struct task *task = &state.tasks[number];
        if (task->state == TASK_WAITING) {
            task->state = TASK_ENDED;
            run.leaving++;
            sleeper_wake(&run.turns[number]);
        }
    }
    while (run.leaving != 0) {
        world_leave();
        sleeper_sleep(&run.runner);
        world_enter();
    }
}

/* What delays are drawn from: the strategy's seed decides that as well. */
static uint64_t draw_seed(struct strategy *strategy)
{
    const struct choice choice = {.kind = CHOICE_DEVICE, .task = SCHEDULER_NO_TASK, .alternatives = 1u << 30};
    return strategy->choose(strategy, &choice);
}

enum scheduler_outcome scheduler_run(struct strategy *strategy)
{
    state.strategy = strategy;
    strategy->begin(strategy, state.task_count);
    state.trail_seed = draw_seed(strategy);
    world_seed(state.trail_seed);
    while (!state.stopped && !state.abandoned && (run.ready != 0 || (!run_all_finished() && go_on()))) {
        world_leave();
        bool woken = sleeper_sleep_for(&run.runner, PATIENCE);
        world_enter();
        if (!woken && !state.stopped) {
            scheduler_violate(VIOLATION_LIVELOCK, NULL, "no end after %d seconds", PATIENCE);
        }
    }
    if (!state.stopped) {
        end_waiters();
        sanitizer_end();
    }
    if (threads_raced()) {
        scheduler_violate(VIOLATION_DATA_RACE, NULL, "ThreadSanitizer reports a data race");
    }
    state.more = strategy->end(strategy);
    if (state.abandoned) {
        return SCHEDULER_ABANDONED;
    }
    return state.stopped ? SCHEDULER_STOPPED : SCHEDULER_FINISHED;
}

void scheduler_abandon(void)
{
    state.abandoned = true;
    if (state.running != SCHEDULER_NO_TASK) {
        tasks_stop();
    }
}

/* -------------------------------------------------------------------------------- what nobody asks for, or is done -- */

/* There is no log of steps, and nobody looks ahead. */
void tasks_stand_primed(struct task *task)
{
    (void)task;
}

uint64_t tasks_ready(void)
{
    return UINT64_MAX;
}

uint8_t tasks_overdue(void)
{
    return SCHEDULER_NO_TASK;
}

struct schedule scheduler_schedule(void)
{
    return (struct schedule){.deviations = state.deviations, .count = 0};
}

bool scheduler_recording(void)
{
    return false;
}

uint32_t scheduler_steps(void)
{
    return state.steps;
}

uint32_t scheduler_preemptions(void)
{
    return 0;
}

uint64_t scheduler_hash(void)
{
    return 0;
}

bool scheduler_schedule_truncated(void)
{
    return true; /* there is none that could be run again */
}
