/* fuzz_options.c - the command line of `remlock fuzz`. */
#include "fuzz_command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const double STANDARD_SECONDS = 60;

enum { SCHEDULES_LIMIT = 4096 };

enum {
    KEY_ENGINE = 0x200,
    KEY_SEEDS,
    KEY_CORPUS,
    KEY_AFL_SYNC,
    KEY_AFL_INSTANCE,
    KEY_MISUSE,
    KEY_BLAME,
    KEY_SET,
    KEY_SCHEDULES,
    KEY_NO_FEEDBACK,
    KEY_NO_MINIMISE,
};

static const struct argp_option option_list[] = {
    {NULL, 0, NULL, 0, "What is run:", 1},
    {"engine", KEY_ENGINE, "LIST", 0, "builtin (standard), libfuzzer, afl++; several, separated by commas, run in turn", 1},
    {"misuse", KEY_MISUSE, NULL, 0, "Also operations that only a broken caller does", 1},
    {"set", KEY_SET, "NAME=VALUE", 0, "Keep a setting of the subject at this value", 1},
    {"blame", KEY_BLAME, "WHO", 0, "all or lock, as for remlock test", 1},
    {"schedules", KEY_SCHEDULES, "N", 0, "Schedules run for each input (1; the afl++ engine takes more)", 1},
    {"no-feedback", KEY_NO_FEEDBACK, NULL, 0, "Without interleaving coverage", 1},
    {"seeds", KEY_SEEDS, "DIR", 0, "Inputs to start from: raw ones or replay files", 1},
    {"seed", 's', "S", 0, "Seed of all chance (otherwise a random one, which is printed)", 1},
    {"afl-sync", KEY_AFL_SYNC, "DIR", 0, "AFL++ goes on in DIR, where its instances of one subject take inputs from each other",
     1},
    {"afl-instance", KEY_AFL_INSTANCE, "NAME", 0, "This one: main (standard), main-HOST, or another name for a secondary one",
     1},
    {NULL, 0, NULL, 0, "How long:", 2},
    {"executions", 'n', "N", 0, "Each engine stops after so many executions; k, M and G multiply", 2},
    {"time", 't', "T", 0, "Each engine stops after a time: 10s, 5m, 8h (60s, unless --executions is given)", 2},
    {"keep-going", 'k', NULL, 0, "Do not stop at the first finding: collect all distinct ones", 2},
    {NULL, 0, NULL, 0, "What comes out:", 3},
    {"out", 'o', "DIR", 0, "Folder for replay files and, in corpus/, inputs worth keeping (remlock-findings)", 3},
    {"corpus", KEY_CORPUS, "DIR", 0, "Start from the inputs in DIR and keep new ones there; several runs may share it", 3},
    {"no-minimize", KEY_NO_MINIMISE, NULL, 0, "Keep replays as they were found", 3},
    {"no-minimise", KEY_NO_MINIMISE, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 3},
    {0},
};

static void parse_engines(struct argp_state *state, struct fuzz_command *command, const char *list)
{
    command->engine_names = list;
    memset(command->engines, 0, sizeof(command->engines));
    while (*list) {
        char name[32];
        size_t length = strcspn(list, ",");
        snprintf(name, sizeof(name), "%.*s", (int)(length < sizeof(name) ? length : sizeof(name) - 1), list);
        int engine = fuzz_engine_find(name);
        if (engine < 0) {
            argp_error(state, "--engine: '%s' is none of builtin, libfuzzer, afl++", name);
            return;
        }
        command->engines[engine] = true;
        list += length + (list[length] == ',');
    }
}

static void keep_setting(struct argp_state *state, struct fuzz_command *command, const char *text)
{
    char message[SUBJECT_PROBLEM_SIZE];
    if (!value_setting(command->campaign.options.subject, text, &command->settings, message, sizeof(message))) {
        argp_error(state, "%s", message);
    }
}

static void resolve_settings(struct argp_state *state, struct fuzz_command *command)
{
    char blame[64];
    command->settings.values = configuration_standard(command->campaign.options.subject);
    for (uint32_t index = 0; index < command->setting_count; index++) {
        keep_setting(state, command, command->setting_texts[index]);
    }
    snprintf(blame, sizeof(blame), "blame=%s", command->blame ? command->blame : command->misuse ? "all" : "lock");
    keep_setting(state, command, blame);
    command->campaign.options.fixed = command->settings.values;
    memcpy(command->campaign.options.is_fixed, command->settings.is_fixed, sizeof(command->settings.is_fixed));
}

static void resolve(struct argp_state *state, struct fuzz_command *command)
{
    char message[SUBJECT_PROBLEM_SIZE];
    struct fuzz_campaign *campaign = &command->campaign;
    if (!command->subject_name) {
        argp_error(state, "a subject is missing; 'remlock drivers' lists all");
    }
    const struct subject *subject = subject_open(command->subject_name, message, sizeof(message));
    if (!subject) {
        argp_failure(state, EXIT_USAGE, 0, "%s", message);
    }
    if (campaign->afl_instance && !campaign->afl_folder) {
        argp_error(state, "--afl-instance says who it is among those that share a folder: --afl-sync DIR is missing");
    }
    campaign->options = fuzz_options_standard(subject);
    campaign->options.misuse = command->misuse;
    campaign->options.feedback = !command->no_feedback;
    if (command->schedules) {
        campaign->options.schedules = command->schedules;
    }
    resolve_settings(state, command);
    campaign->stop_at_first = !command->keep_going;
    if (campaign->execution_limit == 0 && campaign->seconds == 0) {
        campaign->seconds = STANDARD_SECONDS;
    }
}

