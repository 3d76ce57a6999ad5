/* list.h - the replay files of `remlock regress`, and what came of each. */
#ifndef CLI_REGRESS_LIST_H
#define CLI_REGRESS_LIST_H

#include <remlock/replay.h>

#include <stdbool.h>
#include <stdint.h>

struct cJSON;

enum regress_outcome {
    REGRESS_NOT_RUN, /* the run was interrupted before */
    REGRESS_AS_EXPECTED,
    REGRESS_NOT_AS_EXPECTED,
    REGRESS_DIVERGED,
    REGRESS_MALFORMED,
    REGRESS_CRASHED, /* the code under test took its process down */
    REGRESS_TIMED_OUT,
};

enum { REGRESS_VERDICT_SIZE = REPLAY_IDENTIFIER_SIZE + REPLAY_ROUTINE_SIZE, REGRESS_MESSAGE_SIZE = 2 * REPLAY_MESSAGE_SIZE };

/* What came of a file. Written by the process that runs it. */
struct regress_result {
    enum regress_outcome outcome;
    double seconds; /* of one replay, the longest */
    char subject[SUBJECT_NAME_LIMIT + 1];
    char expected[REGRESS_VERDICT_SIZE]; /* "clean", "IDENTIFIER ROUTINE"; "" when the file expects nothing */
    char got[REGRESS_VERDICT_SIZE];
    char message[REGRESS_MESSAGE_SIZE]; /* what is wrong, or "" */
};

struct regress_list {
    char **paths; /* sorted, each once */
    uint32_t count, capacity;
    struct regress_result *results; /* one for each path, in memory that is shared with the processes that run them */
};

/* Adds a file, or every *.replay in a folder and below it. False with a message said. */
bool regress_list_add(struct regress_list *list, const char *path);

/* Sorts and makes room for the results; to be called once, after all were added. False with a message said. */
bool regress_list_close(struct regress_list *list);
void regress_list_free(struct regress_list *list);

/* "as-expected", "not-as-expected", ... */
const char *regress_outcome_name(enum regress_outcome outcome);

/* How many are not as expected; those that were not run are none of them. */
uint32_t regress_failed(const struct regress_list *list);

/* The verdict that a replay expects, and that of an execution. */
void regress_expected(const struct replay *replay, char *text, size_t size);
void regress_got(const struct verdict *verdict, char *text, size_t size);

#endif
