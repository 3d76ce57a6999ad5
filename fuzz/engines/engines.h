/* engines.h - what the external engines share: where their programs are, a child process, and a place to work in. */
#ifndef FUZZ_ENGINES_H
#define FUZZ_ENGINES_H

#include "../folder.h"

#include <sys/types.h>

enum { ENGINE_PATH_SIZE = 4096, ENGINE_ARGUMENT_LIMIT = 32, ENGINE_WORD_SIZE = 4200 };

/* ------------------------------------------------------------------------------------------------------- programs -- */

/*
 * Finds a program of ours: in the folder REMLOCK_ENGINE_DIR, beside this executable, where a build or an installation puts it
 * relative to that, and on PATH.
 */
bool locate_own(const char *name, char *path, size_t size);

/* Finds somebody else's program on PATH. */
bool locate_foreign(const char *name, char *path, size_t size);

/* "remlock-fuzz-lock" for the subject "lock:...", with an ending. */
void locate_target_name(const struct subject *subject, const char *ending, char *name, size_t size);

/* ------------------------------------------------------------------------------------------------------ processes -- */

/* The words of a command line, and variables to set for it ("NAME=VALUE"). */
struct command {
    char words[ENGINE_ARGUMENT_LIMIT][ENGINE_WORD_SIZE];
    uint32_t word_count;
    char variables[ENGINE_ARGUMENT_LIMIT][ENGINE_WORD_SIZE];
    uint32_t variable_count;
};

void command_word(struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
void command_variable(struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * A child whose output is read line by line. It gets a process group of its own, and ends with this process, with all of its
 * own children: `process` is its guardian, which sees to that and ends as the child did.
 */
struct child {
    pid_t process;
    int output;
    int status; /* as of waitpid(), when it has ended */
    bool ended;
    char line[1024]; /* the beginning of the one that is being read */
    size_t line_length;
    char last_lines[2048]; /* for messages */
};

bool child_start(struct child *child, const struct command *command, const struct fuzz_options *options, char *message,
                 size_t message_size);

/* Reads what there is, waiting at most so long for something; calls `take` for each line. Notices the end of the child. */
void child_read(struct child *child, uint32_t milliseconds, void (*take)(const char *line, void *context), void *context);

/* Asks it to end, then makes it. */
void child_stop(struct child *child);

/*
 * What a guardian does, in a process that was forked from `parent`: starts a child that calls `become`, which does not return,
 * with the guardian as its parent; kills all that comes of it when it has ended or `parent` has. Closes its own `output`.
 */
_Noreturn void guardian_run(pid_t parent, int output, void (*become)(void *context, pid_t parent), void *context);

/* ----------------------------------------------------------------------------------------------------- a work place -- */

/*
 * A folder of its own for one run of an engine: engines write files in pieces, so nothing of theirs reaches the user's folders
 * but whole, checked and under our names.
 */
struct workplace {
    const struct fuzz_campaign *campaign;
    struct fuzz_options options; /* the campaign's, with the replay folder below */
    char folder[ENGINE_PATH_SIZE];
    char replays[ENGINE_PATH_SIZE + 16];   /* REMLOCK_REPLAY_DIR of the engine */
    char artifacts[ENGINE_PATH_SIZE + 16]; /* raw inputs that led to findings */
    char inputs[ENGINE_PATH_SIZE + 16];    /* what the engine starts from */
    char corpus[ENGINE_PATH_SIZE + 96];    /* where the engine keeps its inputs */
    int owner;                             /* open and locked as long as somebody works here (sweep.c) */
    struct fuzz_progress progress;
    double started, last_report, last_import;
    char seen[256][256]; /* names of replay files already told */
    uint32_t seen_count;
    struct folder_seen taken;        /* names of inputs already brought out */
    bool fed;                        /* the engine gets the shared corpus in another way than among its inputs */
    void (*exchange)(void *context); /* now and then; NULL: never */
};

bool workplace_open(struct workplace *workplace, const struct fuzz_campaign *campaign, char *message, size_t message_size);
void workplace_close(struct workplace *workplace);

/* Puts the inputs of the campaign's folders and some generated ones into workplace->inputs. */
bool workplace_prepare_inputs(struct workplace *workplace, char *message, size_t message_size);

/*
 * Runs the child to its end: calls `take` for each line that it says, collects findings and inputs, reports progress, stops it
 * at the first finding when asked for and when the stop flag is set or the time is over.
 */
void workplace_attend(struct workplace *workplace, struct child *child, void (*take)(const char *line, void *context),
                      void *context);

/* Removes a folder with everything in it. */
void sweep_remove(const char *folder);

/* Removes the folders in `parent` with names that begin so and whose owners have ended. */
void sweep_folders(const char *parent, const char *prefix);

/* Makes this process the owner of the folder until it closes the result (-1 when the folder cannot be locked). */
int sweep_own(const char *folder);

/* -------------------------------------------------------------------------------------------------------- engines -- */

bool libfuzzer_available(const struct subject *subject, char *message, size_t message_size);
bool libfuzzer_run(const struct fuzz_campaign *campaign, struct fuzz_progress *result, char *message, size_t message_size);
bool afl_available(const struct subject *subject, char *message, size_t message_size);
bool afl_run(const struct fuzz_campaign *campaign, struct fuzz_progress *result, char *message, size_t message_size);

#endif
