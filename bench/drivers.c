/* drivers.c - executions of whole drivers, from DriverEntry to DriverUnload, with all judges. */
#include "measure.h"
#include "scenarios.h"
#include "sections.h"

#include <stdio.h>
#include <stdlib.h>

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
            fprintf(stderr, "remlock-bench: the correct driver %s shows %s: %s\n", runs->scenario.subject->name,
                    verdict.finding->identifier, verdict.message);
            exit(EXIT_FAILURE);
        }
    }
}

static void measure(const char *name, const char *driver, const char *strategy, const char *rules, double target)
{
    static struct runs runs;
    char problem[SUBJECT_PROBLEM_SIZE];
    const struct subject *subject = subject_open(driver, problem, sizeof problem);
    if (subject == NULL || subject->operation_count == 0) {
        row_missing(name, "the driver is not built");
        return;
    }
    runs.scenario = scenario_of_transfers(subject);
    scenario_set(&runs.scenario, "rules", rules);
    runs.strategy = strategy_open(strategy, &(struct strategy_options){.seed = 1, .depth = 3});
    row_rate(name, measure_rate(run_scenario, &runs), "executions/s", target);
}

/* What `remlock test` does: a generated program, sixty-four schedules, the next program. */
static void run_generated(void *context, uint64_t count)
{
    enum { SCHEDULES = 64 };
    static struct generator generator = {.state = 1};
    struct runs *runs = context;
    const struct subject *subject = runs->scenario.subject;
    for (uint64_t done = 0; done < count; done += SCHEDULES) {
        generator_scenario(&generator, subject, &runs->scenario);
        run_scenario(runs, SCHEDULES);
    }
}

static void measure_generated(const char *name, const char *driver)
{
    static struct runs runs;
    char problem[SUBJECT_PROBLEM_SIZE];
    runs.scenario.subject = subject_open(driver, problem, sizeof problem);
    if (runs.scenario.subject == NULL || runs.scenario.subject->operation_count == 0) {
        row_missing(name, "the driver is not built");
        return;
    }
    runs.strategy = strategy_open("random", &(struct strategy_options){.seed = 1});
    row_rate(name, measure_rate(run_generated, &runs), "executions/s", 0);
}

void bench_drivers(void)
{
    section("drivers: two tasks open, read or write, and close, one removes the device; load to unload, all judges");
    measure("function driver with a cancel-safe queue, random walk", "driver:function-csq", "random", "strict", 1.0e5);
    measure("the same, pct", "driver:function-csq", "pct", "strict", 0);
    measure("the same, without the rules", "driver:function-csq", "random", "off", 0);
    measure("filter with completion routines, random walk", "driver:filter", "random", "strict", 1.0e5);
    section("drivers: generated programs");
    measure_generated("function driver with a cancel-safe queue", "driver:function-csq");
    measure_generated("filter with completion routines", "driver:filter");
    measure_generated("bus driver with children", "driver:bus");
}
