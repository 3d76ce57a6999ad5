/*
 * test_counting.c - hundreds of random programs, each searched by our strategies and by an enumerator that knows nothing of
 * them.
 *
 * The enumerator (counting/) says how many schedules and Mazurkiewicz traces a program has, and how it can end. A program on
 * which a search disagrees is made as small as it can be and printed. REMLOCK_PROGRAMS=N takes N programs of each kind instead.
 */
#include "support.h"

#include "counting/tastes.h"

#include <remlock/code.h>
#include <steps.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRAMS = SLOWNESS == 1 ? 40 : 8, SCHEDULE_LIMIT = 4000, MESSAGE_SIZE = 600 };

static char complaint[MESSAGE_SIZE];
static uint64_t kept_executions, abandoned_executions, whole_executions;

static struct strategy *dpor(bool commute)
{
    return strategy_open("dpor", &(struct strategy_options){.preemption_bound = UINT32_MAX, .commute = commute});
}

/* ------------------------------------------------------------------------------------------------- running a search -- */

struct found {
    uint64_t executions, abandoned;
    struct hash_set outcomes;
    bool unknown_outcome; /* one that no schedule has */
};

static enum scheduler_outcome execute(const struct machine_program *program, struct strategy *strategy)
{
    struct scheduler_options options = {
        .lookahead = true, .log_steps = strategy->logs_steps, .tell_states = strategy->tells_states};
    scheduler_reset(&options);
    machine_begin(program);
    return scheduler_run(strategy);
}

static struct found search(const struct machine_program *program, struct strategy *strategy,
                           const struct machine_counts *counts)
{
    struct found found = {0};
    uint64_t executions = 0;
    do {
        if (execute(program, strategy) == SCHEDULER_ABANDONED) {
            continue;
        }
        const struct machine_outcome *outcome = machine_ended();
        uint64_t hash = machine_outcome_hash(outcome);
        hash_set_add(&found.outcomes, hash, 0);
        if (!hash_set_holds(&counts->outcomes, hash)) {
            found.unknown_outcome = true;
            snprintf(complaint, sizeof complaint, "%s ends in a way that no schedule leads to: %s", strategy->name,
                     machine_outcome_text(program, outcome));
        }
    } while (scheduler_more() && ++executions < 20 * SCHEDULE_LIMIT && !found.unknown_outcome);
    found.abandoned = strategy_coverage(strategy).abandoned;
    found.executions = strategy_coverage(strategy).executions;
    return found;
}

/* The first way to end that the search has missed, found again by trying every schedule. */
static void tell_missing(const struct machine_program *program, const struct found *found, const char *name)
{
    struct strategy *strategy = exhaustive(UINT32_MAX);
    do {
        execute(program, strategy);
        const struct machine_outcome *outcome = machine_ended();
        if (!hash_set_holds(&found->outcomes, machine_outcome_hash(outcome))) {
            snprintf(complaint, sizeof complaint, "%s misses: %s", name, machine_outcome_text(program, outcome));
            return;
        }
    } while (scheduler_more());
}

/* False with a complaint. */
static bool agrees(const struct machine_program *program, const char *name, const struct machine_counts *counts,
                   const struct found *found, uint64_t expected)
{
    if (found->unknown_outcome) {
        return false;
    }
    /* Executions that are stopped are prefixes of traces, and which ones depends on the order of the search. */
    bool countable = !machine_may_fail(program) || strcmp(name, "exhaustive") == 0;
    if (countable && found->executions != expected) {
        snprintf(complaint, sizeof complaint, "%s makes %lu executions (and %lu abandoned ones) instead of %lu", name,
                 found->executions, found->abandoned, expected);
    }
    if (found->outcomes.count != counts->outcomes.count) {
        tell_missing(program, found, name);
        return false;
    }
    return !countable || found->executions == expected;
}

/* ---------------------------------------------------------------------------------------------------------- checks -- */

/* Each returns true, with a complaint, when something is wrong with a program. */
static bool independence_fails(const struct machine_program *program)
{
    bool fails = false;
    for (int commute = 0; commute < 2 && !fails && !machine_may_fail(program); commute++) {
        struct machine_counts counts = machine_enumerate(program, commute, SCHEDULE_LIMIT);
        uint64_t traces = counts.cut ? counts.traces.count : machine_count_traces(program, commute);
        if (traces != counts.traces.count) {
            snprintf(complaint, sizeof complaint, "%lu traces are first ones, but there are %lu%s", traces, counts.traces.count,
                     commute ? " when counting commutes" : "");
            fails = true;
        }
        machine_counts_free(&counts);
    }
    return fails;
}

static bool exhaustive_fails(const struct machine_program *program)
{
    struct machine_counts counts = machine_enumerate(program, false, SCHEDULE_LIMIT);
    bool fails = false;
    if (!counts.cut) {
        struct found found = search(program, exhaustive(UINT32_MAX), &counts);
        fails = !agrees(program, "exhaustive", &counts, &found, counts.schedules);
        hash_set_free(&found.outcomes);
    }
    machine_counts_free(&counts);
    return fails;
}

