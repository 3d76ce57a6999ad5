/*
 * model.h - what the files of the model share: model.c (calls), hearing.c (the lock's own remarks), ending.c (judgements at
 * rest).
 */
#ifndef HARNESS_LOCK_MODEL_H
#define HARNESS_LOCK_MODEL_H

#include "world.h"

enum { UNITS_PER_MINUTE = 600000000 };

/* For messages: "%u minute%s", PLURAL(minutes). */
#define PLURAL(number) (number), (number) == 1 ? "" : "s"

typedef void report_function(const char *identifier, const void *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Who is accused: after a misuse everything that goes wrong with the lock is its caller's fault. */
report_function *model_reporter(const struct device *device, const char *routine);

/* The checked and verifier personalities keep track of acquisitions and speak up. */
static inline bool model_tracked(void)
{
    return world.personality != PERSONALITY_FREE;
}

/* The most acquisitions at a time that the lock must accept in silence. */
uint32_t model_allowed_by_watermark(void);

/* Whether what has lasted since then is longer than MaxLockedMinutes; never when there is no limit. */
bool model_overdue(uint64_t since);

/* When nothing is under way: the count and the list must be what the model says. */
void model_judge_quiescent(struct device *device, const char *routine);

#endif
