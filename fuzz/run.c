/*
 * run.c - one input, one or many schedules.
 *
 * The proposed schedule comes first. The derived ones take turns: PCT, the proposal with one change of the schedule, and random
 * walks. All follow from the seed, so an input always does the same.
 */
#include "mutation.h"

#include <remlock/fuzz.h>

#include <stdio.h>
#include <string.h>

uint8_t fuzz_counters[FUZZ_COUNTERS];

/*
 * Program and schedule belong to the input; what counts as a finding belongs to whoever runs it. A changed program may forget
 * to release: unless misuse is wanted, only what the subject itself does wrong counts.
 */
static void fit_judgement(struct configuration *configuration, const struct fuzz_options *options)
{
    for (uint32_t index = SETTING_SUBJECT; index < subject_setting_count(options->subject); index++) {
        if (options->subject->judging >> (index - SETTING_SUBJECT) & 1) {
            configuration->values[index] = options->fixed.values[index];
        }
    }
    configuration->values[SETTING_STEPS] = options->fixed.values[SETTING_STEPS];
    configuration->values[SETTING_MEMORY] = options->fixed.values[SETTING_MEMORY];
    configuration->values[SETTING_RACES] = options->fixed.values[SETTING_RACES];
    configuration->values[SETTING_LOOKAHEAD] = options->fixed.values[SETTING_LOOKAHEAD];
    configuration->values[SETTING_BLAME] = options->misuse ? BLAME_ALL : BLAME_LOCK;
}

static void fit_settings(struct configuration *configuration, const struct fuzz_options *options)
{
    for (uint32_t index = 0; index < subject_setting_count(options->subject); index++) {
        if (options->is_fixed[index]) {
            configuration->values[index] = options->fixed.values[index];
        }
    }
}

static bool is_misuse(const struct scenario *scenario, uint32_t index)
{
    return scenario->subject->operations[scenario->program.operations[index].code].misuse;
}

static void drop_misuse(struct scenario *scenario)
{
    struct program *program = &scenario->program;
    for (uint32_t index = program->operation_count; index > 0; index--) {
        if (is_misuse(scenario, index - 1)) {
            uint32_t task, position;
            mutation_locate(program, index - 1, &task, &position);
            program_remove_operation(program, task, position);
        }
    }
}

/* What was made of a program that cannot be another one is forgotten. */
static void restore_program(struct scenario *scenario)
{
    struct configuration configuration = scenario->configuration;
    generator_scenario(&(struct generator){.state = 0}, scenario->subject, scenario);
    scenario->configuration = configuration;
}

void fuzz_fit(struct fuzz_input *input, const struct fuzz_options *options)
{
    if (options->subject->fixed_program) {
        restore_program(&input->scenario);
    }
    fit_judgement(&input->scenario.configuration, options);
    fit_settings(&input->scenario.configuration, options);
    if (!options->misuse && !options->subject->needs_misuse) {
        drop_misuse(&input->scenario);
    }
}

static unsigned mode_of(const struct fuzz_options *options)
{
    return options->feedback ? HARNESS_FEEDBACK : HARNESS_PLAIN;
}

static void collect_feedback(void)
{
    const uint16_t *touched;
    uint32_t count = scheduler_feedback_touched(&touched);
    for (uint32_t index = 0; index < count; index++) {
        fuzz_counters[touched[index] % FUZZ_COUNTERS] = 1;
    }
}

static bool run_schedule(const struct fuzz_input *input, struct strategy *strategy, const struct fuzz_options *options,
                         struct verdict *verdict)
{
    harness_execute(&input->scenario, strategy, mode_of(options), verdict);
    if (options->feedback) {
        collect_feedback();
    }
    return verdict->finding != NULL;
}

/* Where the schedules that nobody proposed come from. */
struct derived {
    struct generator generator;
    struct strategy *walk, *pct;
};

static void derived_begin(struct derived *derived, uint64_t seed)
{
    derived->generator.state = seed;
    derived->walk = strategy_open("random", &(struct strategy_options){.seed = generator_next(&derived->generator)});
    derived->pct = strategy_open("pct", &(struct strategy_options){.seed = generator_next(&derived->generator), .depth = 3});
}

