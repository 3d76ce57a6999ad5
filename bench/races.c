/* races.c - what looking for data races costs: the same executions with races=off and with races=nt. */
#include "loops.h"
#include "measure.h"
#include "scenarios.h"
#include "sections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct runs {
    struct scenario scenario;
    struct strategy *strategy;
};

static void run_scenario(void *context, uint64_t count)
{
    static struct verdict verdict;
    const struct runs *runs = context;
    for (uint64_t execution = 0; execution < count; execution++) {
        harness_execute(&runs->scenario, runs->strategy, HARNESS_PLAIN, &verdict);
        if (verdict.finding != NULL) {
            fprintf(stderr, "remlock-bench: the correct %s shows %s: %s\n", runs->scenario.subject->name,
                    verdict.finding->identifier, verdict.message);
            exit(EXIT_FAILURE);
        }
    }
}

static void compare(const char *name, void (*work)(void *context, uint64_t count), void *without, void *with, const char *unit)
{
    char text[128];
    struct rate off = measure_rate(work, without);
    struct rate on = measure_rate(work, with);
    row_rate(name, off, unit, 0);
    snprintf(text, sizeof text, "%s, races=nt", name);
    row_rate(text, on, unit, 0);
    snprintf(text, sizeof text, "%s, times as long", name);
    row_number(text, off.median / on.median, "");
}

static void compare_scenario(const char *name, struct scenario scenario)
{
    static struct runs without, with;
    without.scenario = with.scenario = scenario;
    without.strategy = with.strategy = strategy_open("random", &(struct strategy_options){.seed = 1});
    scenario_set(&with.scenario, "races", "nt");
    compare(name, run_scenario, &without, &with, "executions/s");
}

static void compare_driver(const char *name, const char *driver)
{
    char problem[SUBJECT_PROBLEM_SIZE];
    const struct subject *subject = subject_open(driver, problem, sizeof problem);
    if (subject == NULL || subject->operation_count == 0) {
        row_missing(name, "the driver is not built");
        return;
    }
    compare_scenario(name, scenario_of_transfers(subject));
}

/* ------------------------------------------------------------------------------------------------- plain accesses -- */

enum { ROUNDS = 1000, TASKS = 3 };

struct sums {
    struct scheduler_options options;
    uint32_t spread;
};

static void run_sums(void *context, uint64_t operations)
{
    const struct sums *sums = context;
    for (uint64_t done = 0; done < operations; done += (uint64_t)TASKS * ROUNDS) {
        scheduler_reset(&sums->options);
        struct loop *loop = scheduler_allocate(sizeof *loop, "loop");
        memset(loop, 0, sizeof *loop);
        loop->rounds = ROUNDS;
        loop->spread = sums->spread;
        for (uint32_t task = 0; task < TASKS; task++) {
            scheduler_spawn("sums", loop_sums, loop);
        }
        if (scheduler_run(strategy_open("random", &(struct strategy_options){.seed = done})) != SCHEDULER_FINISHED) {
            fprintf(stderr, "remlock-bench: sums without a race: %s\n", scheduler_violation()->message);
            exit(EXIT_FAILURE);
        }
    }
}

static void compare_sums(const char *name, uint32_t spread)
{
    struct sums off = {.spread = spread};
    struct sums on = {.options = {.races = RACES_NT}, .spread = spread};
    compare(name, run_sums, &off, &on, "rounds/s");
}

void bench_races(void)
{
    section("races: the same executions without and with races=nt");
    compare_scenario("lock, three acquirers and a remover", scenario_of_acquirers(subject_find("lock"), 3));
    compare_driver("filter with completion routines", "driver:filter");
    compare_driver("function driver with a cancel-safe queue", "driver:function-csq");
    compare_sums("192 plain accesses to 17 variables, a barrier, and so on", 16);
    compare_sums("192 plain accesses to 65 variables, a barrier, and so on", 64);
}
