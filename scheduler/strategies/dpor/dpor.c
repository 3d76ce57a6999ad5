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
 *   of a wakeup tree cannot run when its turn comes, and the execution is given up if nothing but sleeping steps is left for
 * it.
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
#include "footprints.h"
#include "memory.h"
#include "order.h"

#include <string.h>

enum { RACE_LIMIT = 512 };

struct dpor dpor;

/* ------------------------------------------------------------------------------------------------------ sleep sets -- */

static void add_to_sleep(struct node *node, const struct wakeup_step *step)
{
    MEMORY_RESERVE(dpor.sleep, dpor.sleep_limit, node->sleep + node->sleep_count + 1u);
    dpor.sleep[node->sleep + node->sleep_count++] = *step;
}

/* Those of the state before whose steps do not depend on the one that led here. */
static void inherit_sleep(struct node *node, const struct node *before)
{
    node->sleep = before->sleep + before->sleep_count;
    node->sleep_count = 0;
    for (uint32_t index = 0; index < before->sleep_count; index++) {
        struct wakeup_step asleep = dpor.sleep[before->sleep + index];
        if (asleep.task != before->task && !footprints_dependent(asleep.footprint, before->footprint)) {
            add_to_sleep(node, &asleep);
        }
    }
}

static bool begin_with(const struct step_choice *choices, const struct step_choice *made, uint32_t count)
{
    return count == 0 || memcmp(choices, made, count * sizeof made[0]) == 0;
}

/*
 * Whether every way on with these data choices so far is asleep: a step that sleeps without choices stands for itself; of one
 * with choices, each alternative must.
 */
static bool choices_asleep(const struct node *node, uint8_t task, const struct step_choice *made, uint32_t count)
{
    uint32_t alternatives = 0;
    for (uint32_t index = 0; index < node->sleep_count; index++) {
        const struct wakeup_step *asleep = &dpor.sleep[node->sleep + index];
        uint32_t length;
        const struct step_choice *choices = choices_at(asleep->choices, &length);
        if (asleep->task != task || length < count || !begin_with(choices, made, count)) {
            continue;
        }
        if (length == count) {
            return true;
        }
        alternatives = choices[count].alternatives;
    }
    enum { DEEPEST = 16 };
    if (alternatives == 0 || count == DEEPEST) {
        return false;
    }
    struct step_choice longer[DEEPEST + 1];
    if (count != 0) {
        memcpy(longer, made, count * sizeof made[0]);
    }
    for (uint32_t chosen = 0; chosen < alternatives; chosen++) {
        for (uint32_t index = 0; index < node->sleep_count; index++) {
            const struct wakeup_step *asleep = &dpor.sleep[node->sleep + index];
            uint32_t length;
            const struct step_choice *choices = choices_at(asleep->choices, &length);
            if (asleep->task == task && length > count && begin_with(choices, made, count)) {
                longer[count] = choices[count];
            }
        }
        longer[count].chosen = (uint8_t)chosen;
        if (!choices_asleep(node, task, longer, count + 1)) {
            return false;
        }
    }
    return true;
}

static bool is_asleep(const struct node *node, uint8_t task)
{
    for (uint32_t index = 0; index < node->sleep_count; index++) {
        if (dpor.sleep[node->sleep + index].task == task) {
            return choices_asleep(node, task, NULL, 0);
        }
    }
    return false;
}

/* ----------------------------------------------------------------------------------------------- a path downwards -- */

static void take_branch(struct node *node)
{
    struct wakeup_step step = wakeup_take(&node->tree, &node->subtree);
    node->task = step.task;
    node->choices = step.choices;
    node->chosen_freely = node->leaf = step.partial;
}

/* Where steps may sleep on, a tree may lead to one that does: what it leads to is explored. */
static void drop_sleeping_branches(struct node *node)
{
    while (dpor.loose && node->tree != 0 && is_asleep(node, wakeup_branch(node->tree)->step.task)) {
        uint32_t children;
        wakeup_take(&node->tree, &children);
        wakeup_free(children);
    }
}

static void give_up(struct node *node)
{
    node->useless = true;
    dpor.redundant = true;
}

