/* support.h - what the tests of the scheduler share: runs, counts, and schedules written down. */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include "programs/worlds.h"

#include <remlock/scheduler.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* With AddressSanitizer everything takes ten times as long: long tests do a tenth of their work. */
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef WITH_ADDRESS_SANITIZER
enum { SLOWNESS = 10 };
#else
enum { SLOWNESS = 1 };
#endif

/* One execution; `options` may be NULL. */
enum scheduler_outcome run_world(const struct world *world, struct strategy *strategy, const struct scheduler_options *options);

/* Strategies that need few words. */
struct strategy *the_default(void);
struct strategy *random_walk(uint64_t seed);
struct strategy *pct(uint64_t seed, uint32_t depth);
struct strategy *exhaustive(uint32_t preemption_bound);

struct counts {
    uint64_t schedules, failing;
    uint32_t longest; /* steps */
};

/* Every schedule with at most so many preemptions. */
struct counts count_schedules(const struct world *world, uint32_t preemption_bound);

/* How many of so many executions fail. */
uint64_t count_failures(const struct world *world, struct strategy *strategy, uint64_t executions);

/* Fails unless `hits` of `tries` lies within five standard deviations of a probability. */
void assert_probability(const char *what, uint64_t hits, uint64_t tries, double probability);

/* The schedule of the last execution, in memory that lives until the next call. */
struct schedule copy_schedule(void);

/* Fails unless the last execution was stopped by this violation. */
void assert_violation(const char *identifier);

#endif
