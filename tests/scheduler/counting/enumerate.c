/* enumerate.c - every schedule of a program of the abstract machine; see machine.h. */
#include "moment.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct done {
    uint8_t task;
    struct touched touched;
    uint8_t clock[MACHINE_TASKS]; /* steps of each task that come before, and the step itself */
};

struct search {
    struct script script;
    struct machine_counts counts;
    uint64_t limit;
    bool only_first; /* of each trace only the first schedule in lexicographic order */
    uint32_t depth;
    struct done steps[MACHINE_STEPS];
};

static void explore(struct search *search, const struct moment *moment);

static void finish(struct search *search, const struct moment *moment)
{
    struct machine_outcome outcome = moment->outcome;
    for (uint32_t task = 0; task < MACHINE_TASKS && outcome.failed == 0; task++) {
        outcome.stuck[task] = moment->standing[task] == STANDS;
    }
    uint64_t hash = machine_outcome_hash(&outcome);
    search->counts.schedules++;
    search->counts.cut = search->counts.schedules >= search->limit;
    if (search->only_first) {
        return;
    }
    hash_set_add(&search->counts.outcomes, hash, moment->preemptions);
    hash_set_add(&search->counts.traces, XXH3_64bits_withSeed(moment->past, sizeof moment->past, hash), moment->preemptions);
}

static void join(uint8_t *clock, const uint8_t *other)
{
    for (uint32_t task = 0; task < MACHINE_TASKS; task++) {
        clock[task] = other[task] > clock[task] ? other[task] : clock[task];
    }
}

/* Whether the last step must come behind an earlier one: of its own task, of its birth, or because of what both touch. */
static bool follows(const struct search *search, const struct moment *moment, const struct done *step, uint32_t earlier)
{
    const struct done *other = &search->steps[earlier];
    return other->task == step->task || touched_depend(&other->touched, &step->touched) ||
           moment->born[step->task] == earlier + 1;
}

static void set_clock(const struct search *search, const struct moment *moment, struct done *step)
{
    memset(step->clock, 0, sizeof step->clock);
    for (uint32_t earlier = 0; earlier < search->depth; earlier++) {
        if (follows(search, moment, step, earlier)) {
            join(step->clock, search->steps[earlier].clock);
        }
    }
    step->clock[step->task]++;
}

/* The step could have run before one of a task with a larger number. */
static bool comes_late(const struct search *search, const struct moment *moment, const struct done *step)
{
    for (uint32_t earlier = search->depth; earlier-- > 0;) {
        if (follows(search, moment, step, earlier)) {
            return false;
        }
        if (search->steps[earlier].task > step->task) {
            return true;
        }
    }
    return false;
}

static void end_step(struct search *search, struct moment *moment)
{
    if (moment->running == NOBODY) {
        explore(search, moment);
        return;
    }
    struct done *step = &search->steps[search->depth];
    *step = (struct done){.task = moment->running, .touched = moment->touched};
    if (search->only_first && comes_late(search, moment, step)) {
        return;
    }
    set_clock(search, moment, step);
    uint64_t *past = &moment->past[moment->running];
    *past = XXH3_64bits_withSeed(step->clock, sizeof step->clock, *past);
    search->depth++;
    explore(search, moment);
    search->depth--;
}

static void settle(struct search *search, struct moment *moment, uint32_t task);

/* Those who were born in the step run to their first points. */
static void settle_newborn(struct search *search, struct moment *moment)
{
    if (moment->newborn_count == 0) {
        end_step(search, moment);
        return;
    }
    uint32_t child = moment->newborn[0];
    memmove(moment->newborn, moment->newborn + 1, --moment->newborn_count);
    moment->born[child] = (uint8_t)(moment->running == NOBODY ? 0 : search->depth + 1);
    settle(search, moment, child);
}

static void settle_choices(struct search *search, const struct moment *moment, uint32_t task, uint32_t alternatives)
{
    for (uint32_t chosen = 0; chosen < alternatives; chosen++) {
        struct moment next = *moment;
        next.line[task]++;
        next.last[task] = chosen;
        moment_record(&next, task, chosen);
        settle(search, &next, task);
    }
}

/* The task goes on to its next point. */
static void settle(struct search *search, struct moment *moment, uint32_t task)
{
    const struct script *script = &search->script;
    bool newborn = moment->running != task;
    const struct instruction *line;
    while ((line = moment_line(moment, script, task)) != NULL) {
        if (line->operation == MACHINE_CHOOSE) {
            settle_choices(search, moment, task, line->operand);
            return;
        }
        if (line->operation == MACHINE_FAIL) {
            moment->line[task]++;
            if (moment->last[task] != 0) {
                moment->outcome.failed = task + 1;
                finish(search, moment);
                return;
            }
            continue;
        }
        if (line->operation == MACHINE_SKIP) {
            uint32_t end = script->program->tasks[task].length;
            uint32_t next = moment->line[task] + 1u + (moment->last[task] == 0 ? line->operand : 0);
            moment->line[task] = (uint8_t)(next > end ? end : next);
            continue;
        }
        if (newborn || !line->together) {
            moment_arrive(moment, script, task);
            settle_newborn(search, moment);
            return;
        }
        moment_perform(moment, script, task, false);
    }
    moment->standing[task] = GONE;
    settle_newborn(search, moment);
}

static void take(struct search *search, const struct moment *moment, uint32_t task, bool timed_out)
{
    if (search->counts.cut) {
        return;
    }
    struct moment next = *moment;
    bool preemption = moment->running != NOBODY && (task != moment->running || timed_out) &&
                      moment_can_go(moment, &search->script, moment->running);
    next.preemptions += preemption;
    next.running = (uint8_t)task;
    next.touched = (struct touched){0};
    moment_perform(&next, &search->script, task, timed_out);
    settle(search, &next, task);
}

static void explore(struct search *search, const struct moment *moment)
{
    bool anybody = false;
    for (uint32_t task = 0; task < search->script.program->task_count; task++) {
        if (moment_can_go(moment, &search->script, task)) {
            anybody = true;
            take(search, moment, task, false);
        }
    }
    uint32_t overdue = moment_can_time_out(moment, &search->script);
    if (overdue != NOBODY) {
        anybody = true;
        take(search, moment, overdue, true);
    }
    if (!anybody) {
        finish(search, moment);
    }
}

static void run(struct search *search, const struct machine_program *program, bool commute)
{
    struct moment moment;
    script_write(&search->script, program, commute);
    moment_begin(&moment, &search->script);
    settle_newborn(search, &moment);
}

struct machine_counts machine_enumerate(const struct machine_program *program, bool commute, uint64_t limit)
{
    static struct search search;
    search = (struct search){.limit = limit};
    run(&search, program, commute);
    return search.counts;
}

uint64_t machine_count_traces(const struct machine_program *program, bool commute)
{
    static struct search search;
    search = (struct search){.limit = UINT64_MAX, .only_first = true};
    run(&search, program, commute);
    return search.counts.schedules;
}

void machine_counts_free(struct machine_counts *counts)
{
    hash_set_free(&counts->traces);
    hash_set_free(&counts->outcomes);
}
