/*
 * minimise_program.c - fewer tasks, fewer operations.
 *
 * The schedule of the best is carried over to the smaller program as well as it goes: deviations that name a removed task go,
 * points that come after a removed operation are counted anew. Where that does not lead to the finding, a schedule is searched.
 */
#include "minimise.h"

/* ----------------------------------------------------------------------------------------------------------- tasks -- */

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

static struct schedule schedule_without_task(struct minimiser *minimiser, uint32_t removed)
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

static bool remove_task(struct minimiser *minimiser, uint32_t task)
{
    minimiser->proposal = minimiser->best.scenario;
    return program_remove_task(&minimiser->proposal.program, task) &&
           (try_schedule(minimiser, &minimiser->proposal, schedule_without_task(minimiser, task)) ||
            search_smaller(minimiser, &minimiser->proposal));
}

void remove_tasks(struct minimiser *minimiser)
{
    uint32_t task = minimiser->best.scenario.program.task_count;
    while (task-- > 0 && !minimiser->stopped) {
        remove_task(minimiser, task);
    }
}

/* Gives the operations of `second` to `first`, behind its own. */
static bool merge(struct minimiser *minimiser, uint32_t first, uint32_t second)
{
    struct program *program = &minimiser->proposal.program;
    minimiser->proposal = minimiser->best.scenario;
    struct program_task from = program->tasks[second];
    for (uint32_t index = 0; index < from.count; index++) {
        const struct program *whole = &minimiser->best.scenario.program;
        if (!program_append(program, first, whole->operations[from.first + index])) {
            return false;
        }
    }
    if (!program_remove_task(program, second)) {
        return false;
    }
    return search_schedule(minimiser, &minimiser->proposal, minimiser->size.preemptions, SEARCH_STEPS);
}

/* One task in place of two, when that costs no preemption. */
void merge_tasks(struct minimiser *minimiser)
{
    for (uint32_t first = 0; first < minimiser->best.scenario.program.task_count; first++) {
        for (uint32_t second = 0; second < minimiser->best.scenario.program.task_count; second++) {
            if (first == second || minimiser->stopped) {
                continue;
            }
            if (merge(minimiser, first, second)) {
                return;
            }
        }
    }
}

/* ------------------------------------------------------------------------------------------------------ operations -- */

/* What becomes of a deviation that stands within a removed operation. */
enum inside { INSIDE_GOES, INSIDE_MOVES_BEHIND };

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

static struct schedule schedule_without_operations(struct minimiser *minimiser, uint32_t place, uint32_t count,
                                                   enum inside inside)
{
    struct schedule schedule = {.deviations = minimiser->mapped};
    for (uint32_t index = 0; index < minimiser->best.schedule.count; index++) {
        struct deviation deviation = minimiser->best.schedule.deviations[index];
        if (move_deviation(minimiser, place, count, inside, &deviation)) {
            minimiser->mapped[schedule.count++] = deviation;
        }
    }
    return schedule;
}

static bool try_moved(struct minimiser *minimiser, uint32_t place, uint32_t count, enum inside inside)
{
    struct schedule schedule = schedule_without_operations(minimiser, place, count, inside);
    return try_execution(minimiser, &minimiser->proposal, follow_schedule(&minimiser->follow, schedule));
}

/* The task that holds the operation at this place in the program. */
static uint32_t task_of_operation(const struct program *program, uint32_t place)
{
    uint32_t task = 0;
    while (place >= (uint32_t)program->tasks[task].first + program->tasks[task].count) {
        task++;
    }
    return task;
}

static void drop_operation(struct program *program, uint32_t place)
{
    uint32_t task = task_of_operation(program, place);
    program_remove_operation(program, task, place - program->tasks[task].first);
}

static bool remove_chunk(struct minimiser *minimiser, uint32_t place, uint32_t count)
{
    learn_points(minimiser);
    minimiser->proposal = minimiser->best.scenario;
    for (uint32_t index = 0; index < count; index++) {
        drop_operation(&minimiser->proposal.program, place);
    }
    return try_moved(minimiser, place, count, INSIDE_GOES) || try_moved(minimiser, place, count, INSIDE_MOVES_BEHIND) ||
           try_schedule(minimiser, &minimiser->proposal, minimiser->best.schedule) ||
           search_smaller(minimiser, &minimiser->proposal);
}

/* Delta debugging (Zeller and Hildebrandt, TSE 2002): large pieces first, from the end, down to single operations. */
void remove_operations(struct minimiser *minimiser)
{
    const struct program *program = &minimiser->best.scenario.program;
    for (uint32_t chunk = (program->operation_count + 1) / 2; chunk > 0 && !minimiser->stopped; chunk /= 2) {
        uint32_t place = program->operation_count;
        while (place >= chunk && !minimiser->stopped) {
            place -= chunk;
            remove_chunk(minimiser, place, chunk);
        }
    }
}
