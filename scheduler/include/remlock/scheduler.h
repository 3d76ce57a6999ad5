/*
 * scheduler.h - runs C code under a schedule that somebody else decides.
 *
 * An execution is a set of tasks. Each task is a fiber; exactly one of them runs at any moment, and the processor changes hands
 * only at scheduling points: before every atomic operation, every volatile access and every call of the modelled environment.
 * Between two scheduling points a task runs alone, so an execution is determined by the choices made at its points and by
 * nothing else: memory comes from an arena at a fixed address, time is virtual, and nothing survives from one execution to the
 * next.
 *
 * Code under test is ordinary C, compiled with -fsanitize=thread and linked against the __tsan_* entry points of this library
 * (instrumentation.c) in place of the compiler's runtime. The environment it lives in (locks, events, a kernel) is ordinary
 * uninstrumented C that calls scheduler_call() and scheduler_wait().
 *
 * One execution:
 *
 *     scheduler_reset(&options);
 *     scheduler_spawn("writer", write_something, &argument);
 *     scheduler_spawn("reader", read_something, &argument);
 *     outcome = scheduler_run(strategy);
 *
 * The library keeps one scheduler per process and is not thread safe: run several processes to use several processors. After
 * the first execution it neither allocates nor makes a system call while tasks run.
 *
 * Sources: controlled scheduling as in Musuvathi et al., "Finding and reproducing Heisenbugs in concurrent programs" (OSDI
 * 2008); sparse schedules as deviations from a deterministic default as in Emmi, Qadeer and Rakamaric, "Delay-bounded
 * scheduling" (POPL 2011).
 */
#ifndef REMLOCK_SCHEDULER_H
#define REMLOCK_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --------------------------------------------------------------------------------------------------------- limits -- */

enum {
    SCHEDULER_TASK_LIMIT = 255,        /* tasks in one execution */
    SCHEDULER_NO_TASK = 255,           /* "no task": the choice of the very first one is made by nobody */
    SCHEDULER_STACK_SIZE = 128 * 1024, /* bytes of stack per task, a guard page below */
    SCHEDULER_DEVIATION_LIMIT = 8192,  /* deviations one execution can record */
    SCHEDULER_STACK_DEPTH = 24,        /* call sites kept in a stack of the code under test */
    SCHEDULER_STEP_LIMIT = 20000,      /* default of scheduler_options.step_limit */
};

#define SCHEDULER_NEVER UINT64_MAX /* a deadline that never comes */

/* -------------------------------------------------------------------------------------------------------- choices -- */

/*
 * Everything the outside decides goes through one funnel. Alternative 0 is the default: the running task goes on, or, when it
 * cannot, the one that has waited longest; an allocation succeeds.
 */
enum choice_kind {
    CHOICE_TASK,       /* which task runs next */
    CHOICE_ALLOCATION, /* 0: the allocation succeeds, 1: it fails */
    CHOICE_DEVICE,     /* what the modelled hardware or another component does next; 0: its plainest way */
    CHOICE_FAULT,      /* 0: what was asked of the environment succeeds, 1 and up: a way in which it fails */
    CHOICE_MEMORY,     /* memory=c11: which store a load reads, 0: the newest; where a store goes among the others, 0: last */
    CHOICE_KINDS
};

/* The word for a kind in replay files and reports: "task", "allocation", "device", "fault", "memory". */
const char *choice_kind_name(enum choice_kind kind);

/* A choice that is to be made now. `alternatives` is at least 2. */
struct choice {
    uint8_t kind;    /* enum choice_kind */
    uint8_t task;    /* who stands at the point; SCHEDULER_NO_TASK before the first task runs */
    bool preemption; /* CHOICE_TASK: alternative 0 is the running task, so any other one preempts it */
    uint32_t point;  /* which point of that task, counted from 1; 0 before the first task runs */
    uint32_t alternatives;
    const uint8_t *tasks; /* CHOICE_TASK: the task behind each alternative */
};

