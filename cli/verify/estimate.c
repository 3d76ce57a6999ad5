/* estimate.c - see estimate.h. */
#include "estimate.h"

#include <math.h>

struct probe {
    struct strategy strategy;
    struct generator generator;
    uint32_t bound, preemptions;
    double product;
};

static struct probe probe;

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    probe.preemptions = 0;
    probe.product = 1;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    if (choice->preemption && probe.preemptions >= probe.bound) {
        return 0;
    }
    uint32_t chosen = generator_below(&probe.generator, choice->alternatives);
    probe.product *= choice->alternatives;
    probe.preemptions += choice->preemption && chosen != 0;
    return chosen;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    return true;
}

struct strategy *estimate_probe(uint64_t seed, bool looks_ahead, uint32_t preemption_bound)
{
    probe =
        (struct probe){.strategy = {.name = "probe", .looks_ahead = looks_ahead, .begin = begin, .choose = choose, .end = end},
                       .generator = {.state = seed},
                       .bound = preemption_bound};
    return &probe.strategy;
}

void estimate_add(struct estimate *estimate)
{
    double difference = probe.product - estimate->mean;
    estimate->probes++;
    estimate->mean += difference / (double)estimate->probes;
    estimate->squares += difference * (probe.product - estimate->mean);
}

double estimate_error(const struct estimate *estimate)
{
    double probes = (double)estimate->probes;
    return estimate->probes < 2 ? 0 : sqrt(estimate->squares / (probes - 1) / probes);
}
