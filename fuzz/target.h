/*
 * target.h - what a fuzz target is made of.
 *
 * A target is a file in targets/ that hands the engine's entry points to these functions with the name of its family of
 * subjects; see targets/lock.c.
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <remlock/fuzz.h>

/*
 * Reads the options: REMLOCK_... variables, then --subject=, --config=, --misuse, --feedback=, --schedules= and --replay-dir=
 * on the command line, which are taken out of it and put into the environment for processes that the engine starts. Prints what
 * is wrong and exits when one of them is. `family` is the subject unless told otherwise; others must be called "family:...".
 * Paths are drivers: a program called "p" beside a file "p.so" has that one, and "remlock-fuzz-FAMILY-NAME" has "FAMILY:NAME".
 */
int target_initialise(const char *family, int *argc, char ***argv);

/* One input. A finding is printed, written as a replay file, and ends the process by abort(). */
void target_run(const uint8_t *bytes, size_t size);

/* The name of the input that runs next, for the report of a finding, when the driver knows it. Borrowed. */
void target_name_input(const char *name);

/* The options in force. */
const struct fuzz_options *target_options(void);

/* target_subject.c: the name of the subject when nobody tells one, by family and program; false when there is none. */
bool target_standard_subject(const char *family, const char *program, char *name, size_t size);

/* Whether the subject is of that family. */
bool target_has_subject(const char *family, const struct subject *subject);

/*
 * Set in the environment by whoever guards an engine: its processes then end when the one that started them does. A last
 * resort, should the guardian itself be killed; for a target that a person starts it would be a nuisance.
 */
#define TARGET_GUARDED "REMLOCK_GUARDED"

/* ------------------------------------------------------------------------------------------- counters and engines -- */

/* counters_afl.c: whether the process was linked with AFL++'s runtime; shows it the counters after an input. */
bool counters_afl_present(void);
void counters_afl_publish(void);

/* counters_libfuzzer.c: registers the counters once, or with `feedback` off a single one so that the engine starts at all. */
void counters_libfuzzer_register(bool feedback);

#endif
