/* options.h - the command line of `remlock verify`, and the line that repeats it. */
#ifndef CLI_VERIFY_OPTIONS_H
#define CLI_VERIFY_OPTIONS_H

#include "explore.h"
#include "subject_options.h"

struct verify_options {
    struct common_options common;
    struct subject_options what;
    struct exploration exploration; /* without what the workers share */
    bool all_programs;
    uint32_t tasks, operations; /* --all-programs: at most */
    const char *only;           /* or NULL */
    bool states, no_reduction;
    uint32_t delays; /* UINT32_MAX: no bound */
    double seconds;  /* 0: no limit */
    uint32_t jobs;
    const char *folder;
    const char *checkpoint, *resume; /* or NULL */
    bool keep_going;
    bool no_minimise;
};

/* Leaves the program with a message when something is wrong. */
void verify_options_parse(struct verify_options *options, int argument_count, char **arguments);

/* The command that repeats the run. */
void verify_options_write(const struct verify_options *options, char *line, size_t size);

/* That part of it which decides what is explored, and how it is shared out: what a checkpoint belongs to. */
void verify_options_write_essence(const struct verify_options *options, char *line, size_t size);

#endif
