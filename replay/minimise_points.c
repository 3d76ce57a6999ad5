/* minimise_points.c - which scheduling points belong to which operation, as the notes in a trace tell. */
#include "minimise.h"

#include <string.h>

/* Where one task is, while walking through a trace. */
struct walk {
    uint32_t begun; /* operations */
    uint32_t point; /* the highest so far */
};

static void begin_operation(struct minimiser *minimiser, const struct program_task *task, struct walk *walk)
{
    if (walk->begun < task->count) {
        minimiser->points[task->first + walk->begun++].first = walk->point;
    }
}

static void end_operation(struct minimiser *minimiser, const struct program_task *task, const struct walk *walk)
{
    if (walk->begun > 0) {
        minimiser->points[task->first + walk->begun - 1].last = walk->point;
    }
}

static void follow_event(struct minimiser *minimiser, const struct scheduler_event *event, struct walk *walk)
{
    const struct program_task *task = &minimiser->best.scenario.program.tasks[event->task];
    if (event->operation != OPERATION_NOTE) {
        walk->point = event->point > walk->point ? event->point : walk->point;
    } else if (event->text[0] == '>') {
        begin_operation(minimiser, task, walk);
    } else if (event->text[0] == '<') {
        end_operation(minimiser, task, walk);
    }
}

/* Operations that never began have no points: both ends are UINT32_MAX. One that never ended has all that follow. */
void learn_points(struct minimiser *minimiser)
{
    struct walk walks[PROGRAM_TASK_LIMIT] = {0};
    struct verdict verdict;
    if (minimiser->points_known || minimiser->stopped) {
        return;
    }
    minimiser->points_known = true;
    memset(minimiser->points, 0xff, sizeof minimiser->points);
    harness_execute(&minimiser->best.scenario, strategy_replay(minimiser->best.schedule), HARNESS_RECORD, &verdict);
    minimiser->executions++;
    struct scheduler_trace trace = scheduler_trace();
    for (uint32_t index = 0; index < trace.count; index++) {
        const struct scheduler_event *event = &trace.events[index];
        if (event->task < minimiser->best.scenario.program.task_count) {
            follow_event(minimiser, event, &walks[event->task]);
        }
    }
}
