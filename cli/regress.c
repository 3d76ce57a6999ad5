/* regress.c - `remlock regress`: its options, and replaying. */
#include "regress/regress.h"

#include "interrupt.h"
#include "regress/run.h"
#include "values.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char standard_corpus[] = "corpus/regressions";

struct regress_arguments {
    struct regress_options options;
    struct regress_list list;
};

/* ---------------------------------------------------------------------------------------------------------- options -- */

enum {
    KEY_REPEAT = 0x200,
    KEY_SUBJECT,
    KEY_TIME_LIMIT,
    KEY_JUNIT,
    KEY_UPDATE,
    KEY_YES,
    KEY_ADD,
    KEY_TO,
    KEY_NAME,
    KEY_WHY,
    KEY_NO_MINIMISE,
    KEY_FORCE,
};

static const struct argp_option option_list[] = {
    {"jobs", 'j', "N", 0, "Replay in so many processes (default: one per processor)", 1},
    {"time-limit", KEY_TIME_LIMIT, "TIME", 0, "How long one replay may take before it counts as hanging (30s)", 1},
    {"repeat", KEY_REPEAT, "N", 0, "Replay everything so many times (1)", 1},
    {"subject", KEY_SUBJECT, "SUBJECT", 0, "Run all of them on this one, whatever they say they are for", 1},
    {"junit", KEY_JUNIT, "FILE", 0, "Also write the results as JUnit XML", 1},
    {"update", KEY_UPDATE, NULL, 0,
     "Show what would change in files that are not as expected, and ask for each whether it shall", 2},
    {"yes", KEY_YES, NULL, 0, "With --update: change all of them without asking", 2},
    {"add", KEY_ADD, "FILE", 0, "File this replay, or raw fuzz input, in the corpus", 3},
    {"to", KEY_TO, "DIR", 0, "The corpus to file it in (corpus/regressions)", 3},
    {"name", KEY_NAME, "NAME", 0, "Call it so (default: made of subject, finding and routine)", 3},
    {"why", KEY_WHY, "TEXT", 0, "What it is there for: the comment at its head", 3},
    {"no-minimize", KEY_NO_MINIMISE, NULL, 0, "File it as it is", 3},
    {"force", KEY_FORCE, NULL, 0, "File it although another one shows the same", 3},
    {0},
};

static void check(const struct regress_arguments *arguments, struct argp_state *state)
{
    const struct regress_options *options = &arguments->options;
    bool adds = options->add != NULL;
    if (!adds && (options->to || options->name || options->why || options->force || !options->minimise)) {
        argp_error(state, "--to, --name, --why, --no-minimize and --force say how a file is added; --add FILE is missing");
    }
    if (adds && (options->update || arguments->list.count > 0)) {
        argp_error(state, "--add files one replay and does nothing else; leave out %s",
                   options->update ? "--update" : "the other files and folders");
    }
    if (options->yes && !options->update) {
        argp_error(state, "--yes answers the questions of --update, which is missing");
    }
}

static void take_standard_corpus(struct regress_arguments *arguments, struct argp_state *state)
{
    struct stat status;
    if (stat(standard_corpus, &status) != 0) {
        argp_error(state, "a folder is missing, and there is no %s here", standard_corpus);
    }
    if (!regress_list_add(&arguments->list, standard_corpus)) {
        exit(EXIT_USAGE);
    }
}

static void set_subject(struct regress_options *options, const char *name, struct argp_state *state)
{
    char message[SUBJECT_PROBLEM_SIZE];
    options->subject = subject_open(name, message, sizeof(message));
    if (!options->subject) {
        argp_failure(state, EXIT_USAGE, 0, "%s", message);
    }
}

