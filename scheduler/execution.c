/* execution.c - the life of one execution: reset, run, and what is left of it. */
#include "execution.h"

#include "deadlock.h"
#include "fault.h"
#include "races.h"
#include "steps.h"
#include "weak.h"

static bool (*deadlock_callback)(void);

void scheduler_on_deadlock(bool (*callback)(void))
{
    deadlock_callback = callback;
}

static uint16_t observers_of(const struct scheduler_options *options)
{
    uint32_t observers = 0;
    observers |= options->record ? OBSERVER_RECORD : 0;
    observers |= options->feedback ? OBSERVER_FEEDBACK : 0;
    observers |= options->lookahead ? OBSERVER_NEXT : 0;
    observers |= options->log_steps ? OBSERVER_STEPS : 0;
    observers |= options->tell_states ? OBSERVER_STATES : 0;
    observers |= options->races != RACES_OFF ? OBSERVER_RACES : 0;
    observers |= options->memory != MEMORY_SC ? OBSERVER_WEAK : 0;
    observers |= options->plain_points ? OBSERVER_PLAIN : 0;
#ifdef WITH_THREAD_SANITIZER
    observers |= OBSERVER_SANITIZER;
#endif
    return (uint16_t)observers;
}

void scheduler_reset(const struct scheduler_options *options)
{
    state.options = *options;
    state.line_length = 0;
    state.running = SCHEDULER_NO_TASK;
    state.routine = "";
    state.waiting = 0;
    state.waiting_timed = 0;
    state.in_wait = 0;
    state.steps = 0;
    state.step_limit = options->step_limit == 0 ? SCHEDULER_STEP_LIMIT : options->step_limit;
    state.fuel = PLAIN_ACCESS_LIMIT;
    state.fair = false;
    state.finishing = false;
    state.fair_choices = 0;
    state.record = options->record;
    state.feedback = options->feedback;
    state.lookahead = options->lookahead;
    state.observers = observers_of(options);
    state.primer = NULL;
    state.stopped = false;
    state.abandoned = false;
    state.patient = false;
    state.cut_off = false;
    state.violation.other.task = SCHEDULER_NO_TASK;
    state.deviation_count = 0;
    state.deviations_truncated = false;
    state.preemptions = 0;
    state.trail_length = 0;
    state.trail_seed = 0;
    state.now = 0;
    state.queue_number = 0;
    state.task_count = 0;
    sanitizer_begin();
    fault_watch();
    arena_reset();
    steps_reset();
    if (options->memory != MEMORY_SC) {
        weak_reset();
    }
    if (options->races != RACES_OFF) {
        races_reset();
    }
    if (options->record) {
        events_reset();
    }
    if (options->feedback) {
        feedback_reset();
    }
}

/* False when somebody outside has helped, and the execution goes on. */
static bool deadlocked(void)
{
    if (deadlock_callback != NULL && deadlock_callback()) {
        steps_after_all();
        return false;
    }
    if (!state.stopped) {
        char text[300];
        deadlock_describe(text, sizeof text);
        scheduler_violate(VIOLATION_DEADLOCK, NULL, "no task can run: %s", text);
    }
    deadlock_blame();
    return true;
}

static bool over(void)
{
    return state.stopped || state.abandoned;
}

void scheduler_abandon(void)
{
    state.abandoned = true;
    if (state.running != SCHEDULER_NO_TASK) {
        tasks_stop();
    }
}

enum scheduler_outcome scheduler_run(struct strategy *strategy)
{
    state.strategy = strategy;
    if (state.observers & OBSERVER_WEAK) {
        weak_begin();
    }
    strategy->begin(strategy, state.task_count);
    while (!over() && !tasks_run() && !over() && !deadlocked()) {
    }
    sanitizer_end();
    if (state.observers & OBSERVER_WEAK) {
        weak_end();
    }
    if (state.record) {
        events_finish();
    }
    state.more = strategy->end(strategy);
    if (state.abandoned) {
        return SCHEDULER_ABANDONED;
    }
    return state.stopped ? SCHEDULER_STOPPED : SCHEDULER_FINISHED;
}

struct schedule scheduler_schedule(void)
{
    return (struct schedule){.deviations = state.deviations, .count = state.deviation_count};
}

bool scheduler_recording(void)
{
    return state.record;
}

uint32_t scheduler_steps(void)
{
    return state.steps;
}

uint32_t scheduler_preemptions(void)
{
    return state.preemptions;
}

uint64_t scheduler_hash(void)
{
    return tasks_trail_hash();
}

bool scheduler_schedule_truncated(void)
{
    return state.deviations_truncated;
}
