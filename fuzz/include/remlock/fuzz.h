/*
 * fuzz.h - from bytes to executions, and from executions to new bytes.
 *
 * An input is a scenario and the schedule that is proposed for it. This room writes inputs as few bytes, reads any bytes as an
 * input, changes and crosses inputs in ways that keep them meaningful, runs them, and has the engines that do all this over
 * and over: one of our own (fuzz_builtin), libFuzzer and AFL++.
 *
 *     struct fuzz_options options = fuzz_options_standard(subject_find("lock"));
 *     fuzz_load(bytes, size, options.subject, &input);
 *     fuzz_fit(&input, &options);
 *     if (fuzz_run(&input, 0, &options, &verdict))
 *         ...  verdict.finding, and scheduler_schedule() is the schedule that shows it
 *
 * docs/fuzzing.md describes the bytes, the engines and how to add a target.
 */
#ifndef REMLOCK_FUZZ_H
#define REMLOCK_FUZZ_H

#include <remlock/harness.h>
#include <remlock/replay.h>

#include <signal.h>

/* --------------------------------------------------------------------------------------------------------- inputs -- */

enum {
    FUZZ_FORMAT = 0xF1,                               /* first byte of an input in the first version of the format */
    FUZZ_FORMAT_NAMED = 0xF2,                         /* of one that names its subject in full */
    FUZZ_DEVIATION_LIMIT = SCHEDULER_DEVIATION_LIMIT, /* deviations in an input */
    FUZZ_INPUT_LIMIT = 80 * 1024,                     /* no encoding is longer */
};

/*
 * A decoded input. The schedule is a proposal: deviations that the program does not come to, or that are impossible there, are
 * skipped when it runs (see fuzz_strategy), so that changing one operation does not spoil the rest.
 */
struct fuzz_input {
    struct scenario scenario;
    uint32_t deviation_count;
    struct deviation deviations[FUZZ_DEVIATION_LIMIT];
};

/* Copies what is in use; the structures are too large to be assigned a million times a second. */
void fuzz_copy(struct fuzz_input *to, const struct fuzz_input *from);
bool fuzz_equal(const struct fuzz_input *one, const struct fuzz_input *other);

/*
 * Reads any bytes as an input for `subject`: there is no malformed input, and the scenario is valid. Truncated, changed and
 * joined inputs stay similar to what they came from.
 */
void fuzz_decode(const uint8_t *bytes, size_t size, const struct subject *subject, struct fuzz_input *input);

/* Writes an input; fuzz_decode() of the result gives exactly it. Returns the size, or 0 when `capacity` is too small. */
size_t fuzz_encode(const struct fuzz_input *input, uint8_t *bytes, size_t capacity);

/* The same with the subject's name in full: a number says nothing of a driver outside the catalogue. */
size_t fuzz_encode_named(const struct fuzz_input *input, uint8_t *bytes, size_t capacity);

/* The subject an encoded input was made for, or NULL when the bytes name none that is known. */
const struct subject *fuzz_subject_of(const uint8_t *bytes, size_t size);

/* Whether the bytes begin like the text of a replay file. */
bool fuzz_is_text(const uint8_t *bytes, size_t size);

/* What the bytes are: "text", "F1", "F2", or "unversioned" for those that are an input only because any bytes are. */
const char *fuzz_format_of(const uint8_t *bytes, size_t size);

/* As fuzz_decode, but bytes that are a well-formed replay file are read as such: seeds may be text. */
void fuzz_load(const uint8_t *bytes, size_t size, const struct subject *subject, struct fuzz_input *input);

/* Between inputs and replays, without loss. A replay that was made expects nothing. False when it does not fit into memory. */
bool fuzz_from_replay(const struct replay *replay, struct fuzz_input *input);
bool fuzz_to_replay(const struct fuzz_input *input, struct replay *replay);

/* -------------------------------------------------------------------------------------------------------- options -- */

