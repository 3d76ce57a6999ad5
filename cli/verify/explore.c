/* explore.c - the loop of `remlock verify`; see explore.h. */
#include "explore.h"

#include <remlock/code.h>

#include <string.h>
#include <unistd.h>

enum {
    TICK_STEPS = 1 << 18,        /* steps between two questions whether to go on */
    DETERMINISM_INTERVAL = 1024, /* one in so many executions is run twice */
};

struct explorer {
    const struct exploration *exploration;
    struct exploration_share *share;
    const struct search_observer *observer;
    struct search_counters *counters;
    struct scenario *scenario; /* the current one */
    uint32_t number, count;    /* which worker of how many */
    struct explored explored;
    struct strategy *strategy; /* of the program that it is in the midst of */
    struct verdict verdict;
    uint64_t next_tick, next_check;
    bool stopped;
};

uint64_t exploration_programs(const struct exploration *exploration)
{
    return exploration->scenario != NULL ? 1 : exploration->space.size;
}

/* ------------------------------------------------------------------------------------------------- what others see -- */

static uint64_t states_so_far(const struct explorer *explorer)
{
    uint64_t states = explorer->explored.in_midst ? strategy_coverage(explorer->strategy).states : 0;
    return explorer->explored.states + states;
}

static void publish(struct explorer *explorer)
{
    const struct explored *explored = &explorer->explored;
    struct exploration_share *share = explorer->share;
    *explorer->counters = (struct search_counters){.executions = explored->executions,
                                                   .programs = explored->programs,
                                                   .steps = explored->steps,
                                                   .checked = explored->checked,
                                                   .excused = explored->excused,
                                                   .operations = explored->operations,
                                                   .left_out = explored->left_out};
    double done = explored->in_midst ? strategy_coverage(explorer->strategy).explored : 0;
    atomic_store(&share->explored, explored->done ? 1 : done);
    atomic_store(&share->abandoned, explored->abandoned);
    atomic_store(&share->states, states_so_far(explorer));
    atomic_store(&share->truncated, explored->truncated + (explored->in_midst && explored->cut));
    atomic_store(&share->bounded, explored->bounded);
    atomic_store(&share->done, explored->done);
}

static bool write_all(int file, const void *bytes, size_t size)
{
    return write(file, bytes, size) == (ssize_t)size;
}

/* Into a file in memory; an empty one means that it could not be written. */
static void write_checkpoint(const struct explorer *explorer, int file)
{
    if (file < 0 || ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0) {
        return;
    }
    if (!write_all(file, &explorer->explored, sizeof explorer->explored) ||
        (explorer->explored.in_midst && !strategy_save(explorer->strategy, file))) {
        int ignored = ftruncate(file, 0);
        (void)ignored;
    }
}

static void tick(struct explorer *explorer)
{
    explorer->next_tick = explorer->explored.steps + TICK_STEPS;
    publish(explorer);
    if (!explorer->observer->tick(explorer->observer->context, explorer->counters)) {
        explorer->stopped = true;
    }
    if (atomic_load(&explorer->share->wanted)) {
        write_checkpoint(explorer, explorer->share->kept);
        atomic_store(&explorer->share->wanted, false);
        atomic_store(&explorer->share->written, true);
    }
}

static void report(struct explorer *explorer, const struct verdict *verdict)
{
    publish(explorer);
    if (!explorer->observer->found(explorer->observer->context, explorer->scenario, verdict, explorer->counters)) {
        explorer->stopped = true;
    }
}

/* ---------------------------------------------------------------------------------------------------- one execution -- */

/* Whether the limit on executions still allows one. */
static bool take_one(const struct exploration *exploration)
{
    uint64_t left = exploration->execution_limit == 0 ? 0 : atomic_load(exploration->left);
    while (left != 0 && !atomic_compare_exchange_weak(exploration->left, &left, left - 1)) {
    }
    return exploration->execution_limit == 0 || left != 0;
}

static void check_determinism(struct explorer *explorer)
{
    struct verdict second;
    explorer->explored.checked++;
    explorer->next_check = explorer->explored.executions + DETERMINISM_INTERVAL;
    if (!harness_check_determinism(explorer->scenario, &explorer->verdict, &second)) {
        report(explorer, &second);
    }
}

/* Beyond the step limit the scheduler decides alone, so not every schedule was tried. Returns whether it was within. */
static bool within_steps(const struct explorer *explorer)
{
    return explorer->verdict.steps <= explorer->scenario->configuration.values[SETTING_STEPS];
}

/* Returns whether the strategy has more to try. */
static bool execute(struct explorer *explorer)
{
    struct explored *explored = &explorer->explored;
    const struct verdict *verdict = &explorer->verdict;
    bool check = explorer->exploration->check_determinism || explored->executions >= explorer->next_check;
    harness_execute(explorer->scenario, explorer->strategy, check ? HARNESS_HASH : HARNESS_PLAIN, &explorer->verdict);
    bool more = scheduler_more();
    explored->steps += verdict->steps;
    if (verdict->abandoned) {
        explored->abandoned++;
        return more;
    }
    explored->executions++;
    explored->excused += verdict->excused;
    explored->operations += verdict->operations;
    explored->left_out += verdict->left_out;
    explored->cut |= !within_steps(explorer);
    if (__builtin_expect(verdict->finding != NULL, 0)) {
        report(explorer, verdict);
    } else if (__builtin_expect(check, 0)) {
        check_determinism(explorer);
    }
    return more;
}

/* ------------------------------------------------------------------------------------------------------ one program -- */

