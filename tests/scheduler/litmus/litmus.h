/*
 * litmus.h - tiny programs for memory models: a few tasks with a few accesses each, written as text, run by the scheduler or
 * judged by axioms.
 *
 *     "x=1 y | y=1 x"    two tasks, each stores 1 to one location and then loads the other one
 *
 * An access is a store (x=1), a load (x), an exchange (x<1), a compare-exchange of one value for another (x:01), or a fence
 * (fence); behind it stands its order: .rlx (what is meant when nothing is said), .acq, .rel, .ar (acq_rel), .sc, or .vol for
 * volatile loads and stores. Locations are x, y and z, values are digits.
 *
 * An outcome is what each load, exchange and compare-exchange saw, in the order of the text, and what the locations hold in
 * the end.
 */
#ifndef TESTS_LITMUS_H
#define TESTS_LITMUS_H

#include <remlock/scheduler.h>

#include <stdbool.h>
#include <stdint.h>

enum { LITMUS_TASKS = 4, LITMUS_ACCESSES = 8, LITMUS_LOCATIONS = 3, LITMUS_READS = 12, LITMUS_OUTCOMES = 4096 };

enum litmus_kind { LITMUS_STORE, LITMUS_LOAD, LITMUS_EXCHANGE, LITMUS_COMPARE_EXCHANGE, LITMUS_FENCE };

struct litmus_access {
    uint8_t kind;
    uint8_t location;
    uint8_t value;
    uint8_t expected; /* compare-exchange */
    uint8_t order;    /* __ATOMIC_RELAXED ... __ATOMIC_SEQ_CST */
    bool is_volatile;
    uint8_t read; /* where its result stands in the outcome */
};

struct litmus {
    uint32_t task_count, read_count;
    struct {
        struct litmus_access accesses[LITMUS_ACCESSES];
        uint32_t count;
    } tasks[LITMUS_TASKS];
};

/* Four bits for each read, from the lowest, and then for each location. */
typedef uint64_t litmus_outcome;

struct litmus_outcomes {
    litmus_outcome outcomes[LITMUS_OUTCOMES]; /* sorted, each once */
    uint32_t count;
    uint64_t executions;
};

struct litmus litmus_parse(const char *text);
void litmus_print(const struct litmus *litmus, char *text, size_t size);

litmus_outcome outcome_with(litmus_outcome outcome, uint32_t index, uint32_t value);
void outcome_print(const struct litmus *litmus, litmus_outcome outcome, char *text, size_t size);

/* "01" or "0. x2": the reads, '.' for any value, and the locations that matter. */
bool outcome_matches(const struct litmus *litmus, litmus_outcome outcome, const char *wanted);

void outcomes_add(struct litmus_outcomes *outcomes, litmus_outcome outcome);
bool outcomes_equal(const struct litmus_outcomes *one, const struct litmus_outcomes *other);
bool outcomes_match(const struct litmus *litmus, const struct litmus_outcomes *outcomes, const char *wanted);

/* Every execution that a strategy which runs out makes of it; false when there were more than `limit`. */
bool litmus_explore(const struct litmus *litmus, enum scheduler_memory memory, const char *strategy, uint64_t limit,
                    struct litmus_outcomes *outcomes);

/* Every candidate execution that the axioms of the model accept. */
void litmus_judge(const struct litmus *litmus, enum scheduler_memory memory, struct litmus_outcomes *outcomes);

#endif
