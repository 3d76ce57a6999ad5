/*
 * minimise_program.c - fewer tasks, fewer operations.
 *
 * The schedule of the best is carried over to the smaller program as well as it goes: deviations that name a removed task go,
 * points that come after a removed operation are counted anew. Where that does not lead to the finding, a schedule is searched.
 */
#include "minimise.h"

#include <string.h>

enum { SHIFT_LIMIT = 24, SHIFTED_DEVIATIONS = 8 };

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

/* From the `from`-th deviation of `task` on, its points come `distance` earlier. False when they cannot. */
static bool shift_points(struct minimiser *minimiser, uint32_t task, uint32_t from, uint32_t distance)
{
    struct schedule best = minimiser->best.schedule;
    uint32_t seen = 0, previous = 0;
    memcpy(minimiser->mapped, best.deviations, best.count * sizeof *best.deviations);
    for (uint32_t index = 0; index < best.count; index++) {
        struct deviation *deviation = &minimiser->mapped[index];
        if (deviation->task != task) {
            continue;
        }
        if (seen++ >= from) {
            if (deviation->point <= previous + distance) {
                return false;
            }
            deviation->point -= distance;
        }
        previous = deviation->point;
    }
    return true;
}

static uint32_t deviations_of(const struct minimiser *minimiser, uint32_t task)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < minimiser->best.schedule.count; index++) {
        count += minimiser->best.schedule.deviations[index].task == task;
    }
    return count;
}

/* How many points the removed operation had is not known: tries what it may have been. */
static bool try_shifted(struct minimiser *minimiser, uint32_t task)
{
    uint32_t count = deviations_of(minimiser, task);
    for (uint32_t from = 0; from < count && count <= SHIFTED_DEVIATIONS; from++) {
        for (uint32_t distance = 1; distance <= SHIFT_LIMIT && !minimiser->stopped; distance++) {
            if (!shift_points(minimiser, task, from, distance)) {
                break;
            }
            struct schedule schedule = {.deviations = minimiser->mapped, .count = minimiser->best.schedule.count};
            if (try_execution(minimiser, &minimiser->proposal, follow_schedule(&minimiser->follow, schedule))) {
                return true;
            }
        }
    }
    return false;
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
    uint32_t task = task_of_operation(&minimiser->best.scenario.program, place);
    minimiser->proposal = minimiser->best.scenario;
    for (uint32_t index = 0; index < count; index++) {
        drop_operation(&minimiser->proposal.program, place);
    }
    return try_schedule(minimiser, &minimiser->proposal, minimiser->best.schedule) ||
           (count == 1 && try_shifted(minimiser, task)) || search_smaller(minimiser, &minimiser->proposal);
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
