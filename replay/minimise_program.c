/*
 * minimise_program.c - fewer tasks, fewer operations.
 *
 * The schedule of the best is carried over to the smaller program as well as it goes (minimise_trace.c). Where that does not
 * lead to the finding, a schedule is searched.
 */
#include "minimise.h"

/* ----------------------------------------------------------------------------------------------------------- tasks -- */

static bool remove_task(struct minimiser *minimiser, uint32_t task)
{
    learn_trace(minimiser);
    minimiser->proposal = minimiser->best.scenario;
    if (!program_remove_task(&minimiser->proposal.program, task)) {
        return false;
    }
    if (try_whatever_fits(minimiser, switches_without_task(minimiser, task)) ||
        try_schedule(minimiser, &minimiser->proposal, schedule_without_task(minimiser, task)) ||
        try_without_started(minimiser, &(struct removal){.whole_task = true, .task = task})) {
        return true;
    }
    keep_choices(minimiser, schedule_without_task(minimiser, task));
    return search_smaller(minimiser, &minimiser->proposal);
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
    learn_trace(minimiser);
    keep_choices(minimiser, schedule_with_merged(minimiser, first, second));
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

static bool try_moved(struct minimiser *minimiser, uint32_t place, uint32_t count, enum inside inside)
{
    return try_whatever_fits(minimiser, switches_without_operations(minimiser, place, count, inside)) ||
           try_whatever_fits(minimiser, schedule_without_operations(minimiser, place, count, inside));
}

static bool remove_chunk(struct minimiser *minimiser, uint32_t place, uint32_t count)
{
    learn_trace(minimiser);
    minimiser->proposal = minimiser->best.scenario;
    for (uint32_t index = 0; index < count; index++) {
        drop_operation(&minimiser->proposal.program, place);
    }
    if (try_moved(minimiser, place, count, INSIDE_GOES) || try_moved(minimiser, place, count, INSIDE_MOVES_BEHIND) ||
        try_schedule(minimiser, &minimiser->proposal, minimiser->best.schedule) ||
        try_without_started(minimiser, &(struct removal){.place = place, .count = count})) {
        return true;
    }
    keep_choices(minimiser, schedule_without_operations(minimiser, place, count, INSIDE_MOVES_BEHIND));
    return search_smaller(minimiser, &minimiser->proposal);
}

/* From the end: what happens after the finding is easiest to do without. */
void remove_operations(struct minimiser *minimiser)
{
    const struct program *program = &minimiser->best.scenario.program;
    for (uint32_t chunk = first_chunk(program->operation_count); chunk > 0 && !minimiser->stopped; chunk = next_chunk(chunk)) {
        uint32_t place = program->operation_count;
        while (place >= chunk && !minimiser->stopped) {
            place -= chunk;
            remove_chunk(minimiser, place, chunk);
        }
    }
}
