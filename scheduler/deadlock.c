/* deadlock.c - see deadlock.h. */
#include "deadlock.h"

#include <stdio.h>

void deadlock_describe(char *text, size_t size)
{
    size_t length = 0;
    for (uint32_t number = 0; number < state.task_count && length < size; number++) {
        const struct task *task = &state.tasks[number];
        if (task->state != TASK_WAITING || task->may_wait) {
            continue;
        }
        length += (size_t)snprintf(text + length, size - length, "%s%s waits in %s", length == 0 ? "" : ", ", task->name,
                                   task->routine[0] == '\0' ? "the environment" : task->routine);
    }
}

/* Nobody runs in a deadlock; its routine is the one in which the first task hangs that waits for more than others' end. */
static const struct task *find_culprit(void)
{
    const struct task *culprit = NULL;
    for (uint32_t number = 0; number < state.task_count; number++) {
        const struct task *task = &state.tasks[number];
        if (task->state != TASK_WAITING || task->may_wait) {
            continue;
        }
        if (!task->waits_for_others) {
            return task;
        }
        culprit = culprit == NULL ? task : culprit;
    }
    return culprit;
}

void deadlock_blame(void)
{
    const struct task *culprit = find_culprit();
    if (culprit != NULL) {
        state.violation.routine = culprit->routine;
        state.violation.task = (uint8_t)(culprit - state.tasks);
        state.violation.site = culprit->site;
        state.violation.object = culprit->object;
    }
}
