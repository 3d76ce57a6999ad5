/* support.c - see support.h. */
#include "support.h"

#include <math.h>
#include <string.h>

enum scheduler_outcome run_world(const struct world *world, struct strategy *strategy, const struct scheduler_options *options)
{
    struct scheduler_options used = {0};
    if (options != NULL) {
        used = *options;
    }
    used.lookahead |= strategy->looks_ahead;
    used.log_steps |= strategy->logs_steps;
    used.tell_states |= strategy->tells_states;
    scheduler_reset(&used);
    world->begin(world->size);
    return scheduler_run(strategy);
}

struct strategy *the_default(void)
{
    return strategy_replay((struct schedule){NULL, 0});
}

struct strategy *random_walk(uint64_t seed)
{
    return strategy_open("random", &(struct strategy_options){.seed = seed});
}

struct strategy *pct(uint64_t seed, uint32_t depth)
{
    return strategy_open("pct", &(struct strategy_options){.seed = seed, .depth = depth});
}

struct strategy *exhaustive(uint32_t preemption_bound)
{
    return strategy_open("exhaustive", &(struct strategy_options){.preemption_bound = preemption_bound});
}

struct counts count_schedules(const struct world *world, uint32_t preemption_bound)
{
    struct counts counts = {0};
    struct strategy *strategy = exhaustive(preemption_bound);
    do {
        counts.failing += run_world(world, strategy, NULL) == SCHEDULER_STOPPED;
        counts.schedules++;
        counts.longest = scheduler_steps() > counts.longest ? scheduler_steps() : counts.longest;
    } while (scheduler_more());
    assert_int_equal(strategy_coverage(strategy).executions, counts.schedules);
    return counts;
}

uint64_t count_failures(const struct world *world, struct strategy *strategy, uint64_t executions)
{
    uint64_t failures = 0;
    for (uint64_t execution = 0; execution < executions; execution++) {
        failures += run_world(world, strategy, NULL) == SCHEDULER_STOPPED;
    }
    return failures;
}

void assert_probability(const char *what, uint64_t hits, uint64_t tries, double probability)
{
    double expected = (double)tries * probability;
    double deviation = sqrt(expected * (1 - probability));
    double sigmas = ((double)hits - expected) / deviation;
    print_message("%s: %.5f, expected %.5f (%+.1f standard deviations)\n", what, (double)hits / (double)tries, probability,
                  sigmas);
    if (fabs(sigmas) > 5) {
        fail_msg("%s: %.5f is too far from %.5f", what, (double)hits / (double)tries, probability);
    }
}

struct schedule copy_schedule(void)
{
    static struct deviation deviations[SCHEDULER_DEVIATION_LIMIT];
    struct schedule schedule = scheduler_schedule();
    memcpy(deviations, schedule.deviations, schedule.count * sizeof deviations[0]);
    return (struct schedule){.deviations = deviations, .count = schedule.count};
}

void assert_violation(const char *identifier)
{
    const struct violation *violation = scheduler_violation();
    if (violation == NULL) {
        fail_msg("no violation, expected %s", identifier);
        return;
    }
    assert_string_equal(violation->identifier, identifier);
}
