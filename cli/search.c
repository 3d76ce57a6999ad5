/* search.c - the loop of `remlock test`; what runs for every execution fits on a screen. */
#include "search.h"

#include "mix.h"

#include <string.h>

enum {
    TICK_INTERVAL = 4096,        /* executions between two questions whether to go on */
    DETERMINISM_INTERVAL = 1024, /* one in so many executions is run twice */
};

struct search {
    const struct search_options *options;
    const struct search_observer *observer;
    struct search_counters *counters;
    struct generator generator;
    struct scenario *scenario; /* the current one */
    struct verdict verdict;
    uint64_t tries; /* executions, those that were given up as well */
    uint64_t next_tick;
    uint64_t next_check;
    bool stopped;
    bool exhausted;
    bool mixed; /* no strategy was named */
    struct mix mix;
};

static bool limit_reached(const struct search *search)
{
    return search->options->execution_limit && search->tries >= search->options->execution_limit;
}

static void report(struct search *search, const struct verdict *verdict)
{
    if (!search->observer->found(search->observer->context, search->scenario, verdict, search->counters)) {
        search->stopped = true;
    }
}

static void tick(struct search *search)
{
    search->next_tick = search->tries + TICK_INTERVAL;
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

static void count(struct search_counters *counters, const struct verdict *verdict)
{
    counters->executions++;
    counters->steps += verdict->steps;
    counters->excused += verdict->excused;
    counters->operations += verdict->operations;
    counters->left_out += verdict->left_out;
}

/* Returns whether the strategy has more to try. */
static bool execute(struct search *search, struct strategy *strategy)
{
    bool check = is_to_be_checked(search);
    bool feedback = search->mixed && mix_wants_feedback(&search->mix);
    unsigned mode = (check ? HARNESS_HASH : HARNESS_PLAIN) | (feedback ? HARNESS_FEEDBACK : HARNESS_PLAIN);
    harness_execute(search->scenario, strategy, mode, &search->verdict);
    bool more = scheduler_more();
    search->tries++;
    if (search->verdict.abandoned) {
        search->counters->abandoned++;
        return more;
    }
    count(search->counters, &search->verdict);
    if (search->mixed) {
        mix_see(&search->mix, &search->verdict, feedback);
    }
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

/* Returns whether the strategy has more to try after so many executions. */
static bool run_strategy(struct search *search, struct strategy *strategy, uint64_t executions)
{
    uint32_t *lookahead = &search->scenario->configuration.values[SETTING_LOOKAHEAD];
    uint32_t usual = *lookahead;
    bool more = true;
    if (strategy->looks_ahead && usual == LOOKAHEAD_NO) {
        *lookahead = LOOKAHEAD_YES; /* so that replays run the same way */
    }
    for (uint64_t done = 0; done < executions && more && !search->stopped; done++) {
        if (__builtin_expect(search->tries >= search->next_tick, 0)) {
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

static struct strategy *open_way(struct search *search, const struct way *way)
{
    const struct strategy_options options = {.seed = generator_next(&search->generator),
                                             .depth = way->depth,
                                             .preemption_bound = way->preemptions,
                                             .delay_bound = way->delays};
    return strategy_open(way->strategy, &options);
}

static struct strategy *open_named(struct search *search)
{
    const struct search_options *options = search->options;
    const struct way way = {.strategy = options->strategy->name,
                            .depth = options->depth,
                            .preemptions = options->preemptions,
                            .delays = options->delays};
    return open_way(search, &way);
}

static void run_mixed_batch(struct search *search, uint64_t most)
{
    uint32_t number = mix_choose(&search->mix);
    const struct way *way = &mix_ways[number];
    struct mix_way *state = &search->mix.ways[number];
    struct strategy *strategy = state->open != NULL ? state->open : open_way(search, way);
    state->open = way->learns ? strategy : NULL;
    state->exhausted = !run_strategy(search, strategy, way->executions < most ? way->executions : most);
    mix_pay(&search->mix, number);
}

/*
 * Batches until there have been so many executions of the program; 0: one batch. Where nothing is known, another program is a
 * better guess than another schedule: often it is the program that matters.
 */
static void run_mixed(struct search *search, uint64_t executions)
{
    uint64_t end = executions == UINT64_MAX ? UINT64_MAX : search->tries + executions;
    mix_begin_program(&search->mix);
    do {
        run_mixed_batch(search, executions == 0 ? UINT64_MAX : end - search->tries);
    } while (!search->stopped && search->tries < end);
}

static void run_program(struct search *search, uint64_t executions)
{
    search->counters->programs++;
    if (search->mixed) {
        run_mixed(search, executions);
        return;
    }
    bool more = run_strategy(search, open_named(search), executions == 0 ? SEARCH_SCHEDULES : executions);
    search->exhausted = !more && executions == UINT64_MAX;
}

/* One program: it goes on until somebody says stop, or until there is no schedule left. */
static void run_given(struct search *search)
{
    if (search->options->scenario != NULL) {
        *search->scenario = *search->options->scenario;
    } else {
        generator_scenario(&search->generator, search->options->subject, search->scenario);
    }
    run_program(search, UINT64_MAX);
}

static void run_generated(struct search *search)
{
    while (!search->stopped) {
        generator_scenario(&search->generator, search->options->subject, search->scenario);
        run_program(search, search->options->schedules_per_program);
    }
}

bool search_run(const struct search_options *options, const struct search_observer *observer, struct search_counters *counters,
                struct scenario *current)
{
    struct search search = {.options = options,
                            .observer = observer,
                            .counters = counters,
                            .generator = options->generator,
                            .scenario = current,
                            .mixed = options->strategy == NULL};
    memset(counters, 0, sizeof(*counters));
    if (options->scenario || options->subject->fixed_program) {
        run_given(&search);
    } else {
        run_generated(&search);
    }
    return search.exhausted;
}
