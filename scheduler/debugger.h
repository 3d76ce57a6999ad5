/*
 * debugger.h - what a debugger that watches a recorded execution is told.
 *
 * A debugger sets breakpoints on the three functions, writes into scheduler_debugger.watched when an execution begins, and
 * reads the rest of scheduler_debugger whenever one of the others is called, or anything else stops it. The symbols are
 * exported, and every field lies where it lies in any build, so that no debug information of this program is needed:
 * cli/gdb/inferior.py knows the layout by numbers, and `version` changes with it.
 *
 * Executions that do not record never come here.
 */
#ifndef SCHEDULER_DEBUGGER_H
#define SCHEDULER_DEBUGGER_H

#include "state.h"

enum { DEBUGGER_VERSION = 1, DEBUGGER_HOLDERS_SIZE = 2048 };

/* What a debugger wants to be called for. Violations always. */
enum debugger_watch { WATCH_NOTHING, WATCH_EVENTS, WATCH_PREEMPTIONS, WATCH_VIOLATIONS };

struct debugger_task {
    const char *name;
    const char *routine; /* of the environment, "" when in none */
    const void *context; /* of its fiber, where Boost.Context saved it; stale for the running task */
    uint64_t site;       /* code address behind the operation that it is about to do, or does */
    const void *waits_for;
    uint32_t point;
    uint8_t state;   /* enum task_state */
    uint8_t started; /* its fiber has run */
    uint8_t stands;  /* before an operation that it has announced */
    uint8_t hidden;  /* not a task of anybody's: the store buffer of one */
};

struct scheduler_debugger {
    uint32_t version;
    uint32_t watched; /* enum debugger_watch: set by the debugger; nothing else is filled in before */
    uint32_t event;   /* entries of the trace before the one that this is */
    uint32_t running;
    uint32_t interrupted; /* the task that was preempted right before this, or SCHEDULER_NO_TASK */
    uint32_t task_count;
    uint32_t preemptions; /* so far */
    uint32_t unused;
    const char *identifier; /* of the violation */
    const char *message;
    char holders[DEBUGGER_HOLDERS_SIZE]; /* who holds what, a line each */
    struct debugger_task tasks[SCHEDULER_TASK_LIMIT];
};

extern struct scheduler_debugger scheduler_debugger;

/* Where the breakpoints are. Of an event: before the operation takes effect. */
void scheduler_debugger_begin(void);
void scheduler_debugger_event(void);
void scheduler_debugger_violation(void);

/* For events.c, violation.c: a recorded execution begins, its trace has one entry more (the `number`th, from 0), it is
 * violated. */
void debugger_begin(void);
void debugger_event(const struct task *task, uint32_t number);
void debugger_violation(void);

#endif
