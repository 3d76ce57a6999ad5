/* lock.c - executions of the remove lock through the harness, with all oracles. */
#include "measure.h"
#include "scenarios.h"
#include "sections.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct runs {
    struct scenario scenario;
    struct strategy *strategy;
    unsigned mode;
};

static void run_scenario(void *context, uint64_t count)
{
    static struct verdict verdict;
    const struct runs *runs = context;
    for (uint64_t execution = 0; execution < count; execution++) {
        harness_execute(&runs->scenario, runs->strategy, runs->mode, &verdict);
        if (verdict.finding != NULL) {
            fprintf(stderr, "remlock-bench: the correct lock shows %s: %s\n", verdict.finding->identifier, verdict.message);
            exit(EXIT_FAILURE);
        }
    }
}

static void measure_under(const char *memory, const char *name, const char *personality, const char *strategy, unsigned mode,
                          double target)
{
    const struct strategy_options options = {.seed = 1, .depth = 3, .preemption_bound = UINT32_MAX};
    static struct runs runs;
    runs.scenario = scenario_of_acquirers(subject_find("lock"), 3);
    scenario_set(&runs.scenario, "lock", personality);
    scenario_set(&runs.scenario, "memory", memory);
    runs.strategy = strategy_open(strategy, &options);
    runs.mode = mode;
    row_rate(name, measure_rate(run_scenario, &runs), "executions/s", target);
}

static void measure(const char *name, const char *personality, const char *strategy, unsigned mode, double target)
{
    measure_under("sc", name, personality, strategy, mode, target);
}

/* What `remlock test` does: a generated program, sixty-four schedules, the next program. */
static void run_generated(void *context, uint64_t count)
{
    enum { SCHEDULES = 64 };
    static struct runs runs;
    struct generator *generator = context;
    runs.strategy = strategy_open("random", &(struct strategy_options){.seed = 1});
    for (uint64_t done = 0; done < count; done += SCHEDULES) {
        generator_scenario(generator, subject_find("lock"), &runs.scenario);
        scenario_set(&runs.scenario, "blame", "lock");
        run_scenario(&runs, SCHEDULES);
    }
}

/* ----------------------------------------------------------------------------------------------- the whole command -- */

static double number_of(const cJSON *json, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static void measure_command(const char *name, const char *options, double target)
{
    static const char command[] = BUILD_FOLDER "/cli/remlock";
    char line[1024], text[8192];
    if (access(command, X_OK) != 0) {
        row_missing(name, "cli/remlock is not built");
        return;
    }
    snprintf(line, sizeof line, "cd \"${TMPDIR:-/tmp}\" && '%s' test lock --seed 1 --executions 2M --json --quiet %s", command,
             options);
    FILE *stream = popen(line, "r");
    size_t length = stream == NULL ? 0 : fread(text, 1, sizeof text - 1, stream);
    text[length] = '\0';
    if (stream != NULL) {
        pclose(stream);
    }
    cJSON *json = cJSON_Parse(text);
    double seconds = number_of(json, "processor_seconds");
    if (seconds > 0) {
        double rate = number_of(json, "executions") / seconds;
        row_rate(name, (struct rate){rate, rate}, "executions/s", target);
    } else {
        row_missing(name, "remlock test told nothing");
    }
    cJSON_Delete(json);
}

void bench_lock(void)
{
    static struct generator generator = {.state = 1};
    section("lock: three acquirers and a remover, all oracles");
    measure("random walk, free build", "free", "random", HARNESS_PLAIN, 1.0e6);
    measure("random walk, checked build", "checked", "random", HARNESS_PLAIN, 0);
    measure("random walk, verifier", "verifier", "random", HARNESS_PLAIN, 0);
    measure("random walk, free build, hash", "free", "random", HARNESS_HASH, 0);
    measure("random walk, free build, feedback", "free", "random", HARNESS_FEEDBACK, 0);
    measure("random walk, free build, recording", "free", "random", HARNESS_RECORD, 0);
    measure_under("tso", "random walk, free build, memory=tso", "free", "random", HARNESS_PLAIN, 0);
    measure_under("c11", "random walk, free build, memory=c11", "free", "random", HARNESS_PLAIN, 0);
    measure("pct, free build", "free", "pct", HARNESS_PLAIN, 0);
    measure("exhaustive, free build", "free", "exhaustive", HARNESS_PLAIN, 0);
    section("lock: generated programs");
    row_rate("random walk, 64 schedules for each program", measure_rate(run_generated, &generator), "executions/s", 0);
    measure_command("remlock test, mixed strategies", "", 0);
    measure_command("remlock test, three acquirers and a remover",
                    "--strategy random --program "
                    "'a: acquire A; release A | b: acquire B; release B | c: acquire C; release C | pnp: remove'",
                    1.0e6);
}
