/*
 * harness.h - one execution: a program, run on a subject, judged by oracles.
 *
 * A subject is the code under test with the operations that it understands. A program is what is asked of it: tasks, each a
 * sequence of operations. A scenario is a subject, a configuration and a program. Running a scenario under a strategy is an
 * execution and yields a verdict: clean, or a finding.
 *
 * Everything above this room (generator, mutators, replay files, minimiser, reports) knows subjects through this header alone:
 * names, tables of operations and settings, and a few functions.
 */
#ifndef REMLOCK_HARNESS_H
#define REMLOCK_HARNESS_H

#include <remlock/scheduler.h>

/* --------------------------------------------------------------------------------------------------------- limits -- */

enum {
    PROGRAM_TASK_LIMIT = 12,       /* tasks in a program */
    PROGRAM_OPERATION_LIMIT = 192, /* operations in a program, over all tasks */
    PROGRAM_NAME_SIZE = 16,        /* bytes of a task's name with its terminator */
    OPERATION_ARGUMENT_LIMIT = 3,
    CONFIGURATION_LIMIT = 24, /* settings, the harness's own and the subject's together */
};

/* -------------------------------------------------------------------------------------------------------- programs -- */

/* An operation of a program: a row of the subject's table, with its arguments. */
struct program_operation {
    uint8_t code;                                 /* index into subject->operations */
    uint32_t arguments[OPERATION_ARGUMENT_LIMIT]; /* beyond those of the operation: 0 */
};

struct program_task {
    char name[PROGRAM_NAME_SIZE]; /* a letter, then letters, digits, '-' and '_'; unique in the program */
    uint16_t first, count;        /* its operations in program.operations; tasks follow one another without gaps */
};

struct program {
    uint32_t task_count;
    uint32_t operation_count;
    struct program_task tasks[PROGRAM_TASK_LIMIT];
    struct program_operation operations[PROGRAM_OPERATION_LIMIT];
};

/* Editing, each keeping the program valid. False when a limit would be passed or the place does not exist. */
bool program_add_task(struct program *program, const char *name);
bool program_append(struct program *program, uint32_t task, struct program_operation operation);
bool program_insert(struct program *program, uint32_t task, uint32_t position, struct program_operation operation);
bool program_remove_operation(struct program *program, uint32_t task, uint32_t position);
bool program_remove_task(struct program *program, uint32_t task);
bool program_equal(const struct program *one, const struct program *other);

struct subject;

/* Writes an operation as programs show it ("acquire A lock1"); returns its length as snprintf does. */
int operation_format(const struct subject *subject, const struct program_operation *operation, char *text, size_t size);

/* --------------------------------------------------------------------------------------------------- configuration -- */

/* A knob. Its value is an index into `words`, or, without words, a number from minimum to maximum. */
struct setting {
    const char *name;
    const char *summary;
    const char *const *words; /* NULL-ended, or NULL */
    uint32_t minimum, maximum;
    uint32_t standard; /* the value when nothing is said; settings at their standard value are not written */
};

/* Settings that every subject has; a subject's own follow at SETTING_SUBJECT. */
enum {
    SETTING_MEMORY,              /* memory=sc */
    SETTING_POINTS,              /* points=sync|all: whether plain accesses are scheduling points as well */
    SETTING_ALLOCATION_FAILURES, /* allocation-failures=no|yes: whether allocations may fail by choice */
    SETTING_BLAME,               /* blame=all|lock: lock: what the lock rightly says of its callers is no finding */
    SETTING_STEPS,               /* steps=N: the step limit of an execution */
    SETTING_LOOKAHEAD, /* lookahead=no|yes|begins: new tasks run to their first scheduling point; begins: that is their
                          begin, so that what they do before the next one has its place in the schedule as well */
    SETTING_RACES,     /* races=off|nt|c11: what counts as a data race */
    SETTING_SUBJECT,
};

enum { POINTS_SYNC, POINTS_ALL };
enum { LOOKAHEAD_NO, LOOKAHEAD_YES, LOOKAHEAD_BEGINS };
enum { BLAME_ALL, BLAME_LOCK };

struct configuration {
    uint32_t values[CONFIGURATION_LIMIT];
};

/* -------------------------------------------------------------------------------------------------------- subjects -- */

