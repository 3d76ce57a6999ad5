/*
 * machine.h - an abstract machine for small concurrent programs: what the partial-order reduction is judged by.
 *
 * A program exists twice. semantics.c says in a few lines what each instruction does to an abstract state, and enumerate.c
 * searches all schedules over it, without our scheduler and without any reduction; it counts schedules, final outcomes and
 * Mazurkiewicz traces. run.c runs the same program as tasks of the real scheduler. Both must agree.
 *
 * Mazurkiewicz, "Trace theory" (1987): two schedules are of the same trace when one becomes the other by exchanging neighbours
 * that do not depend on each other. Here a trace is told by the partial order of its steps, as vector clocks, and what they
 * read.
 */
#ifndef COUNTING_MACHINE_H
#define COUNTING_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MACHINE_TASKS = 5,
    MACHINE_INSTRUCTIONS = 12,
    MACHINE_VARIABLES = 6,
    MACHINE_OBJECTS = 2, /* of each other kind */
    MACHINE_STEPS = MACHINE_TASKS * (MACHINE_INSTRUCTIONS + 1),
};

enum machine_operation {
    MACHINE_READ,
    MACHINE_WRITE,
    MACHINE_READ_HALF, /* the low half of a variable: accesses may overlap in part */
    MACHINE_WRITE_HALF,
    MACHINE_ADD,
    MACHINE_COUNT, /* an addition whose result nobody uses */
    MACHINE_EXCHANGE,
    MACHINE_COMPARE, /* compare-exchange: from `expected` to `operand` */
    MACHINE_LOCK,
    MACHINE_UNLOCK, /* nothing unless the task owns it */
    MACHINE_TRY,
    MACHINE_SET,
    MACHINE_CLEAR,
    MACHINE_AWAIT, /* until the event is set */
    MACHINE_TAKE,  /* the same, and resets it */
    MACHINE_UP,
    MACHINE_DOWN,
    MACHINE_WAKE, /* up to `operand` sleepers, in the order in which they fell asleep */
    MACHINE_SLEEP,
    MACHINE_OPEN, /* lets the first who waits at a gate pass, or the next who comes */
    MACHINE_PASS,
    MACHINE_PAUSE,       /* a point, and nothing else */
    MACHINE_ENVIRONMENT, /* a call of unknown effect */
    MACHINE_SPAWN,       /* task `object` */
    MACHINE_JOIN,
    MACHINE_EXIT,   /* comes by itself, at the end of tasks that are joined */
    MACHINE_CHOOSE, /* one of `operand`; no point */
    MACHINE_SKIP,   /* `operand` instructions, when the last result was zero; no point */
    MACHINE_FAIL,   /* stops the execution with a violation, unless the last result was zero; no point */
    MACHINE_OPERATIONS
};

struct instruction {
    uint8_t operation; /* enum machine_operation */
    uint8_t object;
    uint8_t operand;
    uint8_t expected;
    uint8_t patience; /* of waits: the deadline, from when it begins; 0: never */
    bool together;    /* one step with the one before: no preemption in between */
};

struct machine_task {
    uint8_t length;
    struct instruction instructions[MACHINE_INSTRUCTIONS];
};

struct machine_program {
    uint8_t task_count;
    struct machine_task tasks[MACHINE_TASKS];
    uint32_t initial[MACHINE_VARIABLES];
};

bool machine_is_wait(enum machine_operation operation);
bool machine_is_point(enum machine_operation operation);
bool machine_is_spawned(const struct machine_program *program, uint32_t task); /* and does not run from the start */
bool machine_may_fail(const struct machine_program *program);
bool machine_is_joined(const struct machine_program *program, uint32_t task);

/* The instruction at an index; EXIT behind the last one of a task that is joined, NULL behind the end. */
const struct instruction *machine_instruction(const struct machine_program *program, uint32_t task, uint32_t index);

/* The program as text, in memory that lives until the next call. */
const char *machine_text(const struct machine_program *program);

/* ------------------------------------------------------------------------------------------------------- outcomes -- */

/* What can be seen of an execution when it is over. */
struct machine_outcome {
    uint32_t result_counts[MACHINE_TASKS];
    uint32_t results[MACHINE_TASKS][MACHINE_INSTRUCTIONS + 1]; /* of every instruction that was done */
    uint32_t variables[MACHINE_VARIABLES];
    bool stuck[MACHINE_TASKS]; /* in a deadlock */
    uint32_t failed;           /* the task that stopped it, plus 1; then nothing else is told */
};

uint64_t machine_outcome_hash(const struct machine_outcome *outcome);
const char *machine_outcome_text(const struct machine_program *program, const struct machine_outcome *outcome);

/* Results of waits. */
enum { MACHINE_TIMED_OUT = 1000, MACHINE_DONE = 1001 };

/* ------------------------------------------------------------------------------------------------------- counting -- */

/* A set of hashes, with a number for each: the smallest one that was given. */
struct hash_set {
    uint64_t *keys;
    uint32_t *values;
    size_t count, capacity;
};

void hash_set_add(struct hash_set *set, uint64_t key, uint32_t value);
void hash_set_add_all(struct hash_set *set, const struct hash_set *other);
bool hash_set_holds(const struct hash_set *set, uint64_t key);
uint64_t hash_set_count_up_to(const struct hash_set *set, uint32_t value);
void hash_set_free(struct hash_set *set);

struct machine_counts {
    uint64_t schedules;
    struct hash_set traces;   /* with the fewest preemptions that a schedule of theirs has */
    struct hash_set outcomes; /* with how many preemptions they need */
    bool cut;                 /* more than the limit of schedules */
};

/* Every schedule. `commute`: counting up does not depend on counting up. */
struct machine_counts machine_enumerate(const struct machine_program *program, bool commute, uint64_t limit);
void machine_counts_free(struct machine_counts *counts);

/*
 * The same number of traces by another way: of each trace only the schedule that is first in lexicographic order of tasks. A
 * prefix that could have run a step of a smaller task earlier leads to none. That this finds as many traces as enumeration says
 * that the steps which are called independent are.
 */
uint64_t machine_count_traces(const struct machine_program *program, bool commute);

/* ------------------------------------------------------------------------------------- generating and running -- */

/* What random programs may contain. */
struct machine_taste {
    const char *name;
    uint8_t tasks, length, variables; /* at most */
    uint64_t operations;              /* bits 1 << enum machine_operation */
    uint8_t patience;                 /* one wait in so many has a deadline; 0: none */
    uint8_t together;                 /* one instruction in so many is one step with the one before; 0: none */
};

void machine_generate(struct machine_program *program, const struct machine_taste *taste, uint64_t seed);

/* Makes the program as small as it can be while `fails` is true of it. */
void machine_shrink(struct machine_program *program, bool (*fails)(const struct machine_program *program));

/* For an execution on the real scheduler: its memory and tasks; and what became of it. */
void machine_begin(const struct machine_program *program);
const struct machine_outcome *machine_ended(void);

#endif
