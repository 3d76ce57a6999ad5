/* report.c - what `remlock verify` says. */
#include "report.h"

#include "interrupt.h"
#include "run_report.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>

/* ---------------------------------------------------------------------------------------------------------- totals -- */

struct whole {
    uint64_t abandoned, states, truncated;
    bool bounded, done;
    double explored; /* 0 to 1 */
};

static struct whole add_up(const struct verify_run *run, const struct search_counters *counters)
{
    struct whole whole = {.done = true};
    uint32_t jobs = run->options.jobs;
    double parts = 0;
    for (uint32_t number = 0; number < jobs; number++) {
        const struct exploration_share *share = &run->shares[number];
        whole.abandoned += atomic_load(&share->abandoned);
        whole.states += atomic_load(&share->states);
        whole.truncated += atomic_load(&share->truncated);
        whole.bounded |= atomic_load(&share->bounded);
        bool done = atomic_load(&share->done);
        whole.done &= done;
        /* A program that has been begun counts by how far it is. */
        parts += done ? 0 : atomic_load(&share->explored) - 1;
        whole.explored += atomic_load(&share->explored) / jobs;
    }
    if (!run->options.exploration.scenario) {
        whole.explored = ((double)counters->programs + parts) / (double)exploration_programs(&run->options.exploration);
    }
    whole.explored = whole.done ? 1 : whole.explored < 0 ? 0 : whole.explored;
    return whole;
}

bool verify_complete(const struct verify_run *run)
{
    struct whole whole = add_up(run, &run->totals.counters);
    return whole.done && whole.truncated == 0 && !run->crashed;
}

/* -------------------------------------------------------------------------------------------------------- on the way -- */

static const struct estimate *estimate_of(const struct verify_run *run)
{
    const struct exploration_share *share = &run->shares[0];
    return atomic_load(&share->estimated) && share->estimate.probes > 1 ? &share->estimate : NULL;
}

/* "1,234", or "3.2e+17" where digits would pretend to be known. */
static const char *about(double number, char *text, size_t size)
{
    if (number >= 1e9) {
        snprintf(text, size, "%.1e", number);
    } else {
        progress_count((uint64_t)(number + 0.5), text, size);
    }
    return text;
}

void verify_report_estimate(struct verify_run *run)
{
    const struct estimate *estimate = estimate_of(run);
    const struct exploration *exploration = &run->options.exploration;
    char schedules[32], programs[32], bound[64] = "";
    if (!estimate || run->told_estimate) {
        return;
    }
    run->told_estimate = true;
    if (run->options.common.json || run->options.common.quiet) {
        return;
    }
    double all = (double)exploration_programs(exploration);
    if (exploration->bounds.preemption_bound != UINT32_MAX) {
        snprintf(bound, sizeof(bound), " with at most %u preemptions", exploration->bounds.preemption_bound);
    }
    progress_wipe(&run->progress);
    printf("estimate: ");
    if (!exploration->scenario) {
        printf("%s programs with ", progress_count(exploration_programs(exploration), programs, sizeof(programs)));
    }
    printf("about %s schedules%s%s, by %" PRIu64 " random ones; standard error %.0f %%\n",
           about(estimate->mean * all, schedules, sizeof(schedules)), bound,
           run->options.no_reduction ? "" : " before reduction", estimate->probes,
           100 * estimate_error(estimate) / (estimate->mean > 0 ? estimate->mean : 1));
    fflush(stdout);
}

static void time_left(const struct verify_run *run, double explored, double elapsed, char *text, size_t size)
{
    char duration[32];
    text[0] = 0;
    if (explored > 1e-6 && explored < 1 && !run->options.resume) {
        snprintf(text, size, ", about %s left", progress_duration(elapsed / explored - elapsed, duration, sizeof(duration)));
    }
}

static double rate_of(const struct verify_run *run, const struct worker_totals *totals, double seconds)
{
    uint64_t executions = totals->counters.executions;
    return seconds > 0 && executions > run->before ? (double)(executions - run->before) / seconds : 0;
}

void verify_report_progress(struct verify_run *run, const struct worker_totals *totals, double elapsed)
{
    char count[32], rate[32], left[64];
    struct whole whole = add_up(run, &totals->counters);
    time_left(run, whole.explored, elapsed, left, sizeof(left));
    progress_show(&run->progress, "%s: %s executions, %s, %u finding%s, %.4g %% explored%s", run->options.what.subject->name,
                  progress_count(totals->counters.executions, count, sizeof(count)),
                  progress_rate(rate_of(run, totals, elapsed), rate, sizeof(rate)), run->book.count,
                  run->book.count == 1 ? "" : "s", 100 * whole.explored, left);
}

