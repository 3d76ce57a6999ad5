/* subject.h - the remove lock and its mutants as subjects. */
#ifndef HARNESS_LOCK_SUBJECT_H
#define HARNESS_LOCK_SUBJECT_H

#include <remlock/harness.h>

/* "lock" first, then a subject for each mutant. */
uint32_t lock_subject_count(void);
const struct subject *lock_subject(uint32_t index);

#endif
