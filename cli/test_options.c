/* test_options.c - the options of `remlock test`. */
#include "test_options.h"

#include "workers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const double STANDARD_SECONDS = 10;
static const char STANDARD_FOLDER[] = "remlock-findings";

enum { STANDARD_DEPTH = 3, STANDARD_PREEMPTIONS = 2, STANDARD_DELAYS = 2, DEPTH_LIMIT = 64 };

enum {
    KEY_STRATEGY = 0x200,
    KEY_DEPTH,
    KEY_PREEMPTIONS,
    KEY_DELAYS,
    KEY_SCHEDULES,
    KEY_CHECK,
    KEY_NO_MINIMISE,
};

static const struct argp_option option_list[] = {
    {NULL, 0, NULL, 0, "How schedules are chosen:", 2},
    {"strategy", KEY_STRATEGY, "NAME", 0, "mix of several (standard), or one alone; all are listed below", 2},
    {"depth", KEY_DEPTH, "D", 0, "pct: how many ordering constraints to aim at (3)", 2},
    {"preemptions", KEY_PREEMPTIONS, "K", 0, "exhaustive: at most so many preemptions (2)", 2},
    {"delays", KEY_DELAYS, "K", 0, "delay: at most so many delays; random-delay: how many (2)", 2},
    {"schedules-per-program", KEY_SCHEDULES, "N", 0, "Schedules tried before the next program (64; mix: one batch)", 2},
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

static void resolve(struct argp_state *state, struct test_options *options)
{
    struct subject_options *what = &options->what;
    struct generator *generator = &options->search.generator;
    subject_options_resolve(state, what);
    options->search.subject = what->subject;
    options->search.scenario = what->has_scenario ? &what->scenario : NULL;
    if (options->search.execution_limit == 0 && options->seconds == 0) {
        options->seconds = STANDARD_SECONDS;
    }
    generator->state = options->seed;
    generator->misuse = what->misuse;
    generator->fixed = what->settings.values;
    memcpy(generator->is_fixed, what->settings.is_fixed, sizeof(what->settings.is_fixed));
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
    case KEY_DELAYS:
        options->search.delays = (uint32_t)option_number(state, "--delays", argument, 0, UINT32_MAX);
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
    struct test_options *options = state->input;
    switch (key) {
    case KEY_STRATEGY:
        options->search.strategy = parse_strategy(state, argument);
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

static const struct argp_child children[] = {{&subject_argp, 0, NULL, 0}, {&common_argp, 0, NULL, 0}, {0}};

/* The strategies that --strategy knows, in front of the examples. */
static char *add_strategies(int key, const char *text, void *input)
{
    (void)input;
    char *all = NULL;
    size_t size;
    FILE *stream = key == ARGP_KEY_HELP_POST_DOC && text ? open_memstream(&all, &size) : NULL;
    if (!stream) {
        return (char *)text;
    }
    fprintf(stream, "Strategies:\n  %-14s%s\n", mix, "several, allotted by what has paid so far");
    for (const struct strategy_description *one = strategy_descriptions; one->name; one++) {
        if (one->explores) {
            fprintf(stream, "  %-14s%s\n", one->name, one->summary);
        }
    }
    fprintf(stream, "\n%s", text);
    fclose(stream);
    return all;
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
    .children = children,
    .help_filter = add_strategies,
};

void test_options_parse(struct test_options *options, int argument_count, char **arguments)
{
    *options = (struct test_options){
        .search = {.strategy = NULL, .depth = STANDARD_DEPTH, .preemptions = STANDARD_PREEMPTIONS, .delays = STANDARD_DELAYS},
        .jobs = 1,
        .folder = STANDARD_FOLDER,
        .seed = value_random_seed(),
    };
    argp_parse(&test_argp, argument_count, arguments, 0, NULL, options);
}

/* ------------------------------------------------------------------------------------------------ the line that repeats -- */

static void append_strategy(const struct search_options *search, char *line, size_t size)
{
    line_append(line, size, " --strategy %s", search->strategy ? search->strategy->name : mix);
    if (search->strategy && search->strategy->uses_depth) {
        line_append(line, size, " --depth %u", search->depth);
    }
    if (search->strategy && search->strategy->uses_preemption_bound) {
        line_append(line, size, " --preemptions %u", search->preemptions);
    }
    if (search->strategy && search->strategy->uses_delay_bound) {
        line_append(line, size, " --delays %u", search->delays);
    }
    if (search->schedules_per_program) {
        line_append(line, size, " --schedules-per-program %u", search->schedules_per_program);
    }
}

void test_options_write(const struct test_options *options, char *line, size_t size)
{
    line[0] = 0;
    line_append(line, size, "remlock test %s --seed %" PRIu64, options->search.subject->name, options->seed);
    append_strategy(&options->search, line, size);
    subject_options_write(&options->what, line, size);
    if (options->search.execution_limit) {
        line_append(line, size, " --executions %" PRIu64, options->search.execution_limit);
    }
    if (options->seconds > 0) {
        line_append(line, size, " --time %gs", options->seconds);
    }
    line_append(line, size, " --jobs %u%s%s%s", options->jobs, options->keep_going ? " --keep-going" : "",
                options->search.check_determinism ? " --check-determinism" : "", options->no_minimise ? " --no-minimize" : "");
    line_append_quoted(line, size, "--out", options->folder);
}
