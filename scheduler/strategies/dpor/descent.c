/* descent.c - see descent.h. */
#include "descent.h"

#include "footprints.h"
#include "memory.h"
#include "sleep.h"

#include <string.h>

void descent_take_branch(struct node *node)
{
    struct wakeup_step step = wakeup_take(&node->tree, &node->subtree);
    node->task = step.task;
    node->choices = step.choices;
    node->chosen_freely = node->leaf = step.partial;
}

void descent_drop_sleeping_branches(struct node *node)
{
    while (dpor.loose && node->tree != 0 && sleep_has(node, wakeup_branch(node->tree)->step.task)) {
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

void descent_note_step(const struct steps_log *log, uint32_t number)
{
    const struct step *step = &log->steps[number];
    dpor.nodes[number].footprint = footprint_of(&log->accesses[step->access], step->access_count);
    dpor.nodes[number].choices = choices_of(&log->choices[step->choice], step->choice_count);
}

void descent_judge_leaf(struct node *node)
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
        descent_note_step(log, number - 1);
        descent_judge_leaf(&dpor.nodes[number - 1]);
        node->tree = dpor.nodes[number - 1].subtree;
        dpor.nodes[number - 1].subtree = 0;
        sleep_inherit(node, &dpor.nodes[number - 1]);
    }
    return node;
}

void descent_follow_forced_steps(const struct steps_log *log)
{
    while (dpor.depth < log->count) {
        uint8_t task = log->steps[dpor.depth].task;
        struct node *node = new_node(log);
        node->alone = true;
        wakeup_keep_task(&node->tree, task);
        descent_drop_sleeping_branches(node);
        node->task = task;
        if (node->tree != 0) {
            descent_take_branch(node);
        } else if (dpor.loose) {
            dpor.redundant = dpor.redundant || sleep_has(node, task);
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
    while (alternative < choice->alternatives && sleep_has(node, choice->tasks[alternative])) {
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

void descent_count_way(void)
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
    descent_follow_forced_steps(&log);
    if (dpor_in_parts() && number >= SPLIT_DEPTH && dpor.changed < SPLIT_DEPTH && !dpor.counted) {
        dpor.counted = true;
        descent_count_way();
    }
    if (dpor.redundant || dpor.others) {
        return STRATEGY_ABANDON;
    }
    struct node *node = new_node(&log);
    if (dpor.redundant) {
        return STRATEGY_ABANDON;
    }
    if (dpor_in_parts() && number < SPLIT_DEPTH) {
        remember_enabled(number, choice);
    }
    for (descent_drop_sleeping_branches(node); node->tree != 0; descent_drop_sleeping_branches(node)) {
        descent_take_branch(node);
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
    descent_follow_forced_steps(&log);
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
        if (!sleep_has_choices(node, node->task, made, count + 1)) {
            return alternative;
        }
    }
    dpor.redundant = true;
    return STRATEGY_ABANDON;
}

uint32_t descent_choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    return choice->kind == CHOICE_TASK ? choose_task(choice) : choose_data(choice);
}