static error_t parse_numbers(int key, char *argument, struct argp_state *state, struct regress_options *options)
{
    switch (key) {
    case 'j':
        options->jobs = (uint32_t)option_number(state, "--jobs", argument, 1, REGRESS_JOB_LIMIT);
        return 0;
    case KEY_REPEAT:
        options->repeat = option_number(state, "--repeat", argument, 1, UINT32_MAX);
        return 0;
    case KEY_TIME_LIMIT:
        options->time_limit = option_duration(state, "--time-limit", argument);
        return 0;
    case KEY_SUBJECT:
        set_subject(options, argument, state);
        return 0;
    case KEY_UPDATE:
        options->update = true;
        return 0;
    case KEY_YES:
        options->yes = true;
        return 0;
    case KEY_NO_MINIMISE:
        options->minimise = false;
        return 0;
    case KEY_FORCE:
        options->force = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct regress_arguments *arguments = state->input;
    struct regress_options *options = &arguments->options;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_JUNIT:
        options->junit = argument;
        return 0;
    case KEY_ADD:
        if (options->add) {
            argp_error(state, "one file at a time: '%s' or '%s'", options->add, argument);
        }
        options->add = argument;
        return 0;
    case KEY_TO:
        options->to = argument;
        return 0;
    case KEY_NAME:
        options->name = argument;
        return 0;
    case KEY_WHY:
        options->why = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (!regress_list_add(&arguments->list, argument)) {
            exit(EXIT_USAGE);
        }
        return 0;
    case ARGP_KEY_END:
        check(arguments, state);
        if (!options->add && arguments->list.count == 0) {
            take_standard_corpus(arguments, state);
        }
        return 0;
    default:
        return parse_numbers(key, argument, state, options);
    }
}

static const struct argp regress_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "[DIR|FILE]...\n--add FILE",
    .doc = "Replays files, and every *.replay file in folders and below them (default: corpus/regressions), and compares each "
           "verdict with what the file expects. A file that expects nothing, cannot be read, diverges, crashes or hangs is not "
           "as expected. Each process takes file after file; one that crashes or hangs costs its file only."
           "\vExamples:\n"
           "  remlock regress\n"
           "  remlock regress --junit regressions.xml corpus/regressions\n"
           "  remlock regress --subject build/my.so tests/replays\n"
           "  remlock regress --add remlock-findings/lock-m07.replay --why 'the last release must wake the remover'\n"
           "  remlock regress --update            after a change that was meant\n"
           "\nExit codes: 0 all as expected, added, or updated; 1 not all, or not added; 2 usage (also: no replay file).",
    .children = common_children,
};

/* -------------------------------------------------------------------------------------------------------- replaying -- */

static struct regress_summary replay_all(const struct regress_options *options, struct regress_list *list)
{
    struct progress progress = progress_begin(options->common.quiet);
    struct regress_plan plan = {.subject = options->subject,
                                .repeat = options->repeat,
                                .jobs = options->jobs,
                                .time_limit = options->time_limit,
                                .progress = &progress};
    uint64_t done = regress_run(list, &plan);
    return (struct regress_summary){.done = done,
                                    .seconds = progress_elapsed(&progress),
                                    .interrupted = interrupt_requested != 0,
                                    .quiet = options->common.quiet};
}

static bool all_passed(const struct regress_list *list)
{
    for (uint32_t index = 0; index < list->count; index++) {
        if (list->results[index].outcome != REGRESS_AS_EXPECTED) {
            return false;
        }
    }
    return true;
}

static int regress(const struct regress_options *options, struct regress_list *list)
{
    if (!regress_list_close(list)) {
        return EXIT_USAGE;
    }
    struct regress_summary summary = replay_all(options, list);
    bool saved = !options->junit || regress_save_junit(list, options->junit);
    if (options->update) {
        return regress_update(options, list, &summary);
    }
    if (options->common.json) {
        json_print(stdout, regress_json(list, &summary));
    } else {
        regress_print_text(list, &summary);
    }
    if (!saved) {
        return EXIT_USAGE;
    }
    return summary.interrupted || !all_passed(list) ? EXIT_FINDING : EXIT_CLEAN;
}

static uint32_t processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > REGRESS_JOB_LIMIT ? REGRESS_JOB_LIMIT : (uint32_t)count;
}

int command_regress(int argument_count, char **argument_list)
{
    static struct regress_arguments arguments;
    arguments.options = (struct regress_options){.repeat = 1, .jobs = processors(), .time_limit = 30, .minimise = true};
    argp_parse(&regress_argp, argument_count, argument_list, 0, NULL, &arguments);
    interrupt_catch();
    int code = arguments.options.add ? regress_add(&arguments.options) : regress(&arguments.options, &arguments.list);
    regress_list_free(&arguments.list);
    return code;
}
