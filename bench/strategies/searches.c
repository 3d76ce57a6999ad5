/* searches.c - see searches.h. A search is what `remlock test` does: generated programs, the same loop, the same seeds. */
#include "searches.h"

#include "../../cli/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool go_on(void *context, const struct search_counters *counters)
{
    (void)context, (void)counters;
    return true;
}

static bool stop(void *context, const struct scenario *scenario, const struct verdict *verdict,
                 const struct search_counters *counters)
{
    (void)scenario, (void)verdict, (void)counters;
    *(bool *)context = true;
    return false;
}

/* What callers do wrong is not what is looked for, as without --misuse. */
static struct generator generator_of(const struct subject *subject, uint64_t seed)
{
    struct generator generator = {.state = seed, .fixed = configuration_standard(subject)};
    generator.fixed.values[SETTING_BLAME] = BLAME_LOCK;
    generator.is_fixed[SETTING_BLAME] = true;
    return generator;
}

static uint32_t search_once(const struct subject *subject, const char *strategy, uint64_t seed, uint32_t limit)
{
    static struct scenario scenario;
    struct search_counters counters;
    bool found = false;
    const struct search_options options = {.subject = subject,
                                           .generator = generator_of(subject, seed),
                                           .strategy = strategy_describe(strategy), /* NULL for the mix */
                                           .depth = 3,
                                           .preemptions = 2,
                                           .delays = 2,
                                           .execution_limit = limit};
    const struct search_observer observer = {.tick = go_on, .found = stop, .context = &found};
    search_run(&options, &observer, &counters, &scenario);
    return found ? (uint32_t)counters.executions : limit;
}

static int compare_counts(const void *one, const void *other)
{
    uint32_t first = *(const uint32_t *)one, second = *(const uint32_t *)other;
    return (first > second) - (first < second);
}

static double processor_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void search_all(struct comparison *comparison, struct searches *searches)
{
    for (uint32_t strategy = 0; strategy < comparison->strategy_count; strategy++) {
        uint32_t *executions = searches->executions[strategy];
        double begun = processor_now();
        for (uint32_t seed = 0; seed < comparison->seeds; seed++) {
            executions[seed] = search_once(searches->subject, comparison->strategies[strategy], seed + 1, comparison->limit);
            comparison->executions[strategy] += executions[seed];
        }
        comparison->seconds[strategy] += processor_now() - begun;
        qsort(executions, comparison->seeds, sizeof *executions, compare_counts);
    }
}

/* Wrong variants of the lock, and built-in drivers with a bug. */
static const struct subject *wrong_subject(uint32_t index, const char *filter)
{
    char problem[SUBJECT_PROBLEM_SIZE];
    const struct subject *listed = subject_at(index);
    if (listed->correct || listed->weak_memory || strstr(listed->name, filter) == NULL) {
        return NULL;
    }
    const struct subject *subject = subject_open(listed->name, problem, sizeof problem);
    if (subject == NULL) {
        fprintf(stderr, "skipped: %s\n", problem);
    }
    return subject;
}

void compare_strategies(struct comparison *comparison, const char *filter)
{
    for (uint32_t index = 0; index < subject_count() && comparison->subject_count < SUBJECT_LIMIT; index++) {
        const struct subject *subject = wrong_subject(index, filter);
        if (subject != NULL) {
            struct searches *searches = &comparison->searches[comparison->subject_count++];
            searches->subject = subject;
            fprintf(stderr, "%u of %u: %s\n", index + 1, subject_count(), subject->name);
            search_all(comparison, searches);
        }
    }
}

uint32_t quantile(const uint32_t *sorted, uint32_t count, double share)
{
    uint32_t index = (uint32_t)((count - 1) * share + 0.5);
    return sorted[index];
}
