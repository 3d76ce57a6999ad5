/* one_file.c - options that explain, minimize and convert share. */
#include "one_file.h"

#include "values.h"

#include <string.h>

enum { KEY_SUBJECT = 0x300 };

static const struct argp_option option_list[] = {
    {"out", 'o', "FILE", 0, "Write here", 5},
    {"subject", KEY_SUBJECT, "SUBJECT", 0, "Take it for this one, whatever the file says it is for", 5},
    {0},
};

/* "x.found.replay" is what "x.replay" was minimised from: a pattern that matches both means the small one. */
static bool is_found_of(const char *found, const char *minimised)
{
    static const char end[] = ".found.replay";
    size_t length = strlen(found);
    if (length < sizeof end - 1 || strcmp(found + length - (sizeof end - 1), end) != 0) {
        return false;
    }
    size_t stem = length - (sizeof end - 1);
    return strncmp(found, minimised, stem) == 0 && strcmp(minimised + stem, ".replay") == 0;
}

static void take_path(struct one_file_options *options, const char *path, const struct argp_state *state)
{
    if (options->path == NULL || is_found_of(options->path, path)) {
        options->path = path;
    } else if (!is_found_of(path, options->path)) {
        argp_error(state, "one file at a time: '%s' or '%s'", options->path, path);
    }
}

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
        take_path(options, argument, state);
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
