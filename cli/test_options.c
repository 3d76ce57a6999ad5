/* test_options.c - the options of `remlock test`. */
#include "test_options.h"

#include "program_text.h"
#include "workers.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const double STANDARD_SECONDS = 10;
static const char STANDARD_FOLDER[] = "remlock-findings";

enum { STANDARD_DEPTH = 3, STANDARD_PREEMPTIONS = 2, DEPTH_LIMIT = 64 };

enum {
    KEY_PROGRAM = 0x200,
    KEY_STRATEGY,
    KEY_DEPTH,
    KEY_PREEMPTIONS,
    KEY_SCHEDULES,
    KEY_MISUSE,
    KEY_BLAME,
    KEY_SET,
    KEY_POINTS,
    KEY_CHECK,
    KEY_NO_MINIMISE,
};

static const struct argp_option option_list[] = {
    {NULL, 0, NULL, 0, "What is run:", 1},
    {"program", KEY_PROGRAM, "TEXT|@FILE", 0, "This program only: tasks as in a replay file, separated by '|'", 1},
    {"misuse", KEY_MISUSE, NULL, 0, "Also operations that only a broken caller does", 1},
    {"set", KEY_SET, "NAME=VALUE", 0, "Keep a setting of the subject at this value", 1},
    {"points", KEY_POINTS, "WHICH", 0, "Where tasks may be switched: sync (synchronisation operations) or all (every access)",
     1},
    {"blame", KEY_BLAME, "WHO", 0,
     "all: what the lock says of its callers is a finding; lock: it is not (standard without --misuse)", 1},
    {NULL, 0, NULL, 0, "How schedules are chosen:", 2},
    {"strategy", KEY_STRATEGY, "NAME", 0, "mix of several (standard), or one alone: random, pct, exhaustive", 2},
    {"depth", KEY_DEPTH, "D", 0, "pct: how many ordering constraints to aim at (3)", 2},
    {"preemptions", KEY_PREEMPTIONS, "K", 0, "exhaustive: at most so many preemptions (2)", 2},
    {"schedules-per-program", KEY_SCHEDULES, "N", 0, "Schedules tried before the next program (64)", 2},
    {"seed", 's', "S", 0, "Seed of all chance (otherwise a random one, which is printed)", 2},
    {NULL, 0, NULL, 0, "How long:", 3},
    {"executions", 'n', "N", 0, "Stop after so many executions; k, M and G multiply", 3},
    {"time", 't', "T", 0, "Stop after a time: 10s, 5m, 8h (10s, unless --executions is given)", 3},
    {"keep-going", 'k', NULL, 0, "Do not stop at the first finding: collect all distinct ones", 3},
    {"jobs", 'j', "N", 0, "Use so many processes (1)", 3},
    {NULL, 0, NULL, 0, "What comes out:", 4},
    {"out", 'o', "DIR", 0, "Folder for replay files (remlock-findings)", 4},
    {"no-minimize", KEY_NO_MINIMISE, NULL, 0, "Keep replays as they were found", 4},
    {"no-minimise", KEY_NO_MINIMISE, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 4},
    {"check-determinism", KEY_CHECK, NULL, 0, "Run every execution twice and compare (standard: a sample)", 4},
    {0},
};

static const char mix[] = "mix";

/* NULL for the mix of several. */
static const struct strategy_description *parse_strategy(struct argp_state *state, const char *name)
{
    char names[256];
    size_t length = (size_t)snprintf(names, sizeof(names), "%s", mix);
    const struct strategy_description *description = strategy_describe(name);
    if (strcmp(name, mix) == 0 || (description && description->explores)) {
        return description;
    }
    for (description = strategy_descriptions; description->name && length < sizeof(names); description++) {
        if (description->explores) {
            length += (size_t)snprintf(names + length, sizeof(names) - length, ", %s", description->name);
        }
    }
    argp_error(state, "--strategy=%s: expected %s", name, names);
    return NULL;
}

static void add_setting(struct argp_state *state, struct test_options *options, const char *text)
{
    if (options->setting_count == sizeof(options->setting_texts) / sizeof(options->setting_texts[0])) {
        argp_error(state, "--set: too many of them");
        return;
    }
    options->setting_texts[options->setting_count++] = text;
}

