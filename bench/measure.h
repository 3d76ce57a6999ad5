/*
 * measure.h - taking measurements, and the table and file they end up in.
 *
 * Rates are per second of processor time: other work on the machine slows a measurement down but hardly changes it. Each is
 * taken several times; the median counts, the best one is told beside it.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>

/* How long one sample of a rate lasts, in seconds of processor time. */
extern double sample_seconds;

/* Processor time used so far: by this process, and by its children that have ended. */
double processor_seconds(void);
double children_processor_seconds(void);

/* Operations per second of processor time. */
struct rate {
    double median, best;
};

/* `work` does `count` operations. */
struct rate measure_rate(void (*work)(void *context, uint64_t count), void *context);

/* Begins a section of the table. */
void section(const char *name);

/* A line of it. `target`: what the project wants to reach, 0 for nothing. */
void row_rate(const char *name, struct rate rate, const char *unit, double target);
void row_cost(const char *name, struct rate rate); /* nanoseconds per operation */
void row_number(const char *name, double value, const char *unit);
void row_pair(const char *name, double without, double with);
void row_missing(const char *name, const char *reason);

/* Everything so far as JSON: replaces the file, whole or not at all. Returns 0, or -1 with a message on stderr. */
int write_results(const char *path);

/* "Intel ... 3 GHz, 2 processors, Linux 6.1, GNU 12.2 Release". */
const char *describe_machine(void);

#endif
