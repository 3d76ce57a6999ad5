/* minimise.c - the loop of the minimiser, and the judgement of a proposal. */
#include "minimise.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { SIGN_OF_LIFE = 4096 }; /* executions between two calls of the progress function */

/* ----------------------------------------------------------------------------------------------------------- sizes -- */

static uint64_t distance(uint32_t value, uint32_t standard, uint32_t minimum)
{
    return value == standard ? 0 : 1 + (uint64_t)(value > minimum ? value - minimum : 0);
}

uint32_t place_among_suggestions(const struct argument *argument, uint32_t value)
{
    uint32_t place = 0;
    while (place < argument->suggestion_count && argument->suggestions[place] != value) {
        place++;
    }
    return place;
}

/* What the subject suggests is simpler than any other value but the standard. */
static uint64_t distance_of_argument(const struct argument *argument, uint32_t value)
{
    uint32_t place = place_among_suggestions(argument, value);
    if (value != argument->standard && place < argument->suggestion_count) {
        return 1 + place;
    }
    uint64_t others = distance(value, argument->standard, argument->minimum);
    return others == 0 ? 0 : argument->suggestion_count + others;
}

static uint64_t distance_of_operation(const struct subject *subject, const struct program_operation *operation)
{
    const struct operation *kind = &subject->operations[operation->code];
    uint64_t sum = 0;
    for (uint32_t index = 0; index < kind->argument_count; index++) {
        const struct argument *argument = &kind->arguments[index];
        sum += distance_of_argument(argument, operation->arguments[index]);
    }
    return sum;
}

uint32_t simplest_value(const struct minimiser *minimiser, const struct subject *subject, uint32_t index)
{
    bool fewest = minimiser->options->portable && index == SETTING_POINTS;
    return fewest ? POINTS_SYNC : subject_setting(subject, index)->standard;
}

struct replay_size size_of_scenario(const struct minimiser *minimiser, const struct scenario *scenario)
{
    struct replay_size size = {.tasks = scenario->program.task_count, .operations = scenario->program.operation_count};
    for (uint32_t index = 0; index < scenario->program.operation_count; index++) {
        size.values += distance_of_operation(scenario->subject, &scenario->program.operations[index]);
    }
    for (uint32_t index = 0; index < subject_setting_count(scenario->subject); index++) {
        const struct setting *setting = subject_setting(scenario->subject, index);
        size.values += distance(scenario->configuration.values[index], simplest_value(minimiser, scenario->subject, index),
                                setting->minimum);
    }
    return size;
}

static bool is_simpler(const struct replay_size *one, const struct replay_size *other)
{
    if (one->tasks != other->tasks) {
        return one->tasks < other->tasks;
    }
    if (one->operations != other->operations) {
        return one->operations < other->operations;
    }
    if (one->preemptions != other->preemptions) {
        return one->preemptions < other->preemptions;
    }
    if (one->values != other->values) {
        return one->values < other->values;
    }
    return one->deviations < other->deviations;
}

static uint32_t things(const struct replay_size *size)
{
    return size->tasks + size->operations + size->deviations;
}

static bool is_better(const struct minimiser *minimiser, const struct replay_size *size)
{
    if (minimiser->goal == GOAL_FEWER) {
        return things(size) < things(&minimiser->size);
    }
    return size->preemptions <= minimiser->preemption_limit && is_simpler(size, &minimiser->size);
}

/* ---------------------------------------------------------------------------------------------------------- trying -- */

static void report_progress(const struct minimiser *minimiser, bool improved)
{
    const struct replay_minimise_options *options = minimiser->options;
    if (options->progress == NULL || (!improved && minimiser->executions % SIGN_OF_LIFE != 0)) {
        return;
    }
    struct replay_progress progress = {
        .executions = minimiser->executions, .size = minimiser->size, .best = &minimiser->best, .improved = improved};
    options->progress(options->context, &progress);
}

