/*
 * environment.h - the world that the test programs live in: an event, memory, and a verdict of their own.
 *
 * It is ordinary code without instrumentation, as a kernel model would be. The programs themselves (the other files of this
 * folder) are code under test: plain C, compiled with the flags of subjects.
 */
#ifndef PROGRAMS_ENVIRONMENT_H
#define PROGRAMS_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stays signalled once it was set. */
struct event {
    volatile bool signalled;
};

/* All zero: free. */
struct mutex {
    volatile bool held;
};

/* Each is one step: a scheduling point, and what it does. */
void event_set(struct event *event);
void event_wait(struct event *event);
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
void task_create(const char *name, void (*body)(void *argument), void *argument);
void memory_free(void *memory);

/* The program went wrong: ends the execution with the violation "failure". */
void program_failed(void);

#endif