static void keep_setting(struct argp_state *state, struct test_options *options, const char *text)
{
    char message[SUBJECT_PROBLEM_SIZE];
    if (!value_setting(options->search.subject, text, &options->settings, message, sizeof(message))) {
        argp_error(state, "%s", message);
    }
}

static void keep_named(struct argp_state *state, struct test_options *options, const char *name, const char *value)
{
    char text[128];
    if (value) {
        snprintf(text, sizeof(text), "%s=%s", name, value);
        keep_setting(state, options, text);
    }
}

/* Without misuse a finding must be the lock's own fault; with it, what the lock says of its callers is the point. */
static void resolve_blame(struct argp_state *state, struct test_options *options)
{
    keep_named(state, options, "blame", options->blame ? options->blame : options->search.generator.misuse ? "all" : "lock");
}

static void resolve_program(struct argp_state *state, struct test_options *options)
{
    char message[SUBJECT_PROBLEM_SIZE];
    if (!options->program_text) {
        return;
    }
    if (!program_text_read(options->program_text, options->search.subject, &options->scenario, message, sizeof(message))) {
        argp_failure(state, EXIT_USAGE, 0, "%s", message);
    }
    for (uint32_t index = 0; index < CONFIGURATION_LIMIT; index++) {
        if (options->settings.is_fixed[index]) {
            options->scenario.configuration.values[index] = options->settings.values.values[index];
        }
    }
    scenario_clamp(&options->scenario);
    options->search.scenario = &options->scenario;
}

static void resolve(struct argp_state *state, struct test_options *options)
{
    char message[SUBJECT_PROBLEM_SIZE];
    if (!options->subject_name) {
        argp_error(state, "a subject is missing; 'remlock drivers' lists all");
    }
    options->search.subject = subject_open(options->subject_name, message, sizeof(message));
    if (!options->search.subject) {
        argp_failure(state, EXIT_USAGE, 0, "%s", message);
    }
    options->settings.values = configuration_standard(options->search.subject);
    for (uint32_t index = 0; index < options->setting_count; index++) {
        keep_setting(state, options, options->setting_texts[index]);
    }
    keep_named(state, options, "points", options->points);
    resolve_blame(state, options);
    resolve_program(state, options);
    if (options->search.execution_limit == 0 && options->seconds == 0) {
        options->seconds = STANDARD_SECONDS;
    }
    options->search.generator.state = options->seed;
    options->search.generator.fixed = options->settings.values;
    memcpy(options->search.generator.is_fixed, options->settings.is_fixed, sizeof(options->settings.is_fixed));
}

static error_t parse_limits(int key, char *argument, struct argp_state *state)
{
    struct test_options *options = state->input;
    switch (key) {
    case KEY_DEPTH:
        options->search.depth = (uint32_t)option_number(state, "--depth", argument, 1, DEPTH_LIMIT);
        return 0;
    case KEY_PREEMPTIONS:
        options->search.preemptions = (uint32_t)option_number(state, "--preemptions", argument, 0, UINT32_MAX);
        return 0;
    case KEY_SCHEDULES:
        options->search.schedules_per_program =
            (uint32_t)option_number(state, "--schedules-per-program", argument, 1, UINT32_MAX);
        return 0;
    case 's':
        options->seed = option_number(state, "--seed", argument, 0, UINT64_MAX);
        return 0;
    case 'n':
        options->search.execution_limit = option_number(state, "--executions", argument, 1, UINT64_MAX);
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
    struct test_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case ARGP_KEY_ARG:
        if (options->subject_name) {
            argp_error(state, "one subject at a time: '%s' or '%s'", options->subject_name, argument);
        }
        options->subject_name = argument;
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
    struct test_options *options = state->input;
    switch (key) {
    case KEY_PROGRAM:
        options->program_text = argument;
        return 0;
    case KEY_STRATEGY:
        options->search.strategy = parse_strategy(state, argument);
        return 0;
    case KEY_MISUSE:
        options->search.generator.misuse = true;
        return 0;
    case KEY_BLAME:
        options->blame = argument;
        return 0;
    case KEY_SET:
        add_setting(state, options, argument);
        return 0;
    case KEY_POINTS:
        options->points = argument;
        return 0;
    case KEY_CHECK:
        options->search.check_determinism = true;
        return 0;
    case KEY_NO_MINIMISE:
        options->no_minimise = true;
        return 0;
    case 'k':
        options->keep_going = true;
        return 0;
    case 'o':
        options->folder = argument;
        return 0;
    default:
        return parse_rest(key, argument, state);
    }
}

static const struct argp test_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "SUBJECT",
    .doc = "Runs generated programs on SUBJECT under mixed strategies until something is found or the time is over. "
           "A finding is verified, saved as a replay file, minimised and told."
           "\vExamples:\n"
           "  remlock test lock:p02                      find the bug in a wrong lock\n"
           "  remlock test lock --executions 1M          the correct lock: nothing may come\n"
           "  remlock test lock --misuse --keep-going    what the lock says of broken callers\n"
           "  remlock test lock:p02 --program 'io: acquire A; release A | pnp: remove' \\\n"
           "      --strategy exhaustive                  every schedule of one program\n"
           "\n'remlock drivers SUBJECT' lists operations and settings.\n"
           "Exit codes: 0 clean, 1 findings, 2 usage.",
    .children = common_children,
};