/*
 * A choice that was not the default. A schedule is the list of an execution's deviations in the order in which they happened;
 * running the same program with the same list again is the same execution.
 */
struct deviation {
    uint8_t kind;   /* enum choice_kind */
    uint8_t task;   /* whose point; SCHEDULER_NO_TASK for the choice of the first task */
    uint8_t chosen; /* CHOICE_TASK: the task that ran instead; otherwise the alternative */
    uint32_t point; /* counted per task from 1 */
};

struct schedule {
    struct deviation *deviations;
    uint32_t count;
};

/* ----------------------------------------------------------------------------------------------------- strategies -- */

/*
 * What makes the choices. To add one: write strategies/NAME.c and put its line into the table in strategies.c.
 *
 * `begin` is called when an execution starts, `choose` for every choice and returns an alternative, `end` when the execution is
 * over; `end` returns false when there is nothing left to explore. All three run outside the tasks' view and may keep state in
 * the structure that embeds this one.
 */
struct strategy {
    const char *name;
    bool looks_ahead;  /* wants to know what each task does next: see scheduler_options.lookahead */
    bool logs_steps;   /* wants the log of steps and what each of them touched (scheduler/steps.h) */
    bool tells_states; /* asks for hashes of states (scheduler/states.h) */
    void (*begin)(struct strategy *strategy, uint32_t task_count);
    uint32_t (*choose)(struct strategy *strategy, const struct choice *choice);
    bool (*end)(struct strategy *strategy);
};

/* What `choose` may answer instead of an alternative: this execution leads to nothing new and is given up. */
#define STRATEGY_ABANDON UINT32_MAX

/* What strategies are made from; each reads the fields that concern it. */
struct strategy_options {
    uint64_t seed;             /* of those that sample */
    uint32_t depth;            /* pct: d, the number of ordering constraints aimed at (0: 3) */
    uint32_t length;           /* pct, random-delay: the steps of an execution (0: the longest one seen so far) */
    uint32_t delay_bound;      /* delay: the most delays in one execution; random-delay: how many (0: 2) */
    uint32_t preemption_bound; /* exhaustive, bounded: the most preemptions in one execution (UINT32_MAX: no bound) */
    bool commute;              /* dpor, bounded: atomic additions whose results nobody uses do not depend on each other */
    uint32_t part, parts;      /* of those that divide: only this share of the search, from 0; parts 0 or 1: all of it */
    const uint8_t *bytes;      /* bytes: borrowed until the next strategy_open */
    size_t byte_count;         /* bytes */
    struct schedule schedule;  /* replay: borrowed */
};

/* How far a strategy that runs out has come since it was opened. */
struct strategy_coverage {
    uint64_t executions; /* with a verdict */
    uint64_t abandoned;  /* given up: they would have led to nothing new */
    uint64_t states;     /* distinct ones that were seen, for a strategy that tells them apart */
    double explored;     /* share of the whole, 0 to 1, estimated from the branches known so far */
    bool bounded;        /* a bound on preemptions or delays left something out */
    bool truncated;      /* an execution was longer than what the strategy can reason about: nothing is proven */
};

struct strategy_description {
    const char *name;
    const char *summary; /* one line, for --help */
    struct strategy *(*open)(const struct strategy_options *options);
    bool explores;   /* makes schedules of its own, so it can be asked to look for findings */
    bool runs_out;   /* tries each schedule once; then `end` says that nothing is left */
    bool divides;    /* honours part and parts */
    bool uses_depth; /* which of the options it reads */
    bool uses_preemption_bound;
    bool uses_delay_bound;
    struct strategy_coverage (*coverage)(const struct strategy *strategy); /* of those that run out */
    bool (*save)(const struct strategy *strategy, int file);               /* or NULL: it cannot be taken up again */
    bool (*load)(struct strategy *strategy, int file);
};

/* All strategies, ended by an entry without a name. */
extern const struct strategy_description strategy_descriptions[];

/* The one called `name`, or NULL. */
const struct strategy_description *strategy_describe(const char *name);

