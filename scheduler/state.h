/*
 * state.h - the one scheduler of this process, and the hot path over it.
 *
 * Every access callback ends here, so what runs at a scheduling point is inline and fits on a screen: count the point, look
 * whether anybody else could run, ask the strategy, switch.
 */
#ifndef SCHEDULER_STATE_H
#define SCHEDULER_STATE_H

#include "arena.h"
#include "fiber.h"
#include "states.h"

#include <remlock/scheduler.h>

enum task_state {
    TASK_READY,   /* in state.line */
    TASK_WAITING, /* in a wait whose condition does not hold */
    TASK_HELD,    /* spawned, not started */
    TASK_ENDED,
};

/* What a task is about to do, for the trace and for strategies that look ahead. */
struct pending {
    uint8_t operation;
    uint8_t effect; /* enum scheduler_effect */
    uint16_t size;
    const void *object;
    const struct scheduler_call *call;
};

struct task {
    struct fiber *fiber;
    void (*body)(void *argument);
    void *argument;
    const char *name;
    const char *routine; /* of the environment, "" when in none */

    uint8_t state;  /* enum task_state */
    uint8_t parent; /* who spawned it, SCHEDULER_NO_TASK for the world */
    bool fresh;     /* has been chosen but has not yet reached a point: that point needs no second choice */
    bool primed;    /* with lookahead: stands at its first point, or has passed it */
    bool woken;     /* scheduler_wake() ended its wait */
    bool timed_out;
    bool preempted;       /* at its current point, by somebody else */
    bool announced;       /* stands before `pending`; only when recording */
    bool may_wait;        /* for ever */
    bool stack_is_shared; /* another task has looked at its stack */
    bool is_buffer;       /* of the stores of another task: weak_buffers.c */
    uint32_t point;       /* scheduling points reached so far */
    uint32_t decided_at;  /* the last point with a choice that is not about tasks */
    uint32_t unpreemptible;
    uint32_t queued; /* when it began to wait, to wake in order */
    uint32_t born;   /* steps that were logged when it was spawned */
    uint32_t cause;  /* events_current() of whoever made it able to go on; only when recording */

    const void *object; /* what it waits for, also while it could go on; NULL outside scheduler_wait() */
    bool (*condition)(const void *argument);
    const void *condition_argument;
    uint64_t deadline;
    bool waits_for_others;  /* for their end */
    bool keeps_time;        /* its deadline moves the clock only when nobody else can go on */
    uint32_t patient_until; /* the step before which its deadline comes only when nobody else can go on */

    uintptr_t live;        /* with OBSERVER_STATES: where its live stack begins; 0 before it has come to a point */
    uint64_t registers[6]; /* and those that its callers may have values in */

    struct pending pending;
    uintptr_t site; /* code address of the pending operation, for feedback and reports */
    uint32_t depth; /* of the call stack; with DEPTH_UNSETTLED while a volatile access has to be settled */
    uintptr_t stack[SCHEDULER_STACK_DEPTH];
};

#define DEPTH_UNSETTLED 0x80000000u

/* What the trace hash is computed from: one entry for each scheduling point. */
struct trail_entry {
    uint64_t what; /* task, operation, object */
    uint64_t value;
};

enum { TRAIL_SIZE = 1024 };

/* Whom the hot path has to tell; none of them in a plain execution. */
enum observer {
    OBSERVER_RECORD = 1,
    OBSERVER_FEEDBACK = 2,
    OBSERVER_STEPS = 4,       /* the log of steps */
    OBSERVER_NEXT = 8,        /* strategies that look ahead */
    OBSERVER_RACES = 16,      /* the race detector */
    OBSERVER_WEAK = 32,       /* a weak memory model */
    OBSERVER_PLAIN = 64,      /* plain accesses are scheduling points */
    OBSERVER_SANITIZER = 128, /* the compiler's ThreadSanitizer: in builds for it, always */
    OBSERVER_STATES = 256,    /* strategies that tell states */
    OBSERVERS_OF_ORDER = OBSERVER_RACES | OBSERVER_SANITIZER,
    OBSERVERS_OF_PLAIN = OBSERVER_RACES | OBSERVER_WEAK | OBSERVER_PLAIN | OBSERVER_SANITIZER,
};

struct state {
    /* Who can run, the running task first, the others in the order in which they stopped running. */
    uint8_t line[SCHEDULER_TASK_LIMIT + 1];
    uint32_t line_length;
    uint8_t running;        /* SCHEDULER_NO_TASK outside tasks */
    uint32_t waiting;       /* tasks in TASK_WAITING */
    uint32_t waiting_timed; /* those of them with a deadline */
    uint32_t in_wait;       /* tasks inside scheduler_wait(), whether they could go on or not */

    uint32_t steps;
    uint32_t step_limit; /* the one of the options, and once that was passed, twice as many */
    uint32_t fuel;       /* plain accesses until it is a livelock without scheduling points */
    bool finishing;      /* the limit is that of scheduler_finish_within() */
    bool fair;           /* the first limit was passed: everybody in turn */
    uint32_t fair_choices;
    bool record;
    bool feedback;
    bool stopped;
    bool abandoned;
    bool patient; /* a wait was: when it times out depends on more than the order of steps that depend on each other */
    bool cut_off; /* a task was stopped on its way */
    bool lookahead;
    uint16_t observers;           /* enum observer */
    struct fiber_context *primer; /* who waits for a new task to reach its first point; NULL: nobody */

