/*
 * bounded.c - every distinguishable schedule that has at most so many preemptions.
 *
 * Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs" (PLDI 2007), with the
 * states that were seen before left out: equal prefixes up to the order of independent steps lead to the same state
 * (Musuvathi and Qadeer, "Partial-order reduction for context-bounded state exploration", MSR-TR-2007-12). A prefix is known by
 * the hash of its happens-before order; it is given up when it was met before with the same task running and no more
 * preemptions used up. Two different prefixes of which the hashes are equal would hide one of them: with n prefixes, that
 * happens with a probability below n^2 / 2^65.
 *
 * What is counted is complete executions that differ in more than the order of independent steps.
 */
#include "../strategies.h"
#include "memory.h"
#include "order.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

struct decision {
    uint16_t chosen;
    uint16_t alternatives; /* those within the bound */
};

/* An open-addressed table from prefixes to the fewest preemptions with which they were met. */
struct seen {
    uint64_t prefix; /* 0: free */
    uint32_t preemptions;
};

static struct bounded {
    struct strategy strategy;
    uint32_t bound;
    uint32_t preemptions;
    uint32_t position; /* of the current execution on the stack */
    uint32_t depth;    /* decisions on the stack */
    uint32_t limit;
    struct decision *stack;
    uint64_t before_steps; /* data choices made before the first step; those of steps are in their order's hash */
    uint32_t ordered;      /* steps of the current execution whose order is known */
    struct seen *seen;
    uint64_t seen_count, seen_size;
    bool over;
    struct strategy_coverage coverage;
} bounded;

static void insert(struct seen *table, uint64_t size, struct seen entry)
{
    uint64_t slot = entry.prefix & (size - 1);
    while (table[slot].prefix != 0) {
        slot = (slot + 1) & (size - 1);
    }
    table[slot] = entry;
}

static void grow(void)
{
    uint64_t size = bounded.seen_size == 0 ? 1 << 12 : bounded.seen_size * 2;
    struct seen *table = memory_grow(NULL, size, sizeof table[0]);
    memset(table, 0, size * sizeof table[0]);
    for (uint64_t slot = 0; slot < bounded.seen_size; slot++) {
        if (bounded.seen[slot].prefix != 0) {
            insert(table, size, bounded.seen[slot]);
        }
    }
    free(bounded.seen);
    bounded.seen = table;
    bounded.seen_size = size;
}

/* Whether the prefix was met before with as few preemptions; from now on it was. */
static bool met_before(uint64_t prefix)
{
    prefix += prefix == 0;
    if (bounded.seen_count * 2 >= bounded.seen_size) {
        grow();
    }
    uint64_t slot = prefix & (bounded.seen_size - 1);
    for (; bounded.seen[slot].prefix != 0; slot = (slot + 1) & (bounded.seen_size - 1)) {
        if (bounded.seen[slot].prefix == prefix) {
            bool met = bounded.seen[slot].preemptions <= bounded.preemptions;
            if (!met) {
                bounded.seen[slot].preemptions = bounded.preemptions;
            }
            return met;
        }
    }
    bounded.seen[slot] = (struct seen){.prefix = prefix, .preemptions = bounded.preemptions};
    bounded.seen_count++;
    return false;
}

static uint64_t hash_now(uint32_t running)
{
    struct steps_log log = steps_log();
    order_extend(&log, bounded.ordered);
    bounded.ordered = log.count;
    uint64_t hash[3] = {order_hash(), running, bounded.before_steps};
    return XXH3_64bits(hash, sizeof hash);
}

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    bounded.position = 0;
    bounded.preemptions = 0;
    bounded.ordered = 0;
    bounded.before_steps = 0;
}

static void push(const struct choice *choice)
{
    uint32_t alternatives = choice->alternatives;
    if (choice->preemption && bounded.preemptions >= bounded.bound) {
        alternatives = 1;
        bounded.coverage.bounded = true;
    }
    MEMORY_RESERVE(bounded.stack, bounded.limit, bounded.depth + 1u);
    bounded.stack[bounded.depth++] = (struct decision){.chosen = 0, .alternatives = (uint16_t)alternatives};
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    if (bounded.position == bounded.depth) {
        bool known = choice->kind == CHOICE_TASK && choice->task != SCHEDULER_NO_TASK &&
                     met_before(hash_now(choice->preemption ? choice->task : SCHEDULER_NO_TASK));
        if (known) {
            return STRATEGY_ABANDON;
        }
        push(choice);
    }
    uint32_t chosen = bounded.stack[bounded.position++].chosen;
    bounded.preemptions += choice->preemption && chosen != 0;
    if (choice->kind != CHOICE_TASK && steps_count() == 0) {
        bounded.before_steps = bounded.before_steps * choice->alternatives + chosen + 1;
    }
    return chosen;
}

static bool go_back(void)
{
    while (bounded.depth > 0) {
        struct decision *last = &bounded.stack[bounded.depth - 1];
        if (last->chosen + 1 < last->alternatives) {
            last->chosen++;
            return true;
        }
        bounded.depth--;
    }
    return false;
}

enum { WHOLE = SCHEDULER_NO_TASK + 1 }; /* in the place of the running task: the execution is over */

static bool end(struct strategy *strategy)
{
    (void)strategy;
    bounded.coverage.truncated |= steps_log().truncated || state.fair || state.patient;
    /* Whatever number of preemptions it took, it is the same execution. */
    bounded.preemptions = 0;
    if (state.abandoned || met_before(hash_now(WHOLE))) {
        bounded.coverage.abandoned++;
    } else {
        bounded.coverage.executions++;
    }
    bounded.over = !go_back();
    return !bounded.over;
}

struct strategy_coverage bounded_coverage(const struct strategy *strategy)
{
    (void)strategy;
    struct strategy_coverage coverage = bounded.coverage;
    double share = 1;
    for (uint32_t index = 0; index < bounded.depth; index++) {
        share /= bounded.stack[index].alternatives;
        coverage.explored += share * bounded.stack[index].chosen;
    }
    if (bounded.over) {
        coverage.explored = 1;
    }
    return coverage;
}

struct strategy *bounded_open(const struct strategy_options *options)
{
    bounded.strategy = (struct strategy){
        .name = "bounded", .looks_ahead = true, .logs_steps = true, .begin = begin, .choose = choose, .end = end};
    bounded.bound = options->preemption_bound;
    bounded.depth = 0;
    bounded.over = false;
    bounded.coverage = (struct strategy_coverage){0};
    bounded.seen_count = 0;
    if (bounded.seen_size != 0) {
        memset(bounded.seen, 0, bounded.seen_size * sizeof bounded.seen[0]);
    }
    order_begin(options->commute);
    return &bounded.strategy;
}
