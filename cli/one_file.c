/* one_file.c - options that explain, minimize and convert share. */
#include "one_file.h"

#include "values.h"

enum { KEY_SUBJECT = 0x300 };

static const struct argp_option option_list[] = {
    {"out", 'o', "FILE", 0, "Write here", 5},
    {"subject", KEY_SUBJECT, "SUBJECT", 0, "Take it for this one, whatever the file says it is for", 5},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct one_file_options *options = state->input;
    char message[SUBJECT_PROBLEM_SIZE];
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case 'o':
        options->out = argument;
        return 0;
    case KEY_SUBJECT:
        options->subject = subject_open(argument, message, sizeof(message));
        if (!options->subject) {
            argp_failure(state, EXIT_USAGE, 0, "%s", message);
        }
        return 0;
    case ARGP_KEY_ARG:
        if (options->path) {
            argp_error(state, "one file at a time: '%s' or '%s'", options->path, argument);
        }
        options->path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!options->path) {
            argp_error(state, "a file is missing");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp one_file_argp = {.options = option_list, .parser = parse, .children = common_children};
const struct argp_child one_file_children[] = {{&one_file_argp, 0, NULL, 0}, {0}};
