/* deadlock.h - what is said of a deadlock: who waits where, and who is to blame. */
#ifndef SCHEDULER_DEADLOCK_H
#define SCHEDULER_DEADLOCK_H

#include "state.h"

/* "reader waits in KeWaitForSingleObject, remover waits in IoReleaseRemoveLockAndWait" */
void deadlock_describe(char *text, size_t size);

/* Nobody runs in a deadlock: fills in the violation's task, routine and place. */
void deadlock_blame(void);

#endif
