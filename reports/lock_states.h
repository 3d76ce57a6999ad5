/* lock_states.h - the state of each remove lock after each event of a recorded execution. */
#ifndef REPORTS_LOCK_STATES_H
#define REPORTS_LOCK_STATES_H

#include <remlock/reports.h>

struct cJSON;
struct lock_states;

/* All locks that the execution was about, as they were before its first event. NULL when memory is short. */
struct lock_states *lock_states_make(void);
void lock_states_free(struct lock_states *locks);

/* What the locks were at first: an array; those of which nothing is known yet tell from which step on there is something. */
struct cJSON *lock_states_first_json(const struct lock_states *locks);

/*
 * Goes on to the next event of the trace, whose number counts from 1: an array of the locks that are something else after it
 * than before, or NULL when none is. To be called for each event in turn.
 */
struct cJSON *lock_states_next_json(struct lock_states *locks, uint32_t number);

#endif
