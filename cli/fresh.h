/* fresh.h - this same program once more, in a fresh process: what it says is not coloured by anything that happened in this
 * one. */
#ifndef CLI_FRESH_H
#define CLI_FRESH_H

#include <stdbool.h>

struct fresh_result {
    bool ended;   /* in time */
    int status;   /* as waitpid() tells it */
    char *output; /* its standard output, or NULL without memory; to be freed by the caller */
};

/* Runs `remlock ARGUMENTS...` (ended by NULL). Its standard error goes where `errors` says: a descriptor, or -1 for nowhere. */
struct fresh_result fresh_run(const char *const *arguments, double time_limit, int errors);

#endif
