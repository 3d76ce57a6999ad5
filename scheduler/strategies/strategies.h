/* strategies.h - how each strategy is opened; one line for each, used by the table in strategies.c alone. */
#ifndef SCHEDULER_STRATEGIES_H
#define SCHEDULER_STRATEGIES_H

#include <remlock/scheduler.h>

struct strategy *random_walk_open(const struct strategy_options *options);
struct strategy *pct_open(const struct strategy_options *options);
struct strategy *pos_open(const struct strategy_options *options);
struct strategy *urw_open(const struct strategy_options *options);
struct strategy *surw_open(const struct strategy_options *options);
struct strategy *reads_from_open(const struct strategy_options *options);
struct strategy *random_delay_open(const struct strategy_options *options);
struct strategy *bytes_open(const struct strategy_options *options);
struct strategy *replay_open(const struct strategy_options *options);
struct strategy *exhaustive_open(const struct strategy_options *options);
struct strategy_coverage exhaustive_coverage(const struct strategy *strategy);
struct strategy *delay_open(const struct strategy_options *options);
struct strategy_coverage delay_coverage(const struct strategy *strategy);
bool delay_save(const struct strategy *strategy, int file);
bool delay_load(struct strategy *strategy, int file);
bool exhaustive_save(const struct strategy *strategy, int file);
bool exhaustive_load(struct strategy *strategy, int file);
struct strategy *bounded_open(const struct strategy_options *options);
struct strategy_coverage bounded_coverage(const struct strategy *strategy);
struct strategy *dpor_open(const struct strategy_options *options);
struct strategy_coverage dpor_coverage(const struct strategy *strategy);
bool dpor_save(const struct strategy *strategy, int file);
bool dpor_load(struct strategy *strategy, int file);
struct strategy *states_open(const struct strategy_options *options);
struct strategy_coverage states_coverage(const struct strategy *strategy);
bool states_save(const struct strategy *strategy, int file);
bool states_load(struct strategy *strategy, int file);

/* For save and load: all of the bytes, or false with errno (0 when the file ends too early). */
bool strategy_write(int file, const void *bytes, size_t size);
bool strategy_read(int file, void *bytes, size_t size);

#endif
