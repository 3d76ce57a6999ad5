/* options.c - see options.h. */
#include "options.h"

#include "kept.h"
#include "values.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double STANDARD_SECONDS = 3600;
static const char STANDARD_FOLDER[] = "remlock-campaign";

enum { JOBS_LIMIT = 128 };

static const uint64_t STANDARD_SIZE = 2000000000, LEAST_SIZE = 50000000;

const char *const campaign_engine_names[CAMPAIGN_ENGINES] = {"search", "builtin", "libfuzzer", "afl++"};

void word_list_add(struct word_list *list, const char *word)
{
    const char **words = realloc(list->words, (list->count + 2) * sizeof(*words));
    if (!words) {
        complain("out of memory");
        exit(EXIT_USAGE);
    }
    list->words = words;
    list->words[list->count++] = word;
    list->words[list->count] = NULL;
}

void word_list_free(struct word_list *list)
{
    free(list->words);
    *list = (struct word_list){0};
}

const char *word_keep(const char *word, size_t length)
{
    static struct word_list kept;
    char *copy = strndup(word, length);
    if (!copy) {
        complain("out of memory");
        exit(EXIT_USAGE);
    }
    word_list_add(&kept, copy);
    return copy;
}

/* --------------------------------------------------------------------------------------------------------- options -- */

enum {
    KEY_SUBJECTS = 0x200,
    KEY_EXCLUDE,
    KEY_ENGINES,
    KEY_SET,
    KEY_SEEDS,
    KEY_RESUME,
    KEY_NO_HTML,
    KEY_NO_CANARY,
    KEY_DISK,
    KEY_MEMORY,
};

static const struct argp_option option_list[] = {
    {NULL, 0, NULL, 0, "What is run:", 1},
    {"subjects", KEY_SUBJECTS, "LIST", 0, "Subjects, separated by commas: names, patterns such as 'driver:z*', paths", 1},
    {"exclude", KEY_EXCLUDE, "PATTERN", 0, "Leave out subjects whose names match; may be given several times", 1},
    {"engines", KEY_ENGINES, "LIST", 0, "search, builtin, libfuzzer, afl++, separated by commas (all that can run here)", 1},
    {"set", KEY_SET, "NAME=VALUE[,VALUE...]", 0, "Keep a setting at this value, or try just these, where a subject has it", 1},
    {"seeds", KEY_SEEDS, "DIR", 0, "Inputs that the fuzzing engines start from: raw ones or replay files", 1},
    {"seed", 's', "S", 0, "Seed of all chance (otherwise a random one, which is printed)", 1},
    {NULL, 0, NULL, 0, "How much of it:", 2},
    {"time", 't', "T", 0, "How long, all sessions together: 10m, 8h, 2d (1h)", 2},
    {"jobs", 'j', "N", 0, "So many processes at a time (one for each processor)", 2},
    {"disk", KEY_DISK, "SIZE", 0, "Bytes that the folder may take: 500M, 2G (2G)", 2},
    {"memory", KEY_MEMORY, "SIZE", 0, "Bytes of memory that all processes together may take (2G)", 2},
    {NULL, 0, NULL, 0, "The campaign:", 3},
    {"out", 'o', "DIR", 0, "Its folder (remlock-campaign)", 3},
    {"resume", KEY_RESUME, NULL, 0, "Go on with the campaign in this folder, with its options unless others are given", 3},
    {"no-html", KEY_NO_HTML, NULL, 0, "Write no report.html at the end", 3},
    {"no-canary", KEY_NO_CANARY, NULL, 0, "Without the subject that fails on purpose and proves that findings are found", 3},
    {0},
};

/* What stands in one pass over a command line replaces what stood in an earlier one. */
struct reading {
    struct campaign_options *options;
    bool fresh_subjects, fresh_excluded, fresh_settings;
};

static void add_fresh(struct word_list *list, bool *fresh, const char *word)
{
    if (*fresh) {
        word_list_free(list);
        *fresh = false;
    }
    word_list_add(list, word);
}

static void add_subjects(struct reading *reading, const char *list)
{
    while (*list) {
        size_t length = strcspn(list, ",");
        if (length > 0) {
            add_fresh(&reading->options->subjects, &reading->fresh_subjects, word_keep(list, length));
        }
        list += length + (list[length] == ',');
    }
}

static void parse_engines(struct argp_state *state, struct campaign_options *options, const char *list)
{
    memset(options->engines, 0, sizeof(options->engines));
    while (*list) {
        size_t length = strcspn(list, ",");
        int engine = 0;
        while (engine < CAMPAIGN_ENGINES &&
               (strncmp(list, campaign_engine_names[engine], length) != 0 || campaign_engine_names[engine][length] != 0)) {
            engine++;
        }
        if (engine == CAMPAIGN_ENGINES || length == 0) {
            argp_error(state, "--engines: '%.*s' is none of search, builtin, libfuzzer, afl++", (int)length, list);
            return;
        }
        options->engines[engine] = true;
        list += length + (list[length] == ',');
    }
}