/* The step at the last node is done, or under way: what is known of it now. */
static void note_step(const struct steps_log *log, uint32_t number)
{
    const struct step *step = &log->steps[number];
    dpor.nodes[number].footprint = footprint_of(&log->accesses[step->access], step->access_count);
    dpor.nodes[number].choices = choices_of(&log->choices[step->choice], step->choice_count);
}

/*
 * At the end of a sequence of a wakeup tree nobody sleeps: each that did depends on a step of it. But of the last step it was
 * not known what it would touch. If somebody sleeps on, he leads to all that comes now; if not, what the tree has besides and
 * the step leads to is not needed.
 */
static void judge_leaf(struct node *node)
{
    if (!node->leaf || dpor.loose) {
        return;
    }
    for (uint32_t index = 0; index < node->sleep_count; index++) {
        const struct wakeup_step *asleep = &dpor.sleep[node->sleep + index];
        if (asleep->task != node->task && !footprints_dependent(asleep->footprint, node->footprint)) {
            give_up(node);
            return;
        }
    }
    const struct wakeup_step step = {.task = node->task, .footprint = node->footprint, .choices = node->choices};
    wakeup_prune(&node->tree, &step);
}

static struct node *new_node(const struct steps_log *log)
{
    uint32_t number = dpor.depth;
    MEMORY_RESERVE(dpor.nodes, dpor.node_limit, number + 1u);
    dpor.depth++;
    struct node *node = &dpor.nodes[number];
    *node = (struct node){.chosen_freely = true};
    if (number > 0) {
        note_step(log, number - 1);
        judge_leaf(&dpor.nodes[number - 1]);
        node->tree = dpor.nodes[number - 1].subtree;
        dpor.nodes[number - 1].subtree = 0;
        inherit_sleep(node, &dpor.nodes[number - 1]);
    }
    return node;
}

/* Nodes for the steps that were not a choice, because nobody else could run. */
static void follow_forced_steps(const struct steps_log *log)
{
    while (dpor.depth < log->count) {
        uint8_t task = log->steps[dpor.depth].task;
        struct node *node = new_node(log);
        node->alone = true;
        wakeup_keep_task(&node->tree, task);
        drop_sleeping_branches(node);
        node->task = task;
        if (node->tree != 0) {
            take_branch(node);
        } else if (dpor.loose) {
            dpor.redundant = dpor.redundant || is_asleep(node, task);
        } else if (node->sleep_count != 0) {
            give_up(node);
        }
    }
}

static uint32_t alternative_of(const struct choice *choice, uint8_t task)
{
    uint32_t alternative = 0;
    while (alternative < choice->alternatives && choice->tasks[alternative] != task) {
        alternative++;
    }
    return alternative;
}

/* The first task that does not sleep, the running one before others. */
static uint32_t first_awake(const struct node *node, const struct choice *choice)
{
    uint32_t alternative = 0;
    while (alternative < choice->alternatives && is_asleep(node, choice->tasks[alternative])) {
        alternative++;
    }
    return alternative;
}

/* The running task goes on. Somebody sleeps only where a tree has not led to its end, because a task could not run: no loss. */
static uint32_t choose_freely(struct node *node, const struct choice *choice)
{
    node->chosen_freely = true;
    node->leaf = false;
    node->choices = 0;
    node->subtree = 0;
    node->task = choice->tasks[0];
    if (node->sleep_count == 0) {
        return 0;
    }
    uint32_t alternative = dpor.loose ? first_awake(node, choice) : choice->alternatives;
    if (alternative < choice->alternatives) {
        node->task = choice->tasks[alternative];
        return alternative;
    }
    if (dpor.loose) {
        dpor.redundant = true;
    } else {
        give_up(node);
    }
    return STRATEGY_ABANDON;
}

static bool in_parts(void)
{
    return dpor.options.parts > 1;
}

/* A new way to the depth at which the search is split: whose is it? */
static void count_way(void)
{
    dpor.others = dpor.ways++ % dpor.options.parts != dpor.options.part;
}

