/*
 * minimise_started.c - tasks that are started while a program runs.
 *
 * They are numbered in the order in which they are started, behind the tasks of the program. When a task or an operation that
 * starts some is removed, those that are started later get lower numbers. Which ones are gone nobody can tell before it has
 * run; but there are few, and trying costs one execution each.
 */
#include "minimise.h"

enum { GONE_LIMIT = 3, STARTED_LIMIT = 24 };

static bool is_started(const struct minimiser *minimiser, uint8_t task)
{
    return task != SCHEDULER_NO_TASK && task >= minimiser->best.scenario.program.task_count;
}

static bool started_have_a_say(const struct minimiser *minimiser)
{
    const struct schedule *schedule = &minimiser->best.schedule;
    for (uint32_t index = 0; index < schedule->count; index++) {
        const struct deviation *deviation = &schedule->deviations[index];
        if (is_started(minimiser, deviation->task) ||
            (deviation->kind == CHOICE_TASK && is_started(minimiser, deviation->chosen))) {
            return true;
        }
    }
    return false;
}

/* False when the task is among those that are gone. */
static bool renumber(uint8_t *task, uint32_t first, uint32_t gone)
{
    if (*task == SCHEDULER_NO_TASK || *task < first) {
        return true;
    }
    if (*task < first + gone) {
        return false;
    }
    *task = (uint8_t)(*task - gone);
    return true;
}

static struct schedule drop_tasks(struct schedule schedule, uint32_t first, uint32_t gone)
{
    uint32_t kept = 0;
    for (uint32_t index = 0; index < schedule.count; index++) {
        struct deviation deviation = schedule.deviations[index];
        bool stays = renumber(&deviation.task, first, gone);
        if (stays && deviation.kind == CHOICE_TASK) {
            stays = renumber(&deviation.chosen, first, gone);
        }
        if (stays) {
            schedule.deviations[kept++] = deviation;
        }
    }
    schedule.count = kept;
    return schedule;
}

/* The schedule of the best, or all its switches, for what is left. */
static struct schedule mapped(struct minimiser *minimiser, const struct removal *removal, bool switches)
{
    if (removal->whole_task) {
        return switches ? switches_without_task(minimiser, removal->task) : schedule_without_task(minimiser, removal->task);
    }
    return switches ? switches_without_operations(minimiser, removal->place, removal->count, INSIDE_GOES)
                    : schedule_without_operations(minimiser, removal->place, removal->count, INSIDE_GOES);
}

bool try_without_started(struct minimiser *minimiser, const struct removal *removal)
{
    uint32_t first = minimiser->proposal.program.task_count;
    uint32_t started = minimiser->task_count - minimiser->best.scenario.program.task_count;
    if (!minimiser->trace_known || !started_have_a_say(minimiser)) {
        return false;
    }
    started = started < STARTED_LIMIT ? started : STARTED_LIMIT;
    for (uint32_t gone = 1; gone <= GONE_LIMIT && gone <= started; gone++) {
        for (uint32_t at = 0; at + gone <= started && !minimiser->stopped; at++) {
            if (try_whatever_fits(minimiser, drop_tasks(mapped(minimiser, removal, true), first + at, gone)) ||
                try_whatever_fits(minimiser, drop_tasks(mapped(minimiser, removal, false), first + at, gone))) {
                return true;
            }
        }
    }
    return false;
}