/* What to fuzz and how, for targets and engines alike. */
struct fuzz_options {
    const struct subject *subject;
    struct configuration fixed;         /* values to keep ... */
    bool is_fixed[CONFIGURATION_LIMIT]; /* ... where this is set */
    bool misuse;                        /* also operations that only a broken caller does */
    bool feedback;                      /* interleaving coverage */
    uint32_t schedules;                 /* schedules run per input: the proposed one, the others derived from the input */
    const char *replay_folder;          /* where findings are written as replay files; NULL: the current one */
};

/* How many schedules targets run per input when nobody says: engines that handle few inputs a second need more. */
enum { FUZZ_SCHEDULES_LIBFUZZER = 1, FUZZ_SCHEDULES_AFL = 64 };

struct fuzz_options fuzz_options_standard(const struct subject *subject);

/*
 * Sets one option by name: "subject", "config" (settings as in a replay file, "lock=checked memory=sc"; commas will do for
 * spaces), "misuse", "feedback" (yes or no), "schedules" (a number), "replay-dir". `value` is borrowed. False with a message
 * when name or value are wrong. Setting the subject forgets fixed settings.
 */
bool fuzz_options_set(struct fuzz_options *options, const char *name, const char *value, char *message, size_t message_size);

/* Those of REMLOCK_SUBJECT, _CONFIG, _MISUSE, _FEEDBACK, _SCHEDULES and _REPLAY_DIR that are set in the environment. */
bool fuzz_options_environment(struct fuzz_options *options, char *message, size_t message_size);

/* The same as environment for a child: puts the options into REMLOCK_... variables of this process. */
void fuzz_options_export(const struct fuzz_options *options);

/* ------------------------------------------------------------------------------------------------------ execution -- */

/* Brings an input within the options: fixed settings, no misuse unless asked for, the options' idea of what is a finding. */
void fuzz_fit(struct fuzz_input *input, const struct fuzz_options *options);

/*
 * A strategy that follows the deviations as far as they fit and decides as the default elsewhere. The result belongs to the
 * library; `deviations` is borrowed until the next call.
 */
struct strategy *fuzz_strategy(const struct deviation *deviations, uint32_t count);

/*
 * Runs an input: first the proposed schedule, then options->schedules - 1 others that are derived from `seed` (PCT, random
 * walks and the proposal with changes). Stops at the first finding and returns true; scheduler_schedule() is then the schedule
 * that shows it. With feedback, fuzz_counters holds what all of them touched.
 */
bool fuzz_run(const struct fuzz_input *input, uint64_t seed, const struct fuzz_options *options, struct verdict *verdict);

/* A seed that depends on the bytes and nothing else. */
uint64_t fuzz_seed_of(const uint8_t *bytes, size_t size);

/*
 * Makes the finding that was just run into a replay: runs its schedule once more, recording, so that trace and texts are those
 * of the replay. False when the second run did not show the same: then verdict->message says why, and the finding becomes
 * "nondeterminism" unless the schedule was merely too long to be kept.
 */
bool fuzz_capture(const struct fuzz_input *input, struct verdict *verdict, struct replay *replay);

/*
 * Writes a captured finding into the folder (NULL: the current one) as IDENTIFIER-ROUTINE.replay, whole or not at all. `path`
 * receives the path. False with a message in `path` otherwise.
 */
bool fuzz_save_finding(const struct replay *replay, const struct verdict *verdict, const char *folder, char *path, size_t size);

/* -------------------------------------------------------------------------------------------------------- counters -- */

/* What engines see of an input: the scheduler's feedback, folded. Size and folding were chosen by measurement. */
enum { FUZZ_COUNTERS = 1024 };
extern uint8_t fuzz_counters[FUZZ_COUNTERS];

/* -------------------------------------------------------------------------------------------------------- mutation -- */

/*
 * Changes an input in one small way that keeps it valid: operations, tasks, arguments, settings or the schedule. What is done
 * follows from the generator's state alone. The result is within the options when the input was.
 */
void fuzz_mutate(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator);

/* Makes `input` a child of itself and `other`: tasks of both, or the program of one with the schedule of the other. */
void fuzz_cross(struct fuzz_input *input, const struct fuzz_input *other, const struct fuzz_options *options,
                struct generator *generator);

/* A new random input. */
void fuzz_generate(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator);