static error_t parse_limits(int key, char *argument, struct argp_state *state)
{
    struct fuzz_command *command = state->input;
    switch (key) {
    case 's':
        command->campaign.seed = option_number(state, "--seed", argument, 0, UINT64_MAX);
        return 0;
    case 'n':
        command->campaign.execution_limit = option_number(state, "--executions", argument, 1, UINT64_MAX);
        return 0;
    case 't':
        command->campaign.seconds = option_duration(state, "--time", argument);
        return 0;
    case KEY_SCHEDULES:
        command->schedules = (uint32_t)option_number(state, "--schedules", argument, 1, SCHEDULES_LIMIT);
        return 0;
    case KEY_SET:
        if (command->setting_count == FUZZ_SETTING_TEXTS) {
            argp_error(state, "--set: too many of them");
        }
        command->setting_texts[command->setting_count++] = argument;
        return 0;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &command->common;
        return 0;
    case ARGP_KEY_ARG:
        if (command->subject_name) {
            argp_error(state, "one subject at a time: '%s' or '%s'", command->subject_name, argument);
        }
        command->subject_name = argument;
        return 0;
    case ARGP_KEY_END:
        resolve(state, command);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct fuzz_command *command = state->input;
    switch (key) {
    case KEY_ENGINE:
        parse_engines(state, command, argument);
        return 0;
    case KEY_SEEDS:
        command->campaign.seed_folder = argument;
        return 0;
    case KEY_CORPUS:
        command->corpus = argument;
        return 0;
    case KEY_AFL_SYNC:
        command->campaign.afl_folder = argument;
        return 0;
    case KEY_AFL_INSTANCE:
        if (!fuzz_afl_instance_valid(argument)) {
            argp_error(state, "--afl-instance: '%s' is no name of 1 to 32 letters, digits, - and _, or means something else",
                       argument);
        }
        command->campaign.afl_instance = argument;
        return 0;
    case KEY_MISUSE:
        command->misuse = true;
        return 0;
    case KEY_BLAME:
        command->blame = argument;
        return 0;
    case KEY_NO_FEEDBACK:
        command->no_feedback = true;
        return 0;
    case KEY_NO_MINIMISE:
        command->no_minimise = true;
        return 0;
    case 'k':
        command->keep_going = true;
        return 0;
    case 'o':
        command->folder = argument;
        return 0;
    default:
        return parse_limits(key, argument, state);
    }
}

static const struct argp fuzz_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "SUBJECT",
    .doc = "Searches SUBJECT guided by coverage of interleavings: inputs that show something new are kept and changed. "
           "The builtin engine needs nothing else; libFuzzer and AFL++ need their targets built ('remlock doctor' tells)."
           "\vExamples:\n"
           "  remlock fuzz lock:p02 --time 10s\n"
           "  remlock fuzz lock --engine builtin,libfuzzer,afl++ --time 1h --keep-going --out night\n"
           "  remlock fuzz lock --seeds corpus/seeds/lock\n"
           "  remlock fuzz lock --time 10m --corpus shared --out first      (at the same time: --out second)\n"
           "  remlock fuzz lock --engine afl++ --afl-sync afl --afl-instance second --corpus shared --time 10m\n"
           "\nExit codes: 0 clean, 1 findings, 2 usage (also: an engine could not run).",
    .children = common_children,
};

static void append(char *line, size_t size, const char *option, const char *value)
{
    size_t length = strlen(line);
    snprintf(line + length, size - length, " %s ", option);
    value_quote(line, size, value);
}

void fuzz_command_invocation(const struct fuzz_command *command, char *line, size_t size)
{
    const struct fuzz_campaign *campaign = &command->campaign;
    char number[32];
    snprintf(line, size, "remlock fuzz %s --seed %" PRIu64, campaign->options.subject->name, campaign->seed);
    append(line, size, "--engine", command->engine_names);
    snprintf(line + strlen(line), size - strlen(line), "%s%s%s", command->misuse ? " --misuse" : "",
             command->no_feedback ? " --no-feedback" : "", command->keep_going ? " --keep-going" : "");
    for (uint32_t index = 0; index < command->setting_count; index++) {
        append(line, size, "--set", command->setting_texts[index]);
    }
    if (command->blame) {
        append(line, size, "--blame", command->blame);
    }
    if (command->schedules) {
        snprintf(number, sizeof(number), "%u", command->schedules);
        append(line, size, "--schedules", number);
    }
    if (campaign->seed_folder) {
        append(line, size, "--seeds", campaign->seed_folder);
    }
    if (campaign->execution_limit) {
        snprintf(number, sizeof(number), "%" PRIu64, campaign->execution_limit);
        append(line, size, "--executions", number);
    }
    if (campaign->seconds > 0) {
        snprintf(number, sizeof(number), "%gs", campaign->seconds);
        append(line, size, "--time", number);
    }
    if (command->no_minimise) {
        snprintf(line + strlen(line), size - strlen(line), " --no-minimize");
    }
    if (campaign->afl_folder) {
        append(line, size, "--afl-sync", campaign->afl_folder);
        append(line, size, "--afl-instance", campaign->afl_instance ? campaign->afl_instance : "main");
    }
    if (command->corpus) {
        append(line, size, "--corpus", command->corpus);
    }
    append(line, size, "--out", command->folder);
}

void fuzz_command_parse(struct fuzz_command *command, int argument_count, char **arguments)
{
    command->folder = "remlock-findings";
    command->engine_names = fuzz_engine_name(FUZZ_ENGINE_BUILTIN);
    command->engines[FUZZ_ENGINE_BUILTIN] = true;
    command->campaign.seed = value_random_seed();
    argp_parse(&fuzz_argp, argument_count, arguments, 0, NULL, command);
}
