/* execution.h - what execution.c needs of tasks.c. */
#ifndef SCHEDULER_EXECUTION_H
#define SCHEDULER_EXECUTION_H

#include <stdbool.h>

/* Runs the tasks until nobody can; true when all have ended. */
bool tasks_run(void);

#endif
