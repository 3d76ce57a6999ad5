/* options.c - see options.h. */
#include "options.h"

#include <remlock/fuzz.h>

#include <string.h>

enum {
    KEY_SEED = 0x300,
    KEY_JOBS,
    KEY_OUT,
    KEY_SEARCH,
    KEY_KEEP_GOING,
    KEY_WORKER,
    JOB_LIMIT = 256,
    STANDARD_SEARCH = 200000,
};

static const struct argp_option option_list[] = {
    {NULL, 0, NULL, 0, "How long:", 2},
    {"time", 't', "DURATION", 0, "Stop after this time: 10s, 5m, 8h (standard: 10s)", 2},
    {"seed", KEY_SEED, "N", 0, "Seed of programs and delays (standard: a new one each time)", 2},
    {"jobs", KEY_JOBS, "N", 0, "So many processes at a time (standard: 1; each uses a thread for each task)", 2},
    {"keep-going", KEY_KEEP_GOING, NULL, 0, "Go on after a finding, until the time is over", 2},
    {NULL, 0, NULL, 0, "What comes of a finding:", 3},
    {"search", KEY_SEARCH, "N", 0, "Look for it in so many deterministic executions of its program (standard: 200k; 0: do not)",
     3},
    {"out", KEY_OUT, "FOLDER", 0, "Folder for replay files (standard: remlock-findings)", 3},
    {"worker", KEY_WORKER, "N", OPTION_HIDDEN, NULL, 3},
    {0},
};

static error_t parse_more(int key, char *argument, struct argp_state *state)
{
    struct stress_options *options = state->input;
    switch (key) {
    case KEY_OUT:
        options->folder = argument;
        return 0;
    case KEY_KEEP_GOING:
        options->keep_going = true;
        return 0;
    case KEY_WORKER:
        options->is_worker = true;
        options->first = option_number(state, "--worker", argument, 0, UINT64_MAX);
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->what;
        state->child_inputs[1] = &options->common;
        return 0;
    case ARGP_KEY_END:
        subject_options_resolve(state, &options->what);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct stress_options *options = state->input;
    switch (key) {
    case 't':
        options->seconds = option_duration(state, "--time", argument);
        return 0;
    case KEY_SEED:
        options->seed = option_number(state, "--seed", argument, 0, UINT64_MAX);
        return 0;
    case KEY_JOBS:
        options->jobs = (uint32_t)option_number(state, "--jobs", argument, 1, JOB_LIMIT);
        return 0;
    case KEY_SEARCH:
        options->search = option_number(state, "--search", argument, 0, UINT64_MAX);
        return 0;
    default:
        return parse_more(key, argument, state);
    }
}

static const struct argp_child children[] = {{&subject_argp, 0, NULL, 0}, {&common_argp, 0, NULL, 0}, {0}};

static const struct argp stress_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "SUBJECT",
    .doc = "Runs random programs on real threads, one for each task, as fast as they go. What it finds is then searched for "
           "in deterministic executions of the same program and becomes a replay file. Not for finding most bugs: "
           "'remlock test' is better at that. It is a second opinion on the machine itself, and, in a build with "
           "ThreadSanitizer, on data races."
           "\vExamples:\n"
           "  remlock stress lock\n"
           "  remlock stress lock:m08a --time 1m --jobs 2\n"
           "  remlock stress lock --program 'io: acquire A; release A | pnp: remove'\n"
           "  remlock stress build/my.so --time 10m --keep-going\n"
           "\nExit codes: 0 nothing found, 1 a finding, 2 usage.",
    .children = children,
};

void stress_options_parse(struct stress_options *options, int argument_count, char **arguments)
{
    *options = (struct stress_options){
        .seconds = 10, .seed = value_random_seed(), .jobs = 1, .search = STANDARD_SEARCH, .folder = "remlock-findings"};
    argp_parse(&stress_argp, argument_count, arguments, 0, NULL, options);
}

/* ------------------------------------------------------------------------------------------------------ scenarios -- */

uint64_t stress_seed(const struct stress_options *options, uint64_t number)
{
    struct generator generator = {.state = options->seed + number * 0x9E3779B97F4A7C15u};
    return generator_next(&generator);
}

/* Threads have processors of their own: a setting that says otherwise cannot be had. */
static void use_all_processors(struct scenario *scenario)
{
    static const char name[] = "cpus", value[] = "many";
    for (uint32_t index = 0; index < subject_setting_count(scenario->subject); index++) {
        const struct setting *setting = subject_setting(scenario->subject, index);
        for (uint32_t word = 0; setting->words != NULL && setting->words[word] != NULL; word++) {
            if (strcmp(setting->name, name) == 0 && strcmp(setting->words[word], value) == 0) {
                scenario->configuration.values[index] = word;
            }
        }
    }
}

void stress_scenario(const struct stress_options *options, uint64_t number, struct scenario *scenario)
{
    if (options->what.has_scenario) {
        *scenario = options->what.scenario;
    } else {
        struct generator generator = {.state = stress_seed(options, number), .misuse = options->what.misuse};
        generator.fixed = options->what.settings.values;
        memcpy(generator.is_fixed, options->what.settings.is_fixed, sizeof(generator.is_fixed));
        generator_scenario(&generator, options->what.subject, scenario);
    }
    use_all_processors(scenario);
}