/* ---------------------------------------------------------------------------------------------------------- summary -- */

static const char *setting_word(const struct verify_run *run, uint32_t index)
{
    const struct exploration *exploration = &run->options.exploration;
    const uint32_t *values =
        exploration->scenario ? exploration->scenario->configuration.values : exploration->space.configuration.values;
    return subject_setting(run->options.what.subject, index)->words[values[index]];
}

static uint32_t setting_number(const struct verify_run *run, uint32_t index)
{
    const struct exploration *exploration = &run->options.exploration;
    return (exploration->scenario ? &exploration->scenario->configuration : &exploration->space.configuration)->values[index];
}

/* "every schedule of the program", "every distinguishable schedule of each of 1,234 programs", ... */
static void what_was_tried(const struct verify_run *run, const struct whole *whole, char *text, size_t size)
{
    const struct verify_options *options = &run->options;
    const char *name = options->exploration.strategy->name;
    char programs[32];
    const char *what = strcmp(name, "states") == 0                                 ? "every reachable state"
                       : strcmp(name, "dpor") == 0 || strcmp(name, "bounded") == 0 ? "every distinguishable schedule"
                                                                                   : "every schedule";
    text[0] = 0;
    line_append(text, size, "%s", what);
    if (options->exploration.bounds.preemption_bound != UINT32_MAX) {
        line_append(text, size, " with at most %u preemptions%s", options->exploration.bounds.preemption_bound,
                    whole->bounded ? "" : " (more are never possible)");
    }
    if (options->delays != UINT32_MAX) {
        line_append(text, size, " with at most %u delays", options->delays);
    }
    if (options->exploration.scenario) {
        line_append(text, size, " of the program");
        return;
    }
    line_append(text, size, " of %s programs: up to %u tasks with up to %u operations each",
                progress_count(exploration_programs(&options->exploration), programs, sizeof(programs)), options->tasks,
                options->operations);
}

static void list_alphabet(const struct verify_run *run)
{
    const struct program_space *space = &run->options.exploration.space;
    char text[256];
    printf("  operations: ");
    for (uint32_t index = 0; index < space->alphabet_size; index++) {
        operation_format(space->subject, &space->alphabet[index], text, sizeof(text));
        printf("%s%s", index == 0 ? "" : "; ", text);
    }
    puts("");
    for (uint32_t number = 0; number < space->varying_count; number++) {
        const struct setting *setting = subject_setting(space->subject, space->varying[number]);
        printf("  %s: every value, ", setting->name);
        for (uint32_t value = setting->minimum; value <= setting->maximum; value++) {
            printf("%s%s", value == setting->minimum ? "" : ", ", setting->words ? setting->words[value] : "");
        }
        puts("");
    }
}

static void print_covered(const struct verify_run *run, const struct whole *whole)
{
    char tried[512];
    what_was_tried(run, whole, tried, sizeof(tried));
    printf("  covered: %s\n", tried);
    if (!run->options.exploration.scenario) {
        list_alphabet(run);
    }
    printf("  under: memory=%s, points=%s, races=%s%s; executions of up to %u steps\n", setting_word(run, SETTING_MEMORY),
           setting_word(run, SETTING_POINTS), setting_word(run, SETTING_RACES),
           setting_number(run, SETTING_ALLOCATION_FAILURES) ? ", allocation-failures=yes" : "",
           setting_number(run, SETTING_STEPS));
}

static void print_counts(const struct verify_run *run, const struct whole *whole)
{
    char text[32];
    const struct search_counters *counters = &run->totals.counters;
    if (!run->options.exploration.scenario) {
        printf("%s program%s, ", progress_count(counters->programs, text, sizeof(text)), counters->programs == 1 ? "" : "s");
    }
    if (whole->states) {
        printf("%s states, ", progress_count(whole->states, text, sizeof(text)));
    }
    printf("%s execution%s", progress_count(counters->executions, text, sizeof(text)), counters->executions == 1 ? "" : "s");
    if (whole->abandoned) {
        printf(" (and %s given up early)", progress_count(whole->abandoned, text, sizeof(text)));
    }
    if (run->book.count == 0) {
        printf(", no finding");
    }
}

static const char *why_stopped(const struct verify_run *run)
{
    if (interrupt_requested) {
        return "interrupted";
    }
    return run->out_of_time ? "stopped by --time" : "stopped by --executions";
}