/*
 * The same on bytes, as the hooks of engines want it. The result is 1 to `capacity` bytes, and within the options unless the
 * capacity is too small for any program. `bytes` and `result` may be the same memory.
 */
size_t fuzz_mutate_bytes(const uint8_t *bytes, size_t size, uint8_t *result, size_t capacity,
                         const struct fuzz_options *options, uint64_t seed);

/*
 * The input behind the bytes that fuzz_mutate_bytes() or fuzz_cross_bytes() wrote last, when these are they: what fuzz_load()
 * and fuzz_fit() would give, sooner. False, and nothing done, for other bytes.
 */
bool fuzz_recall(const uint8_t *bytes, size_t size, const struct fuzz_options *options, struct fuzz_input *result);
size_t fuzz_cross_bytes(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size, uint8_t *result,
                        size_t capacity, const struct fuzz_options *options, uint64_t seed);

/*
 * Smaller inputs, one at a time: whole tasks first, then operations, then deviations. fuzz_trim_begin tells how many can be
 * tried at most; fuzz_trim_next makes the next candidate in trim->candidate (false: none left); fuzz_trim_keep accepts it.
 */
struct fuzz_trim {
    struct fuzz_input current, candidate;
    uint32_t stage, position, tried;
};

uint32_t fuzz_trim_begin(struct fuzz_trim *trim, const struct fuzz_input *input);
bool fuzz_trim_next(struct fuzz_trim *trim);
void fuzz_trim_keep(struct fuzz_trim *trim);

/* One line about an input, for file names: "3-tasks-7-operations-2-deviations". */
void fuzz_describe(const struct fuzz_input *input, char *text, size_t size);

/* -------------------------------------------------------------------------------------------------------- corpora -- */

enum fuzz_outcome {
    FUZZ_UNMEASURED,
    FUZZ_CLEAN,   /* ran */
    FUZZ_FINDING, /* ran, and showed a finding: engines cannot start from it */
    FUZZ_CRASHED, /* the process that ran it died */
    FUZZ_HUNG,    /* or had to be killed, because it did not go on */
    FUZZ_FOREIGN, /* no input: malformed text, or bytes that name no subject where none was told */
};

/* An input in a file, and what running it alone touches. */
struct fuzz_specimen {
    char *path;
    uint8_t *bytes;
    size_t size;
    const struct subject *subject;
    enum fuzz_outcome outcome;
    char remark[256];   /* the finding, or what is wrong */
    uint16_t *counters; /* of the scheduler's, in order */
    uint32_t count;
    bool kept;
};

/* All zeroes is empty; release it with fuzz_corpus_free(). */
struct fuzz_corpus {
    struct fuzz_specimen *specimens;
    uint32_t count, room;
};

/*
 * Adds a file, or all files of a folder and the folders in it, by name; hidden ones and README files are passed over. They are
 * inputs of `subject`, or of what they say themselves when that is NULL. False with a message when something cannot be read.
 */
bool fuzz_corpus_add(struct fuzz_corpus *corpus, const char *path, const struct subject *subject, char *message,
                     size_t message_size);
void fuzz_corpus_free(struct fuzz_corpus *corpus);

/*
 * Writes an input into a folder, whole or not at all; a file of that name that is there stays as it is. Unlike
 * replay_replace_file() it does not wait for the disk, which takes too long for thousands of inputs that can be found again.
 */
bool fuzz_corpus_write(const char *folder, const char *name, const uint8_t *bytes, size_t size, char *message,
                       size_t message_size);

/* How a corpus is measured. */
struct fuzz_measurement {
    bool misuse;                                                       /* also operations that only a broken caller does */
    double patience;                                                   /* seconds for one input, 0: 30 */
    const volatile sig_atomic_t *stop;                                 /* NULL: none */
    void (*on_progress)(uint32_t done, uint32_t count, void *context); /* NULL: none */
    void *context;
};

/*
 * Runs every input under the schedule that it proposes, in a process of its own that is started again when an input ends it.
 * False with a message when no process could be started or the stop flag was set.
 */
bool fuzz_corpus_measure(struct fuzz_corpus *corpus, const struct fuzz_measurement *how, char *message, size_t message_size);

