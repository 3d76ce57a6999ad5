/* stress.c - `remlock stress`: real threads, and a deterministic search for what they found. */
#include "book.h"
#include "files.h"
#include "interrupt.h"
#include "stress/workers.h"
#include "workers.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_LIMIT = 64 };

struct run {
    struct stress_options options;
    struct stress_totals totals;
    struct progress progress;
    struct book book; /* what the searches found */
    struct stress_finding known[KNOWN_LIMIT];
    uint32_t known_count;
    cJSON *json; /* what the threads found */
    bool trouble;
    /* The search that is under way. */
    const struct stress_finding *sought;
    bool reached;
    uint64_t executions;
    struct replay other; /* the first of another kind that it came upon, when has_other */
    struct verdict other_verdict;
    struct book_circumstances other_circumstances;
    bool has_other;
};

/* ------------------------------------------------------------------------------------------------------ the search -- */

static bool search_tick(void *context, const struct worker_totals *totals)
{
    struct run *run = context;
    char count[32];
    if (progress_due(&run->progress)) {
        progress_show(&run->progress, "%s: looking for %s in deterministic executions: %s", run->options.what.subject->name,
                      run->sought->identifier, progress_count(totals->counters.executions, count, sizeof(count)));
    }
    return true;
}

/* What else the search comes upon is a finding as well, but not what was asked: it is told when nothing better comes. */
static bool search_found(void *context, struct replay *replay, const struct worker_finding *finding,
                         const struct worker_totals *totals)
{
    struct run *run = context;
    struct book_circumstances circumstances = {.executions = totals->counters.executions,
                                               .seconds = progress_elapsed(&run->progress),
                                               .truncated = finding->truncated,
                                               .command = "stress"};
    if (strcmp(finding->verdict.finding->identifier, run->sought->identifier) == 0) {
        run->reached = true;
        book_enter(&run->book, replay, &finding->verdict, &circumstances);
        return false;
    }
    if (!run->has_other && replay_copy(&run->other, replay)) {
        run->has_other = true;
        run->other_verdict = finding->verdict;
        run->other_circumstances = circumstances;
    }
    return true;
}

static bool search_crashed(void *context, const struct worker_crash *crash)
{
    struct run *run = context;
    progress_wipe(&run->progress);
    if (crash->signal) {
        complain("the code under test crashed in the search as well: %s", strsignal(crash->signal));
    }
    return false;
}

static void search_in(struct run *run, const struct scenario *scenario, uint64_t limit)
{
    const struct stress_options *options = &run->options;
    struct search_options search = {.subject = scenario->subject,
                                    .scenario = scenario,
                                    .generator = {.state = options->seed},
                                    .schedules_per_program = SEARCH_SCHEDULES,
                                    .execution_limit = limit};
    struct worker_owner owner = {.tick = search_tick, .found = search_found, .crashed = search_crashed, .context = run};
    struct worker_job job = search_job(&search);
    struct worker_totals totals;
    memset(&totals, 0, sizeof(totals));
    if (limit != 0 && !run->reached && !interrupt_requested && workers_run(&job, 1, &owner, &totals)) {
        run->executions += totals.counters.executions;
    }
}

/* First as it is, then with a point at each access, for what shows between two synchronisation operations only. */
static void search(struct run *run, const struct stress_finding *finding, struct scenario scenario)
{
    run->sought = finding;
    run->reached = false;
    run->executions = 0;
    uint32_t *values = scenario.configuration.values;
    if (strcmp(finding->identifier, "data-race") == 0 && values[SETTING_RACES] == RACES_OFF) {
        values[SETTING_RACES] = RACES_NT;
    }
    search_in(run, &scenario, run->options.search / 2);
    if (values[SETTING_POINTS] == POINTS_SYNC) {
        values[SETTING_POINTS] = POINTS_ALL;
        search_in(run, &scenario, run->options.search - run->options.search / 2);
    }
    progress_wipe(&run->progress);
    if (run->has_other && !run->reached) {
        book_enter(&run->book, &run->other, &run->other_verdict, &run->other_circumstances);
    }
    if (run->has_other) {
        replay_free(&run->other);
        run->has_other = false;
    }
}

/* ---------------------------------------------------------------------------------------------------- the findings -- */

static bool is_known(struct run *run, const struct stress_finding *finding)
{
    for (uint32_t index = 0; index < run->known_count; index++) {
        if (strcmp(run->known[index].identifier, finding->identifier) == 0 &&
            strcmp(run->known[index].routine, finding->routine) == 0) {
            return true;
        }
    }
    if (run->known_count < KNOWN_LIMIT) {
        run->known[run->known_count++] = *finding;
    }
    return false;
}

/* Saves the program; the seed for its delays is part of the command that repeats it. */
static bool save_program(struct run *run, const struct stress_finding *finding, const struct scenario *scenario, char *path)
{
    struct replay replay = {.scenario = *scenario};
    struct replay_error error;
    struct replay_remarks remarks = {.heading = "real threads showed a finding in this program, in an order that nobody knows"};
    snprintf(path, PATH_MAX, "%s/stress-%s-%" PRIu64 ".replay", run->options.folder, finding->identifier, finding->number);
    if (replay_save(&replay, &remarks, path, &error)) {
        return true;
    }
    complain("%s: %s", path, error.message);
    run->trouble = true;
    return false;
}

