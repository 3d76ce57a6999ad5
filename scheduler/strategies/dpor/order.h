/*
 * order.h - the happens-before order of an execution's steps, by vector clocks, and its races.
 *
 * A step happens before another one when it comes first and both are of one task, or depend on each other, or the first spawned
 * the task of the second, or a step lies between of which this holds.
 */
#ifndef DPOR_ORDER_H
#define DPOR_ORDER_H

#include "wakeup.h"

#include "../../steps.h"

/* A new search. */
void order_begin(bool commute);

/* Orders the steps from `kept` on; those before it are ordered already. */
void order_extend(const struct steps_log *log, uint32_t kept);

/* The same at the end of an execution: what tasks stand before is found as well. */
void order_finish(const struct steps_log *log, uint32_t kept);

/* The same for all executions that differ in the order of independent steps alone, and, but for accidents, for no others. */
uint64_t order_hash(void);

/* A step of the execution. Number `steps` + T is what task T stands before, when it stands before anything. */
const struct wakeup_step *order_step(uint32_t step);

/* Tasks that stood before something when the execution ended: waits, for most; numbers into `tasks`. */
uint32_t order_pending(const uint8_t **tasks);

/*
 * The steps that race with `later`: they do not happen before it by way of others, and in their place it could have been done
 * as well. At most `limit`; those that come last first. `later` is a step or, above them, steps + task.
 */
uint32_t order_races(const struct steps_log *log, uint32_t later, uint32_t *races, uint32_t limit);

/*
 * The sequence that turns a race around: the steps behind `earlier` that do not happen after it, and then `later`, which will
 * be a partial step. The number of its steps; `sequence` has room for all of the execution's and one more.
 */
uint32_t order_reversal(uint32_t earlier, uint32_t later, struct wakeup_step *sequence);

#endif