static void add_setting(struct argp_state *state, struct reading *reading, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1]) {
        argp_error(state, "--set %s: expected NAME=VALUE or NAME=VALUE,VALUE", text);
    }
    add_fresh(&reading->options->settings, &reading->fresh_settings, text);
}

static error_t parse_limits(int key, char *argument, struct argp_state *state)
{
    struct campaign_options *options = ((struct reading *)state->input)->options;
    switch (key) {
    case 't':
        options->seconds = option_duration(state, "--time", argument);
        return 0;
    case 'j':
        options->jobs = (uint32_t)option_number(state, "--jobs", argument, 1, JOBS_LIMIT);
        return 0;
    case KEY_DISK:
        options->disk = option_number(state, "--disk", argument, LEAST_SIZE, INT64_MAX);
        return 0;
    case KEY_MEMORY:
        options->memory = option_number(state, "--memory", argument, LEAST_SIZE, INT64_MAX);
        return 0;
    case 's':
        options->seed = option_number(state, "--seed", argument, 0, UINT64_MAX);
        return 0;
    case 'o':
        options->folder = argument;
        return 0;
    case KEY_RESUME:
        options->resume = true;
        return 0;
    case KEY_NO_HTML:
        options->no_html = true;
        return 0;
    case KEY_NO_CANARY:
        options->no_canary = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct reading *reading = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &reading->options->common;
        return 0;
    case ARGP_KEY_ARG:
        add_fresh(&reading->options->subjects, &reading->fresh_subjects, argument);
        return 0;
    case KEY_SUBJECTS:
        add_subjects(reading, argument);
        return 0;
    case KEY_EXCLUDE:
        add_fresh(&reading->options->excluded, &reading->fresh_excluded, argument);
        return 0;
    case KEY_ENGINES:
        parse_engines(state, reading->options, argument);
        return 0;
    case KEY_SET:
        add_setting(state, reading, argument);
        return 0;
    case KEY_SEEDS:
        reading->options->seeds = argument;
        return 0;
    default:
        return parse_limits(key, argument, state);
    }
}

static const struct argp campaign_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "[SUBJECT...]",
    .doc = "Searches many subjects with several engines and configurations for a long time. What is found goes into one "
           "database in the folder, is replayed in fresh processes, minimised, and only then told. May be killed at any "
           "moment: --resume goes on."
           "\vWithout SUBJECT everything that 'remlock drivers' lists is run.\n\nExamples:\n"
           "  remlock campaign --time 8h --jobs 8 --out night\n"
           "  remlock campaign ./mydriver.so --time 30m --out mine\n"
           "  remlock campaign 'driver:z*' lock --set lock=free,verifier --engines search,builtin\n"
           "  remlock campaign --resume --out night --time 16h   eight hours more\n"
           "  remlock campaign status night                      how it stands, also while it runs\n"
           "  remlock campaign summary night                     one page about it\n"
           "  remlock campaign merge night day -o both           one campaign of several\n"
           "\nExit codes: 0 nothing found, 1 findings, 2 usage, or trouble that makes the result worthless.",
    .children = common_children,
};

static void read_words(struct campaign_options *options, int count, char **words, unsigned flags)
{
    struct reading reading = {.options = options, .fresh_subjects = true, .fresh_excluded = true, .fresh_settings = true};
    argp_parse(&campaign_argp, count, words, flags, NULL, &reading);
}

static struct campaign_options standard_options(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return (struct campaign_options){
        .folder = STANDARD_FOLDER,
        .seconds = STANDARD_SECONDS,
        .jobs = processors < 1            ? 1
                : processors > JOBS_LIMIT ? JOBS_LIMIT
                                          : (uint32_t)processors,
        .engines = {true, true, true, true},
        .seed = value_random_seed(),
        .disk = STANDARD_SIZE,
        .memory = STANDARD_SIZE,
    };
}

/* The words of before, as if they stood in front of the others. */
static void take_up(struct campaign_options *options, char *name)
{
    struct word_list words = {0};
    const char *folder = options->folder;
    word_list_add(&words, name);
    campaign_kept_load(folder, &words);
    read_words(options, (int)words.count, (char **)words.words, 0);
    word_list_free(&words);
    options->folder = folder;
}

void campaign_options_parse(struct campaign_options *options, int argument_count, char **arguments)
{
    *options = standard_options();
    read_words(options, argument_count, arguments, 0);
    if (options->resume) {
        const char *folder = options->folder;
        campaign_options_free(options);
        *options = standard_options();
        options->folder = folder;
        take_up(options, arguments[0]);
        read_words(options, argument_count, arguments, 0);
    }
    campaign_options_say(options);
}

void campaign_options_free(struct campaign_options *options)
{
    word_list_free(&options->subjects);
    word_list_free(&options->excluded);
    word_list_free(&options->settings);
    word_list_free(&options->invocation);
}
