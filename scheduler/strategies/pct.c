/*
 * pct.c - probabilistic concurrency testing.
 *
 * Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs",
 * ASPLOS 2010. Every task gets a random priority above d; the task with the highest one runs. After d - 1 steps, drawn
 * beforehand from the k steps of an execution, the priority of the task that did the step drops below all the others. A bug
 * that needs d ordering constraints shows with a probability of at least 1 / (n * k^(d-1)).
 *
 * Deviations from the paper: k is not known beforehand, so the longest execution seen so far stands for it; and steps are
 * numbered in the order in which tasks arrive at them, not in which they do them.
 */
#include "random.h"
#include "strategies.h"

enum { DEPTH_LIMIT = 64, FIRST_GUESS_OF_STEPS = 16 };

struct pct {
    struct strategy strategy;
    uint64_t seed;
    uint32_t depth;
    uint32_t longest;                               /* k; 0 before the first execution has ended */
    uint32_t change_points[DEPTH_LIMIT];            /* steps, not sorted */
    uint32_t last_step;                             /* at the choice before */
    uint64_t priorities[SCHEDULER_TASK_LIMIT];      /* 0: not drawn yet */
    uint32_t standing_before[SCHEDULER_TASK_LIMIT]; /* the step that the task had yet to do at its last choice */
    uint32_t drawn;
};

static void begin(struct strategy *strategy, uint32_t task_count)
{
    struct pct *pct = (struct pct *)strategy;
    for (uint32_t task = 0; task < pct->drawn || task < task_count; task++) {
        pct->priorities[task] = 0;
        pct->standing_before[task] = 0;
    }
    pct->drawn = task_count;
    pct->last_step = 0;
    uint32_t steps = pct->longest == 0 ? FIRST_GUESS_OF_STEPS : pct->longest;
    for (uint32_t index = 0; index + 1 < pct->depth; index++) {
        pct->change_points[index] = 1 + random_below(&pct->seed, steps);
    }
}

/* A random priority is drawn when a task first stands to be chosen, so that tasks born during the execution get one as well. */
static uint64_t priority_of(struct pct *pct, uint8_t task)
{
    if (pct->priorities[task] == 0) {
        pct->priorities[task] = (random_next(&pct->seed) >> 1) + DEPTH_LIMIT;
        if (task >= pct->drawn) {
            pct->drawn = task + 1u;
        }
    }
    return pct->priorities[task];
}

/*
 * The task has done the step it stood before at its last choice and all the steps since the last choice of anybody, except the
 * one it stands before now. Change point i among them gives it priority i, below every drawn one.
 */
static void drop_priorities(struct pct *pct, uint8_t running, uint32_t step)
{
    if (running == SCHEDULER_NO_TASK) {
        return;
    }
    for (uint32_t index = 0; index + 1 < pct->depth; index++) {
        uint32_t at = pct->change_points[index];
        if (at == pct->standing_before[running] || (at > pct->last_step && at < step)) {
            pct->priorities[running] = index + 1;
        }
    }
    pct->standing_before[running] = step;
    pct->last_step = step;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    struct pct *pct = (struct pct *)strategy;
    if (choice->kind != CHOICE_TASK) {
        return random_alternative(&pct->seed, choice);
    }
    drop_priorities(pct, choice->task, scheduler_steps());
    uint32_t best = 0;
    uint64_t highest = 0;
    for (uint32_t index = 0; index < choice->alternatives; index++) {
        uint64_t priority = priority_of(pct, choice->tasks[index]);
        if (priority > highest) {
            highest = priority;
            best = index;
        }
    }
    return best;
}

static bool end(struct strategy *strategy)
{
    struct pct *pct = (struct pct *)strategy;
    if (scheduler_steps() > pct->longest) {
        pct->longest = scheduler_steps();
    }
    return true;
}

struct strategy *pct_open(const struct strategy_options *options)
{
    static struct pct pct;
    pct.strategy = (struct strategy){.name = "pct", .begin = begin, .choose = choose, .end = end};
    pct.seed = options->seed;
    pct.depth = options->depth == 0 ? 3 : options->depth;
    pct.depth = pct.depth > DEPTH_LIMIT ? DEPTH_LIMIT : pct.depth;
    pct.longest = 0;
    return &pct.strategy;
}
