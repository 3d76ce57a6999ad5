/* test.c - `remlock test`. */
#include "book.h"
#include "files.h"
#include "interrupt.h"
#include "run_report.h"
#include "test_options.h"
#include "workers.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

struct run {
    struct test_options options;
    struct progress progress;
    struct book book;
    struct worker_totals totals;
    bool crashed;
};

static double rate_of(const struct worker_totals *totals, double seconds)
{
    return seconds > 0 ? (double)totals->counters.executions / seconds : 0;
}

static void show_progress(struct run *run, const struct worker_totals *totals, double elapsed)
{
    char count[32], rate[32], left[64];
    const struct test_options *options = &run->options;
    progress_left(options->seconds, elapsed, left, sizeof(left));
    if (options->seconds == 0 && options->search.execution_limit) {
        double done = 100.0 * (double)totals->counters.executions / (double)options->search.execution_limit;
        snprintf(left, sizeof(left), ", %.0f %%", done);
    }
    progress_show(&run->progress, "%s: %s executions, %s, %u finding%s%s", options->search.subject->name,
                  progress_count(totals->counters.executions, count, sizeof(count)),
                  progress_rate(rate_of(totals, elapsed), rate, sizeof(rate)), run->book.count, run->book.count == 1 ? "" : "s",
                  left);
}

static bool tick(void *context, const struct worker_totals *totals)
{
    struct run *run = context;
    double elapsed = progress_elapsed(&run->progress);
    if (progress_due(&run->progress)) {
        show_progress(run, totals, elapsed);
    }
    return run->options.seconds == 0 || elapsed < run->options.seconds;
}

static bool found(void *context, struct replay *replay, const struct worker_finding *finding,
                  const struct worker_totals *totals)
{
    struct run *run = context;
    struct book_circumstances circumstances = {.executions = totals->counters.executions,
                                               .seconds = progress_elapsed(&run->progress),
                                               .truncated = finding->truncated};
    book_enter(&run->book, replay, &finding->verdict, &circumstances);
    return run->options.keep_going;
}

static bool crashed(void *context, const struct worker_crash *crash)
{
    struct run *run = context;
    run->crashed = true;
    progress_wipe(&run->progress);
    report_crash(crash, "test", run->options.folder);
    return false;
}

/* -------------------------------------------------------------------------------------------------------- summary -- */

static void print_summary(const struct run *run, double seconds)
{
    char executions[32], programs[32], duration[32], rate[32];
    const struct search_counters *counters = &run->totals.counters;
    if (run->book.count == 0) {
        printf("%s", run->crashed            ? "crashed: "
                     : run->totals.exhausted ? "clean, every schedule within the bound tried: "
                                             : "clean: ");
    } else {
        printf("%u finding%s: ", run->book.count, run->book.count == 1 ? "" : "s");
    }
    printf("%s execution%s of %s program%s in %s (%s)%s\n",
           progress_count(counters->executions, executions, sizeof(executions)), counters->executions == 1 ? "" : "s",
           progress_count(counters->programs, programs, sizeof(programs)), counters->programs == 1 ? "" : "s",
           progress_duration(seconds, duration, sizeof(duration)),
           progress_rate(rate_of(&run->totals, seconds), rate, sizeof(rate)), interrupt_requested ? ", interrupted" : "");
    if (counters->excused > 0) {
        printf("  in %s of them a caller was to blame; --blame all makes that a finding\n",
               progress_count(counters->excused, executions, sizeof(executions)));
    }
    report_left_out(counters);
    report_abandoned(counters);
}

static void print_json(struct run *run, const char *invocation, double seconds)
{
    char seed[32];
    cJSON *json = json_begin("test");
    const struct search_counters *counters = &run->totals.counters;
    snprintf(seed, sizeof(seed), "%" PRIu64, run->options.seed);
    cJSON_AddStringToObject(json, "subject", run->options.search.subject->name);
    cJSON_AddStringToObject(json, "invocation", invocation);
    cJSON_AddStringToObject(json, "seed", seed);
    cJSON_AddNumberToObject(json, "executions", (double)counters->executions);
    cJSON_AddNumberToObject(json, "programs", (double)counters->programs);
    cJSON_AddNumberToObject(json, "steps", (double)counters->steps);
    cJSON_AddNumberToObject(json, "checked_for_determinism", (double)counters->checked);
    cJSON_AddNumberToObject(json, "excused", (double)counters->excused);
    cJSON_AddNumberToObject(json, "operations", (double)counters->operations);
    cJSON_AddNumberToObject(json, "left_out", (double)counters->left_out);
    cJSON_AddNumberToObject(json, "abandoned", (double)counters->abandoned);
    cJSON_AddNumberToObject(json, "seconds", seconds);
    cJSON_AddNumberToObject(json, "processor_seconds", processor_seconds());
    cJSON_AddNumberToObject(json, "executions_per_second", rate_of(&run->totals, seconds));
    cJSON_AddBoolToObject(json, "exhausted", run->totals.exhausted);
    cJSON_AddBoolToObject(json, "interrupted", interrupt_requested != 0);
    cJSON_AddBoolToObject(json, "crashed", run->crashed);
    cJSON_AddItemToObject(json, "findings", run->book.json);
    json_print(stdout, json);
}

int command_test(int argument_count, char **arguments)
{
    static struct run run; /* holds a scenario and a book: too large for the stack */
    char message[PATH_MAX + 256], invocation[8192];
    test_options_parse(&run.options, argument_count, arguments);
    if (!folder_prepare(run.options.folder, message, sizeof(message))) {
        complain("%s", message);
        return EXIT_USAGE;
    }
    const struct common_options *common = &run.options.common;
    test_options_write(&run.options, invocation, sizeof(invocation));
    if (!common->json && !common->quiet) {
        printf("%s\n\n", invocation);
    }
    interrupt_catch();
    run.progress = progress_begin(common->quiet);
    run.book = (struct book){.common = common,
                             .progress = &run.progress,
                             .folder = run.options.folder,
                             .minimise = !run.options.no_minimise,
                             .json = cJSON_CreateArray()};
    struct worker_owner owner = {.tick = tick, .found = found, .crashed = crashed, .context = &run};
    struct worker_job job = search_job(&run.options.search);
    if (!workers_run(&job, run.options.jobs, &owner, &run.totals)) {
        complain("cannot start %u worker%s: %s", run.options.jobs, run.options.jobs == 1 ? "" : "s", strerror(errno));
        return EXIT_USAGE;
    }
    double seconds = progress_elapsed(&run.progress);
    progress_wipe(&run.progress);
    if (common->json) {
        print_json(&run, invocation, seconds);
    } else {
        print_summary(&run, seconds);
        cJSON_Delete(run.book.json);
    }
    return run.book.count || run.crashed ? EXIT_FINDING : run.book.trouble ? EXIT_USAGE : EXIT_CLEAN;
}
