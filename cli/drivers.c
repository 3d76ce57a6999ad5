/* drivers.c - `remlock drivers`: the subjects. */
#include "command.h"
#include "values.h"

#include <cjson/cJSON.h>

struct drivers_options {
    struct common_options common;
    const char *subject_name; /* or NULL */
    bool stories;
    bool names;
};

enum { KEY_STORIES = 0x200, KEY_NAMES };

static const struct argp_option option_list[] = {
    {"stories", KEY_STORIES, NULL, 0, "Tell with each subject what its bug is", 1},
    {"names", KEY_NAMES, NULL, 0, "Names alone, one on each line", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct drivers_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_STORIES:
        options->stories = true;
        return 0;
    case KEY_NAMES:
        options->names = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->subject_name) {
            argp_error(state, "one subject at a time: '%s' or '%s'", options->subject_name, argument);
        }
        options->subject_name = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp drivers_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "[SUBJECT]",
    .doc = "Lists the subjects: the lock, wrong variants of it with one known bug each, and built-in drivers, correct ones and "
           "ones with one bug each. With SUBJECT, also the path of a driver: its story, the operations that a program for it "
           "can hold, and its settings."
           "\vExamples:\n"
           "  remlock drivers\n"
           "  remlock drivers --stories\n"
           "  remlock drivers lock:p02\n",
    .children = common_children,
};

static int tell_all(const struct drivers_options *options)
{
    if (options->common.json) {
        cJSON *json = json_begin("drivers");
        cJSON_AddItemToObject(json, "subjects", report_subjects_json());
        json_print(stdout, json);
        return EXIT_CLEAN;
    }
    for (uint32_t index = 0; options->names && index < subject_count(); index++) {
        puts(subject_at(index)->name);
    }
    if (options->names) {
        return EXIT_CLEAN;
    }
    struct report_style style = common_style(&options->common);
    report_subjects(stdout, &style, options->stories);
    return EXIT_CLEAN;
}

int command_drivers(int argument_count, char **arguments)
{
    struct drivers_options options = {0};
    char message[SUBJECT_PROBLEM_SIZE];
    argp_parse(&drivers_argp, argument_count, arguments, 0, NULL, &options);
    if (!options.subject_name) {
        return tell_all(&options);
    }
    const struct subject *subject = subject_open(options.subject_name, message, sizeof(message));
    if (!subject) {
        complain("%s", message);
        return EXIT_USAGE;
    }
    if (options.common.json) {
        cJSON *json = json_begin("drivers");
        cJSON_AddItemToObject(json, "subject", report_subject_json(subject));
        json_print(stdout, json);
        return EXIT_CLEAN;
    }
    struct report_style style = common_style(&options.common);
    report_subject(stdout, &style, subject);
    return EXIT_CLEAN;
}
