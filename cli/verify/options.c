/* options.c - the options of `remlock verify`. */
#include "options.h"

#include "workers.h"

#include <inttypes.h>
#include <string.h>

static const char STANDARD_FOLDER[] = "remlock-findings";

enum { STANDARD_TASKS = 3, STANDARD_OPERATIONS = 2, STANDARD_PROBES = 300 };

enum {
    KEY_ALL_PROGRAMS = 0x200,
    KEY_TASKS,
    KEY_OPERATIONS,
    KEY_ONLY,
    KEY_PREEMPTIONS,
    KEY_DELAYS,
    KEY_NO_REDUCTION,
    KEY_STATES,
    KEY_COMMUTE,
    KEY_CHECKPOINT,
    KEY_RESUME,
    KEY_NO_ESTIMATE,
    KEY_CHECK,
    KEY_NO_MINIMISE,
};

static const struct argp_option option_list[] = {
    {"all-programs", KEY_ALL_PROGRAMS, NULL, 0, "Every program of up to --tasks tasks with up to --operations operations each",
     2},
    {"tasks", KEY_TASKS, "N", 0, "--all-programs: at most so many tasks (3)", 2},
    {"operations", KEY_OPERATIONS, "N", 0, "--all-programs: at most so many operations in each (2)", 2},
    {"only", KEY_ONLY, "LIST", 0, "--all-programs: only these operations, separated by commas", 2},
    {NULL, 0, NULL, 0, "How schedules are explored:", 3},
    {"preemptions", KEY_PREEMPTIONS, "K", 0, "Only schedules with at most so many preemptions", 3},
    {"delays", KEY_DELAYS, "K", 0, "Only schedules with at most so many delays of the task whose turn it is", 3},
    {"no-reduction", KEY_NO_REDUCTION, NULL, 0, "Every schedule, also those that nothing tells apart", 3},
    {"states", KEY_STATES, NULL, 0, "Every state once: remember a hash of each and do not go on from one seen before", 3},
    {"commute", KEY_COMMUTE, NULL, 0, "Atomic additions whose results nobody uses do not depend on each other", 3},
    {"no-estimate", KEY_NO_ESTIMATE, NULL, 0, "Do not guess first, by random schedules, how many there are", 3},
    {NULL, 0, NULL, 0, "How long:", 4},
    {"executions", 'n', "N", 0, "Stop after so many executions; k, M and G multiply", 4},
    {"time", 't', "T", 0, "Stop after a time: 10s, 5m, 8h", 4},
    {"keep-going", 'k', NULL, 0, "Do not stop at the first finding: collect all distinct ones", 4},
    {"jobs", 'j', "N", 0, "Use so many processes (1)", 4},
    {"checkpoint", KEY_CHECKPOINT, "FILE", 0, "Keep in FILE, every few seconds and at the end, how far it came", 4},
    {"resume", KEY_RESUME, "FILE", 0, "Go on from there, and keep it there", 4},
    {NULL, 0, NULL, 0, "What comes out:", 5},
    {"out", 'o', "DIR", 0, "Folder for replay files (remlock-findings)", 5},
    {"no-minimize", KEY_NO_MINIMISE, NULL, 0, "Keep replays as they were found", 5},
    {"no-minimise", KEY_NO_MINIMISE, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 5},
    {"check-determinism", KEY_CHECK, NULL, 0, "Run every execution twice and compare (standard: a sample)", 5},
    {0},
};

/* ------------------------------------------------------------------------------------------------------ resolving -- */

static const char *strategy_name(const struct verify_options *options)
{
    if (options->states || options->no_reduction) {
        return options->states ? "states" : "exhaustive";
    }
    if (options->delays != UINT32_MAX) {
        return "delay";
    }
    return options->exploration.bounds.preemption_bound != UINT32_MAX ? "bounded" : "dpor";
}

static void resolve_strategy(struct argp_state *state, struct verify_options *options)
{
    struct strategy_options *bounds = &options->exploration.bounds;
    bool delays = options->delays != UINT32_MAX;
    if (options->states + options->no_reduction + delays > 1) {
        argp_error(state, "--states, --no-reduction and --delays are three ways to explore: one of them");
    }
    const struct strategy_description *strategy = strategy_describe(strategy_name(options));
    if (bounds->preemption_bound != UINT32_MAX && !strategy->uses_preemption_bound) {
        argp_error(state, "--preemptions does not go together with %s", options->states ? "--states" : "--delays");
    }
    bool kept = options->checkpoint || options->resume;
    if (kept && !strategy->save) {
        argp_error(state, "--checkpoint: a search with --preemptions can be taken up again only with --no-reduction");
    }
    bounds->delay_bound = delays ? options->delays : 0;
    options->exploration.strategy = strategy;
}