static struct strategy *changed_proposal(const struct fuzz_input *input, struct generator *generator)
{
    static struct fuzz_input changed;
    fuzz_copy(&changed, input);
    mutation_of_schedule(&changed, generator);
    return fuzz_strategy(changed.deviations, changed.deviation_count);
}

/* Random walks are rare among them: they switch at every other point, which takes twice the time. */
static struct strategy *derived_strategy(struct derived *derived, const struct fuzz_input *input, uint32_t number)
{
    enum { WALK_ONE_IN = 8 };
    if (number % WALK_ONE_IN == 0) {
        return derived->walk;
    }
    return number % 2 == 0 ? changed_proposal(input, &derived->generator) : derived->pct;
}

bool fuzz_run(const struct fuzz_input *input, uint64_t seed, const struct fuzz_options *options, struct verdict *verdict)
{
    memset(fuzz_counters, 0, sizeof fuzz_counters);
    if (run_schedule(input, fuzz_strategy(input->deviations, input->deviation_count), options, verdict)) {
        return true;
    }
    if (options->schedules <= 1) {
        return false;
    }
    struct derived derived;
    derived_begin(&derived, seed);
    for (uint32_t number = 1; number < options->schedules; number++) {
        if (run_schedule(input, derived_strategy(&derived, input, number), options, verdict)) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------------- findings -- */

/* A random walk that never ends can deviate more often than a schedule can hold; its beginning often shows the same. */
static void explain_failed_capture(bool truncated, const struct verdict *again, struct verdict *verdict)
{
    if (truncated) {
        snprintf(verdict->message, sizeof verdict->message, "its schedule has more than %d deviations and cannot be kept",
                 SCHEDULER_DEVIATION_LIMIT);
        return;
    }
    verdict->finding = finding_find("nondeterminism");
    snprintf(verdict->message, sizeof verdict->message, "the schedule of a finding gave %s when it ran again",
             again->finding == NULL ? "none" : again->finding->identifier);
}

bool fuzz_capture(const struct fuzz_input *input, struct verdict *verdict, struct replay *replay)
{
    struct verdict again;
    bool truncated = scheduler_schedule_truncated();
    if (!fuzz_to_replay(input, replay) || !replay_set_schedule(replay, scheduler_schedule())) {
        snprintf(verdict->message, sizeof verdict->message, "no memory to keep its schedule");
        return false;
    }
    harness_execute(&replay->scenario, strategy_replay(replay->schedule), HARNESS_RECORD, &again);
    bool same = verdict_same_finding(verdict, &again);
    if (same) {
        *verdict = again;
    } else {
        explain_failed_capture(truncated, &again, verdict);
    }
    replay_expect(replay, verdict);
    return same;
}

/* Findings are named by routines of the subject; whatever else stands there must not leave the folder. */
static void file_name(const struct verdict *verdict, char *name, size_t size)
{
    bool routine = verdict->routine[0] != 0 && strcmp(verdict->routine, "-") != 0;
    int length =
        snprintf(name, size, "%s%s%s", verdict->finding->identifier, routine ? "-" : "", routine ? verdict->routine : "");
    for (int index = 0; index < length && (size_t)index < size - 1; index++) {
        char at = name[index];
        bool plain = (at >= 'a' && at <= 'z') || (at >= 'A' && at <= 'Z') || (at >= '0' && at <= '9') || at == '-';
        if (!plain) {
            name[index] = '_';
        }
    }
}

bool fuzz_save_finding(const struct replay *replay, const struct verdict *verdict, const char *folder, char *path, size_t size)
{
    char name[160];
    struct replay_error error;
    file_name(verdict, name, sizeof name);
    int length = snprintf(path, size, "%s/%s.replay", folder == NULL ? "." : folder, name);
    if ((size_t)length >= size) {
        snprintf(path, size, "the path of the replay folder is too long");
        return false;
    }
    if (!replay_save(replay, &(struct replay_remarks){.task = replay_task_name}, path, &error)) {
        snprintf(path, size, "%s", error.message);
        return false;
    }
    return true;
}
