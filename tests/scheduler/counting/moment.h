/* moment.h - a state of the abstract machine, and what a step does to it. */
#ifndef COUNTING_MOMENT_H
#define COUNTING_MOMENT_H

#include "machine.h"

enum { NOBODY = 255, NO_DEADLINE = UINT32_MAX };

/* Bits of struct touched. */
enum {
    BIT_VARIABLE = 0, /* two halves each */
    BIT_MUTEX = BIT_VARIABLE + 2 * MACHINE_VARIABLES,
    BIT_EVENT = BIT_MUTEX + MACHINE_OBJECTS,
    BIT_SEMAPHORE = BIT_EVENT + MACHINE_OBJECTS,
    BIT_QUEUE = BIT_SEMAPHORE + MACHINE_OBJECTS,
    BIT_GATE = BIT_QUEUE + MACHINE_OBJECTS,
    BIT_TASK = BIT_GATE + MACHINE_OBJECTS,
    BIT_CLOCK = BIT_TASK + MACHINE_TASKS,
    BIT_ENVIRONMENT,
    BIT_BIRTHS, /* tasks are numbered as they come */
    BIT_COUNT
};
_Static_assert(BIT_COUNT <= 32, "struct touched has 32 bits");

/* What a step reads, changes, and counts up. */
struct touched {
    uint32_t read, changed, counted;
};

bool touched_depend(const struct touched *one, const struct touched *other);

enum standing {
    ABSENT,
    STANDS, /* before a point */
    GONE,
};

/* The text of a program, so that nothing has to be looked up. */
struct script {
    const struct machine_program *program;
    bool commute;
    uint32_t length[MACHINE_TASKS]; /* with the exit */
    struct instruction lines[MACHINE_TASKS][MACHINE_INSTRUCTIONS + 1];
};

struct moment {
    uint8_t standing[MACHINE_TASKS]; /* enum standing */
    uint8_t line[MACHINE_TASKS];
    bool woken[MACHINE_TASKS], ended[MACHINE_TASKS];
    uint8_t owner[MACHINE_OBJECTS], set[MACHINE_OBJECTS], open[MACHINE_OBJECTS], semaphore[MACHINE_OBJECTS];
    uint8_t newborn[MACHINE_TASKS], newborn_count; /* they run to their first points when the step ends */
    uint8_t running;
    uint8_t born[MACHINE_TASKS]; /* steps done when it was spawned */
    uint32_t last[MACHINE_TASKS];
    uint32_t queued[MACHINE_TASKS], queue_number;
    uint32_t deadline[MACHINE_TASKS], now;
    uint32_t preemptions;
    uint64_t past[MACHINE_TASKS]; /* hash of the clocks of its steps */
    struct touched touched;       /* by the current step */
    struct machine_outcome outcome;
};

void script_write(struct script *script, const struct machine_program *program, bool commute);

/* Before anything has happened; initial tasks are newborn. */
void moment_begin(struct moment *moment, const struct script *script);

/* The instruction before which a task stands, or NULL behind its end. */
const struct instruction *moment_line(const struct moment *moment, const struct script *script, uint32_t task);

bool moment_can_go(const struct moment *moment, const struct script *script, uint32_t task);

/* The one task whose deadline may come now, or NOBODY. */
uint32_t moment_can_time_out(const struct moment *moment, const struct script *script);

/* A task comes to a point. */
void moment_arrive(struct moment *moment, const struct script *script, uint32_t task);

/* It does what it stands before, or its wait ends by the deadline. */
void moment_perform(struct moment *moment, const struct script *script, uint32_t task, bool timed_out);

/* A result that nothing but the task itself can see. */
void moment_record(struct moment *moment, uint32_t task, uint32_t result);

#endif
