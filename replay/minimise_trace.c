/*
 * minimise_trace.c - what the trace of the best tells: which points belong to which operation, and every switch between tasks.
 *
 * A schedule says where an execution deviates from the default. When a task goes, the default changes for all the others: who
 * has waited longest is somebody else. The list of all switches, the default ones too, survives that.
 */
#include "minimise.h"

#include <stdlib.h>
#include <string.h>

/* Where one task is, while walking through the trace. */
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

static void walk_event(struct minimiser *minimiser, const struct scheduler_event *event, struct walk *walk)
{
    const struct program *program = &minimiser->best.scenario.program;
    if (event->operation != OPERATION_NOTE) {
        walk->point = event->point > walk->point ? event->point : walk->point;
    } else if (event->task < program->task_count && event->text[0] == '>') {
        begin_operation(minimiser, &program->tasks[event->task], walk);
    } else if (event->task < program->task_count && event->text[0] == '<') {
        end_operation(minimiser, &program->tasks[event->task], walk);
    }
}

static void add_switch(struct minimiser *minimiser, uint8_t from, uint32_t point, uint8_t to)
{
    if (minimiser->switch_count < SCHEDULER_DEVIATION_LIMIT) {
        minimiser->switches[minimiser->switch_count++] =
            (struct deviation){.kind = CHOICE_TASK, .task = from, .point = point, .chosen = to};
    }
}

static void walk_through(struct minimiser *minimiser, const struct scheduler_trace *trace)
{
    static struct walk walks[SCHEDULER_TASK_LIMIT];
    uint8_t running = SCHEDULER_NO_TASK;
    memset(walks, 0, sizeof walks);
    for (uint32_t index = 0; index < trace->count && !trace->events[index].pending; index++) {
        const struct scheduler_event *event = &trace->events[index];
        if (event->task == SCHEDULER_NO_TASK) {
            continue;
        }
        if (event->task != running) {
            add_switch(minimiser, running, running == SCHEDULER_NO_TASK ? 0 : walks[running].point + 1, event->task);
            running = event->task;
        }
        walk_event(minimiser, event, &walks[event->task]);
    }
}

/* Operations that never began have no points: both ends are UINT32_MAX. One that never ended has all that follow. */
void learn_trace(struct minimiser *minimiser)
{
    struct verdict verdict;
    if (minimiser->trace_known || minimiser->stopped) {
        return;
    }
    minimiser->trace_known = true;
    minimiser->switch_count = 0;
    memset(minimiser->points, 0xff, sizeof minimiser->points);
    harness_execute(&minimiser->best.scenario, strategy_replay(minimiser->best.schedule), HARNESS_RECORD, &verdict);
    minimiser->executions++;
    minimiser->task_count = scheduler_task_count();
    struct scheduler_trace trace = scheduler_trace();
    walk_through(minimiser, &trace);
}

/* ------------------------------------------------------------------------------------------------- without one task -- */

/* False when the task is the removed one. */
static bool renumber(uint8_t *task, uint32_t removed)
{
    if (*task == removed) {
        return false;
    }
    if (*task > removed && *task != SCHEDULER_NO_TASK) {
        --*task;
    }
    return true;
}

struct schedule schedule_without_task(struct minimiser *minimiser, uint32_t removed)
{
    struct schedule schedule = {.deviations = minimiser->mapped};
    for (uint32_t index = 0; index < minimiser->best.schedule.count; index++) {
        struct deviation deviation = minimiser->best.schedule.deviations[index];
        bool stays = renumber(&deviation.task, removed);
        if (stays && deviation.kind == CHOICE_TASK) {
            stays = renumber(&deviation.chosen, removed);
        }
        if (stays) {
            minimiser->mapped[schedule.count++] = deviation;
        }
    }
    return schedule;
}

/* The choices that are not about tasks stand in the schedule only. */
static void add_other_choices(struct minimiser *minimiser, struct schedule *schedule)
{
    for (uint32_t index = 0; index < minimiser->best.schedule.count; index++) {
        struct deviation deviation = minimiser->best.schedule.deviations[index];
        if (deviation.kind != CHOICE_TASK && schedule->count < SCHEDULER_DEVIATION_LIMIT) {
            schedule->deviations[schedule->count++] = deviation;
        }
    }
}

static int compare_places(const void *one, const void *other)
{
    const struct deviation *left = one, *right = other;
    if (left->task != right->task) {
        return left->task < right->task ? -1 : 1;
    }
    if (left->point != right->point) {
        return left->point < right->point ? -1 : 1;
    }
    return (int)left->kind - (int)right->kind;
}

/* follow_schedule() wants each task's points in order; it does not look at the order between tasks. */
static void sort_places(struct schedule *schedule)
{
    qsort(schedule->deviations, schedule->count, sizeof *schedule->deviations, compare_places);
}