static bool reduction_fails(const struct machine_program *program, bool commute)
{
    struct machine_counts counts = machine_enumerate(program, commute, SCHEDULE_LIMIT);
    bool fails = false;
    if (!counts.cut) {
        struct found found = search(program, dpor(commute), &counts);
        fails = !agrees(program, "dpor", &counts, &found, counts.traces.count);
        kept_executions += found.executions;
        abandoned_executions += found.abandoned;
        hash_set_free(&found.outcomes);
    }
    machine_counts_free(&counts);
    return fails;
}

/* As for reduction, but nobody else has counted its executions. */
static bool states_fail(const struct machine_program *program)
{
    struct machine_counts counts = machine_enumerate(program, false, SCHEDULE_LIMIT);
    bool fails = false;
    if (!counts.cut) {
        struct strategy_options options = {.preemption_bound = UINT32_MAX};
        struct found found = search(program, strategy_open("states", &options), &counts);
        fails = !agrees(program, "states", &counts, &found, found.executions);
        abandoned_executions += found.abandoned;
        kept_executions += found.executions;
        hash_set_free(&found.outcomes);
    }
    machine_counts_free(&counts);
    return fails;
}

static bool dpor_fails(const struct machine_program *program)
{
    return reduction_fails(program, false);
}

/* The parts of a search together see what the whole does; that they share nothing is too much to ask. */
static bool parts_fail(const struct machine_program *program)
{
    enum { PARTS = 3 };
    struct machine_counts counts = machine_enumerate(program, false, SCHEDULE_LIMIT);
    struct hash_set seen = {0};
    bool fails = false;
    for (uint32_t part = 0; part < PARTS && !counts.cut && !fails; part++) {
        const struct strategy_options options = {.preemption_bound = UINT32_MAX, .part = part, .parts = PARTS};
        struct found found = search(program, strategy_open("dpor", &options), &counts);
        fails = found.unknown_outcome;
        kept_executions += found.executions;
        hash_set_add_all(&seen, &found.outcomes);
        hash_set_free(&found.outcomes);
    }
    struct found together = {.outcomes = seen, .unknown_outcome = fails, .executions = counts.traces.count};
    fails = !counts.cut && !agrees(program, "dpor in parts", &counts, &together, counts.traces.count);
    whole_executions += counts.cut ? 0 : counts.traces.count;
    hash_set_free(&seen);
    machine_counts_free(&counts);
    return fails;
}

/* A trace is within a bound when one of its schedules is. */
static bool bounded_fails(const struct machine_program *program)
{
    struct machine_counts counts = machine_enumerate(program, false, SCHEDULE_LIMIT);
    bool fails = false;
    for (uint32_t bound = 0; bound < 4 && !counts.cut && !fails; bound++) {
        struct found found =
            search(program, strategy_open("bounded", &(struct strategy_options){.preemption_bound = bound}), &counts);
        uint64_t within = hash_set_count_up_to(&counts.traces, bound);
        uint64_t outcomes = hash_set_count_up_to(&counts.outcomes, bound);
        bool countable = !machine_may_fail(program);
        fails = found.unknown_outcome || (countable && found.executions != within) || found.outcomes.count != outcomes;
        if (fails && !found.unknown_outcome) {
            snprintf(complaint, sizeof complaint,
                     "with %u preemptions %lu executions (and %lu abandoned ones) instead of %lu, %lu outcomes instead of %lu",
                     bound, found.executions, found.abandoned, within, (uint64_t)found.outcomes.count, outcomes);
        }
        kept_executions += found.executions;
        abandoned_executions += found.abandoned;
        hash_set_free(&found.outcomes);
    }
    machine_counts_free(&counts);
    return fails;
}

static bool commuting_dpor_fails(const struct machine_program *program)
{
    return reduction_fails(program, true);
}

/* The traces as they follow from the scheduler's own log of steps. */
static bool overlap(const struct step_access *one, const struct step_access *other)
{
    return one->address < other->address + other->size && other->address < one->address + one->size &&
           (one->effect == EFFECT_UPDATE || other->effect == EFFECT_UPDATE);
}

static bool depend(const struct steps_log *log, const struct step *one, const struct step *other)
{
    for (uint32_t first = 0; first < one->access_count; first++) {
        for (uint32_t second = 0; second < other->access_count; second++) {
            if (overlap(&log->accesses[one->access + first], &log->accesses[other->access + second])) {
                return true;
            }
        }
    }
    return false;
}