/* The execution that just ended becomes the best. */
static void keep(struct minimiser *minimiser, const struct scenario *scenario, const struct replay_size *size)
{
    struct schedule schedule = scheduler_schedule();
    minimiser->best.scenario = *scenario;
    minimiser->best.schedule.count = schedule.count;
    memcpy(minimiser->best.schedule.deviations, schedule.deviations, schedule.count * sizeof *schedule.deviations);
    minimiser->size = *size;
    minimiser->verdict = minimiser->latest;
    minimiser->trace_known = false;
}

static bool may_go_on(struct minimiser *minimiser)
{
    const struct replay_minimise_options *options = minimiser->options;
    if ((options->cancel != NULL && *options->cancel != 0) ||
        (options->execution_limit != 0 && minimiser->executions >= options->execution_limit)) {
        minimiser->stopped = true;
    }
    return !minimiser->stopped;
}

bool try_execution(struct minimiser *minimiser, const struct scenario *scenario, struct strategy *strategy)
{
    if (!may_go_on(minimiser)) {
        return false;
    }
    harness_execute(scenario, strategy, HARNESS_PLAIN, &minimiser->latest);
    minimiser->executions++;
    bool improved = false;
    if (minimiser->latest.finding != NULL && verdict_same_finding(&minimiser->latest, &minimiser->verdict) &&
        !scheduler_schedule_truncated()) {
        struct replay_size size = size_of_scenario(minimiser, scenario);
        size.preemptions = scheduler_preemptions();
        size.deviations = scheduler_schedule().count;
        improved = is_better(minimiser, &size);
        if (improved) {
            keep(minimiser, scenario, &size);
        }
    }
    report_progress(minimiser, improved);
    return improved;
}

bool try_schedule(struct minimiser *minimiser, const struct scenario *scenario, struct schedule schedule)
{
    return try_execution(minimiser, scenario, strategy_replay(schedule)) ||
           try_execution(minimiser, scenario, follow_schedule(&minimiser->follow, schedule));
}

bool try_whatever_fits(struct minimiser *minimiser, struct schedule schedule)
{
    return try_execution(minimiser, &minimiser->proposal, follow_schedule(&minimiser->follow, schedule));
}

/* -------------------------------------------------------------------------------------------------------- the loop -- */

static void reduce(struct minimiser *minimiser)
{
    struct replay_size before;
    remove_deviations(minimiser);
    do {
        before = minimiser->size;
        remove_tasks(minimiser);
        remove_operations(minimiser);
        remove_preemptions(minimiser);
        remove_deviations(minimiser);
        merge_tasks(minimiser);
        simplify_values(minimiser);
    } while (!minimiser->stopped && is_simpler(&minimiser->size, &before));
}

/*
 * Dropping a deviation can turn another one into a preemption: that is no simpler, but it is shorter, and what was promised is
 * that nothing can be dropped.
 */
static void settle(struct minimiser *minimiser)
{
    uint32_t before;
    minimiser->goal = GOAL_FEWER;
    do {
        before = things(&minimiser->size);
        remove_tasks(minimiser);
        remove_operations(minimiser);
        remove_deviations(minimiser);
    } while (!minimiser->stopped && things(&minimiser->size) < before);
}

static bool refuse_clean(struct replay_error *error)
{
    snprintf(error->message, sizeof error->message,
             "nothing to minimise: the replay is clean; minimise one that shows a finding");
    return false;
}

static bool refuse_other_finding(const struct replay *replay, const struct verdict *verdict, struct replay_error *error)
{
    snprintf(error->message, sizeof error->message,
             "the replay shows %s %s but expects %s %s; correct its 'expect' line or remove it", verdict->finding->identifier,
             verdict->routine, replay->identifier, replay->routine);
    return false;
}