enum argument_style {
    ARGUMENT_NUMBER, /* written as a number, behind `prefix` when there is one: "lock1" */
    ARGUMENT_LETTER, /* written as a capital letter: 0 is A */
    ARGUMENT_WORD,   /* written as one of `words` */
    ARGUMENT_HEX,    /* written in base 16: 0x222003 */
};

struct argument {
    const char *name; /* for --help and messages: "tag" */
    enum argument_style style;
    uint32_t minimum, maximum;
    uint32_t standard; /* trailing arguments at their standard value are not written (only when `optional`) */
    bool optional;
    const char *prefix;       /* ARGUMENT_NUMBER, or NULL */
    const char *const *words; /* ARGUMENT_WORD: NULL-ended; maximum is their number - 1 */
    /* Values in range that mean something to the subject, the plainest first: most random values are among these. Or none. */
    const uint32_t *suggestions;
    uint32_t suggestion_count;
};

/* Where an operation runs, handed to its function. */
struct operation_call {
    uint32_t task;     /* index into program.tasks */
    uint32_t position; /* index of the operation in its task */
    const uint32_t *arguments;
    const char *task_name;
};

/* One row of a subject's table. To add an operation: write its function in the subject's room and its row in the table. */
struct operation {
    const char *name;
    const char *summary;
    uint32_t argument_count;
    struct argument arguments[OPERATION_ARGUMENT_LIMIT];
    uint32_t weight; /* how often the generator uses it, relative to the others; 0: only the subject's own generate() does */
    bool misuse;     /* only a broken caller does this: generated only on request */
    void (*run)(const struct operation_call *call);
};

struct scenario;
struct generator;

struct subject {
    const char *name;    /* "lock", "lock:p02-signal-on-every-release" */
    const char *summary; /* one line */
    const char *story;   /* a paragraph: what the bug is, how it shows, where it was seen; NULL for what is correct */
    bool correct;        /* known to be correct: a finding that is not its caller's fault would be a bug of ours */
    bool weak_memory;    /* its bug cannot show under memory=sc */
    bool needs_misuse;   /* its bug shows only when a caller errs: its generate() uses misuse without being asked */
    const struct operation *operations;
    uint32_t operation_count;
    const struct setting *settings; /* its own ones */
    uint32_t setting_count;
    uint32_t judging; /* bits by their index: those that decide what is a finding, which no fuzzer's input varies */
    bool tells_state; /* all static memory that its executions depend on is declared by SCHEDULER_STATE() */
    uint32_t varying; /* likewise: those of which `verify --all-programs` tries every value */

    /* What helps to guess schedules for it; all may be 0. */
    bool chooses;              /* its world makes choices of the kinds device and fault */
    uint32_t started_tasks;    /* about so many tasks are started beside those of the program */
    uint32_t operation_points; /* about so many scheduling points are in an operation */

    bool plain_points;   /* points=all is its standard: plain accesses are how its tasks communicate */
    bool fixed_program;  /* generate() always makes the same program, and no other one means anything */
    uint32_t fair_steps; /* so long it may go on after its step limit under a fair schedule (0: as many steps again) */

    /* Before the tasks start: builds the world of one execution. Everything it allocates comes from the arena. */
    void (*begin)(const struct subject *subject, const struct scenario *scenario);
    /*
     * Or NULL: the body of a task called "system" that runs beside the program's. Those are held until it calls
     * harness_start_tasks(); it can wait for their end by harness_wait_for_tasks(). For worlds that are built, and taken
     * down, by code under test.
     */
    void (*conduct)(void);
    /* Or NULL: a task of the program has done its last operation. */
    void (*task_ends)(uint32_t task);
    /* After all tasks have ended: judges what is left. Reports by harness_report(). */
    void (*end)(const struct scenario *scenario);
    /* Or NULL: no task can run; true when the world outside has made one able to (the user pulls the device). */
    bool (*idle)(void);
    /* No task can run, and that is for good: may report something better than "deadlock". */
    void (*stuck)(void);
    /* Whether in this execution a caller did, or left undone, what only a broken one does; blame=lock excuses the rest. */
    bool (*caller_erred)(void);
    /* Or NULL: a more telling identifier for what was found, out of the catalogue; NULL: there is none; "": it is nothing. */
    const char *(*refine)(const struct violation *violation);
    /* Writes a name for an address ("lock0.IoCount"), or nothing when it knows none. Works until the next execution. */
    void (*describe)(const void *address, char *text, size_t size);
    /* Writes who holds what at this moment, a line each, for deadlock reports. */
    void (*holders)(char *text, size_t size);
    /* Fills configuration and program with a valid random scenario. */
    void (*generate)(const struct subject *subject, struct scenario *scenario, struct generator *generator);
    const void *context; /* the subject's own */
};

