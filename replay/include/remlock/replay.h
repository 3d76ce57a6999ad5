/*
 * replay.h - replay files: an execution as text that a person can read, edit and send by mail.
 *
 * A replay holds a scenario (subject, configuration, program), a schedule, and what is expected to come of them. Nothing
 * outside the file changes what it does. The text format is specified in docs/replay-format.md:
 *
 *     remlock 1
 *     subject lock:p01-early-flag
 *     config lock=checked
 *     program
 *       io: acquire A; release A
 *       pnp: remove B
 *     schedule
 *       io@4 -> pnp   # before InterlockedDecrement(IoCount), remove_lock.c:88
 *     expect use-after-free IoReleaseRemoveLockEx
 *
 * Reading a file, running it and saying what came of it:
 *
 *     struct replay replay = {0};
 *     struct replay_error error;
 *     if (!replay_load(&replay, path, &error)) {
 *         fprintf(stderr, "%s\n", error.message);
 *         return;
 *     }
 *     struct replay_result result;
 *     replay_run(&replay, HARNESS_PLAIN, &result);
 *     puts(replay_outcome_name(result.outcome));
 *     replay_free(&replay);
 *
 * What is read is checked: a replay that was read can be executed whatever bytes the file held.
 */
#ifndef REMLOCK_REPLAY_H
#define REMLOCK_REPLAY_H

#include <remlock/harness.h>

#include <signal.h>
#include <stdio.h>

/* --------------------------------------------------------------------------------------------------------- limits -- */

enum {
    REPLAY_VERSION = 1,          /* of the format: what is written; every version from 1 to this one is read */
    REPLAY_FILE_LIMIT = 4 << 20, /* bytes of a file */
    REPLAY_LINE_LIMIT = 1024,    /* bytes of a line without its end */
    REPLAY_COMMENT_SIZE = 160,   /* bytes of a comment behind a deviation, with its terminator */
    REPLAY_IDENTIFIER_SIZE = 64, /* bytes of a finding's identifier, with its terminator */
    REPLAY_ROUTINE_SIZE = 64,    /* bytes of the routine of a finding, with its terminator */
    REPLAY_MESSAGE_SIZE = 1024,  /* bytes of an error message, with its terminator */
};

/* ------------------------------------------------------------------------------------------------------ the object -- */

enum replay_expectation {
    REPLAY_EXPECTS_NOTHING,
    REPLAY_EXPECTS_CLEAN,
    REPLAY_EXPECTS_FINDING, /* the one of replay.identifier and replay.routine */
};

/* All zero is a replay without a subject: it can be freed, assigned to and read into, but not run. */
struct replay {
    struct scenario scenario;
    struct schedule schedule; /* owned; at most SCHEDULER_DEVIATION_LIMIT deviations */
    enum replay_expectation expectation;
    char identifier[REPLAY_IDENTIFIER_SIZE];
    char routine[REPLAY_ROUTINE_SIZE]; /* "-" when it happened in none */
};

/* Why something did not work: one line, ready to print. */
struct replay_error {
    uint32_t line, column; /* of a text, from 1; 0 when the file itself is the trouble */
    char message[REPLAY_MESSAGE_SIZE];
};

/* Releases what the replay owns and makes it all zero. */
void replay_free(struct replay *replay);

/* Replaces the schedule by a copy. False when there is no memory or it is longer than SCHEDULER_DEVIATION_LIMIT. */
bool replay_set_schedule(struct replay *replay, struct schedule schedule);

/* Makes the verdict what is expected from now on. */
void replay_expect(struct replay *replay, const struct verdict *verdict);

/*
 * Makes the execution that just ended a replay that expects its verdict again. False when it cannot be one: no memory, or more
 * deviations than a schedule can hold.
 */
bool replay_capture(struct replay *replay, const struct scenario *scenario, const struct verdict *verdict);

/* `target` becomes equal to `source`. False when there is no memory. */
bool replay_copy(struct replay *target, const struct replay *source);

/* Same subject, configuration, program, schedule and expectation. */
bool replay_equal(const struct replay *one, const struct replay *other);

/* --------------------------------------------------------------------------------------------------------- reading -- */

/*
 * Reads a text. `name` is what messages call it: "FILE:LINE:COLUMN: what is wrong, expected what would be right". On failure
 * the replay is freed.
 */
bool replay_parse(struct replay *replay, const char *text, size_t size, const char *name, struct replay_error *error);

/* The same from a file; "-" is the standard input. */
bool replay_load(struct replay *replay, const char *path, struct replay_error *error);

/* The same two for this subject, whatever the text names (NULL: the one that it names): a driver that was built elsewhere. */
bool replay_parse_for(struct replay *replay, const struct subject *subject, const char *text, size_t size, const char *name,
                      struct replay_error *error);
bool replay_load_for(struct replay *replay, const struct subject *subject, const char *path, struct replay_error *error);

/* Whether these bytes mean to be a replay text of some version, valid or not; raw fuzz inputs do not. */
bool replay_recognise(const void *bytes, size_t size);

/* --------------------------------------------------------------------------------------------------------- writing -- */

