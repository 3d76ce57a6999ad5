/* process.h - runs compilers and other tools. */
#ifndef CLI_BUILD_PROCESS_H
#define CLI_BUILD_PROCESS_H

#include "text.h"

/* How it ended: its exit status, or, when it could not be started or was killed, -1. */
struct process_result {
    int status;
    char *output; /* what it wrote to standard output and to standard error, in order */
};

/* Runs the command with messages in plain English. `shown` echoes the command line on stderr first. */
struct process_result process_run(const struct words *command, bool shown);

#endif
