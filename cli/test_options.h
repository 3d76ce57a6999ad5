/* test_options.h - the command line of `remlock test`, and the line that repeats it. */
#ifndef CLI_TEST_OPTIONS_H
#define CLI_TEST_OPTIONS_H

#include "command.h"
#include "search.h"
#include "subject_options.h"

struct test_options {
    struct common_options common;
    struct subject_options what;
    struct search_options search;
    uint64_t seed;
    double seconds; /* 0: no limit */
    uint32_t jobs;
    const char *folder;
    bool keep_going;
    bool no_minimise;
};

/* Leaves the program with a message when something is wrong. */
void test_options_parse(struct test_options *options, int argument_count, char **arguments);

/* The command that repeats the run. */
void test_options_write(const struct test_options *options, char *line, size_t size);

#endif