/* From one task to the removed one and from there to a third: from the first to the third. */
struct schedule switches_without_task(struct minimiser *minimiser, uint32_t removed)
{
    struct schedule schedule = {.deviations = minimiser->mapped};
    struct deviation left = {.task = SCHEDULER_NO_TASK};
    bool away = false;
    for (uint32_t index = 0; index < minimiser->switch_count; index++) {
        struct deviation step = minimiser->switches[index];
        if (step.chosen == removed) {
            left = step;
            away = true;
            continue;
        }
        if (step.task == removed && away) {
            step.task = left.task;
            step.point = left.point;
        }
        away = false;
        if (step.task != step.chosen && renumber(&step.task, removed) && renumber(&step.chosen, removed)) {
            schedule.deviations[schedule.count++] = step;
        }
    }
    add_other_choices(minimiser, &schedule);
    uint32_t kept = 0;
    for (uint32_t index = 0; index < schedule.count; index++) {
        struct deviation deviation = schedule.deviations[index];
        if (deviation.kind == CHOICE_TASK || renumber(&deviation.task, removed)) {
            schedule.deviations[kept++] = deviation;
        }
    }
    schedule.count = kept;
    sort_places(&schedule);
    return schedule;
}

/* ------------------------------------------------------------------------------------------ without some operations -- */

/* The deviation as it must be when these operations are gone. False when it goes with them. */
static bool move_deviation(const struct minimiser *minimiser, uint32_t place, uint32_t count, enum inside inside,
                           struct deviation *deviation)
{
    const struct program *program = &minimiser->best.scenario.program;
    if (deviation->task >= program->task_count) {
        return true;
    }
    const struct program_task *task = &program->tasks[deviation->task];
    uint32_t point = deviation->point;
    uint32_t removed = 0;
    for (uint32_t index = place; index < place + count; index++) {
        struct points points = minimiser->points[index];
        if (index < task->first || index >= (uint32_t)task->first + task->count || point <= points.first) {
            continue;
        }
        if (point > points.last) {
            removed += points.last - points.first;
        } else if (inside == INSIDE_GOES) {
            return false;
        } else {
            removed += point - points.first - 1;
        }
    }
    deviation->point = point - removed;
    return true;
}

static struct schedule move_all(struct minimiser *minimiser, struct schedule schedule, uint32_t place, uint32_t count,
                                enum inside inside)
{
    uint32_t kept = 0;
    for (uint32_t index = 0; index < schedule.count; index++) {
        struct deviation deviation = schedule.deviations[index];
        if (move_deviation(minimiser, place, count, inside, &deviation)) {
            schedule.deviations[kept++] = deviation;
        }
    }
    schedule.count = kept;
    sort_places(&schedule);
    return schedule;
}

struct schedule schedule_without_operations(struct minimiser *minimiser, uint32_t place, uint32_t count, enum inside inside)
{
    struct schedule schedule = {.deviations = minimiser->mapped, .count = minimiser->best.schedule.count};
    memcpy(minimiser->mapped, minimiser->best.schedule.deviations, schedule.count * sizeof *schedule.deviations);
    return move_all(minimiser, schedule, place, count, inside);
}

struct schedule switches_without_operations(struct minimiser *minimiser, uint32_t place, uint32_t count, enum inside inside)
{
    struct schedule schedule = {.deviations = minimiser->mapped, .count = minimiser->switch_count};
    memcpy(minimiser->mapped, minimiser->switches, schedule.count * sizeof *schedule.deviations);
    add_other_choices(minimiser, &schedule);
    return move_all(minimiser, schedule, place, count, inside);
}

/* ---------------------------------------------------------------------------------------------- one task in another -- */

static uint8_t merged_task(uint8_t task, uint32_t first, uint32_t second)
{
    if (task == second) {
        task = (uint8_t)first;
    }
    return task > second && task != SCHEDULER_NO_TASK ? (uint8_t)(task - 1) : task;
}

/* The last point of a task's operations, behind which those of another one will come. */
static uint32_t points_of_task(const struct minimiser *minimiser, uint32_t task)
{
    const struct program_task *holder = &minimiser->best.scenario.program.tasks[task];
    uint32_t last = holder->count == 0 ? 0 : minimiser->points[holder->first + holder->count - 1u].last;
    return last == UINT32_MAX ? 0 : last;
}

struct schedule schedule_with_merged(struct minimiser *minimiser, uint32_t first, uint32_t second)
{
    struct schedule schedule = {.deviations = minimiser->mapped};
    uint32_t before = points_of_task(minimiser, first);
    for (uint32_t index = 0; index < minimiser->best.schedule.count; index++) {
        struct deviation deviation = minimiser->best.schedule.deviations[index];
        deviation.point += deviation.task == second ? before : 0;
        deviation.task = merged_task(deviation.task, first, second);
        if (deviation.kind == CHOICE_TASK) {
            deviation.chosen = merged_task(deviation.chosen, first, second);
        }
        schedule.deviations[schedule.count++] = deviation;
    }
    sort_places(&schedule);
    return schedule;
}
