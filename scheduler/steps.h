/*
 * steps.h - the log of an execution for strategies that reason about it: its steps, and what each of them touched.
 *
 * A step is what a task does from one scheduling point at which it could have been preempted to the next. Two steps of
 * different tasks depend on each other when they touched the same memory or object and one of them changed it; steps that do
 * not depend on each other can change places without anybody noticing. What wakes a task touches what that task waits for, so
 * "makes it able to run" needs no rule of its own. A task's first step depends on the one in which it was spawned: task.born.
 *
 * Kept only when the strategy asks for it (strategy.logs_steps). The strategy is asked for choice N of a task when exactly the
 * steps that steps_log() holds have been begun; the next step will be the chosen task's.
 */
#ifndef SCHEDULER_STEPS_H
#define SCHEDULER_STEPS_H

#include "state.h"

/* One thing that a step touched. */
struct step_access {
    uintptr_t address; /* an object of the environment counts as its first byte */
    uint32_t size;     /* at least 1 */
    uint8_t effect;    /* EFFECT_UPDATE or EFFECT_READ */
    bool increment;    /* an atomic addition or subtraction of 8 bytes or less: see steps_result_unused() */
    uintptr_t site;
    uint64_t before; /* of objects of the environment: their first bytes when the step came to them */
};

/* A choice of another kind than CHOICE_TASK that was made within a step. */
struct step_choice {
    uint8_t kind;
    uint8_t chosen;
    uint8_t alternatives;
};

struct step {
    uint8_t task;
    uint8_t operation;             /* enum scheduler_operation; OPERATION_TIMEOUT for a wait that ended by its deadline */
    bool waited;                   /* the end of a wait: it could not have come before the wait's condition held */
    bool timed;                    /* of waits: with a deadline */
    bool after_all;                /* everybody waited until somebody outside helped: all steps before happen before it */
    uint32_t access, access_count; /* in accesses */
    uint32_t choice, choice_count; /* in choices */
    uint64_t enabled_before;       /* of waits: see steps_enabled_before() */
    uint64_t ready;                /* tasks below 64 that could go on when it began; all, when nobody waits */
    uint8_t overdue;               /* who could time out, or SCHEDULER_NO_TASK */
};

struct steps_log {
    const struct step *steps;
    uint32_t count;
    const struct step_access *accesses;
    const struct step_choice *choices;
    bool truncated; /* the execution was longer than the log: nothing may be concluded from what is missing */
};

struct steps_log steps_log(void);

/* Nobody looks at the result of the atomic operation at `site`, as far as scheduler_on_result_used() can tell. */
bool steps_result_unused(uintptr_t site);

/* Other code may lie at the sites that were asked about. */
void steps_forget_results(void);

/*
 * Whether the wait that a task is in could have ended earlier: bit N tells whether its condition held just before the Nth last
 * of the steps logged so far that touched its object, N from 0; 63 is said of all older ones as well. The condition is asked
 * with the first bytes of the object as they were then, so what it says depends on them alone, or is the answer of today. A
 * wait that can time out can always end.
 */
uint64_t steps_enabled_before(const struct task *task);

/* How many steps have been begun; 0 outside executions that log. */
uint32_t steps_count(void);

/* For the scheduler: the running task does now what it announced. */
void steps_begin(const struct task *task);
void steps_only_read(void); /* it was a compare-exchange that stored nothing */
void steps_time_out(void);
void steps_after_all(void); /* the next step is one */
void steps_choose(enum choice_kind kind, uint32_t chosen, uint32_t alternatives);
void steps_reset(void);

/* Virtual time, the numbering of tasks and what calls of unknown effect are done to are objects as well. */
extern const char steps_clock[1], steps_births[1], steps_environment[1];

/* Whether it is one of these, and not an object of the code under test or its environment. */
static inline bool steps_is_made_up(uintptr_t address)
{
    return address == (uintptr_t)steps_clock || address == (uintptr_t)steps_births || address == (uintptr_t)steps_environment;
}

#endif
