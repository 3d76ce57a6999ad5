/*
 * urw.c - uniform random walk: every interleaving is equally likely.
 *
 * Zhao, Wolff, Mathur and Roychoudhury, "Selectively uniform concurrency testing", ASPLOS 2025. A task is chosen with a
 * probability in proportion to the steps that it still has to do, those of the tasks that it will spawn included, counted in
 * earlier executions of the same program. When nobody waits and nobody's path depends on the others, that is the uniform
 * distribution over all interleavings. The first execution of a program, with nothing to count, is a random walk.
 *
 * Tasks that wait, and paths that depend on the others, spoil the proportion. For programs with few schedules (up to
 * SMALL) this is made good: each execution estimates how many schedules begin as it did (the product of one over the
 * probabilities of its choices: Knuth, "Estimating the efficiency of backtrack programs", 1975), and the averages of these
 * estimates, where there are any, take the place of the proportions. So the walk becomes uniform there as well. It does not
 * apply to longer programs: there hardly any beginning is met twice.
 */
#include "family.h"
#include "random.h"
#include "strategies.h"

enum { NODE_SLOTS = 1 << 17, PATH_LIMIT = 256, SMALL = 1 << 16, STEPS = 1 };

/* The beginnings of schedules, by their hashes. */
struct node {
    uint64_t key; /* 0: free */
    double sum;   /* of the estimates of how many schedules there are below */
    uint32_t count;
};

struct path_entry {
    uint64_t key;       /* of the beginning that the choice led to */
    double probability; /* with which it did */
};

struct urw {
    struct strategy strategy;
    uint64_t seed;
    struct family family;
    double claimed[SCHEDULER_TASK_LIMIT]; /* of what was expected of a task, by those that it has spawned */
    double total;                         /* schedules, as estimated; 0: no idea */
    double scale;                         /* schedules that begin like this one, as estimated */
    uint64_t beginning;
    uint32_t depth; /* of the path; PATH_LIMIT: too long */
    struct path_entry path[PATH_LIMIT];
    uint32_t used;
    uint32_t used_nodes[NODE_SLOTS / 2];
    struct node nodes[NODE_SLOTS];
};

static uint64_t extend(uint64_t beginning, uint32_t what)
{
    uint64_t number = (beginning + what + 1) * 0x9E3779B97F4A7C15u;
    return (number ^ (number >> 31)) | 1;
}

static struct node *node_of(struct urw *urw, uint64_t key)
{
    uint32_t index = (uint32_t)(key >> 8) % NODE_SLOTS;
    while (urw->nodes[index].key != 0 && urw->nodes[index].key != key) {
        index = (index + 1) % NODE_SLOTS;
    }
    return &urw->nodes[index];
}

static void add_estimate(struct urw *urw, uint64_t key, double schedules)
{
    struct node *node = node_of(urw, key);
    if (node->key == 0) {
        if (urw->used == NODE_SLOTS / 2) {
            return;
        }
        urw->used_nodes[urw->used++] = (uint32_t)(node - urw->nodes);
        *node = (struct node){.key = key, .sum = 0, .count = 0};
    }
    node->sum += schedules;
    node->count++;
}

static bool is_small(const struct urw *urw)
{
    return urw->total > 0 && urw->total <= SMALL;
}

static void begin(struct strategy *strategy, uint32_t task_count)
{
    struct urw *urw = (struct urw *)strategy;
    (void)task_count;
    family_begin(&urw->family);
    urw->beginning = 1;
    urw->scale = urw->total;
    urw->depth = 0;
}

static void meet_new_tasks(struct urw *urw)
{
    while (family_meet(&urw->family)) {
        uint32_t task = urw->family.known - 1;
        uint8_t parent = state.tasks[task].parent;
        urw->claimed[task] = 0;
        if (parent != SCHEDULER_NO_TASK) {
            urw->claimed[parent] += family_expected(&urw->family, task, STEPS);
        }
    }
}

/* Steps left for the task and those it will spawn. A task stands before its point, which is not done yet. */
static double steps_left(const struct urw *urw, uint8_t task)
{
    double left = family_expected(&urw->family, task, STEPS) - state.tasks[task].point - urw->claimed[task];
    return left < 1 ? 1 : left;
}

/* Puts what is known of the beginning that the task would lead to in place of its share. */
static double schedules_below(struct urw *urw, uint8_t task, double share)
{
    const struct node *node = node_of(urw, extend(urw->beginning, task));
    double schedules = urw->scale * share;
    return node->key == 0 ? schedules : (schedules + node->sum) / (1 + node->count);
}

static uint32_t pick(struct urw *urw, const double *weights, uint32_t count, double sum)
{
    double left = (double)(random_next(&urw->seed) >> 11) * 0x1p-53 * sum;
    uint32_t index = 0;
    while (index + 1 < count && left >= weights[index]) {
        left -= weights[index++];
    }
    return index;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    struct urw *urw = (struct urw *)strategy;
    double weights[SCHEDULER_TASK_LIMIT + 1], sum = 0;
    if (choice->kind != CHOICE_TASK) {
        uint32_t chosen = random_alternative(&urw->seed, choice);
        urw->beginning = extend(urw->beginning, chosen);
        return chosen;
    }
    meet_new_tasks(urw);
    for (uint32_t index = 0; index < choice->alternatives; index++) {
        weights[index] = steps_left(urw, choice->tasks[index]);
        sum += weights[index];
    }
    if (is_small(urw)) {
        double schedules = 0;
        for (uint32_t index = 0; index < choice->alternatives; index++) {
            weights[index] = schedules_below(urw, choice->tasks[index], weights[index] / sum);
            schedules += weights[index];
        }
        sum = schedules;
    }
    uint32_t chosen = pick(urw, weights, choice->alternatives, sum);
    urw->scale = weights[chosen];
    urw->beginning = extend(urw->beginning, choice->tasks[chosen]);
    if (urw->depth < PATH_LIMIT) {
        urw->path[urw->depth++] = (struct path_entry){.key = urw->beginning, .probability = weights[chosen] / sum};
    }
    return chosen;
}

static void learn_beginnings(struct urw *urw)
{
    double schedules = 1;
    if (urw->depth == PATH_LIMIT || urw->used == NODE_SLOTS / 2) {
        return;
    }
    for (uint32_t index = urw->depth; index > 0; index--) {
        if (is_small(urw)) {
            add_estimate(urw, urw->path[index - 1].key, schedules);
        }
        schedules /= urw->path[index - 1].probability;
    }
    add_estimate(urw, 1, schedules);
    const struct node *root = node_of(urw, 1);
    urw->total = root->sum / root->count;
}

static bool end(struct strategy *strategy)
{
    struct urw *urw = (struct urw *)strategy;
    meet_new_tasks(urw);
    /* An execution that was cut off says little about lengths; but it is better than nothing. */
    if (!state.stopped || urw->family.learnt == 0) {
        for (uint32_t task = 0; task < urw->family.known; task++) {
            family_count(&urw->family, task, STEPS, state.tasks[task].point);
        }
        family_learnt(&urw->family);
    }
    learn_beginnings(urw);
    return true;
}

struct strategy *urw_open(const struct strategy_options *options)
{
    static struct urw urw;
    urw.strategy = (struct strategy){.name = "urw", .looks_ahead = true, .begin = begin, .choose = choose, .end = end};
    urw.seed = options->seed;
    urw.total = 0;
    family_open(&urw.family);
    for (uint32_t index = 0; index < urw.used; index++) {
        urw.nodes[urw.used_nodes[index]].key = 0;
    }
    urw.used = 0;
    return &urw.strategy;
}
