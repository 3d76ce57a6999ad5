/* identity.h - what a replay of the corpus is about, where it belongs, and what it is called. */
#ifndef CLI_REGRESS_IDENTITY_H
#define CLI_REGRESS_IDENTITY_H

#include <remlock/replay.h>

#include <limits.h>
#include <stdbool.h>

/*
 * The folder below the corpus: "lock" and "driver" for what is built in, "misuse" where the caller of a correct lock errs, and
 * the corpus itself, "", for subjects with a path: a corpus of those has no others.
 */
const char *regress_folder(const struct replay *replay);

/* "m07-no-wait-for-one-use-after-free-in-IoReleaseRemoveLockEx", "startio-stays-clean": letters, digits, '.', '_' and '-'. */
void regress_name(const struct replay *replay, char *name, size_t size);

/*
 * Looks for a file below the corpus that shows the same finding (subject, identifier, routine) or, where none is expected, has
 * the same scenario and schedule. Reads the files as text: no subject is loaded. A corpus that is not there has none.
 */
bool regress_find_same(const char *corpus, const struct replay *replay, char *path, size_t size);

#endif
