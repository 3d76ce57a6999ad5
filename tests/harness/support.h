/* support.h - what the tests of the harness share: scenarios from text, searches for findings, subjects made for a test. */
#ifndef TESTS_HARNESS_SUPPORT_H
#define TESTS_HARNESS_SUPPORT_H

#include <remlock/harness.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/*
 * A scenario written as replay files write it: a subject's name, settings ("lock=checked minutes=2"), and a program
 * ("io: acquire A; release A\npnp: remove"). Fails the test when the text is wrong. Subjects of test_mutants.h are found too.
 */
struct scenario scenario_of(const char *subject, const char *config, const char *program);

/* One execution with the default choices. */
struct verdict run_default(const struct scenario *scenario);

/* What a search saw. */
struct search {
    uint64_t executions;
    uint64_t findings;
    bool complete; /* every schedule up to the bound was run */
};

/*
 * Runs schedules with at most so many preemptions, one after another, at most `limit`, until one shows the finding (NULL: any);
 * its verdict is `found`. Returns whether there is one.
 */
bool find_exhaustively(const struct scenario *scenario, const char *identifier, uint32_t preemptions, uint64_t limit,
                       struct verdict *found);

/* Runs them all and counts the findings; `last` is the verdict of the last one, or of the first with a finding. */
struct search run_all_schedules(const struct scenario *scenario, uint32_t preemptions, uint64_t limit, struct verdict *last);

/* The same search under the strategy called `name`. */
bool find_randomly(const struct scenario *scenario, const char *name, const char *identifier, uint64_t executions,
                   struct verdict *found);

/* The finding's identifier, or "clean". */
const char *identifier_of(const struct verdict *verdict);

/* Fails with the program and the verdict unless the verdict is what is expected ("clean" for none). */
void assert_verdict(const struct scenario *scenario, const struct verdict *verdict, const char *identifier);

/* Fails unless every part of the scenario is in its range and its parts fit together. */
void assert_valid(const struct scenario *scenario);

/* The program as text, a line for each task; the text lives until the next call. */
const char *program_text(const struct scenario *scenario);

/* Tests that take their time do a tenth of it when built with sanitizers. */
#ifdef TESTS_WITH_SANITIZERS
#define SCALED(executions) ((executions) / 10)
#else
#define SCALED(executions) (executions)
#endif

/* A generator whose scenarios judge the lock alone. */
struct generator lock_generator(uint64_t seed);

#endif
