/*
 * dpor.c - every distinguishable schedule once: optimal dynamic partial-order reduction.
 *
 * Abdulla, Aronis, Jonsson and Sagonas, "Optimal dynamic partial order reduction" (POPL 2014), JACM 2017. An execution is run
 * to its end; then, for each two of its steps that race, the sequence that turns the race around is inserted into the wakeup
 * tree of the state before the first of them, unless a task in that state's sleep set covers it. Then the search goes on behind
 * the last state whose tree is not empty.
 *
 * What differs from the paper:
 * - A race with the end of a wait is one only where the wait could have ended: order.h. Where that was said wrongly, the task
 *   of a wakeup tree cannot run when its turn comes, and the execution is given up if only sleeping steps are left for it.
 * - What a task stands before when the execution ends, because it waits for ever or a finding stopped it, is a step for races.
 * - The step that is turned around may touch other things in its new place: it is the last one of its sequence, and what was
 *   guessed of it is judged when it has been done.
 * - Data choices: a step with other choices is another step. All of them are tried where a step is chosen freely; in a wakeup
 *   tree a step has its choices with it.
 * - Executions that are cut off by a finding, and searches in parts, leave out what the paper concludes from whole executions:
 *   dpor.loose. Then some executions are begun for nothing, and none is missed.
 */
#include "dpor.h"

#include "../strategies.h"
#include "descent.h"
#include "footprints.h"
#include "memory.h"
#include "order.h"
#include "reversals.h"
#include "sleep.h"

#include <string.h>

struct dpor dpor;

/* -------------------------------------------------------------------------------------------------------- way back -- */

/* The next data choices of the step at this node, if there are any. */
static bool choose_other_data(struct node *node)
{
    uint32_t count;
    const struct step_choice *choices = choices_at(node->choices, &count);
    struct step_choice next[256];
    if (!node->chosen_freely || count == 0 || count > 256) {
        dpor.coverage.truncated |= count > 256;
        return false;
    }
    memcpy(next, choices, count * sizeof next[0]);
    for (; count > 0; count--) {
        if (next[count - 1].chosen + 1 < next[count - 1].alternatives) {
            next[count - 1].chosen++;
            node->choices = choices_of(next, count);
            return true;
        }
    }
    return false;
}

/* In parts, near the root: the next task that could run and does not sleep. */
static bool choose_next_enabled(struct node *node)
{
    uint32_t number = (uint32_t)(node - dpor.nodes);
    for (uint32_t index = 0; index < dpor.enabled_count[number]; index++) {
        if (!sleep_has(node, dpor.enabled[number][index])) {
            node->task = dpor.enabled[number][index];
            node->choices = 0;
            node->chosen_freely = true;
            return true;
        }
    }
    return false;
}

/* What was explored sleeps from now on; what is next? False when nothing is left here. */
static bool advance(struct node *node)
{
    struct wakeup_step done = {.task = node->task, .footprint = node->footprint, .choices = node->choices};
    if (!node->useless) {
        sleep_add(node, &done);
    }
    node->useless = false;
    node->explored++;
    wakeup_free(node->subtree);
    node->subtree = 0;
    if (choose_other_data(node)) {
        return true;
    }
    descent_drop_sleeping_branches(node);
    if (node->tree == 0) {
        return dpor_in_parts() && node - dpor.nodes < SPLIT_DEPTH && !node->alone && choose_next_enabled(node);
    }
    descent_take_branch(node);
    return true;
}

static bool advance_root(void)
{
    while (dpor.root_count > 0) {
        uint32_t *last = &dpor.root[2 * (dpor.root_count - 1)];
        if (last[0] + 1 < last[1]) {
            last[0]++;
            return true;
        }
        dpor.root_count--;
    }
    return false;
}

static bool go_back(void)
{
    while (dpor.depth > 0) {
        if (advance(&dpor.nodes[dpor.depth - 1])) {
            dpor.kept = dpor.depth - 1;
            return true;
        }
        dpor.depth--;
    }
    dpor.kept = 0;
    return advance_root();
}

static uint32_t count_branches(uint32_t tree)
{
    uint32_t count = 0;
    for (; tree != 0; tree = wakeup_branch(tree)->next) {
        count++;
    }
    return count;
}

/* As in exhaustive.c, with the branches that are known by now. */
static double explored(void)
{
    double share = 1, done = 0;
    for (uint32_t number = 0; number < dpor.depth; number++) {
        const struct node *node = &dpor.nodes[number];
        if (node->alone) {
            continue;
        }
        share /= 1 + node->explored + count_branches(node->tree);
        done += share * node->explored;
    }
    return dpor.over ? 1 : done;
}

/* ------------------------------------------------------------------------------------------------------ strategy -- */

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    dpor.redundant = false;
    dpor.others = false;
    dpor.counted = false;
    dpor.changed = dpor.depth == 0 ? 0 : dpor.depth - 1;
    dpor.root_position = 0;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    struct steps_log log = steps_log();
    descent_follow_forced_steps(&log);
    if (log.count > 0) {
        descent_note_step(&log, log.count - 1);
        if (dpor.depth == log.count) {
            descent_judge_leaf(&dpor.nodes[log.count - 1]);
        }
    }
    /* A node may have been made for a step that was never done. */
    if (dpor.depth > log.count && !dpor.redundant) {
        wakeup_free(dpor.nodes[log.count].tree);
        dpor.depth = log.count;
    }
    dpor.coverage.truncated |= log.truncated || state.fair || state.patient;
    if (dpor_in_parts() && dpor.changed < SPLIT_DEPTH && !dpor.counted) {
        descent_count_way(); /* it ended before the search is split */
    }
    if (dpor.redundant || dpor.others || state.abandoned) {
        dpor.coverage.abandoned++;
    } else {
        dpor.coverage.executions++;
    }
    dpor.loose = dpor.loose || (state.cut_off && !dpor.redundant && !dpor.others);
    order_finish(&log, dpor.kept);
    if (!dpor.redundant || dpor.loose) {
        reversals_insert(&log);
    }
    dpor.over = !go_back();
    return !dpor.over;
}

struct strategy_coverage dpor_coverage(const struct strategy *strategy)
{
    (void)strategy;
    struct strategy_coverage coverage = dpor.coverage;
    coverage.explored = explored();
    return coverage;
}

struct strategy *dpor_open(const struct strategy_options *options)
{
    dpor.strategy = (struct strategy){
        .name = "dpor", .looks_ahead = true, .logs_steps = true, .begin = begin, .choose = descent_choose, .end = end};
    dpor.options = *options;
    dpor.depth = 0;
    dpor.kept = 0;
    dpor.root_count = 0;
    dpor.over = false;
    dpor.loose = dpor_in_parts();
    dpor.ways = 0;
    dpor.coverage = (struct strategy_coverage){0};
    wakeup_reset();
    order_begin(options->commute);
    return &dpor.strategy;
}
