/* searches.h - searches for the first finding in every subject that has a bug, by each strategy, from many seeds. */
#ifndef BENCH_STRATEGIES_SEARCHES_H
#define BENCH_STRATEGIES_SEARCHES_H

#include <remlock/harness.h>

enum { STRATEGY_LIMIT = 16, SUBJECT_LIMIT = 160, SEED_LIMIT = 101 };

/* Executions to the first finding, from each seed, in rising order; the limit of executions where there was none. */
struct searches {
    const struct subject *subject;
    uint32_t executions[STRATEGY_LIMIT][SEED_LIMIT];
};

struct comparison {
    uint32_t limit, seeds;
    uint32_t strategy_count;
    const char *strategies[STRATEGY_LIMIT]; /* "mix" is one of them */
    double seconds[STRATEGY_LIMIT];         /* of processor time, all searches together */
    uint64_t executions[STRATEGY_LIMIT];
    uint32_t subject_count;
    struct searches searches[SUBJECT_LIMIT];
};

/* Runs the searches in all subjects whose name contains `filter`; tells on stderr how far it is. */
void compare_strategies(struct comparison *comparison, const char *filter);

/* The value below which this share of the searches lies. */
uint32_t quantile(const uint32_t *sorted, uint32_t count, double share);

/* tables.c and plot.c: false with errno when the file cannot be written. */
bool write_csv(const struct comparison *comparison, const char *path);
bool write_markdown(const struct comparison *comparison, const char *path);
bool write_plot(const struct comparison *comparison, const char *path);

#endif
