/* run_report.h - what test and verify both say of a run: a crash, operations that came to nothing, processor time. */
#ifndef CLI_RUN_REPORT_H
#define CLI_RUN_REPORT_H

#include "workers.h"

/* Says what a worker died of, and saves the program that it was running in the folder. */
void report_crash(const struct worker_crash *crash, const char *command, const char *folder);

/* A run in which next to nothing happened must not pass for one in which nothing was found. */
void report_left_out(const struct search_counters *counters);

/* Nor one whose program gave up most of its executions by an assumption. */
void report_abandoned(const struct search_counters *counters);

/* Of all workers: they have ended and been waited for. */
double processor_seconds(void);

#endif
