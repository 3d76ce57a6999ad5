/*
 * options.h - the command line of `remlock stress`, which its workers (remlock-stress) read as well, and the scenarios
 * that follow from it.
 */
#ifndef CLI_STRESS_OPTIONS_H
#define CLI_STRESS_OPTIONS_H

#include "command.h"
#include "subject_options.h"

enum { STRESS_EXECUTIONS = 32 }; /* of one program, before the next one */

struct stress_options {
    struct common_options common;
    struct subject_options what;
    uint64_t seed;
    double seconds; /* 0: no limit */
    uint32_t jobs;
    uint64_t search; /* executions of the search that follows a finding; 0: none */
    const char *folder;
    bool keep_going;
    /* For workers: the first program of this one. */
    bool is_worker;
    uint64_t first;
};

/* Leaves the program with a message when something is wrong. */
void stress_options_parse(struct stress_options *options, int argument_count, char **arguments);

/* The program with this number, of which the seed makes as many as are asked for; with --program there is one. */
void stress_scenario(const struct stress_options *options, uint64_t number, struct scenario *scenario);

/* The seed of what is left to chance in that program's executions. */
uint64_t stress_seed(const struct stress_options *options, uint64_t number);

/*
 * What a worker says on its standard output, a line each:
 *
 *     program NUMBER EXECUTIONS           it begins with this program; so many executions are behind it
 *     finding IDENTIFIER ROUTINE MESSAGE  of the program named last; the worker ends
 *     again                               the worker ends, and is to be started anew behind this program
 */

#endif