static void tell(struct run *run, const struct stress_finding *finding, const char *path)
{
    char count[32];
    const struct common_options *common = &run->options.common;
    if (common->json) {
        cJSON *json = cJSON_CreateObject();
        cJSON_AddStringToObject(json, "finding", finding->identifier);
        cJSON_AddStringToObject(json, "routine", finding->routine);
        cJSON_AddStringToObject(json, "message", finding->message);
        cJSON_AddStringToObject(json, "program", path);
        cJSON_AddBoolToObject(json, "reached_by_search", run->reached);
        cJSON_AddNumberToObject(json, "search_executions", (double)run->executions);
        cJSON_AddItemToArray(run->json, json);
        return;
    }
    if (!run->reached) {
        printf("  the search did not come upon it in %s deterministic executions; the program is kept\n",
               progress_count(run->executions, count, sizeof(count)));
        printf("  remlock stress --file %s --seed %" PRIu64 "\n", path, run->options.seed);
    }
}

static bool found(void *context, const struct stress_finding *finding)
{
    struct run *run = context;
    static struct scenario scenario;
    char path[PATH_MAX];
    if (is_known(run, finding)) {
        return run->options.keep_going;
    }
    progress_wipe(&run->progress);
    if (!run->options.common.json) {
        printf("REAL THREADS: %s %s %s\n  %s\n", finding->identifier, run->options.what.subject->name, finding->routine,
               finding->message);
        fflush(stdout);
    }
    stress_scenario(&run->options, finding->number, &scenario);
    if (!save_program(run, finding, &scenario, path)) {
        path[0] = 0;
    }
    search(run, finding, scenario);
    tell(run, finding, path);
    return run->options.keep_going;
}

static bool tick(void *context, uint64_t executions, uint64_t programs)
{
    struct run *run = context;
    char count[32], left[64], rate[32];
    (void)programs;
    double elapsed = progress_elapsed(&run->progress);
    if (progress_due(&run->progress)) {
        progress_show(&run->progress, "%s: %s executions on real threads, %s, %u finding%s%s", run->options.what.subject->name,
                      progress_count(executions, count, sizeof(count)),
                      progress_rate((double)executions / (elapsed > 0 ? elapsed : 1), rate, sizeof(rate)), run->known_count,
                      run->known_count == 1 ? "" : "s", progress_left(run->options.seconds, elapsed, left, sizeof(left)));
    }
    return elapsed < run->options.seconds;
}

/* ----------------------------------------------------------------------------------------------------------- ends -- */

static void print_summary(const struct run *run)
{
    char executions[32], programs[32], duration[32];
    printf("%s: %s executions on real threads of %s programs in %s, seed %" PRIu64 ": %u finding%s%s\n",
           run->options.what.subject->name, progress_count(run->totals.executions, executions, sizeof(executions)),
           progress_count(run->totals.programs, programs, sizeof(programs)),
           progress_duration(progress_elapsed(&run->progress), duration, sizeof(duration)), run->options.seed, run->known_count,
           run->known_count == 1 ? "" : "s", interrupt_requested ? ", interrupted" : "");
}

static void print_json(struct run *run)
{
    char seed[32];
    cJSON *json = json_begin("stress");
    snprintf(seed, sizeof(seed), "%" PRIu64, run->options.seed);
    cJSON_AddStringToObject(json, "subject", run->options.what.subject->name);
    cJSON_AddStringToObject(json, "seed", seed);
    cJSON_AddNumberToObject(json, "executions", (double)run->totals.executions);
    cJSON_AddNumberToObject(json, "programs", (double)run->totals.programs);
    cJSON_AddNumberToObject(json, "seconds", progress_elapsed(&run->progress));
    cJSON_AddBoolToObject(json, "interrupted", interrupt_requested != 0);
    cJSON_AddItemToObject(json, "on_threads", run->json);
    cJSON_AddItemToObject(json, "findings", run->book.json);
    json_print(stdout, json);
}

int command_stress(int argument_count, char **arguments)
{
    static struct run run; /* holds books and scenarios: too large for the stack */
    char message[PATH_MAX + 256];
    stress_options_parse(&run.options, argument_count, arguments);
    if (!folder_prepare(run.options.folder, message, sizeof(message))) {
        complain("%s", message);
        return EXIT_USAGE;
    }
    interrupt_catch();
    const struct common_options *common = &run.options.common;
    run.progress = progress_begin(common->quiet);
    run.json = cJSON_CreateArray();
    run.book = (struct book){.common = common,
                             .progress = &run.progress,
                             .folder = run.options.folder,
                             .minimise = true,
                             .json = cJSON_CreateArray()};
    struct stress_owner owner = {.tick = tick, .found = found, .context = &run};
    if (!stress_workers_run(&run.options, argument_count, arguments, &owner, &run.totals)) {
        return EXIT_USAGE;
    }
    progress_wipe(&run.progress);
    if (common->json) {
        print_json(&run);
    } else {
        print_summary(&run);
        cJSON_Delete(run.book.json);
        cJSON_Delete(run.json);
    }
    return run.known_count ? EXIT_FINDING : run.trouble ? EXIT_USAGE : EXIT_CLEAN;
}
