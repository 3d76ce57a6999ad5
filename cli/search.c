/* search.c - the loop of `remlock test`; what runs for every execution fits on a screen. */
#include "search.h"

#include <string.h>

enum {
    TICK_INTERVAL = 4096,        /* executions between two questions whether to go on */
    DETERMINISM_INTERVAL = 1024, /* one in so many executions is run twice */
    MIX_PARTS = 4,
};

struct search {
    const struct search_options *options;
    const struct search_observer *observer;
    struct search_counters *counters;
    struct generator generator;
    struct scenario *scenario; /* the current one */
    struct verdict verdict;
    uint64_t next_tick;
    uint64_t next_check;
    bool stopped;
    bool exhausted;
};

/* One way of choosing schedules, for a batch of executions of one program. */
struct way {
    const char *strategy;
    uint32_t depth;
    uint32_t preemptions;
    uint32_t delays;
};

/* Each finds bugs that the others find late: few preemptions at exact places, long runs of one task, and plain chance. */
static const struct way mix[MIX_PARTS] = {
    {"random", 0, 0, 0},
    {"pct", 2, 0, 0},
    {"pct", 3, 0, 0},
    {"exhaustive", 0, 2, 0},
};

static bool limit_reached(const struct search *search)
{
    return search->options->execution_limit && search->counters->executions >= search->options->execution_limit;
}

static void report(struct search *search, const struct verdict *verdict)
{
    if (!search->observer->found(search->observer->context, search->scenario, verdict, search->counters)) {
        search->stopped = true;
    }
}

static void tick(struct search *search)
{
    search->next_tick = search->counters->executions + TICK_INTERVAL;
    if (!search->observer->tick(search->observer->context, search->counters)) {
        search->stopped = true;
    }
}

static void check_determinism(struct search *search)
{
    struct verdict second;
    search->counters->checked++;
    if (!harness_check_determinism(search->scenario, &search->verdict, &second)) {
        report(search, &second);
    }
}

static bool is_to_be_checked(const struct search *search)
{
    return search->options->check_determinism || search->counters->executions >= search->next_check;
}

/* Returns whether the strategy has more to try. */
static bool execute(struct search *search, struct strategy *strategy)
{
    bool check = is_to_be_checked(search);
    harness_execute(search->scenario, strategy, check ? HARNESS_HASH : HARNESS_PLAIN, &search->verdict);
    bool more = scheduler_more();
    if (search->verdict.abandoned) {
        return more;
    }
    search->counters->executions++;
    search->counters->steps += search->verdict.steps;
    search->counters->excused += search->verdict.excused;
    search->counters->operations += search->verdict.operations;
    search->counters->left_out += search->verdict.left_out;
    if (__builtin_expect(search->verdict.finding != NULL, 0)) {
        report(search, &search->verdict);
        return more;
    }
    if (__builtin_expect(check, 0)) {
        search->next_check = search->counters->executions + DETERMINISM_INTERVAL;
        check_determinism(search);
    }
    return more;
}

/* Returns whether the strategy has more to try after `count` executions. */
static bool run_batch(struct search *search, const struct way *way, uint64_t count)
{
    struct strategy_options options = {.seed = generator_next(&search->generator),
                                       .depth = way->depth,
                                       .preemption_bound = way->preemptions,
                                       .delay_bound = way->delays};
    struct strategy *strategy = strategy_open(way->strategy, &options);
    uint32_t *lookahead = &search->scenario->configuration.values[SETTING_LOOKAHEAD];
    uint32_t usual = *lookahead;
    bool more = true;
    *lookahead |= strategy->looks_ahead; /* so that replays run the same way */
    for (uint64_t done = 0; done < count && more && !search->stopped; done++) {
        if (__builtin_expect(search->counters->executions >= search->next_tick, 0)) {
            tick(search);
        }
        if (limit_reached(search)) {
            search->stopped = true;
        } else if (!search->stopped) {
            more = execute(search, strategy);
        }
    }
    *lookahead = usual;
    return more;
}

static void run_program(struct search *search)
{
    const struct search_options *options = search->options;
    uint64_t count = options->schedules_per_program;
    search->counters->programs++;
    if (options->strategy != NULL) {
        struct way way = {options->strategy->name, options->depth, options->preemptions, options->delays};
        run_batch(search, &way, count);
        return;
    }
    for (uint32_t part = 0; part < MIX_PARTS && !search->stopped; part++) {
        run_batch(search, &mix[part], (count + part) / MIX_PARTS);
    }
}

/* One program: the batches follow one another until somebody says stop, or until there is no schedule left. */
static void run_given(struct search *search)
{
    const struct search_options *options = search->options;
    *search->scenario = *options->scenario;
    if (options->strategy != NULL && options->strategy->runs_out) {
        struct way way = {options->strategy->name, options->depth, options->preemptions, options->delays};
        search->counters->programs++;
        search->exhausted = !run_batch(search, &way, UINT64_MAX);
        return;
    }
    while (!search->stopped) {
        run_program(search);
    }
    search->counters->programs = 1;
}

static void run_generated(struct search *search)
{
    while (!search->stopped) {
        generator_scenario(&search->generator, search->options->subject, search->scenario);
        run_program(search);
    }
}

bool search_run(const struct search_options *options, const struct search_observer *observer, struct search_counters *counters,
                struct scenario *current)
{
    struct search search = {
        .options = options, .observer = observer, .counters = counters, .generator = options->generator, .scenario = current};
    memset(counters, 0, sizeof(*counters));
    if (options->scenario) {
        run_given(&search);
    } else {
        run_generated(&search);
    }
    return search.exhausted;
}