static void resolve_space(struct argp_state *state, struct verify_options *options)
{
    char message[SUBJECT_PROBLEM_SIZE];
    struct subject_options *what = &options->what;
    struct program_space_options space = {.subject = what->subject,
                                          .configuration = what->settings.values,
                                          .is_fixed = what->settings.is_fixed,
                                          .tasks = options->tasks,
                                          .operations = options->operations,
                                          .misuse = what->misuse || what->subject->needs_misuse,
                                          .only = options->only};
    if (what->has_scenario) {
        argp_error(state, "--all-programs does not go together with --program or --file");
    }
    if (!program_space_make(&options->exploration.space, &space, message, sizeof(message))) {
        argp_failure(state, EXIT_USAGE, 0, "%s", message);
    }
}

static void resolve_program(struct argp_state *state, struct verify_options *options)
{
    struct subject_options *what = &options->what;
    if (options->all_programs) {
        resolve_space(state, options);
        return;
    }
    if (options->only) {
        argp_error(state, "--only belongs to --all-programs");
    }
    if (!what->has_scenario && what->subject->operation_count != 0) {
        argp_error(state, "what shall %s do? --program TEXT, --file REPLAY, or --all-programs", what->subject->name);
    }
    if (!what->has_scenario) {
        what->scenario = (struct scenario){.subject = what->subject, .configuration = what->settings.values};
        scenario_clamp(&what->scenario);
    }
    options->exploration.scenario = &what->scenario;
}

/* What a state does not hold would make different states look equal: refused, not left out. */
static void require_states(struct argp_state *state, const struct verify_options *options)
{
    const struct subject *subject = options->what.subject;
    const struct exploration *exploration = &options->exploration;
    const struct configuration *configuration =
        exploration->scenario ? &exploration->scenario->configuration : &exploration->space.configuration;
    if (!subject->tells_state) {
        argp_failure(state, EXIT_USAGE, 0, "--states: the state of %s is not known completely; only locks' is", subject->name);
    }
    if (configuration->values[SETTING_MEMORY] != MEMORY_SC || configuration->values[SETTING_RACES] != RACES_OFF) {
        argp_failure(state, EXIT_USAGE, 0,
                     "--states goes together with memory=sc and races=off only: what other models and the "
                     "race detector keep is no part of a state");
    }
}

static void resolve(struct argp_state *state, struct verify_options *options)
{
    subject_options_resolve(state, &options->what);
    options->exploration.subject = options->what.subject;
    resolve_program(state, options);
    resolve_strategy(state, options);
    if (options->states) {
        require_states(state, options);
    }
    if (options->resume && options->checkpoint && strcmp(options->resume, options->checkpoint) != 0) {
        argp_error(state, "--resume keeps in the same file how far it came: --checkpoint must be left out");
    }
    options->checkpoint = options->resume ? options->resume : options->checkpoint;
    if (options->exploration.scenario && !options->exploration.strategy->divides) {
        options->jobs = 1;
    }
}

/* -------------------------------------------------------------------------------------------------------- parsing -- */

