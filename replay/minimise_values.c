/*
 * minimise_values.c - arguments and settings nearer to their standard and smallest values.
 *
 * Arguments of the same name mean the same thing throughout a program (a tag that is acquired and released), so a value is
 * first changed wherever it stands, then in one task, then in one place.
 */
#include "minimise.h"

enum scope { SCOPE_PROGRAM, SCOPE_TASK, SCOPE_PLACE, SCOPES };

enum { CANDIDATES = 5 };

/* What a value might become instead, simplest first. */
static void list_candidates(uint32_t value, uint32_t standard, uint32_t minimum, uint32_t *candidates)
{
    candidates[0] = standard;
    candidates[1] = minimum;
    candidates[2] = minimum + 1;
    candidates[3] = minimum + (value - minimum) / 2;
    candidates[4] = value - 1;
}

/* The proposal has other values; is it simpler, and does it still show the finding? */
static bool try_values(struct minimiser *minimiser)
{
    struct replay_size size = size_of_scenario(minimiser, &minimiser->proposal);
    if (size.values >= minimiser->size.values) {
        return false;
    }
    if (try_schedule(minimiser, &minimiser->proposal, minimiser->best.schedule)) {
        return true;
    }
    keep_choices_in_order(minimiser);
    return search_schedule(minimiser, &minimiser->proposal, minimiser->size.preemptions, SEARCH_STEPS / 2);
}

static void simplify_setting(struct minimiser *minimiser, uint32_t index)
{
    const struct setting *setting = subject_setting(minimiser->best.scenario.subject, index);
    uint32_t value = minimiser->best.scenario.configuration.values[index];
    uint32_t simplest = simplest_value(minimiser, minimiser->best.scenario.subject, index);
    uint32_t candidates[CANDIDATES];
    if (value == simplest) {
        return;
    }
    list_candidates(value, simplest, setting->minimum, candidates);
    for (uint32_t candidate = 0; candidate < CANDIDATES && !minimiser->stopped; candidate++) {
        if (candidates[candidate] < setting->minimum || candidates[candidate] > setting->maximum) {
            continue;
        }
        minimiser->proposal = minimiser->best.scenario;
        minimiser->proposal.configuration.values[index] = candidates[candidate];
        if (try_values(minimiser)) {
            return;
        }
    }
}

/* ------------------------------------------------------------------------------------------------------- arguments -- */

/* An argument of an operation of the best. */
struct place {
    uint32_t operation; /* in program.operations */
    uint32_t argument;
};

static const struct argument *argument_at(const struct scenario *scenario, struct place place)
{
    const struct operation *kind = &scenario->subject->operations[scenario->program.operations[place.operation].code];
    return &kind->arguments[place.argument];
}

static bool same_meaning(const struct argument *one, const struct argument *other)
{
    return one->style == other->style && __builtin_strcmp(one->name, other->name) == 0;
}

static bool in_range(const struct argument *argument, uint32_t value)
{
    return value >= argument->minimum && value <= argument->maximum;
}

static uint32_t suggestion_at(const struct argument *argument, uint32_t index)
{
    return index < argument->suggestion_count ? argument->suggestions[index] : argument->standard;
}

/* Of what the subject suggests, halves and neighbours mean nothing; what stands first is plainest. */
static void list_argument_candidates(const struct argument *argument, uint32_t value, uint32_t *candidates)
{
    list_candidates(value, argument->standard, argument->minimum, candidates);
    uint32_t place = place_among_suggestions(argument, value);
    if (place < argument->suggestion_count) {
        candidates[2] = suggestion_at(argument, 0);
        candidates[3] = suggestion_at(argument, place / 2);
        candidates[4] = suggestion_at(argument, place == 0 ? 0 : place - 1);
    } else if (argument->suggestion_count > 0) {
        candidates[2] = suggestion_at(argument, 0);
    }
}

/* In the proposal: every argument that means the same and has the same value, within these operations, gets the new one. */
static void replace_value(struct minimiser *minimiser, struct place place, uint32_t first, uint32_t end, uint32_t value)
{
    const struct scenario *best = &minimiser->best.scenario;
    const struct argument *meant = argument_at(best, place);
    uint32_t old = best->program.operations[place.operation].arguments[place.argument];
    for (uint32_t index = first; index < end; index++) {
        const struct operation *kind = &best->subject->operations[best->program.operations[index].code];
        for (uint32_t argument = 0; argument < kind->argument_count; argument++) {
            uint32_t *target = &minimiser->proposal.program.operations[index].arguments[argument];
            if (*target == old && same_meaning(&kind->arguments[argument], meant) &&
                in_range(&kind->arguments[argument], value)) {
                *target = value;
            }
        }
    }
}

static void scope_range(const struct program *program, uint32_t operation, enum scope scope, uint32_t *first, uint32_t *end)
{
    *first = scope == SCOPE_PROGRAM ? 0 : operation;
    *end = scope == SCOPE_PROGRAM ? program->operation_count : operation + 1;
    for (uint32_t task = 0; task < program->task_count && scope == SCOPE_TASK; task++) {
        const struct program_task *holder = &program->tasks[task];
        if (operation >= holder->first && operation < (uint32_t)holder->first + holder->count) {
            *first = holder->first;
            *end = (uint32_t)holder->first + holder->count;
        }
    }
}

static bool try_value(struct minimiser *minimiser, struct place place, uint32_t value)
{
    for (enum scope scope = SCOPE_PROGRAM; scope < SCOPES && !minimiser->stopped; scope++) {
        uint32_t first, end;
        scope_range(&minimiser->best.scenario.program, place.operation, scope, &first, &end);
        minimiser->proposal = minimiser->best.scenario;
        replace_value(minimiser, place, first, end, value);
        if (try_values(minimiser)) {
            return true;
        }
    }
    return false;
}

static void simplify_argument(struct minimiser *minimiser, struct place place)
{
    const struct argument *argument = argument_at(&minimiser->best.scenario, place);
    uint32_t value = minimiser->best.scenario.program.operations[place.operation].arguments[place.argument];
    uint32_t candidates[CANDIDATES];
    if (value == argument->standard) {
        return;
    }
    list_argument_candidates(argument, value, candidates);
    for (uint32_t candidate = 0; candidate < CANDIDATES && !minimiser->stopped; candidate++) {
        if (in_range(argument, candidates[candidate]) && try_value(minimiser, place, candidates[candidate])) {
            return;
        }
    }
}

void simplify_values(struct minimiser *minimiser)
{
    const struct scenario *best = &minimiser->best.scenario;
    for (uint32_t index = 0; index < subject_setting_count(best->subject) && !minimiser->stopped; index++) {
        if (index != SETTING_BLAME) { /* the loop of the minimiser uses it */
            simplify_setting(minimiser, index);
        }
    }
    for (uint32_t operation = 0; operation < best->program.operation_count; operation++) {
        uint32_t count = best->subject->operations[best->program.operations[operation].code].argument_count;
        for (uint32_t argument = 0; argument < count && !minimiser->stopped; argument++) {
            simplify_argument(minimiser, (struct place){.operation = operation, .argument = argument});
        }
    }
}
