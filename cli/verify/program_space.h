/*
 * program_space.h - every program of up to so many tasks with up to so many operations each, by number.
 *
 * A task is a sequence of operations, a program a set of tasks in which one may occur several times: which task is called what
 * does not matter, so programs that differ in the order of their tasks are one. An operation takes each of the values that its
 * arguments suggest, and the standard value of those that suggest none. Small programs come first.
 */
#ifndef CLI_PROGRAM_SPACE_H
#define CLI_PROGRAM_SPACE_H

#include <remlock/harness.h>

enum {
    SPACE_ALPHABET_LIMIT = 1024, /* operations with their arguments */
    SPACE_VARYING_LIMIT = 4,     /* settings of which every value is tried */
};

struct program_space {
    const struct subject *subject;
    struct configuration configuration; /* of the settings that do not vary */
    uint32_t tasks, operations;         /* at most */
    struct program_operation alphabet[SPACE_ALPHABET_LIMIT];
    uint32_t alphabet_size;
    uint32_t varying[SPACE_VARYING_LIMIT]; /* indices of settings */
    uint32_t varying_count;
    uint64_t configurations; /* combinations of their values */
    uint64_t sequences;      /* different tasks */
    uint64_t programs;       /* under one configuration */
    uint64_t size;           /* programs under all of them */
};

struct program_space_options {
    const struct subject *subject;
    struct configuration configuration;
    const bool *is_fixed; /* settings that keep their value, by index */
    uint32_t tasks, operations;
    bool misuse;      /* also operations that only a broken caller does */
    const char *only; /* names of operations, separated by commas: no others; or NULL */
};

/* False with a message: an unknown operation, or more programs than can be counted. */
bool program_space_make(struct program_space *space, const struct program_space_options *options, char *message, size_t size);

/* Program number `index`, counted from 0. */
void program_space_at(const struct program_space *space, uint64_t index, struct scenario *scenario);

#endif
