/* debugger.c - see debugger.h. */
#include "debugger.h"

#include <string.h>

#define EXPORTED __attribute__((used, visibility("default")))

enum { HOLDERS_EVENTS = 16384 }; /* in a longer execution they are told only where it stops */

EXPORTED struct scheduler_debugger scheduler_debugger = {.version = DEBUGGER_VERSION};

static bool told[SCHEDULER_TASK_LIMIT]; /* of the tasks that stand preempted: whose preemption was told */
static void (*describe_holders)(char *text, size_t size);

/* Not empty, so that no compiler takes them for one another, or for nothing. */
EXPORTED __attribute__((noinline)) void scheduler_debugger_begin(void)
{
    __asm__ volatile("# begin" ::: "memory");
}

EXPORTED __attribute__((noinline)) void scheduler_debugger_event(void)
{
    __asm__ volatile("# event" ::: "memory");
}

EXPORTED __attribute__((noinline)) void scheduler_debugger_violation(void)
{
    __asm__ volatile("# violation" ::: "memory");
}

void scheduler_describe_holders(void (*describe)(char *text, size_t size))
{
    describe_holders = describe;
}

static void fill_task(struct debugger_task *copy, const struct task *task)
{
    copy->name = task->name;
    copy->routine = task->routine;
    copy->context = task->fiber->at.context;
    copy->site = task->site;
    copy->waits_for = task->object;
    copy->point = task->point;
    copy->state = task->state;
    copy->started = !task->fiber->idle;
    copy->stands = task->announced;
    copy->hidden = task->is_buffer;
}

static void fill_holders(void)
{
    scheduler_debugger.holders[0] = '\0';
    if (describe_holders != NULL) {
        describe_holders(scheduler_debugger.holders, sizeof scheduler_debugger.holders);
    }
}

static void fill(void)
{
    scheduler_debugger.running = state.running;
    scheduler_debugger.task_count = state.task_count;
    for (uint32_t number = 0; number < state.task_count; number++) {
        fill_task(&scheduler_debugger.tasks[number], &state.tasks[number]);
    }
}

/* Others may have run to their first points since, so the task that ran before says nothing. */
static uint32_t newly_interrupted(void)
{
    uint32_t found = SCHEDULER_NO_TASK;
    for (uint32_t number = 0; number < state.task_count; number++) {
        const struct task *task = &state.tasks[number];
        bool stands = task->preempted && task->announced && !task->is_buffer && number != state.running;
        if (stands && !told[number] && !state.fair) {
            found = number;
        }
        told[number] = stands;
    }
    return found;
}

void debugger_begin(void)
{
    memset(told, 0, sizeof told);
    scheduler_debugger.preemptions = 0;
    scheduler_debugger_begin();
}

void debugger_event(const struct task *task, uint32_t number)
{
    if (!scheduler_debugger.watched || task == NULL) {
        return;
    }
    uint32_t interrupted = newly_interrupted();
    bool preempted = interrupted != SCHEDULER_NO_TASK;
    bool stops = scheduler_debugger.watched == WATCH_EVENTS || (scheduler_debugger.watched == WATCH_PREEMPTIONS && preempted);
    scheduler_debugger.event = number;
    scheduler_debugger.interrupted = interrupted;
    scheduler_debugger.preemptions += preempted;
    fill();
    if (stops || number < HOLDERS_EVENTS) {
        fill_holders();
    }
    if (stops) {
        scheduler_debugger_event();
    }
}

void debugger_violation(void)
{
    if (!scheduler_debugger.watched) {
        return;
    }
    scheduler_debugger.identifier = state.violation.identifier;
    scheduler_debugger.message = state.violation.message;
    scheduler_debugger.interrupted = newly_interrupted();
    fill();
    fill_holders();
    scheduler_debugger_violation();
}