    const char *routine; /* of the environment, outside tasks */
    struct strategy *strategy;
    struct choice choice;
    uint32_t deviation_count;
    uint32_t preemptions;
    uint32_t trail_length;
    uint64_t trail_seed;
    uint64_t now;
    uint32_t queue_number;
    uint32_t task_count;
    bool more;
    bool deviations_truncated;
    struct fiber_context main;
    struct scheduler_options options;
    struct violation violation;

    struct task tasks[SCHEDULER_TASK_LIMIT];
    struct deviation deviations[SCHEDULER_DEVIATION_LIMIT];
    struct trail_entry trail[TRAIL_SIZE];
};

extern struct state state;

enum { PLAIN_ACCESS_LIMIT = 1 << 26 };

/* tasks.c: the slow half of a point. */
void tasks_reschedule(struct task *task);
void tasks_pass_step_limit(void);
void tasks_fold_trail(void);
void tasks_out_of_fuel(void);
uint64_t tasks_trail_hash(void);
_Noreturn void tasks_stop(void);
bool tasks_unfinished(const struct task *task);
uint64_t tasks_ready(void);  /* those below 64, as bits */
uint8_t tasks_overdue(void); /* who can time out, or has just done so */

void tasks_stand_primed(struct task *task);

/* events.c: the recording half; called only when state.record is set. */
void events_announce(void);
void events_perform(void);
void events_value(uint64_t before, uint64_t after);
void events_access(bool reads); /* volatile writes and plain accesses: they happen after their callback */
void events_settle(void);       /* that store has happened */
void events_memory(enum scheduler_memory_note note, uint8_t task, uint64_t value);
void events_mark(enum scheduler_operation operation);
uint32_t events_current(void); /* what the running task does, counted from 1; 0: nothing yet, or it is not in the trace */
void events_source(uint32_t source);
void events_wait_over(void);
void events_finish(void);
/* Where the task stands and who called, innermost first, 0-ended; empty when not recording and for NULL. */
void events_copy_stack(const struct task *task, uintptr_t *stack);
void events_reset(void);

/* weak.c: undoes what a volatile access has left in memory, before anybody looks. Cheap when there is nothing. */
void weak_settle(void);

/* feedback.c */
void feedback_switch(const struct task *from, const struct task *to);
void feedback_read(const void *object, uintptr_t site);
void feedback_write(const void *object, uintptr_t site);
void feedback_reset(void);
void feedback_image(uintptr_t *base, uintptr_t *size);

/* arena.c */
void arena_violation(const void *address, size_t size, bool write, uintptr_t site);

static inline struct task *running_task(void)
{
    return state.running == SCHEDULER_NO_TASK ? NULL : &state.tasks[state.running];
}

/* The same number in every process and with every compiler: arena offsets, and one number for everything else. */
static inline uint64_t object_number(const void *object)
{
    uintptr_t offset = (uintptr_t)object - ARENA_BASE;
    return offset < ARENA_SIZE ? offset : ARENA_SIZE;
}

/* A value that is an address outside the arena differs between processes: it counts as one number as well. */
static inline uint64_t value_number(uint64_t value)
{
    const uint64_t lowest = (uint64_t)1 << 32;
    bool outside = value - lowest < MEMORY_END - lowest && value - ARENA_BASE >= ARENA_SIZE;
    if (ARENA_BASE != ARENA_NUMBER && value - ARENA_BASE < ARENA_SIZE) {
        return value - ARENA_BASE + ARENA_NUMBER;
    }
    return __builtin_expect(outside, 0) ? MEMORY_END : value;
}

static inline void trail(uint32_t operation, const void *object, uint64_t value)
{
    if (__builtin_expect(state.trail_length == TRAIL_SIZE, 0)) {
        tasks_fold_trail();
    }
    struct trail_entry *entry = &state.trail[state.trail_length++];
    entry->what = (uint64_t)state.running << 56 | (uint64_t)operation << 32 | object_number(object);
    entry->value = value_number(value);
}

/* What the running task will do at the point that it has come to. */
static inline void announce(struct task *task, enum scheduler_operation operation, const void *object, size_t size,
                            enum scheduler_effect effect, const struct scheduler_call *call)
{
    if (state.observers & OBSERVER_WEAK) {
        weak_settle();
    }
    task->pending = (struct pending){.operation = (uint8_t)operation,
                                     .effect = (uint8_t)effect,
                                     .size = size > UINT16_MAX ? UINT16_MAX : (uint16_t)size,
                                     .object = object,
                                     .call = call};
    if (__builtin_expect(state.observers & OBSERVER_STATES, 0)) {
        states_stand(task);
    }
    if (state.record) {
        events_announce();
    }
}

static inline void count_step(struct task *task, uintptr_t site)
{
    task->point++;
    task->site = site;
    if (__builtin_expect(++state.steps > state.step_limit, 0)) {
        tasks_pass_step_limit();
    }
}

/*
 * A scheduling point of the running task, before it does an operation. On return the task is running and does it.
 */
static inline struct task *point(uintptr_t site)
{
    struct task *task = &state.tasks[state.running];
    count_step(task, site);
    if (task->fresh) {
        task->fresh = false;
        if (__builtin_expect(state.primer != NULL, 0)) {
            tasks_stand_primed(task);
        }
        return task;
    }
    if (state.line_length + state.waiting_timed > 1 && __builtin_expect(task->unpreemptible == 0, 1)) {
        tasks_reschedule(task);
    }
    return task;
}

/* Every access of the code under test passes here: is the memory alive? */
static inline void check_access(const void *address, size_t size, bool write, uintptr_t site)
{
    if (__builtin_expect(!arena_accessible(address, size), 0)) {
        arena_violation(address, size, write, site);
    }
}

#endif
