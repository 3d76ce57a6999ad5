/*
 * run.h - one execution when tasks are threads.
 *
 * All of it happens inside the world. A task is ready unless it waits, is held or has ended; ready ones run when the operating
 * system lets them. The thread that runs executions sleeps until none is ready.
 */
#ifndef SCHEDULER_NATIVE_RUN_H
#define SCHEDULER_NATIVE_RUN_H

#include "world.h"

struct run {
    uint32_t ready;
    bool over;        /* tasks that still wait end where they are */
    uint32_t leaving; /* those of them that have not done so yet */
    struct sleeper runner;
    struct sleeper turns[SCHEDULER_TASK_LIMIT];
    bool (*deadlock)(void);
};

extern struct run run;

bool run_all_finished(void);

/* The waiting task whose deadline comes first, or NULL; patient ones only when `all` are asked. And: it comes now. */
struct task *run_first_to_time_out(bool all);
void run_time_out(struct task *task, bool early);

#endif