static error_t parse_limits(int key, char *argument, struct argp_state *state)
{
    struct verify_options *options = state->input;
    switch (key) {
    case KEY_TASKS:
        options->tasks = (uint32_t)option_number(state, "--tasks", argument, 1, PROGRAM_TASK_LIMIT);
        return 0;
    case KEY_OPERATIONS:
        options->operations = (uint32_t)option_number(state, "--operations", argument, 1, PROGRAM_OPERATION_LIMIT);
        return 0;
    case KEY_PREEMPTIONS:
        options->exploration.bounds.preemption_bound =
            (uint32_t)option_number(state, "--preemptions", argument, 0, UINT32_MAX - 1);
        return 0;
    case KEY_DELAYS:
        options->delays = (uint32_t)option_number(state, "--delays", argument, 0, UINT32_MAX - 1);
        options->exploration.bounds.delay_bound = options->delays;
        return 0;
    case 'n':
        options->exploration.execution_limit = option_number(state, "--executions", argument, 1, UINT64_MAX);
        return 0;
    case 't':
        options->seconds = option_duration(state, "--time", argument);
        return 0;
    case 'j':
        options->jobs = (uint32_t)option_number(state, "--jobs", argument, 1, WORKER_LIMIT);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_rest(int key, char *argument, struct argp_state *state)
{
    struct verify_options *options = state->input;
    switch (key) {
    case KEY_CHECKPOINT:
        options->checkpoint = argument;
        return 0;
    case KEY_RESUME:
        options->resume = argument;
        return 0;
    case KEY_ONLY:
        options->only = argument;
        return 0;
    case 'o':
        options->folder = argument;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->what;
        state->child_inputs[1] = &options->common;
        return 0;
    case ARGP_KEY_END:
        resolve(state, options);
        return 0;
    default:
        return parse_limits(key, argument, state);
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct verify_options *options = state->input;
    switch (key) {
    case KEY_ALL_PROGRAMS:
        options->all_programs = true;
        return 0;
    case KEY_NO_REDUCTION:
        options->no_reduction = true;
        return 0;
    case KEY_STATES:
        options->states = true;
        return 0;
    case KEY_COMMUTE:
        options->exploration.bounds.commute = true;
        return 0;
    case KEY_NO_ESTIMATE:
        options->exploration.probes = 0;
        return 0;
    case KEY_CHECK:
        options->exploration.check_determinism = true;
        return 0;
    case KEY_NO_MINIMISE:
        options->no_minimise = true;
        return 0;
    case 'k':
        options->keep_going = true;
        return 0;
    default:
        return parse_rest(key, argument, state);
    }
}

static const struct argp_child children[] = {{&subject_argp, 0, NULL, 0}, {&common_argp, 0, NULL, 0}, {0}};

static const struct argp verify_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "SUBJECT",
    .doc = "Runs every distinguishable schedule of one program on SUBJECT, or of all small programs, and says so when it is "
           "complete: then no schedule of what was covered shows a finding. A finding is verified, saved as a replay file, "
           "minimised and told."
           "\vExamples:\n"
           "  remlock verify lock --program 'io: acquire A; release A | pnp: remove'\n"
           "                                             every schedule of one program\n"
           "  remlock verify lock:m07 --file FILE.replay the program of a replay file\n"
           "  remlock verify lock --all-programs --tasks 2 --operations 2\n"
           "                                             all programs of two tasks, every personality\n"
           "  remlock verify lock --program @FILE --time 8h --checkpoint FILE2\n"
           "  remlock verify lock --program @FILE --resume FILE2\n"
           "                                             in two sittings\n"
           "\ndocs/verify.md tells what is proven and what is not.\n"
           "Exit codes: 0 complete and nothing found, 1 finding, 2 usage, 5 stopped before it was complete.",
    .children = children,
};

void verify_options_parse(struct verify_options *options, int argument_count, char **arguments)
{
    *options = (struct verify_options){
        .exploration = {.bounds = {.preemption_bound = UINT32_MAX}, .probes = STANDARD_PROBES},
        .tasks = STANDARD_TASKS,
        .operations = STANDARD_OPERATIONS,
        .delays = UINT32_MAX,
        .jobs = 1,
        .folder = STANDARD_FOLDER,
    };
    argp_parse(&verify_argp, argument_count, arguments, 0, NULL, options);
}

/* -------------------------------------------------------------------------------------------- the line that repeats -- */

void verify_options_write_essence(const struct verify_options *options, char *line, size_t size)
{
    line[0] = 0;
    line_append(line, size, "remlock verify %s", options->what.subject->name);
    subject_options_write(&options->what, line, size);
    if (options->all_programs) {
        line_append(line, size, " --all-programs --tasks %u --operations %u", options->tasks, options->operations);
    }
    if (options->only) {
        line_append_quoted(line, size, "--only", options->only);
    }
    line_append(line, size, "%s%s%s", options->states ? " --states" : "", options->no_reduction ? " --no-reduction" : "",
                options->exploration.bounds.commute ? " --commute" : "");
    if (options->exploration.bounds.preemption_bound != UINT32_MAX) {
        line_append(line, size, " --preemptions %u", options->exploration.bounds.preemption_bound);
    }
    if (options->delays != UINT32_MAX) {
        line_append(line, size, " --delays %u", options->delays);
    }
    line_append(line, size, " --jobs %u", options->jobs);
}

void verify_options_write(const struct verify_options *options, char *line, size_t size)
{
    verify_options_write_essence(options, line, size);
    if (options->exploration.execution_limit) {
        line_append(line, size, " --executions %" PRIu64, options->exploration.execution_limit);
    }
    if (options->seconds > 0) {
        line_append(line, size, " --time %gs", options->seconds);
    }
    line_append(line, size, "%s%s%s%s", options->keep_going ? " --keep-going" : "",
                options->exploration.check_determinism ? " --check-determinism" : "",
                options->no_minimise ? " --no-minimize" : "", options->exploration.probes ? "" : " --no-estimate");
    if (options->checkpoint) {
        line_append_quoted(line, size, options->resume ? "--resume" : "--checkpoint", options->checkpoint);
    }
    line_append_quoted(line, size, "--out", options->folder);
}
