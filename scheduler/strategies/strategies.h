/* strategies.h - how each strategy is opened; one line for each, used by the table in strategies.c alone. */
#ifndef SCHEDULER_STRATEGIES_H
#define SCHEDULER_STRATEGIES_H

#include <remlock/scheduler.h>

struct strategy *random_walk_open(const struct strategy_options *options);
struct strategy *pct_open(const struct strategy_options *options);
struct strategy *bytes_open(const struct strategy_options *options);
struct strategy *replay_open(const struct strategy_options *options);
struct strategy *exhaustive_open(const struct strategy_options *options);
struct strategy_coverage exhaustive_coverage(const struct strategy *strategy);
struct strategy *dpor_open(const struct strategy_options *options);
struct strategy_coverage dpor_coverage(const struct strategy *strategy);

#endif
