/* fuzz_command.h - what `remlock fuzz` was asked, and how far it is. */
#ifndef CLI_FUZZ_COMMAND_H
#define CLI_FUZZ_COMMAND_H

#include "book.h"
#include "values.h"

#include <remlock/fuzz.h>

enum { FUZZ_SETTING_TEXTS = CONFIGURATION_LIMIT * 2 };

struct fuzz_command {
    struct common_options common;
    struct fuzz_campaign campaign;
    struct fixed_settings settings;
    const char *folder;
    const char *corpus; /* NULL: corpus/ in the folder */
    const char *engine_names;
    bool engines[FUZZ_ENGINES];
    bool keep_going, no_minimise;
    /* As given, until the subject is known. */
    const char *subject_name;
    const char *setting_texts[FUZZ_SETTING_TEXTS];
    uint32_t setting_count;
    const char *blame;
    bool misuse, no_feedback;
    uint32_t schedules;
    /* The run. */
    struct progress progress;
    struct book book;
    struct fuzz_progress latest; /* of the engine that runs */
    const char *engine;          /* its name */
    uint64_t executions;         /* of the engines before it */
    bool failed;
};

/* Reads the command line; ends the program when it is wrong. */
void fuzz_command_parse(struct fuzz_command *command, int argument_count, char **arguments);

/* The command line that does the same again. */
void fuzz_command_invocation(const struct fuzz_command *command, char *line, size_t size);

#endif
