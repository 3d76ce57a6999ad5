/* subject_options.c - the options that say what is run. */
#include "subject_options.h"

#include "files.h"
#include "program_text.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

enum {
    KEY_PROGRAM = 0x400,
    KEY_FILE,
    KEY_MISUSE,
    KEY_BLAME,
    KEY_SET,
    KEY_POINTS,
    KEY_MEMORY,
    KEY_RACES,
};

static const struct argp_option option_list[] = {
    {NULL, 0, NULL, 0, "What is run:", 1},
    {"program", KEY_PROGRAM, "TEXT|@FILE", 0, "This program only: tasks as in a replay file, separated by '|'", 1},
    {"file", KEY_FILE, "REPLAY", 0, "The program and the settings of this replay file; SUBJECT may be left out", 1},
    {"misuse", KEY_MISUSE, NULL, 0, "Also operations that only a broken caller does", 1},
    {"set", KEY_SET, "NAME=VALUE", 0, "Keep a setting of the subject at this value", 1},
    {"points", KEY_POINTS, "WHICH", 0, "Where tasks may be switched: sync (synchronisation operations) or all (every access)",
     1},
    {"memory", KEY_MEMORY, "MODEL", 0, "The memory model, as the setting memory", 1},
    {"races", KEY_RACES, "WHICH", 0, "What counts as a data race: off, nt or c11", 1},
    {"blame", KEY_BLAME, "WHO", 0,
     "all: what the lock says of its callers is a finding; lock: it is not (standard without --misuse)", 1},
    {0},
};

/* ------------------------------------------------------------------------------------------------------ resolving -- */

static void keep_setting(struct argp_state *state, struct subject_options *options, const char *text)
{
    char message[SUBJECT_PROBLEM_SIZE];
    if (!value_setting(options->subject, text, &options->settings, message, sizeof(message))) {
        argp_error(state, "%s", message);
    }
}

static void keep_named(struct argp_state *state, struct subject_options *options, const char *name, const char *value)
{
    char text[128];
    if (value) {
        snprintf(text, sizeof(text), "%s=%s", name, value);
        keep_setting(state, options, text);
    }
}

static void read_file(struct argp_state *state, struct subject_options *options)
{
    static struct case_file file; /* holds a scenario: too large for the stack */
    char message[PATH_MAX + SUBJECT_PROBLEM_SIZE];
    if (!case_load(&file, options->file, options->subject, message, sizeof(message))) {
        argp_failure(state, EXIT_MALFORMED, 0, "%s", message);
    }
    options->scenario = file.replay.scenario;
    options->subject = file.replay.scenario.subject;
    replay_free(&file.replay);
}

static void find_subject(struct argp_state *state, struct subject_options *options)
{
    char message[SUBJECT_PROBLEM_SIZE];
    if (options->name) {
        options->subject = subject_open(options->name, message, sizeof(message));
        if (!options->subject) {
            argp_failure(state, EXIT_USAGE, 0, "%s", message);
        }
    }
    if (options->file && options->program_text) {
        argp_error(state, "--file and --program both say what is run: one of them");
    }
    if (options->file) {
        read_file(state, options);
    }
    if (!options->subject) {
        argp_error(state, "a subject is missing; 'remlock drivers' lists all");
    }
}

/* Settings on the command line hold against those of the file. */
static void complete_scenario(struct subject_options *options)
{
    for (uint32_t index = 0; index < CONFIGURATION_LIMIT; index++) {
        if (options->settings.is_fixed[index]) {
            options->scenario.configuration.values[index] = options->settings.values.values[index];
        }
    }
    scenario_clamp(&options->scenario);
    options->has_scenario = true;
}

void subject_options_resolve(struct argp_state *state, struct subject_options *options)
{
    char message[SUBJECT_PROBLEM_SIZE];
    find_subject(state, options);
    options->settings.values = configuration_standard(options->subject);
    for (uint32_t index = 0; index < options->setting_count; index++) {
        keep_setting(state, options, options->setting_texts[index]);
    }
    keep_named(state, options, "points", options->points);
    keep_named(state, options, "memory", options->memory);
    keep_named(state, options, "races", options->races);
    /* Without misuse a finding must be the lock's own fault; with it, what the lock says of its callers is the point. */
    keep_named(state, options, "blame", options->blame ? options->blame : options->misuse ? "all" : "lock");
    if (options->program_text &&
        !program_text_read(options->program_text, options->subject, &options->scenario, message, sizeof(message))) {
        argp_failure(state, EXIT_USAGE, 0, "%s", message);
    }
    if (options->subject->fixed_program && !options->program_text && !options->file) {
        generator_scenario(&(struct generator){0}, options->subject, &options->scenario);
        complete_scenario(options);
    }
    if (options->program_text || options->file) {
        complete_scenario(options);
    }
}

/* -------------------------------------------------------------------------------------------------------- parsing -- */

static void add_setting(struct argp_state *state, struct subject_options *options, const char *text)
{
    if (options->setting_count == sizeof(options->setting_texts) / sizeof(options->setting_texts[0])) {
        argp_error(state, "--set: too many of them");
        return;
    }
    options->setting_texts[options->setting_count++] = text;
}

static error_t parse_words(int key, char *argument, struct subject_options *options)
{
    switch (key) {
    case KEY_BLAME:
        options->blame = argument;
        return 0;
    case KEY_POINTS:
        options->points = argument;
        return 0;
    case KEY_MEMORY:
        options->memory = argument;
        return 0;
    case KEY_RACES:
        options->races = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct subject_options *options = state->input;
    switch (key) {
    case KEY_PROGRAM:
        options->program_text = argument;
        return 0;
    case KEY_FILE:
        options->file = argument;
        return 0;
    case KEY_MISUSE:
        options->misuse = true;
        return 0;
    case KEY_SET:
        add_setting(state, options, argument);
        return 0;
    case ARGP_KEY_ARG:
        if (options->name) {
            argp_error(state, "one subject at a time: '%s' or '%s'", options->name, argument);
        }
        options->name = argument;
        return 0;
    default:
        return parse_words(key, argument, options);
    }
}

const struct argp subject_argp = {.options = option_list, .parser = parse};

/* -------------------------------------------------------------------------------------------- the line that repeats -- */

void line_append(char *line, size_t size, const char *format, ...)
{
    size_t length = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + length, size - length, format, arguments);
    va_end(arguments);
}

void line_append_quoted(char *line, size_t size, const char *option, const char *value)
{
    line_append(line, size, " %s ", option);
    value_quote(line, size, value);
}

static void append_word(char *line, size_t size, const char *option, const char *value)
{
    if (value) {
        line_append(line, size, " %s %s", option, value);
    }
}

void subject_options_write(const struct subject_options *options, char *line, size_t size)
{
    if (options->program_text) {
        line_append_quoted(line, size, "--program", options->program_text);
    }
    if (options->file) {
        line_append_quoted(line, size, "--file", options->file);
    }
    if (options->misuse) {
        line_append(line, size, " --misuse");
    }
    append_word(line, size, "--blame", options->blame);
    append_word(line, size, "--points", options->points);
    append_word(line, size, "--memory", options->memory);
    append_word(line, size, "--races", options->races);
    for (uint32_t index = 0; index < options->setting_count; index++) {
        line_append_quoted(line, size, "--set", options->setting_texts[index]);
    }
}
