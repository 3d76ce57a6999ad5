/* scenarios.h - scenarios written in code. */
#ifndef BENCH_SCENARIOS_H
#define BENCH_SCENARIOS_H

#include <remlock/harness.h>

/* So many tasks that acquire and release once, and one that removes. */
struct scenario scenario_of_acquirers(const struct subject *subject, uint32_t acquirers);

/* Two tasks that open, transfer and close, and one that removes. */
struct scenario scenario_of_transfers(const struct subject *subject);

/* Gives a setting a value that is a word. Both must exist. */
void scenario_set(struct scenario *scenario, const char *setting, const char *word);

#endif