/*
 * Opens the strategy called `name`, or returns NULL when there is none. The result belongs to the library and lives until the
 * same name is opened again.
 */
struct strategy *strategy_open(const char *name, const struct strategy_options *options);

/*
 * The replay strategy follows a schedule and notices when code and file disagree. After an execution,
 * strategy_replay_divergence() returns the index of the first deviation that could not be followed (its point was never
 * reached, or its task could not run there), or -1 when all of them were.
 */
int64_t strategy_replay_divergence(const struct strategy *strategy);

/* For direct use in loops that open it millions of times: points the replay strategy at another schedule, nothing else. */
struct strategy *strategy_replay(struct schedule schedule);

/* For direct use by fuzz targets: points the byte strategy at other bytes. Bytes that run out mean the default. */
struct strategy *strategy_bytes(const uint8_t *bytes, size_t count);

/*
 * Whether the code that called an atomic operation, and to which the operation returns at `site`, uses the result. Only the
 * machine code there can tell, and reading it needs more than this library has; without a callback every result counts as used.
 * The answer is asked for once and kept while the same image is watched: scheduler_watch_image(). Stays over resets.
 */
void scheduler_on_result_used(bool (*callback)(uintptr_t site));

/* All zero for strategies that do not run out. */
struct strategy_coverage strategy_coverage(const struct strategy *strategy);

/*
 * Writes what a strategy that runs out still has to do, between two executions, and takes it up again in another process that
 * runs the same code on the same program. `file` is a descriptor. `load` is called right after strategy_open() with the same
 * options. False with errno, or, from `load`, with errno 0 when the file is damaged or of another strategy.
 */
bool strategy_save(const struct strategy *strategy, int file);
bool strategy_load(struct strategy *strategy, int file);

/* ------------------------------------------------------------------------------------------------------ execution -- */

enum scheduler_outcome {
    SCHEDULER_FINISHED,  /* every task ran to its end */
    SCHEDULER_STOPPED,   /* a violation ended it: see scheduler_violation() */
    SCHEDULER_ABANDONED, /* given up by the strategy, or by scheduler_abandon(): it has no verdict */
};

struct scheduler_options {
    uint32_t step_limit;      /* steps before scheduling turns fair (0: the default) */
    uint32_t fair_steps;      /* so many more under a fair schedule before it is a livelock (0: as many again) */
    bool plain_points;        /* plain memory accesses are scheduling points as well (--points=all) */
    bool record;              /* keep every event for scheduler_trace(); also stacks of allocations and frees */
    bool feedback;            /* feed scheduler_feedback */
    bool allocation_failures; /* allocations by the code under test may fail, by choice */
    /*
     * Every task runs to its first scheduling point as soon as there is a choice, so that it is known of all of them what they
     * do next; and each task allocates from a part of the arena of its own, so that addresses do not depend on the schedule.
     * Without data races the executions are the same ones.
     */
    bool lookahead;
    bool log_steps;   /* keep the log of steps; as strategy.logs_steps asks */
    bool tell_states; /* keep stacks comparable; as strategy.tells_states asks */
    uint8_t memory;   /* enum scheduler_memory */
    uint8_t races;    /* enum scheduler_races */
};

/* What a load can read. */
enum scheduler_memory {
    MEMORY_SC,  /* sequential consistency: the last store */
    MEMORY_TSO, /* stores wait in a buffer of their task: x86 */
    MEMORY_C11, /* what C11 allows, without values out of thin air */
};

/* Which unordered accesses are a data race. */
enum scheduler_races {
    RACES_OFF,
    RACES_NT,  /* NT's practice: volatile accesses are atomic and order; a plain read beside atomic writes is none */
    RACES_C11, /* C11: one of the two is not atomic; volatile accesses are plain ones */
};

/* Forgets the last execution. Cost is proportional to what that one touched. */
void scheduler_reset(const struct scheduler_options *options);