static uint64_t random_seed(void)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
        seed = (uint64_t)(uintptr_t)&seed;
    }
    return seed >> 32; /* short enough to be typed */
}

void test_options_parse(struct test_options *options, int argument_count, char **arguments)
{
    *options = (struct test_options){
        .search = {.strategy = NULL,
                   .depth = STANDARD_DEPTH,
                   .preemptions = STANDARD_PREEMPTIONS,
                   .schedules_per_program = SEARCH_SCHEDULES},
        .jobs = 1,
        .folder = STANDARD_FOLDER,
        .seed = random_seed(),
    };
    argp_parse(&test_argp, argument_count, arguments, 0, NULL, options);
}

/* ------------------------------------------------------------------------------------------------ the line that repeats -- */

static void append(char *line, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void append(char *line, size_t size, const char *format, ...)
{
    size_t length = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + length, size - length, format, arguments);
    va_end(arguments);
}

static void append_quoted(char *line, size_t size, const char *option, const char *value)
{
    append(line, size, " %s ", option);
    value_quote(line, size, value);
}

static void append_strategy(const struct search_options *search, char *line, size_t size)
{
    append(line, size, " --strategy %s", search->strategy ? search->strategy->name : mix);
    if (search->strategy && search->strategy->uses_depth) {
        append(line, size, " --depth %u", search->depth);
    }
    if (search->strategy && search->strategy->uses_preemption_bound) {
        append(line, size, " --preemptions %u", search->preemptions);
    }
    append(line, size, " --schedules-per-program %u", search->schedules_per_program);
}

void test_options_write(const struct test_options *options, char *line, size_t size)
{
    line[0] = 0;
    append(line, size, "remlock test %s --seed %" PRIu64, options->search.subject->name, options->seed);
    append_strategy(&options->search, line, size);
    if (options->program_text) {
        append_quoted(line, size, "--program", options->program_text);
    }
    if (options->search.generator.misuse) {
        append(line, size, " --misuse");
    }
    if (options->blame) {
        append(line, size, " --blame %s", options->blame);
    }
    if (options->points) {
        append(line, size, " --points %s", options->points);
    }
    for (uint32_t index = 0; index < options->setting_count; index++) {
        append_quoted(line, size, "--set", options->setting_texts[index]);
    }
    if (options->search.execution_limit) {
        append(line, size, " --executions %" PRIu64, options->search.execution_limit);
    }
    if (options->seconds > 0) {
        append(line, size, " --time %gs", options->seconds);
    }
    append(line, size, " --jobs %u%s%s%s", options->jobs, options->keep_going ? " --keep-going" : "",
           options->search.check_determinism ? " --check-determinism" : "", options->no_minimise ? " --no-minimize" : "");
    append_quoted(line, size, "--out", options->folder);
}
