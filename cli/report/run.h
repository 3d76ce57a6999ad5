/*
 * run.h - each replay of a report is explained by a process of its own, bounded in time and in what it may write: what
 * the code under test does to that process costs the report one picture.
 */
#ifndef CLI_REPORT_RUN_H
#define CLI_REPORT_RUN_H

#include <stdbool.h>
#include <stdint.h>

struct cJSON;

enum report_end {
    REPORT_TOLD,      /* it ran; `explained` tells the rest */
    REPORT_MALFORMED, /* the file is no replay, or cannot be read */
    REPORT_CRASHED,
    REPORT_TIMED_OUT,
    REPORT_NOT_RUN, /* interrupted before its turn, or no process could be started */
};

/* One replay to be explained. */
struct report_run {
    const char *path;
    /* What came of it; to be freed by the owner. */
    enum report_end end;
    char *output;            /* REPORT_TOLD: what `remlock explain --json` says */
    struct cJSON *explained; /* the same, by report_run_read() */
    char *message;           /* otherwise: why, in a sentence */
    double seconds;
};

struct report_run_options {
    uint32_t jobs;
    double time_limit; /* seconds for each */
    /* After each, or NULL. */
    void (*progress)(void *context, uint32_t done, uint32_t count);
    void *context;
};

/* Explains all of them. False with a message when that could not be tried, or Ctrl-C came before the end. */
bool report_run_all(struct report_run *runs, uint32_t count, const struct report_run_options *options, char *message,
                    uint32_t message_size);

/* Reads the output, which is freed: as a document it takes several times the memory, so one is read when its turn has come. */
void report_run_read(struct report_run *run);

#endif
