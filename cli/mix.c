/* mix.c - see mix.h. */
#include "mix.h"

#include <math.h>
#include <string.h>

/*
 * Batches are short, because generated programs get one each. Costs are as measured on the lock (docs/performance.md). The
 * search in order comes back to where it was, and so gets somewhere, only when a program is given.
 */
const struct way mix_ways[MIX_WAYS] = {
    {.strategy = "pct", .depth = 3, .executions = 8, .cost = 1},
    {.strategy = "random", .executions = 8, .cost = 1.3},
    {.strategy = "pos", .executions = 6, .cost = 2},
    {.strategy = "reads-from", .executions = 6, .cost = 4, .learns = true},
    {.strategy = "pct", .depth = 2, .executions = 8, .cost = 1},
    {.strategy = "surw", .executions = 6, .cost = 3, .learns = true},
    {.strategy = "random-delay", .delays = 2, .executions = 8, .cost = 1},
    {.strategy = "urw", .executions = 6, .cost = 2.4, .learns = true},
    {.strategy = "exhaustive", .preemptions = 2, .executions = 8, .cost = 1.3, .learns = true},
};

static const double DISCOUNT = 0.995, CURIOSITY = 0.3, FULL_WORTH = 4, CHEAPEST_BATCH = 8, LEAST_BATCHES = 0.5;

enum { FEEDBACK_ONE_IN = 4 };

void mix_begin_program(struct mix *mix)
{
    for (uint32_t way = 0; way < MIX_WAYS; way++) {
        mix->ways[way].open = NULL;
        mix->ways[way].exhausted = false;
    }
}

static double promise(const struct mix *mix, uint32_t number)
{
    const struct mix_way *way = &mix->ways[number];
    double cost = mix_ways[number].cost * mix_ways[number].executions / CHEAPEST_BATCH;
    if (way->batches < LEAST_BATCHES) {
        return INFINITY;
    }
    return way->paid / way->batches / cost + CURIOSITY * sqrt(log(mix->batches + 1) / way->batches / cost);
}

uint32_t mix_choose(const struct mix *mix)
{
    uint32_t best = 0;
    double most = -1;
    for (uint32_t way = 0; way < MIX_WAYS; way++) {
        double promised = promise(mix, way);
        if (!mix->ways[way].exhausted && promised > most) {
            most = promised;
            best = way;
        }
    }
    return best;
}

bool mix_wants_feedback(const struct mix *mix)
{
    return mix->executions % FEEDBACK_ONE_IN == 0;
}

static uint32_t new_coverage(struct mix *mix)
{
    const uint16_t *indices;
    uint32_t count = scheduler_feedback_touched(&indices), fresh = 0;
    for (uint32_t index = 0; index < count; index++) {
        fresh += !mix->seen[indices[index]];
        mix->seen[indices[index]] = 1;
    }
    return fresh;
}

/* By name, so that the same finding is the same number in every process. */
static uint64_t number_of(const struct verdict *verdict)
{
    uint64_t number = 14695981039346656037u;
    for (const char *at = verdict->finding->identifier; *at; at++) {
        number = (number ^ (unsigned char)*at) * 1099511628211u;
    }
    for (const char *at = verdict->routine; *at; at++) {
        number = (number ^ (unsigned char)*at) * 1099511628211u;
    }
    return number;
}

static bool is_new_finding(struct mix *mix, const struct verdict *verdict)
{
    uint64_t number = number_of(verdict);
    for (uint32_t index = 0; index < mix->known; index++) {
        if (mix->findings[index] == number) {
            return false;
        }
    }
    if (mix->known == MIX_FINDINGS) {
        return false;
    }
    mix->findings[mix->known++] = number;
    return true;
}

void mix_see(struct mix *mix, const struct verdict *verdict, bool feedback)
{
    mix->executions++;
    if (feedback) {
        mix->worth += new_coverage(mix);
    }
    if (verdict->finding && is_new_finding(mix, verdict)) {
        mix->worth += FULL_WORTH;
    }
}

void mix_pay(struct mix *mix, uint32_t number)
{
    double paid = mix->worth < FULL_WORTH ? mix->worth / FULL_WORTH : 1;
    for (uint32_t way = 0; way < MIX_WAYS; way++) {
        mix->ways[way].batches *= DISCOUNT;
        mix->ways[way].paid *= DISCOUNT;
    }
    mix->ways[number].batches++;
    mix->ways[number].paid += paid;
    mix->batches = DISCOUNT * mix->batches + 1;
    mix->worth = 0;
}
