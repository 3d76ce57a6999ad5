/*
 * estimate.h - how many schedules there are, guessed from a few of them.
 *
 * Knuth, "Estimating the efficiency of backtrack programs", Mathematics of Computation 29, 1975: a path from the root that
 * takes each branch with equal chance sees, as the product of the branches at its forks, a number whose mean is the number of
 * leaves. The estimate has no bias but may vary widely, so its standard error belongs to it. It counts schedules without
 * reduction.
 */
#ifndef CLI_ESTIMATE_H
#define CLI_ESTIMATE_H

#include <remlock/harness.h>

struct estimate {
    uint64_t probes;
    double mean;    /* schedules of one program */
    double squares; /* sum of squared deviations from the mean */
};

/* The strategy of such a path, as the one that will explore: does it look ahead, and how many preemptions may there be? */
struct strategy *estimate_probe(uint64_t seed, bool looks_ahead, uint32_t preemption_bound);

/* After an execution under it: takes its product in. */
void estimate_add(struct estimate *estimate);

/* Of the mean. */
double estimate_error(const struct estimate *estimate);

#endif
