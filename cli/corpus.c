/* corpus.c - `remlock corpus`: finds the action, and what the actions share. */
#include "corpus/corpus.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const struct command corpus_actions[] = {
    {"merge", "keeps the smallest set of inputs that reaches the same", corpus_merge},
    {"show", "tells what is in inputs", corpus_show},
    {"migrate", "brings inputs of older formats up to the present one", corpus_migrate},
    {"pack", "makes one file of a corpus", corpus_pack},
    {"unpack", "takes a corpus out of one file", corpus_unpack},
    {"exchange", "gives new inputs to other machines by a shared folder, and takes theirs", corpus_exchange},
    {NULL, NULL, NULL},
};

static void print_usage(FILE *stream)
{
    fprintf(stream, "Usage: remlock corpus ACTION [OPTION...] [ARGUMENT...]\n\n"
                    "Inputs that engines have found worth keeping, and seeds: folders with a file for each.\n\n");
    for (const struct command *action = corpus_actions; action->name; action++) {
        fprintf(stream, "  %-10s %s\n", action->name, action->summary);
    }
    fprintf(stream, "\nExamples:\n"
                    "  remlock corpus merge night/corpus/lock --out small\n"
                    "  remlock corpus pack small -o lock_seed_corpus.zip\n"
                    "  remlock corpus show --short small/*\n"
                    "  remlock corpus merge --help         all about one action\n\n"
                    "Exit codes: 0 done, 1 not all is as it should be, 2 usage, 4 malformed files\n");
}

int command_corpus(int argument_count, char **arguments)
{
    static char name[64];
    if (argument_count < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-?") == 0 || strcmp(arguments[1], "help") == 0) {
        print_usage(stdout);
        return EXIT_CLEAN;
    }
    const struct command *action = command_named(corpus_actions, arguments[1]);
    if (!action) {
        complain("unknown action '%s'; 'remlock corpus --help' lists all", arguments[1]);
        return EXIT_USAGE;
    }
    snprintf(name, sizeof(name), "remlock corpus %s", action->name);
    arguments[1] = name;
    complain_as(name);
    return action->run(argument_count - 1, arguments + 1);
}

/* ---------------------------------------------------------------------------------------------------------- sharing -- */

error_t corpus_parse_paths(int key, char *argument, struct argp_state *state, struct corpus_paths *paths)
{
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &paths->common;
        return 0;
    case ARGP_KEY_ARG:
        if (paths->count == CORPUS_PATHS) {
            argp_error(state, "more than %d files and folders; name the folder that they are in", CORPUS_PATHS);
        }
        paths->paths[paths->count++] = argument;
        return 0;
    case 'o':
        paths->out = argument;
        return 0;
    case 'S':
        paths->subject_name = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool corpus_subject(const struct corpus_paths *paths, const struct subject **subject)
{
    char message[SUBJECT_PROBLEM_SIZE];
    *subject = NULL;
    if (!paths->subject_name) {
        return true;
    }
    *subject = subject_open(paths->subject_name, message, sizeof(message));
    if (!*subject) {
        complain("%s", message);
    }
    return *subject != NULL;
}

bool corpus_read(const struct corpus_paths *paths, struct fuzz_corpus *corpus)
{
    char message[8192];
    const struct subject *subject;
    if (!corpus_subject(paths, &subject)) {
        return false;
    }
    for (uint32_t index = 0; index < paths->count; index++) {
        if (!fuzz_corpus_add(corpus, paths->paths[index], subject, message, sizeof(message))) {
            complain("%s", message);
            return false;
        }
    }
    return true;
}

void corpus_content_name(const uint8_t *bytes, size_t size, char *name)
{
    snprintf(name, 17, "%016" PRIx64, fuzz_seed_of(bytes, size));
}

bool corpus_is_content_name(const char *name)
{
    return strlen(name) == 16 && strspn(name, "0123456789abcdef") == 16;
}

const char *corpus_bytes(uint64_t bytes, char *text, size_t size)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double number = (double)bytes;
    uint32_t unit = 0;
    while (number >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        number /= 1000;
        unit++;
    }
    snprintf(text, size, unit == 0 ? "%.0f %s" : "%.1f %s", number, units[unit]);
    return text;
}
