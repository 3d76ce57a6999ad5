/* subject_options.h - what is run, on a command line: the subject, its settings, a program. Shared by test and verify. */
#ifndef CLI_SUBJECT_OPTIONS_H
#define CLI_SUBJECT_OPTIONS_H

#include "command.h"
#include "values.h"

struct subject_options {
    const struct subject *subject;
    struct fixed_settings settings;
    struct scenario scenario; /* of --program or --file */
    bool has_scenario;
    bool misuse;
    const char *program_text; /* or NULL */
    const char *file;         /* or NULL */
    /* As given, until the subject is known. */
    const char *name;
    const char *setting_texts[CONFIGURATION_LIMIT * 2];
    uint32_t setting_count;
    const char *points, *blame, *memory, *races;
};

/* A child parser for the subject's name and these options; its input is the struct subject_options. */
extern const struct argp subject_argp;

/* Once everything is parsed: opens the subject and reads the rest. Leaves the program with a message when something is wrong.
 */
void subject_options_resolve(struct argp_state *state, struct subject_options *options);

/* Appends the options, as they were given, to a command line. */
void subject_options_write(const struct subject_options *options, char *line, size_t size);

/* Appends to a command line, as printf does, and an option with its value, quoted where a shell needs it. */
void line_append(char *line, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
void line_append_quoted(char *line, size_t size, const char *option, const char *value);

#endif