/* What a written text says beside what it means: comments, and words for tasks that the program does not name. */
struct replay_remarks {
    const char *heading; /* lines to stand below the first one, or NULL */
    /* Writes what to say about a deviation, one line without the '#'; "" for nothing. NULL: nothing about any. */
    void (*deviation)(void *context, const struct deviation *deviation, char *text, size_t size);
    void *context;
    const char *(*task)(uint32_t task); /* the name of such a task, "dpc" for "dpc#5"; NULL: "task#5" */
};

/* For replay_remarks.task: the names of the last execution; NULL for a task that it did not have. */
const char *replay_task_name(uint32_t task);

/* The text, to be freed by the caller, or NULL when there is no memory. `remarks` and `size` may be NULL. */
char *replay_text(const struct replay *replay, const struct replay_remarks *remarks, size_t *size);

/* Prints the text. False when the stream fails. */
bool replay_print(const struct replay *replay, const struct replay_remarks *remarks, FILE *stream);

/* Saves the text in a file, as replay_replace_file() does. */
bool replay_save(const struct replay *replay, const struct replay_remarks *remarks, const char *path,
                 struct replay_error *error);

/*
 * Makes `path` a file of these bytes: at any moment, also if the process or the machine dies, it is either what it was before
 * or complete.
 */
bool replay_replace_file(const char *path, const void *bytes, size_t size, struct replay_error *error);

/* The value of a setting as a configuration writes it: "checked", "2". */
void replay_setting_text(const struct setting *setting, uint32_t value, char *text, size_t size);

/* A task as a schedule writes it, with the names of the last execution: "io", "dpc#5". */
void replay_task_text(const struct program *program, uint32_t task, char *text, size_t size);

/* A deviation as a schedule writes it, likewise: "io@4 -> pnp". */
void replay_deviation_text(const struct program *program, const struct deviation *deviation, char *text, size_t size);

/* --------------------------------------------------------------------------------------------------------- running -- */

enum replay_outcome {
    REPLAY_AS_EXPECTED,   /* what is expected came; or nothing is expected and the schedule could be followed */
    REPLAY_OTHER_FINDING, /* a finding, but not the expected one */
    REPLAY_CLEAN,         /* a finding was expected and none came */
    REPLAY_DIVERGED,      /* the schedule could not be followed: file and code disagree */
    REPLAY_OUTCOMES
};

/* "as-expected", "other-finding", "clean", "diverged". */
const char *replay_outcome_name(enum replay_outcome outcome);

struct replay_result {
    struct verdict verdict; /* of the execution; after a divergence it went on with the default choices */
    enum replay_outcome outcome;
    uint32_t diverged_at; /* REPLAY_DIVERGED: the first deviation of the schedule that could not be followed */
};

/*
 * Executes the replay once; `mode` as for harness_execute(). Allocates nothing. Afterwards scheduler_schedule() and
 * scheduler_trace() tell the rest.
 */
void replay_run(const struct replay *replay, unsigned mode, struct replay_result *result);

/*
 * Says in words where file and code part: which deviation, what happened there instead. Executes the replay again, recording,
 * so that the trace afterwards shows it; the result must be that of a run that diverged.
 */
void replay_explain_divergence(const struct replay *replay, const struct replay_result *result, char *text, size_t size);

/* ------------------------------------------------------------------------------------------------------ minimising -- */

/* How simple a replay is: what counts more stands first. */
struct replay_size {
    uint32_t tasks;
    uint32_t operations;
    uint32_t preemptions; /* deviations that take the processor from a task that could have gone on */
    uint64_t values;      /* distance of arguments and settings from their standard and smallest values, added up */
    uint32_t deviations;
};

struct replay_progress {
    uint64_t executions;
    struct replay_size size;   /* of the best so far */
    const struct replay *best; /* may be saved; valid during the call */
    bool improved;             /* the best is a new one; otherwise a sign of life */
};

struct replay_minimise_options {
    uint64_t execution_limit; /* after about so many the best so far is returned (0: no limit) */
    void (*progress)(void *context, const struct replay_progress *progress); /* or NULL */
    void *context;
    const volatile sig_atomic_t *cancel; /* when it becomes non-zero the best so far is returned; or NULL */
    /*
     * Goes over to points=sync where the finding shows that way too: a schedule that counts synchronisation alone fits a
     * program however it was compiled. But the plain accesses are then not among the steps that are told.
     */
    bool portable;
};

struct replay_minimised {
    bool minimal;        /* no task, operation or deviation can be dropped; false when cancelled or at the limit */
    uint64_t executions; /* how many it took */
    struct replay_size before, after;
    struct verdict verdict; /* of the smallest one */
};

/*
 * Makes the replay as simple as possible while it shows the same finding (identifier and routine): removes tasks, operations
 * and deviations, merges tasks, brings arguments and settings to their standard values. The schedule may become another one:
 * where the old one does not fit a smaller program, one with few preemptions is searched. Ends at a local minimum: dropping any
 * single task, operation or deviation loses the finding, or leaves one that is its caller's fault. The same input gives the
 * same result.
 *
 * The replay that was read need not be in step with the code, as long as it still shows a finding; if it expects one it must be
 * that one. On success it expects the finding. False when there is nothing to minimise: the replay is unchanged.
 */
bool replay_minimise(struct replay *replay, const struct replay_minimise_options *options, struct replay_minimised *result,
                     struct replay_error *error);

#endif