static uint64_t hash_of_logged_trace(void)
{
    static uint8_t clocks[MACHINE_STEPS][MACHINE_TASKS];
    uint64_t past[MACHINE_TASKS] = {0};
    struct steps_log log = steps_log();
    for (uint32_t index = 0; index < log.count; index++) {
        const struct step *step = &log.steps[index];
        memset(clocks[index], 0, sizeof clocks[index]);
        for (uint32_t earlier = 0; earlier < index; earlier++) {
            if (log.steps[earlier].task == step->task || earlier + 1 == state.tasks[step->task].born ||
                depend(&log, &log.steps[earlier], step)) {
                for (uint32_t task = 0; task < MACHINE_TASKS; task++) {
                    clocks[index][task] =
                        clocks[earlier][task] > clocks[index][task] ? clocks[earlier][task] : clocks[index][task];
                }
            }
        }
        clocks[index][step->task]++;
        past[step->task] = XXH3_64bits_withSeed(clocks[index], sizeof clocks[index], past[step->task]);
    }
    return XXH3_64bits_withSeed(past, sizeof past, machine_outcome_hash(machine_ended()));
}

static bool log_fails(const struct machine_program *program)
{
    struct machine_counts counts = machine_enumerate(program, false, SCHEDULE_LIMIT);
    struct hash_set traces = {0};
    struct strategy *strategy = exhaustive(UINT32_MAX);
    strategy->logs_steps = true;
    do {
        execute(program, strategy);
        hash_set_add(&traces, hash_of_logged_trace(), 0);
    } while (!counts.cut && scheduler_more());
    bool fails = !counts.cut && !machine_may_fail(program) && traces.count != counts.traces.count;
    if (fails) {
        snprintf(complaint, sizeof complaint, "the log of steps tells %lu traces from each other, but there are %lu",
                 (uint64_t)traces.count, (uint64_t)counts.traces.count);
    }
    hash_set_free(&traces);
    machine_counts_free(&counts);
    return fails;
}

static uint64_t programs_of_each(void)
{
    const char *wanted = getenv("REMLOCK_PROGRAMS");
    return wanted == NULL ? PROGRAMS : strtoull(wanted, NULL, 10);
}

static bool check_programs(const struct machine_taste *taste, bool (*fails)(const struct machine_program *program))
{
    for (uint64_t seed = 1; seed <= programs_of_each(); seed++) {
        struct machine_program program;
        machine_generate(&program, taste, seed);
        if (fails(&program)) {
            print_message("%s, seed %lu: %s\n%s", taste->name, seed, complaint, machine_text(&program));
            machine_shrink(&program, fails);
            fails(&program);
            print_message("made small: %s\n%s", complaint, machine_text(&program));
            return false;
        }
    }
    return true;
}

static void check_all(bool (*fails)(const struct machine_program *program))
{
    uint32_t failed = 0;
    for (size_t taste = 0; taste < machine_taste_count; taste++) {
        failed += !check_programs(&machine_tastes[taste], fails);
    }
    assert_int_equal(failed, 0);
}

/* What is called independent can change places; else there would be no traces to count. */
static void traces_are_counted_the_same_in_two_ways(void **unused)
{
    (void)unused;
    check_all(independence_fails);
}

static void exhaustive_search_sees_every_schedule_and_outcome(void **unused)
{
    (void)unused;
    check_all(exhaustive_fails);
}

static void the_log_of_steps_tells_the_same_traces(void **unused)
{
    (void)unused;
    check_all(log_fails);
}

static void reduction_sees_every_outcome_and_each_trace_once(void **unused)
{
    (void)unused;
    kept_executions = abandoned_executions = 0;
    check_all(dpor_fails);
    print_message("%lu traces, and %lu executions abandoned\n", kept_executions, abandoned_executions);
}

static void search_by_states_sees_every_outcome(void **unused)
{
    (void)unused;
    kept_executions = abandoned_executions = 0;
    check_all(states_fail);
    print_message("%lu executions, and %lu abandoned\n", kept_executions, abandoned_executions);
}

static void counting_up_may_commute(void **unused)
{
    (void)unused;
    scheduler_on_result_used(code_result_used);
    check_all(commuting_dpor_fails);
    scheduler_on_result_used(NULL);
}

static void parts_of_a_search_make_a_whole(void **unused)
{
    (void)unused;
    kept_executions = whole_executions = 0;
    check_all(parts_fail);
    print_message("%lu executions in parts, %lu as a whole\n", kept_executions, whole_executions);
}

static void a_bound_on_preemptions_leaves_out_what_needs_more(void **unused)
{
    (void)unused;
    kept_executions = abandoned_executions = 0;
    check_all(bounded_fails);
    print_message("%lu traces, and %lu executions abandoned\n", kept_executions, abandoned_executions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traces_are_counted_the_same_in_two_ways),
        cmocka_unit_test(exhaustive_search_sees_every_schedule_and_outcome),
        cmocka_unit_test(the_log_of_steps_tells_the_same_traces),
        cmocka_unit_test(reduction_sees_every_outcome_and_each_trace_once),
        cmocka_unit_test(search_by_states_sees_every_outcome),
        cmocka_unit_test(counting_up_may_commute),
        cmocka_unit_test(parts_of_a_search_make_a_whole),
        cmocka_unit_test(a_bound_on_preemptions_leaves_out_what_needs_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