static void remember_enabled(uint32_t number, const struct choice *choice)
{
    memcpy(dpor.enabled[number], choice->tasks, choice->alternatives);
    dpor.enabled_count[number] = choice->alternatives;
}

static uint32_t choose_task(const struct choice *choice)
{
    uint32_t number = steps_count();
    if (number < dpor.depth) {
        struct node *node = &dpor.nodes[number];
        uint32_t alternative = alternative_of(choice, node->task);
        if (alternative < choice->alternatives) {
            return alternative;
        }
        wakeup_free(node->subtree);
        return choose_freely(node, choice);
    }
    struct steps_log log = steps_log();
    follow_forced_steps(&log);
    if (in_parts() && number >= SPLIT_DEPTH && dpor.changed < SPLIT_DEPTH && !dpor.counted) {
        dpor.counted = true;
        count_way();
    }
    if (dpor.redundant || dpor.others) {
        return STRATEGY_ABANDON;
    }
    struct node *node = new_node(&log);
    if (dpor.redundant) {
        return STRATEGY_ABANDON;
    }
    if (in_parts() && number < SPLIT_DEPTH) {
        remember_enabled(number, choice);
    }
    for (drop_sleeping_branches(node); node->tree != 0; drop_sleeping_branches(node)) {
        take_branch(node);
        uint32_t alternative = alternative_of(choice, node->task);
        if (alternative < choice->alternatives) {
            return alternative;
        }
        wakeup_free(node->subtree);
    }
    return choose_freely(node, choice);
}

/* --------------------------------------------------------------------------------------------------- data choices -- */

static uint32_t choose_at_root(const struct choice *choice)
{
    uint32_t position = dpor.root_position++;
    if (position == dpor.root_count) {
        MEMORY_RESERVE(dpor.root, dpor.root_limit, 2 * position + 2);
        dpor.root[2 * position] = 0;
        dpor.root[2 * position + 1] = choice->alternatives;
        dpor.root_count++;
    }
    return dpor.root[2 * position];
}

static uint32_t choose_data(const struct choice *choice)
{
    if (steps_count() == 0) {
        return choose_at_root(choice);
    }
    struct steps_log log = steps_log();
    uint32_t number = log.count - 1;
    const struct step *step = &log.steps[number];
    follow_forced_steps(&log);
    struct node *node = &dpor.nodes[number];
    uint32_t wanted;
    const struct step_choice *choices = choices_at(node->choices, &wanted);
    if (step->choice_count < wanted) {
        return choices[step->choice_count].chosen;
    }
    struct step_choice made[16];
    uint32_t count = step->choice_count < 15 ? step->choice_count : 15;
    memcpy(made, &log.choices[step->choice], count * sizeof made[0]);
    for (uint32_t alternative = 0; alternative < choice->alternatives; alternative++) {
        made[count] = (struct step_choice){
            .kind = choice->kind, .chosen = (uint8_t)alternative, .alternatives = (uint8_t)choice->alternatives};
        if (!choices_asleep(node, node->task, made, count + 1)) {
            return alternative;
        }
    }
    dpor.redundant = true;
    return STRATEGY_ABANDON;
}

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    dpor.redundant = false;
    dpor.others = false;
    dpor.counted = false;
    dpor.changed = dpor.depth == 0 ? 0 : dpor.depth - 1;
    dpor.root_position = 0;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    return choice->kind == CHOICE_TASK ? choose_task(choice) : choose_data(choice);
}

/* --------------------------------------------------------------------------------------------------------- races -- */

/* A task in the sleep set covers the sequence: it could be its first step, or one that changes nothing for it. */
static bool sleep_covers(const struct node *node, const struct wakeup_sequence *sequence)
{
    for (uint32_t index = 0; index < node->sleep_count; index++) {
        uint32_t position;
        if (wakeup_is_initial(&dpor.sleep[node->sleep + index], sequence, &position)) {
            return true;
        }
    }
    return false;
}