/* Executes what is to be minimised; its finding is the one to keep. */
static bool begin(struct minimiser *minimiser, const struct replay *replay, struct replay_error *error)
{
    harness_execute(&replay->scenario, strategy_replay(replay->schedule), HARNESS_PLAIN, &minimiser->latest);
    minimiser->executions = 1;
    if (minimiser->latest.finding == NULL) {
        return refuse_clean(error);
    }
    if (replay->expectation == REPLAY_EXPECTS_FINDING && !is_expected_finding(replay, &minimiser->latest)) {
        return refuse_other_finding(replay, &minimiser->latest, error);
    }
    if (scheduler_schedule_truncated()) {
        snprintf(error->message, sizeof error->message, "the schedule has more than %d deviations; shorten the program",
                 SCHEDULER_DEVIATION_LIMIT);
        return false;
    }
    struct replay_size size = size_of_scenario(minimiser, &replay->scenario);
    size.preemptions = scheduler_preemptions();
    size.deviations = scheduler_schedule().count;
    keep(minimiser, &replay->scenario, &size);
    replay_expect(&minimiser->best, &minimiser->verdict);
    return true;
}

/* The best with another setting of who is to blame, if that shows the finding as well. */
static void blame(struct minimiser *minimiser, uint32_t whom)
{
    struct scenario scenario = minimiser->best.scenario;
    if (scenario.configuration.values[SETTING_BLAME] == whom) {
        return;
    }
    scenario.configuration.values[SETTING_BLAME] = whom;
    harness_execute(&scenario, strategy_replay(minimiser->best.schedule), HARNESS_PLAIN, &minimiser->latest);
    minimiser->executions++;
    if (minimiser->latest.finding != NULL && verdict_same_finding(&minimiser->latest, &minimiser->verdict)) {
        struct replay_size size = size_of_scenario(minimiser, &scenario);
        size.preemptions = minimiser->size.preemptions;
        size.deviations = minimiser->size.deviations;
        keep(minimiser, &scenario, &size);
    }
}

/*
 * A finding that is not the callers' fault must not turn into one of the same name that is: a deadlock because the lock loses a
 * wake-up into a deadlock because a release was removed from the program. While callers' faults end an execution as clean, it
 * cannot; and a finding that shows then shows without the setting as well.
 */
static bool minimise(struct minimiser *minimiser, struct replay *replay, struct replay_minimised *result,
                     struct replay_error *error)
{
    if (!begin(minimiser, replay, error)) {
        return false;
    }
    result->before = minimiser->size;
    blame(minimiser, BLAME_LOCK);
    reduce(minimiser);
    settle(minimiser);
    blame(minimiser, subject_setting(replay->scenario.subject, SETTING_BLAME)->standard);
    result->minimal = !minimiser->stopped;
    result->executions = minimiser->executions;
    result->after = minimiser->size;
    result->verdict = minimiser->verdict;
    if (!replay_copy(replay, &minimiser->best)) {
        snprintf(error->message, sizeof error->message, "no memory for the result; the replay is unchanged");
        return false;
    }
    return true;
}

bool replay_minimise(struct replay *replay, const struct replay_minimise_options *options, struct replay_minimised *result,
                     struct replay_error *error)
{
    static const struct replay_minimise_options standard;
    struct minimiser *minimiser = calloc(1, sizeof *minimiser);
    struct deviation *deviations = calloc(SCHEDULER_DEVIATION_LIMIT, sizeof *deviations);
    bool minimised = false;
    *error = (struct replay_error){0};
    memset(result, 0, sizeof *result);
    if (minimiser == NULL || deviations == NULL) {
        snprintf(error->message, sizeof error->message, "no memory to minimise; the replay is unchanged");
    } else {
        minimiser->best.schedule.deviations = deviations;
        minimiser->options = options == NULL ? &standard : options;
        minimiser->preemption_limit = UINT32_MAX;
        minimised = minimise(minimiser, replay, result, error);
    }
    free(deviations);
    free(minimiser);
    return minimised;
}