/*
 * All built-in subjects, in the order of the catalogue. Those that are loaded when they are needed have only name, summary,
 * story and `correct` until then, and no operations: subject_open() gives the whole one.
 */
uint32_t subject_count(void);
const struct subject *subject_at(uint32_t index);

enum {
    SUBJECT_NAME_LIMIT = 512,    /* bytes of a subject's name, the path of a driver say, without its terminator */
    SUBJECT_PROBLEM_SIZE = 1024, /* bytes that hold every message of subject_open() */
};

/*
 * The subject of that name, ready to be used. "lock:p02" is enough for "lock:p02-signal-on-every-release"; a path (whatever has
 * a '/' or ends in ".so") is that of a driver that was built, relative to the current folder. The same name gives the same
 * subject; it lives as long as the process. NULL, with a message that says what would be right, otherwise.
 */
const struct subject *subject_open(const char *name, char *problem, size_t size);

/* The same for those who need no message. */
const struct subject *subject_find(const char *name);

/* Where subjects of the catalogue are loaded from, "" when there is no such folder; REMLOCK_DRIVERS in the environment says it.
 */
const char *subject_folder(void);

/* Whether a subject's name is a path. */
bool subject_is_path(const char *name);

/* The name that is nearest to a misspelt one, or NULL when none is near: `name_at` returns NULL behind the last one. */
const char *nearest_name(const char *misspelt, const char *(*name_at)(const void *context, uint32_t index),
                         const void *context);

/* A subject's setting by index (0 .. subject_setting_count - 1), the harness's own ones first. */
const struct setting *subject_setting(const struct subject *subject, uint32_t index);
uint32_t subject_setting_count(const struct subject *subject);

/* The standard configuration of a subject. */
struct configuration configuration_standard(const struct subject *subject);

/* The index of the operation called `name`, or -1. */
int32_t subject_operation(const struct subject *subject, const char *name);

/* ------------------------------------------------------------------------------------------------------- scenarios -- */

struct scenario {
    const struct subject *subject;
    struct configuration configuration;
    struct program program;
};

/* Brings every value of a scenario into its allowed range; afterwards it can be executed whatever it held before. */
void scenario_clamp(struct scenario *scenario);

/* ------------------------------------------------------------------------------------------------------- generator -- */

/* A small seeded generator of random numbers (splitmix64; Steele, Lea and Flood, OOPSLA 2014) and what may be generated. */
struct generator {
    uint64_t state;
    bool misuse;                        /* also operations that only a broken caller does */
    uint32_t task_limit;                /* at most this many tasks (0: the generator's own taste) */
    struct configuration fixed;         /* values to keep ... */
    bool is_fixed[CONFIGURATION_LIMIT]; /* ... where this is set */
};

uint64_t generator_next(struct generator *generator);
uint32_t generator_below(struct generator *generator, uint32_t limit); /* 0 .. limit - 1; limit > 0 */
bool generator_chance(struct generator *generator, uint32_t one_in);

/* A random argument in range. */
uint32_t generator_argument(struct generator *generator, const struct argument *argument);

/* A random valid scenario for the subject. */
void generator_scenario(struct generator *generator, const struct subject *subject, struct scenario *scenario);

/* -------------------------------------------------------------------------------------------------------- findings -- */

/* A row of the catalogue; docs/findings.md is printed from it. */
struct finding {
    const char *identifier;
    const char *meaning; /* what went wrong, one sentence */
    const char *windows; /* what Windows would do or say: bug check and code, verifier rule, or nothing */
    const char *remedy;  /* how to fix it, one or two sentences */
    const char *example; /* a subject of ours that shows it, or something very much like it; NULL: none */
};

extern const struct finding findings[]; /* ended by an entry without identifier */
const struct finding *finding_find(const char *identifier);