/*
 * Adds a task that will run body(argument); returns its number (0, 1, ... in order of creation). `name` is borrowed. Before the
 * run or, from a task, during it. At most SCHEDULER_TASK_LIMIT: more are a programming error of the caller and abort.
 */
uint32_t scheduler_spawn(const char *name, void (*body)(void *argument), void *argument);

/*
 * The same, but the task does not run before scheduler_start() lets it: for tasks whose world another task has to build first.
 * One that is never started makes the end of the others a deadlock.
 */
uint32_t scheduler_spawn_held(const char *name, void (*body)(void *argument), void *argument);
void scheduler_start(uint32_t task);

/* Ends the running task here, wherever in its body it is. What stands on its stack is abandoned. */
_Noreturn void scheduler_end_task(void);

/*
 * Whether a task may wait for ever: an execution is over, and not in a deadlock, when every task that has not ended is such a
 * one and waits; such a wait is not ended by its deadline either when only such tasks are left. scheduler_ended() is true of
 * one while it waits. For servants of others: workers without work, clocks that nobody looks at. At first false.
 */
void scheduler_may_wait(uint32_t task, bool may);

/* The execution is as good as over: if it goes on for so many more steps, that is a livelock. Earlier limits stay. */
void scheduler_finish_within(uint32_t steps);

/* Gives the execution up, as if it had never been: for assumptions that do not hold. From a task does not return. */
void scheduler_abandon(void);

/* Runs the tasks until all have ended or a violation stops them. */
enum scheduler_outcome scheduler_run(struct strategy *strategy);

/* What the last execution did. Valid until the next reset. */
struct schedule scheduler_schedule(void); /* its deviations */
uint32_t scheduler_steps(void);           /* scheduling points passed, over all tasks */
uint32_t scheduler_preemptions(void);     /* deviations that took the processor from a task that could have gone on */
uint64_t scheduler_hash(void);            /* hash of (task, operation, object, value) over all points: the trace's identity */
bool scheduler_schedule_truncated(void);  /* more than SCHEDULER_DEVIATION_LIMIT deviations */
uint32_t scheduler_task_count(void);
const char *scheduler_task_name(uint32_t task);

/* Whether strategy->end() found something left to explore after the last run. */
bool scheduler_more(void);

/* ----------------------------------------------------------------------------------------------------- violations -- */

/* An access of which a violation says that it was not alone. */
struct violation_access {
    uint8_t task;                           /* SCHEDULER_NO_TASK: there is no such access */
    uint8_t operation;                      /* enum scheduler_operation */
    uint32_t point;                         /* of the task: the last one it had passed */
    uint32_t size;                          /* bytes */
    uintptr_t site;                         /* code address */
    const char *routine;                    /* of the environment, "" when in none */
    uintptr_t stack[SCHEDULER_STACK_DEPTH]; /* innermost first, 0-ended; only when recording */
};

/*
 * What stopped an execution. `identifier` is a stable name out of the catalogue of whoever reports it; the scheduler itself
 * reports the ones in violation_identifiers below.
 */
struct violation {
    const char *identifier;                 /* a string constant */
    const char *routine;                    /* routine of the environment in which it happened, "" when in none */
    uint8_t task;                           /* who did it, or SCHEDULER_NO_TASK */
    uintptr_t site;                         /* code address of the operation, 0 when unknown */
    const void *object;                     /* what it was done to, or NULL */
    char message[384];                      /* one sentence; the details */
    uintptr_t stack[SCHEDULER_STACK_DEPTH]; /* `site` and who called, innermost first, 0-ended; only when recording */
    struct violation_access other;          /* of a data race: the access that came first */
    struct violation_access own;            /* and the one that the task was about to do */
};

