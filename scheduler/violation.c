/* violation.c - how an execution ends early, and the routine names that violations carry. */
#include "debugger.h"
#include "observe.h"

#include <stdarg.h>
#include <stdio.h>

const struct violation *scheduler_violation(void)
{
    return state.stopped ? &state.violation : NULL;
}

static void fill(const char *identifier, const void *object, const char *format, va_list arguments)
{
    struct violation *violation = &state.violation;
    const struct task *task = running_task();
    violation->identifier = identifier;
    violation->routine = task != NULL ? task->routine : state.routine;
    violation->task = state.running;
    violation->site = task != NULL ? task->site : 0;
    violation->object = object;
    events_copy_stack(task, violation->stack);
    vsnprintf(violation->message, sizeof violation->message, format, arguments);
}

void scheduler_violate(const char *identifier, const void *object, const char *format, ...)
{
    if (!state.stopped) {
        va_list arguments;
        va_start(arguments, format);
        fill(identifier, object, format, arguments);
        va_end(arguments);
        state.stopped = true;
        if (state.record && identifier[0] != '\0') {
            debugger_violation();
        }
    }
    if (state.running != SCHEDULER_NO_TASK) {
        tasks_stop();
    }
}

/* Outside tasks there is one as well: a world is built before the tasks start. */
static const char **current_routine(void)
{
    struct task *task = running_task();
    return task != NULL ? &task->routine : &state.routine;
}

const char *scheduler_enter_routine(const char *name)
{
    const char **routine = current_routine();
    const char *previous = *routine;
    *routine = name;
    return previous;
}

void scheduler_leave_routine(const char *previous)
{
    *current_routine() = previous;
}

void scheduler_call_at(const struct scheduler_call *call, const void *object, uintptr_t site)
{
    if (state.running == SCHEDULER_NO_TASK) {
        return;
    }
    if (__builtin_expect(state.observers == 0, 1)) {
        point(site);
    } else {
        struct task *task = running_task();
        announce(task, OPERATION_CALL, object, 0, call->effect, call);
        point(site);
        observe_call(task);
    }
    trail(OPERATION_CALL | (uint32_t)call->number << 8, object, 0);
}

void scheduler_call_value(uint64_t before, uint64_t after)
{
    if (state.running == SCHEDULER_NO_TASK) {
        return;
    }
    if (state.trail_length > 0) {
        state.trail[state.trail_length - 1].value = value_number(before) << 32 ^ value_number(after);
    }
    if (state.record) {
        events_value(before, after);
    }
}
