/* mutants.h - subjects made for these tests: locks whose bugs no mutant of the catalogue has. */
#ifndef TESTS_HARNESS_MUTANTS_H
#define TESTS_HARNESS_MUTANTS_H

#include <remlock/core.h>
#include <remlock/harness.h>

/* One of these by name ("test:double-free"), or NULL. */
const struct subject *test_subject_find(const char *name);

/* mutant_routines.c: instrumented, like every lock. NULL-ended. */
extern const struct remove_lock_mutant *const test_mutants[];

#endif