/* -------------------------------------------------------------------------------------------------------- verdicts -- */

struct verdict {
    const struct finding *finding; /* NULL: clean */
    bool excused;                  /* clean only because a caller is to blame and blame=lock */
    char routine[64];              /* the routine in which it happened: with the identifier, the finding's identity */
    char message[512];             /* one sentence, with the details of this execution */
    char holders[1024];            /* the holder table at that moment, "" when nothing was held */
    uint8_t task;                  /* who did it, or SCHEDULER_NO_TASK */
    uintptr_t site;
    const void *object;
    struct violation_access other; /* of a data race: the earlier access; otherwise its task is SCHEDULER_NO_TASK */
    struct violation_access own;   /* and the later one */
    uint64_t hash;                 /* of the trace */
    uint32_t steps;
    uint32_t operations; /* of the program that were begun */
    bool abandoned;      /* given up by the strategy or the code under test: neither clean nor a finding */
    uint32_t left_out;   /* of these: came to nothing, because there was nothing that they could be done to */
};

/* Same identifier, same routine. */
bool verdict_same_finding(const struct verdict *one, const struct verdict *other);

enum harness_mode {
    HARNESS_PLAIN = 0,
    HARNESS_RECORD = 1,   /* keep the trace and all stacks */
    HARNESS_FEEDBACK = 2, /* feed scheduler_feedback */
    HARNESS_HASH = 4,     /* fill verdict.hash (always filled when recording or when there is a finding) */
};

/*
 * Runs the scenario once. `mode` is a set of enum harness_mode. The scenario must have been clamped (generator, replay reader
 * and fuzz decoder do that). Afterwards scheduler_schedule(), scheduler_trace() and scheduler_feedback tell the rest. On
 * return verdict->finding tells; the texts are filled only when there is a finding.
 */
void harness_execute(const struct scenario *scenario, struct strategy *strategy, unsigned mode, struct verdict *verdict);

/*
 * Runs the schedule of the execution that just ended once more and compares the traces. Returns true when they agree; otherwise
 * fills `verdict` with the finding "nondeterminism". `first` is the verdict of the first run.
 */
bool harness_check_determinism(const struct scenario *scenario, const struct verdict *first, struct verdict *verdict);

/*
 * For subjects: ends the execution with a finding of the catalogue. From a task does not return.
 *
 * What a subject's operations do shows in traces as notes: "> acquire A" when one begins, "< acquire A: refused" when it ends.
 */
void harness_report(const char *identifier, const void *object, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* For subjects: the same for what a caller, not the lock, did wrong; with blame=lock it ends the execution as clean. */
void harness_report_caller(const char *identifier, const void *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * For subjects with locks, when the execution records: `acquisition` (compared, never looked at) is held from now on, or no
 * longer. `tag` and `site` say what it was acquired for and where.
 */
void harness_held(const void *lock, const void *acquisition, uint32_t task, const char *tag, uintptr_t site);
void harness_given_back(const void *lock, const void *acquisition);

/* A change of who holds what, in the last execution that recorded. */
struct harness_holding {
    uint32_t event; /* so many events of the trace came before */
    bool held;      /* false: given back */
    uint8_t task;   /* who acquired */
    const void *lock;
    const void *shadow; /* that a verifier kept of it then, or NULL */
    const void *acquisition;
    char tag[64];
    uintptr_t site; /* 0: unknown */
};

/* In the order in which they happened; too many are cut off. */
uint32_t harness_holdings(const struct harness_holding **holdings);

/* For subjects, from an operation's function: it did not happen (no device, no open handle, a state that does not allow it). */
void harness_leave_out(void);

/* For conduct(): lets the program's tasks run, and waits until they have ended. */
void harness_start_tasks(void);
void harness_wait_for_tasks(void);

/* For subjects: ends the execution as clean. From a task does not return. */
void harness_end_clean(void);

/* The same, where nobody is to be excused: all that there was to do has been done, and the tasks that are left do not matter.
 */
void harness_end_early(void);

/* The scenario that is being executed, or was last. */
const struct scenario *harness_scenario(void);

/* A name for an address of the last execution: the subject's, else the allocation's kind and offset, else nothing. */
void harness_describe(const void *address, char *text, size_t size);

#endif