/* Makes sure that the other order of two racing steps is explored. */
static void reverse(uint32_t earlier, uint32_t later, uint32_t step_count)
{
    struct node *node = &dpor.nodes[earlier];
    if (node->alone || (in_parts() && earlier < SPLIT_DEPTH)) {
        return; /* nobody else can run there, or everything is explored from there */
    }
    MEMORY_RESERVE(dpor.sequence, dpor.sequence_limit, step_count + 1u);
    struct wakeup_sequence sequence = {
        .steps = dpor.sequence, .count = order_reversal(earlier, later, dpor.sequence), .maximal = !dpor.loose};
    if (!sleep_covers(node, &sequence)) {
        wakeup_insert(&node->tree, &sequence);
    }
}

static void reverse_races_with(const struct steps_log *log, uint32_t later)
{
    uint32_t races[RACE_LIMIT];
    uint32_t count = order_races(log, later, races, RACE_LIMIT);
    dpor.coverage.truncated |= count == RACE_LIMIT;
    for (uint32_t index = 0; index < count; index++) {
        reverse(races[index], later, log->count);
    }
}

/*
 * The step that stopped the execution has kept the others from all that they would have done, of which nothing is known: it
 * races with what each of them stands before.
 */
static void reverse_stop(const struct steps_log *log, const uint8_t *tasks, uint32_t count)
{
    uint32_t last = log->count - 1;
    for (uint32_t index = 0; index < count; index++) {
        if (tasks[index] != log->steps[last].task && state.tasks[tasks[index]].state == TASK_READY) {
            reverse(last, log->count + tasks[index], log->count);
        }
    }
}

static void reverse_races(const struct steps_log *log)
{
    for (uint32_t later = 0; later < log->count; later++) {
        reverse_races_with(log, later);
    }
    const uint8_t *tasks;
    uint32_t count = order_pending(&tasks);
    for (uint32_t index = 0; index < count; index++) {
        reverse_races_with(log, log->count + tasks[index]);
    }
    if (state.cut_off && !dpor.redundant && !dpor.others && log->count > 0) {
        reverse_stop(log, tasks, count);
    }
}

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
        if (!is_asleep(node, dpor.enabled[number][index])) {
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
        add_to_sleep(node, &done);
    }
    node->useless = false;
    node->explored++;
    wakeup_free(node->subtree);
    node->subtree = 0;
    if (choose_other_data(node)) {
        return true;
    }
    drop_sleeping_branches(node);
    if (node->tree == 0) {
        return in_parts() && node - dpor.nodes < SPLIT_DEPTH && !node->alone && choose_next_enabled(node);
    }
    take_branch(node);
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

static bool end(struct strategy *strategy)
{
    (void)strategy;
    struct steps_log log = steps_log();
    follow_forced_steps(&log);
    if (log.count > 0) {
        note_step(&log, log.count - 1);
        if (dpor.depth == log.count) {
            judge_leaf(&dpor.nodes[log.count - 1]);
        }
    }
    /* A node may have been made for a step that was never done. */
    if (dpor.depth > log.count && !dpor.redundant) {
        wakeup_free(dpor.nodes[log.count].tree);
        dpor.depth = log.count;
    }
    dpor.coverage.truncated |= log.truncated || state.fair || state.patient;
    if (in_parts() && dpor.changed < SPLIT_DEPTH && !dpor.counted) {
        count_way(); /* it ended before the search is split */
    }
    if (dpor.redundant || dpor.others || state.abandoned) {
        dpor.coverage.abandoned++;
    } else {
        dpor.coverage.executions++;
    }
    dpor.loose = dpor.loose || (state.cut_off && !dpor.redundant && !dpor.others);
    order_finish(&log, dpor.kept);
    if (!dpor.redundant || dpor.loose) {
        reverse_races(&log);
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
        .name = "dpor", .looks_ahead = true, .logs_steps = true, .begin = begin, .choose = choose, .end = end};
    dpor.options = *options;
    dpor.depth = 0;
    dpor.kept = 0;
    dpor.root_count = 0;
    dpor.over = false;
    dpor.loose = in_parts();
    dpor.ways = 0;
    dpor.coverage = (struct strategy_coverage){0};
    wakeup_reset();
    order_begin(options->commute);
    return &dpor.strategy;
}