/*
 * Chooses inputs that together touch every counter that any clean one touches: always the one that adds most, of these the
 * smallest, and none without which nothing would be missing. The choice depends on the set of inputs alone, not on the order or
 * the names; choosing from what was chosen changes nothing. Returns how many counters, each subject's for itself.
 */
uint32_t fuzz_corpus_choose(struct fuzz_corpus *corpus);

/* How many counters the clean inputs touch together, or the kept ones among them. */
uint32_t fuzz_corpus_coverage(const struct fuzz_corpus *corpus, bool kept);

/* -------------------------------------------------------------------------------------------------- builtin engine -- */

/* How a run of an engine stands. */
struct fuzz_progress {
    uint64_t executions;
    double seconds;    /* since the start, wall clock */
    double rate;       /* executions per second, lately */
    uint32_t coverage; /* interleaving counters ever touched */
    uint32_t inputs;   /* in the corpus */
    uint32_t findings; /* distinct */
};

/* A finding, the first of its identity in this run. */
struct fuzz_finding {
    const struct replay *replay; /* with its expectation; the schedule is complete but not minimised */
    const struct verdict *verdict;
    const char *path;    /* where an engine has written it, or NULL */
    uint64_t executions; /* how many it took */
};

/* What every engine wants to know. Callbacks may be NULL. */
struct fuzz_campaign {
    struct fuzz_options options;
    uint64_t seed;
    uint64_t execution_limit;          /* stop after so many (0: no limit) */
    double seconds;                    /* stop after so many (0: no limit) */
    bool stop_at_first;                /* stop at the first finding */
    const char *corpus_folder;         /* inputs are read from and kept in this folder, which must exist; NULL: nowhere */
    const char *seed_folder;           /* more inputs to start from; only read; NULL: none */
    const char *afl_folder;            /* where AFL++ keeps what outlives a run and its instances share; NULL: nowhere */
    const char *afl_instance;          /* the instance there: "main", "main-...", or another word for a secondary one */
    const volatile sig_atomic_t *stop; /* set by a signal handler to end the run; NULL: none */
    void (*on_progress)(const struct fuzz_progress *progress, void *context); /* about once a second */
    void (*on_finding)(const struct fuzz_finding *finding, void *context);
    void *context;
};

/*
 * Fuzzes in this process until a limit, the stop flag or, when asked for, a finding. With an execution limit and no time limit
 * the run depends on seed, options and the inputs it starts from alone; with a time limit it also tries, now and then, what
 * others have put into the corpus folder. False with a message when a folder cannot be used.
 */
bool fuzz_builtin(const struct fuzz_campaign *campaign, struct fuzz_progress *result, char *message, size_t message_size);

/* ------------------------------------------------------------------------------------------------ external engines -- */

enum fuzz_engine { FUZZ_ENGINE_BUILTIN, FUZZ_ENGINE_LIBFUZZER, FUZZ_ENGINE_AFL, FUZZ_ENGINES };

/* "builtin", "libfuzzer", "afl++"; and back: -1 for another word. */
const char *fuzz_engine_name(enum fuzz_engine engine);
int fuzz_engine_find(const char *name);

/*
 * Whether the engine can run here for this subject: the programs it needs are looked for beside this executable, then on PATH.
 * False with a message that says what is missing and how to get it.
 */
bool fuzz_engine_available(enum fuzz_engine engine, const struct subject *subject, char *message, size_t message_size);

/*
 * Whether an instance of AFL++ may be called so: 1 to 32 letters, digits, '-' and '_'. Names with a number at the end differ in
 * their settings: how many schedules an input runs, which inputs are preferred, who changes them.
 */
bool fuzz_afl_instance_valid(const char *name);

/*
 * Runs an engine to its end; the external ones as a child that is stopped together with this run, and that ends with this
 * process however it ends: a guardian in between kills what is left. Findings are the replay
 * files they leave. False with a message when it could not be run.
 */
bool fuzz_engine_run(enum fuzz_engine engine, const struct fuzz_campaign *campaign, struct fuzz_progress *result, char *message,
                     size_t message_size);

#endif
