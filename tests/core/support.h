/* support.h - what the tests of the kernel model and the lock share: a fresh kernel, tasks, and what was remarked. */
#ifndef TESTS_CORE_SUPPORT_H
#define TESTS_CORE_SUPPORT_H

#include <remlock/core.h>
#include <remlock/scheduler.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum { REMARK_LIMIT = 64, TASK_BUDGET = 16 };

/* The remarks since the kernel was started, and a text copied while it lived. */
struct heard {
    uint32_t count;
    struct remark remarks[REMARK_LIMIT];
    char texts[REMARK_LIMIT][160];
};
extern struct heard heard;

/* A fresh scheduler and a fresh kernel that hears its remarks. */
void start(const struct core_options *options);
void start_personality(enum personality personality);

/* How many remarks of a kind were heard. */
uint32_t heard_of(enum remark_kind kind);

/* A lock of the personality's size, initialised. */
PIO_REMOVE_LOCK new_lock(enum personality personality, ULONG minutes, ULONG watermark);

/* The routines with the personality's size; the tag is a small number. */
NTSTATUS acquire(PIO_REMOVE_LOCK lock, uintptr_t tag);
void release(PIO_REMOVE_LOCK lock, uintptr_t tag);
void release_and_wait(PIO_REMOVE_LOCK lock, uintptr_t tag);
struct remove_lock_view view(const void *lock);

/* Runs a body as the only task; fails unless it comes to its end. */
void run_alone(void (*body)(void *argument), void *argument);

/* The same, but returns whether it came to its end and every check in it held. */
bool holds_alone(void (*body)(void *argument), void *argument);

/* A check inside a task: what fails there is reported when the run is over. */
#define CHECK(expression) check((expression), #expression, __FILE__, __LINE__)
void check(bool holds, const char *expression, const char *file, int line);

/* A world that an exploration begins again and again: allocates, spawns its tasks. */
struct world {
    struct core_options options;
    void (*begin)(void);
    void (*judge)(enum scheduler_outcome outcome); /* after each run; may be NULL */
};

/* Runs the world under every schedule with at most so many preemptions; returns how many there are. */
uint64_t every_schedule(const struct world *world, uint32_t preemptions);

/* Runs it so many times under a strategy that draws lots. */
void many_schedules(const struct world *world, const char *strategy, uint64_t seed, uint32_t executions);

/* Runs it once with the default choices. */
enum scheduler_outcome default_schedule(const struct world *world);

/* Fails unless a run ended with this violation. */
void assert_violation(const char *identifier);

/* A few random numbers. */
uint64_t draw(uint64_t *state);
uint32_t draw_below(uint64_t *state, uint32_t limit);

#endif