static void print_how_far(const struct verify_run *run, const struct whole *whole)
{
    char left[64];
    if (whole->done) {
        printf("  not complete: executions of %" PRIu64 " program%s went beyond what is explored: more than steps=%u, or\n"
               "  waits with a deadline over and over; there not every schedule was tried: a loop that waits for another task\n"
               "  has no end of them\n",
               whole->truncated, whole->truncated == 1 ? "" : "s", setting_number(run, SETTING_STEPS));
        return;
    }
    time_left(run, whole->explored, run->seconds, left, sizeof(left));
    printf("  %s: about %.4g %% explored%s\n", why_stopped(run), 100 * whole->explored, left);
    if (run->options.checkpoint) {
        printf("  to go on: --resume %s with the same options\n", run->options.checkpoint);
    }
}

static void print_summary(const struct verify_run *run, const struct whole *whole)
{
    char duration[32], rate[32], count[32];
    bool complete = verify_complete(run);
    if (run->book.count != 0) {
        printf("%u finding%s: ", run->book.count, run->book.count == 1 ? "" : "s");
    } else {
        printf("%s", run->crashed ? "crashed: " : complete ? "complete: " : "not complete: ");
    }
    print_counts(run, whole);
    printf(", in %s (%s)\n", progress_duration(run->seconds, duration, sizeof(duration)),
           progress_rate(rate_of(run, &run->totals, run->seconds), rate, sizeof(rate)));
    if (complete) {
        print_covered(run, whole);
    } else if (run->book.count == 0 && !run->crashed) {
        print_how_far(run, whole);
    }
    if (run->totals.counters.excused > 0) {
        printf("  in %s of them a caller was to blame; --blame all makes that a finding\n",
               progress_count(run->totals.counters.excused, count, sizeof(count)));
    }
    report_left_out(&run->totals.counters);
}

static void add_estimate(cJSON *json, const struct verify_run *run)
{
    const struct estimate *estimate = estimate_of(run);
    if (!estimate) {
        return;
    }
    double programs = (double)exploration_programs(&run->options.exploration);
    cJSON *object = cJSON_AddObjectToObject(json, "estimate");
    cJSON_AddNumberToObject(object, "probes", (double)estimate->probes);
    cJSON_AddNumberToObject(object, "schedules_before_reduction", estimate->mean * programs);
    cJSON_AddNumberToObject(object, "standard_error", estimate_error(estimate) * programs);
}

static void print_json(struct verify_run *run, const struct whole *whole)
{
    char tried[512];
    cJSON *json = json_begin("verify");
    const struct search_counters *counters = &run->totals.counters;
    what_was_tried(run, whole, tried, sizeof(tried));
    cJSON_AddStringToObject(json, "subject", run->options.what.subject->name);
    cJSON_AddStringToObject(json, "invocation", run->invocation);
    cJSON_AddStringToObject(json, "strategy", run->options.exploration.strategy->name);
    cJSON_AddBoolToObject(json, "complete", verify_complete(run));
    cJSON_AddStringToObject(json, "covered", verify_complete(run) ? tried : "");
    cJSON_AddNumberToObject(json, "executions", (double)counters->executions);
    cJSON_AddNumberToObject(json, "abandoned", (double)whole->abandoned);
    cJSON_AddNumberToObject(json, "states", (double)whole->states);
    cJSON_AddNumberToObject(json, "programs", (double)counters->programs);
    cJSON_AddNumberToObject(json, "programs_in_all", (double)exploration_programs(&run->options.exploration));
    cJSON_AddNumberToObject(json, "truncated", (double)whole->truncated);
    cJSON_AddBoolToObject(json, "bounded", whole->bounded);
    cJSON_AddNumberToObject(json, "explored", whole->explored);
    add_estimate(json, run);
    cJSON_AddStringToObject(json, "memory", setting_word(run, SETTING_MEMORY));
    cJSON_AddStringToObject(json, "points", setting_word(run, SETTING_POINTS));
    cJSON_AddStringToObject(json, "races", setting_word(run, SETTING_RACES));
    cJSON_AddNumberToObject(json, "steps", (double)counters->steps);
    cJSON_AddNumberToObject(json, "excused", (double)counters->excused);
    cJSON_AddNumberToObject(json, "left_out", (double)counters->left_out);
    cJSON_AddNumberToObject(json, "checked_for_determinism", (double)counters->checked);
    cJSON_AddNumberToObject(json, "seconds", run->seconds);
    cJSON_AddNumberToObject(json, "processor_seconds", processor_seconds());
    cJSON_AddBoolToObject(json, "interrupted", interrupt_requested != 0);
    cJSON_AddBoolToObject(json, "crashed", run->crashed);
    cJSON_AddItemToObject(json, "findings", run->book.json);
    json_print(stdout, json);
}

void verify_report(struct verify_run *run)
{
    struct whole whole = add_up(run, &run->totals.counters);
    verify_report_estimate(run);
    if (run->options.common.json) {
        print_json(run, &whole);
        return;
    }
    print_summary(run, &whole);
    cJSON_Delete(run->book.json);
}