static void load_scenario(struct explorer *explorer, uint64_t index)
{
    const struct exploration *exploration = explorer->exploration;
    if (exploration->scenario != NULL) {
        *explorer->scenario = *exploration->scenario;
    } else {
        program_space_at(&exploration->space, index, explorer->scenario);
    }
}

/* A replay of what such a strategy found must run as it ran here. */
static void settle_lookahead(struct explorer *explorer, const struct strategy *strategy)
{
    if (strategy->looks_ahead) {
        explorer->scenario->configuration.values[SETTING_LOOKAHEAD] = LOOKAHEAD_BEGINS;
    }
}

static void open_strategy(struct explorer *explorer)
{
    struct strategy_options options = explorer->exploration->bounds;
    if (explorer->exploration->scenario != NULL) {
        options.part = explorer->number;
        options.parts = explorer->count;
    }
    scheduler_on_result_used(options.commute ? code_result_used : NULL);
    explorer->strategy = strategy_open(explorer->exploration->strategy->name, &options);
    settle_lookahead(explorer, explorer->strategy);
}

/* Everything that is left of the current program, or until somebody says stop. */
static void explore_program(struct explorer *explorer)
{
    struct explored *explored = &explorer->explored;
    bool more = true;
    while (more && !explorer->stopped) {
        if (__builtin_expect(explored->steps >= explorer->next_tick, 0)) {
            tick(explorer);
        }
        if (explorer->stopped || !take_one(explorer->exploration)) {
            explorer->stopped = true;
            break;
        }
        more = execute(explorer);
    }
    if (!more) {
        struct strategy_coverage coverage = strategy_coverage(explorer->strategy);
        explored->bounded |= coverage.bounded;
        explored->truncated += explored->cut || coverage.truncated;
        explored->states += coverage.states;
        /* What several parts had to run is counted by one of them. */
        explored->abandoned += explored->executions - explored->before - coverage.executions;
        explored->executions = explored->before + coverage.executions;
        explored->in_midst = false;
        explored->next += explorer->exploration->scenario != NULL ? 1 : explorer->count;
    }
}

static void explore(struct explorer *explorer)
{
    uint64_t end = exploration_programs(explorer->exploration);
    struct explored *explored = &explorer->explored;
    while (!explorer->stopped && explored->next < end) {
        if (!explored->in_midst) {
            load_scenario(explorer, explored->next);
            open_strategy(explorer);
            explored->in_midst = true;
            explored->cut = false;
            explored->before = explored->executions;
            explored->programs++;
        }
        explore_program(explorer);
    }
    explored->done = !explored->in_midst && explored->next >= end;
}

/* --------------------------------------------------------------------------------------------------------- estimate -- */

/* Random programs when there are many: then the mean is that of all of them. What a probe finds is a finding. */
static void estimate(struct explorer *explorer)
{
    const struct exploration *exploration = explorer->exploration;
    struct exploration_share *share = explorer->share;
    struct generator programs = {.state = 1};
    struct strategy *probe =
        estimate_probe(1, exploration->strategy->open(&exploration->bounds)->looks_ahead, exploration->bounds.preemption_bound);
    for (uint32_t number = 0; number < exploration->probes && !explorer->stopped; number++) {
        load_scenario(explorer, generator_next(&programs) % exploration_programs(exploration));
        settle_lookahead(explorer, probe);
        harness_execute(explorer->scenario, probe, HARNESS_PLAIN, &explorer->verdict);
        estimate_add(&share->estimate);
        explorer->explored.steps += explorer->verdict.steps;
        if (explorer->verdict.finding != NULL) {
            /* When it ends here, these were its executions. */
            explorer->explored.executions = number + 1;
            report(explorer, &explorer->verdict);
            explorer->explored.executions = explorer->stopped ? number + 1 : 0;
        }
        if (explorer->explored.steps >= explorer->next_tick) {
            tick(explorer);
        }
    }
    atomic_store(&share->estimated, !explorer->stopped);
}

/* ---------------------------------------------------------------------------------------------------------- workers -- */

/* Takes up what a checkpoint kept. False when the strategy cannot read its state: the owner has checked all else. */
static bool take_up(struct explorer *explorer)
{
    int file = explorer->share->found;
    if (lseek(file, 0, SEEK_SET) != 0 ||
        read(file, &explorer->explored, sizeof explorer->explored) != (ssize_t)sizeof explorer->explored) {
        return false;
    }
    explorer->explored.done = false;
    if (!explorer->explored.in_midst) {
        return true;
    }
    load_scenario(explorer, explorer->explored.next);
    open_strategy(explorer);
    return strategy_load(explorer->strategy, file);
}

static bool run(const void *options, uint32_t number, uint32_t count, const struct search_observer *observer,
                struct search_counters *counters, struct scenario *current)
{
    static struct explorer explorer;
    explorer.exploration = options;
    explorer.share = &explorer.exploration->shares[number];
    explorer.observer = observer;
    explorer.counters = counters;
    explorer.scenario = current;
    explorer.number = number;
    explorer.count = count;
    explorer.explored.next = explorer.exploration->scenario != NULL ? 0 : number;
    if (explorer.share->found >= 0) {
        if (!take_up(&explorer)) {
            _exit(3);
        }
    } else if (number == 0 && explorer.exploration->probes != 0) {
        estimate(&explorer);
    }
    explore(&explorer);
    publish(&explorer);
    write_checkpoint(&explorer, explorer.share->last);
    atomic_store(&explorer.share->ended, true);
    return explorer.explored.done;
}

struct worker_job exploration_job(const struct exploration *exploration)
{
    return (struct worker_job){.run = run, .options = exploration};
}