#define VIOLATION_USE_AFTER_FREE "use-after-free" /* an access to arena memory that was freed */
#define VIOLATION_OUT_OF_BOUNDS "out-of-bounds"   /* an access to arena memory beside an allocation */
#define VIOLATION_DOUBLE_FREE "double-free"       /* a free of what is not allocated (any more) */
#define VIOLATION_FAULT "access-violation"        /* the processor refused: a wild pointer, a division by zero, a full stack */
#define VIOLATION_DEADLOCK "deadlock"             /* no task can run and not all have ended */
#define VIOLATION_DATA_RACE "data-race"           /* two accesses, one of them a write, that nothing orders */
#define VIOLATION_LIVELOCK "livelock"             /* the step limit was passed twice, the second time under a fair schedule */

/* Valid after SCHEDULER_STOPPED until the next reset. */
const struct violation *scheduler_violation(void);

/*
 * Ends the execution with a violation: from a task does not return; from elsewhere (before or after the run) records it and
 * returns. The first violation stays. `format` and what follows make the message.
 */
void scheduler_violate(const char *identifier, const void *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Called when no task can run, before the deadlock is reported, outside all tasks. It may make one able to run (by
 * scheduler_spawn(), scheduler_wake(), scheduler_changed()) and return true: then the execution goes on. Or it may report a
 * better name for the deadlock by scheduler_violate(). NULL: none. Stays over resets.
 */
void scheduler_on_deadlock(bool (*callback)(void));

/* ------------------------------------------------------------------------------------- for the modelled environment -- */

/* What an operation does to its object: two of them depend on each other unless they are of different objects or only read. */
enum scheduler_effect {
    EFFECT_ANY,    /* of calls: depends on every other such call as well, whatever its object */
    EFFECT_UPDATE, /* changes the object alone */
    EFFECT_READ,   /* only looks at it */
    EFFECT_NONE,   /* touches nothing that another task could notice */
};

/*
 * A call of the environment that is visible to other tasks: its name in traces, a number that is stable between builds, and
 * what it does. What it does beyond its object is told by scheduler_touch().
 */
struct scheduler_call {
    const char *name;
    uint16_t number;
    uint8_t effect; /* enum scheduler_effect */
};

/*
 * The step that the running task is in also reads, or changes, this memory or object: for what happens without a scheduling
 * point of its own; said before it happens. Costs nothing unless somebody logs steps. scheduler_wake(), scheduler_changed(),
 * scheduler_free() and the clock do so by themselves.
 */
void scheduler_touch(const void *object, size_t size, enum scheduler_effect effect);

/*
 * For the race detector, where the environment orders its callers: what the running task did until now happens before whatever
 * is done by a task that acquires the object later. scheduler_call_at() and waits do both for their object by themselves,
 * scheduler_wake() and scheduler_changed() release it; scheduler_spawn() and scheduler_start() order what the new task does
 * after what was done before.
 */
void scheduler_release_order(const void *object);
void scheduler_acquire_order(const void *object);

/*
 * A scheduling point before the environment does something to `object`. Does nothing outside an execution. `site` is where the
 * code under test called the environment; scheduler_call() takes the return address of the routine that it stands in.
 */
void scheduler_call_at(const struct scheduler_call *call, const void *object, uintptr_t site);

static inline __attribute__((always_inline)) void scheduler_call(const struct scheduler_call *call, const void *object)
{
    scheduler_call_at(call, object, (uintptr_t)__builtin_return_address(0));
}

/* The result of the call made last by this task, for the trace. */
void scheduler_call_value(uint64_t before, uint64_t after);

/* How a wait ended. */
enum scheduler_wait_result {
    SCHEDULER_WAIT_TIMEOUT, /* the deadline passed */
    SCHEDULER_WAIT_HOLDS,   /* the condition holds now, and nobody has run since it was looked at */
    SCHEDULER_WAIT_WOKEN,   /* scheduler_wake() ended it */
};

/*
 * A scheduling point and a wait in one: goes on when `condition(argument)` holds. The task stands in line for `object`; while
 * the condition does not hold it cannot be chosen. `condition` may be NULL: then only a wake helps. At `deadline` (virtual
 * time, or SCHEDULER_NEVER) the wait may give up: that moment is a choice like any other, so a timeout can strike early or late
 * relative to the other tasks. A deadline that has passed already makes it a look without waiting.
 */
enum scheduler_wait_result scheduler_wait_at(const struct scheduler_call *call, const void *object,
                                             bool (*condition)(const void *argument), const void *argument, uint64_t deadline,
                                             uintptr_t site);

static inline __attribute__((always_inline)) enum scheduler_wait_result scheduler_wait(const struct scheduler_call *call,
                                                                                       const void *object,
                                                                                       bool (*condition)(const void *argument),
                                                                                       const void *argument, uint64_t deadline)
{
    return scheduler_wait_at(call, object, condition, argument, deadline, (uintptr_t)__builtin_return_address(0));
}

/*
 * Before a wait of the running task with a deadline: for so many more steps of the execution that deadline can come only when
 * nobody else can go on. So what repeats itself with time does not crowd out the others.
 */
void scheduler_be_patient(uint32_t steps);

/*
 * Before a wait of the running task with a deadline: while others could go on, giving up does not move the clock. For somebody
 * whose patience is not a matter of time: those who had no turn meanwhile must not look as if they had rested for so long.
 */
void scheduler_keep_time(void);

/*
 * Before a wait of the running task that is for the end of other tasks: in a deadlock those are to blame that wait for anything
 * else, as far as there are any.
 */
void scheduler_wait_for_others(void);

/*
 * Wakes up to `limit` tasks that cannot go on in a wait for `object`, in the order in which they began to wait; returns how
 * many. A woken wait is over whatever happens to the object afterwards.
 *
 * So it matters who waits already. A wait without a condition tells that by itself; an environment that also wakes waits with
 * one calls scheduler_touch() for the object right before scheduler_wait(): EFFECT_READ when the condition holds, EFFECT_UPDATE
 * when it does not.
 */
uint32_t scheduler_wake(const void *object, uint32_t limit);

/* The conditions of tasks that wait for `object` may have changed: looks at them again. */
void scheduler_changed(const void *object);

/* Between these no other task runs (counted, per task). Points are still counted; waiting in between is not allowed. */
void scheduler_disable_preemption(void);
void scheduler_enable_preemption(void);

/*
 * Any other decision of the outside, made at this task's current point; `alternatives` >= 1, returns one of them. A second one
 * at the same point counts as a point of its own, so that a schedule can tell them apart.
 */
uint32_t scheduler_choose(enum choice_kind kind, uint32_t alternatives);

/* Virtual time, in units the environment defines; starts at 0. Advancing it makes overdue waits able to time out. */
uint64_t scheduler_now(void);
void scheduler_advance(uint64_t units);

/* The running task, or SCHEDULER_NO_TASK outside tasks. */
uint32_t scheduler_running(void);

/* What a task is waiting for, or NULL when it is not waiting or could go on. */
const void *scheduler_waiting_for(uint32_t task);
bool scheduler_ended(uint32_t task);

/*
 * Names the routine of the environment that the running task is in, for violations; returns the one before, to be put back.
 * `name` is a string constant.
 */
const char *scheduler_enter_routine(const char *name);
void scheduler_leave_routine(const char *previous);

/* ---------------------------------------------------------------------------------------------------------- memory -- */

/*
 * The arena: every execution gets the same addresses for the same allocations. Freed memory stays quarantined until the reset;
 * every access to it by instrumented code, or announced by scheduler_access(), is a violation. Fresh memory is filled with
 * 0xA5, freed memory is not changed. `kind` is a string constant for reports ("device extension"). NULL when the arena is full.
 */
void *scheduler_allocate(size_t size, const char *kind);

/* The same at a multiple of `alignment`, a power of two. */
void *scheduler_allocate_aligned(size_t size, size_t alignment, const char *kind);

/* Frees; a violation (double-free) when `memory` is not the start of a live allocation. */
void scheduler_free(void *memory, const char *kind);

/*
 * Before scheduler_free(), when it is the code under test that frees: for the race detector it writes all of the memory. What
 * the environment frees of its own accord is not for that code to order.
 */
void scheduler_retire_at(const void *memory, uintptr_t site);

/* The environment touches memory of the code under test: checked as an access of that code would be. */
void scheduler_access_at(const void *address, size_t size, bool write, uintptr_t site);

static inline __attribute__((always_inline)) void scheduler_access(const void *address, size_t size, bool write)
{
    scheduler_access_at(address, size, write, (uintptr_t)__builtin_return_address(0));
}

/* The same, when the environment does what that code could do itself (copies memory, say): the access can race with others. */
void scheduler_use_at(const void *address, size_t size, bool write, uintptr_t site);

static inline __attribute__((always_inline)) void scheduler_use(const void *address, size_t size, bool write)
{
    scheduler_use_at(address, size, write, (uintptr_t)__builtin_return_address(0));
}

/*
 * The same where the environment does what the code under test could have done itself, as strcpy() does: to detectors, and with
 * plain_points, it is a plain access of that code.
 */
void scheduler_plain_access_at(const void *address, size_t size, bool write, uintptr_t site);

/*
 * Whether [address, address + size) lies in live memory. Memory outside the arena counts as live where a program can have any:
 * not at a null pointer.
 */
bool scheduler_accessible(const void *address, size_t size);

/* One allocation of this execution. */
struct scheduler_allocation {
    const void *address;
    uint32_t size;
    bool live;
    const char *kind;
    uint8_t allocated_by, freed_by;  /* tasks */
    uint32_t allocated_at, freed_at; /* step of the execution; the trace's event at that step tells the rest */
    uintptr_t allocation_stack[SCHEDULER_STACK_DEPTH]; /* call sites, innermost first, 0-ended; only when recording */
    uintptr_t free_stack[SCHEDULER_STACK_DEPTH];
    const char *allocation_routine, *free_routine;
};

/* The allocation that holds `address`, or NULL. Live ones can be walked by index from 0 to count - 1 in order of creation. */
const struct scheduler_allocation *scheduler_allocation_of(const void *address);
const struct scheduler_allocation *scheduler_allocation_at(uint32_t index);
uint32_t scheduler_allocation_count(void);

/* ----------------------------------------------------------------------------------------------------------- states -- */

/*
 * Static memory outside the arena on which the rest of an execution may depend: a room declares each such variable once, at
 * file scope, or a function that adds what of it is in use by scheduler_add_state(). What a room keeps and does not declare
 * makes two different states look equal. Nothing of this costs anything unless a strategy tells states.
 */
struct scheduler_state_entry {
    const void *base;
    size_t size;
    void (*add)(void); /* or NULL */
};

#define SCHEDULER_STATE_ENTRY(name, ...)                                                                                       \
    static const struct scheduler_state_entry name = {__VA_ARGS__};                                                            \
    static const struct scheduler_state_entry *const name##_entry __attribute__((used, section("scheduler_state"))) = &name
#define SCHEDULER_STATE(variable) SCHEDULER_STATE_ENTRY(scheduler_state_of_##variable, &variable, sizeof variable, NULL)
#define SCHEDULER_STATE_BY(function) SCHEDULER_STATE_ENTRY(scheduler_state_by_##function, NULL, 0, function)

/* From such a function only. */
void scheduler_add_state(const void *memory, size_t size);

/* ----------------------------------------------------------------------------------------------------------- trace -- */

enum scheduler_operation {
    OPERATION_START,
    OPERATION_END,
    OPERATION_CALL, /* of the environment: event.call tells which */
    OPERATION_WAIT, /* as CALL, but the task could not go on at once */
    OPERATION_TIMEOUT,
    OPERATION_ATOMIC_LOAD,
    OPERATION_ATOMIC_STORE,
    OPERATION_ATOMIC_EXCHANGE,
    OPERATION_ATOMIC_ADD,
    OPERATION_ATOMIC_SUB,
    OPERATION_ATOMIC_AND,
    OPERATION_ATOMIC_OR,
    OPERATION_ATOMIC_XOR,
    OPERATION_ATOMIC_NAND,
    OPERATION_ATOMIC_COMPARE_EXCHANGE,
    OPERATION_FENCE,
    OPERATION_VOLATILE_READ,
    OPERATION_VOLATILE_WRITE,
    OPERATION_PLAIN_READ,  /* in traces of executions with plain_points */
    OPERATION_PLAIN_WRITE, /* likewise */
    OPERATION_FLUSH,       /* memory=tso: the oldest store in the buffer of a task reaches memory */
    OPERATION_NOTE,        /* a remark of the environment: event.text; not a scheduling point */
    OPERATION_KINDS
};

/* "atomic add", "volatile read", ... */
const char *scheduler_operation_name(enum scheduler_operation operation);

/* What a weak memory model had to do with an operation. */
enum scheduler_memory_note {
    MEMORY_NOTE_NONE,
    MEMORY_NOTE_BUFFERED,  /* tso: a store of memory_value went into the buffer of memory_task */
    MEMORY_NOTE_FORWARDED, /* tso: a load saw the store in the buffer of its own task */
    MEMORY_NOTE_HIDDEN,    /* a load did not see the store of memory_value by memory_task */
    MEMORY_NOTE_DRAINED,   /* tso: the memory_value stores in the buffer of memory_task reached memory before */
    MEMORY_NOTE_OVERTAKEN, /* c11: a store went before the store of memory_value by memory_task, which is there already */
};

/* One line of an execution, kept only when recording. */
struct scheduler_event {
    uint8_t operation; /* enum scheduler_operation */
    uint8_t task;
    uint8_t size;   /* bytes accessed */
    bool preempted; /* the processor was taken from the task at this point, before the operation */
    bool has_value;
    bool pending;   /* not done: the execution ended while the task stood before it (these come last) */
    bool waits;     /* a wait is over: what it was for holds now, or somebody woke it */
    uint32_t point; /* of the task, from 1; 0 for notes */
    uint32_t cause; /* the event, counted from 1, that ended the wait, or let the task start; 0: nobody's, or none was needed */
    uint32_t source; /* likewise the store that it read, or, of a flush, writes, as far as a weak memory model knows; or 0 */
    const void *object;
    uint64_t before, after;
    uint8_t memory; /* enum scheduler_memory_note */
    uint8_t memory_task;
    uint64_t memory_value;
    uint64_t time; /* virtual */
    const struct scheduler_call *call;
    const char *routine;                    /* of the environment, "" when in none */
    char text[64];                          /* OPERATION_NOTE */
    uintptr_t stack[SCHEDULER_STACK_DEPTH]; /* code addresses, innermost first, 0-ended */
};

struct scheduler_trace {
    const struct scheduler_event *events;
    uint32_t count;
    bool truncated;
};

/* Empty unless the execution recorded. */
struct scheduler_trace scheduler_trace(void);

/* Whether the execution records: then stacks are worth their while. */
bool scheduler_recording(void);

/* Who writes down who holds what at a moment, a line each, for a debugger that watches; NULL: nobody. */
void scheduler_describe_holders(void (*describe)(char *text, size_t size));

/* Adds a remark to the trace; costs nothing when not recording. */
void scheduler_note(const void *object, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -------------------------------------------------------------------------------------------------------- feedback -- */

/*
 * Interleaving coverage for fuzzers: for each read, which task's write it saw (pairs of code sites on one object), and for each
 * switch, the pair of operations around it; hashed into counters that are set to 1. Sites are relative to the program image, so
 * the same execution sets the same counters in every process.
 */
enum { SCHEDULER_FEEDBACK_SIZE = 4096 };
extern uint8_t scheduler_feedback[SCHEDULER_FEEDBACK_SIZE];

/* Code under test that was loaded at [base, base + size), wherever that is: its sites count from its base. One at a time. */
void scheduler_watch_image(const void *base, size_t size);

/* The counters set by the last execution, each once (at most 255 of them); for engines that need not scan all. */
uint32_t scheduler_feedback_touched(const uint16_t **indices);

#endif
