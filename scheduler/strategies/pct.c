/*
 * pct.c - probabilistic concurrency testing.
 *
 * Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs",
 * ASPLOS 2010. Every task gets a random priority above d; the task with the highest one runs. At d - 1 steps, drawn beforehand
 * from the k steps of an execution, the priority of the task that is about to do the step drops below all the others. A bug
 * that needs d ordering constraints shows with a probability of at least 1 / (n * k^(d-1)).
 *
 * Before or after the step? The bound holds for both, and for d = 2 they are equally good on the programs of the tests. For
 * d = 3 the published 14.3 executions to the bug of the Bluetooth driver, and 0.1105 and 0.1226 on the hasty rundown, are those
 * of dropping before; after would give 13.3, 0.1173 and 0.1288. So it is before. Change points that fall on one step all hit
 * the task that was about to do it.
 *
 * Deviation from the paper: unless the options say what k is, the longest execution seen so far stands for it.
 */
#include "../state.h"
#include "random.h"
#include "strategies.h"

enum { DEPTH_LIMIT = 64, FIRST_GUESS_OF_STEPS = 16 };

struct change_point {
    uint32_t step;
    uint32_t priority; /* that the task gets: the point's number before sorting */
};

struct pct {
    struct strategy strategy;
    uint64_t seed;
    uint32_t depth;
    uint32_t length;                         /* k as given, or 0 */
    uint32_t longest;                        /* execution so far; 0 before the first one has ended */
    struct change_point points[DEPTH_LIMIT]; /* in the order of their steps; after them one that never comes */
    const struct change_point *next;
    uint64_t priorities[SCHEDULER_NO_TASK + 1]; /* 0: not drawn yet */
    uint32_t drawn;
    uint32_t begun; /* tasks that there were when all of them had begun */
};

static void draw_change_points(struct pct *pct)
{
    uint32_t steps = pct->length != 0 ? pct->length : pct->longest != 0 ? pct->longest : FIRST_GUESS_OF_STEPS;
    uint32_t count = pct->depth - 1;
    for (uint32_t index = 0; index < count; index++) {
        struct change_point point = {1 + random_below(&pct->seed, steps), index + 1};
        uint32_t place = index;
        for (; place > 0 && pct->points[place - 1].step > point.step; place--) {
            pct->points[place] = pct->points[place - 1];
        }
        pct->points[place] = point;
    }
    pct->points[count].step = UINT32_MAX;
    pct->next = pct->points;
}

static void begin(struct strategy *strategy, uint32_t task_count)
{
    struct pct *pct = (struct pct *)strategy;
    for (uint32_t task = 0; task < pct->drawn || task < task_count; task++) {
        pct->priorities[task] = 0;
    }
    pct->drawn = task_count;
    pct->begun = 0;
    draw_change_points(pct);
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

static uint32_t highest(struct pct *pct, const struct choice *choice)
{
    uint32_t best = 0;
    uint64_t most = 0;
    for (uint32_t index = 0; index < choice->alternatives; index++) {
        uint64_t priority = priority_of(pct, choice->tasks[index]);
        if (priority > most) {
            most = priority;
            best = index;
        }
    }
    return best;
}

static bool any_held(void)
{
    for (uint32_t task = 0; task < state.task_count; task++) {
        if (state.tasks[task].state == TASK_HELD) {
            return true;
        }
    }
    return false;
}

/*
 * Steps are counted when a task arrives at them: those before which tasks still stand have not been done. Tasks that can run
 * stand before one, except those that have not begun.
 */
static uint32_t steps_done(struct pct *pct, const struct choice *choice)
{
    if (pct->begun == state.task_count && state.waiting_timed == 0) {
        return state.steps - state.waiting - choice->alternatives;
    }
    uint32_t standing = state.waiting, ready = 0;
    for (uint32_t index = 0; index < choice->alternatives; index++) {
        const struct task *task = &state.tasks[choice->tasks[index]];
        ready += task->state == TASK_READY;
        standing += task->state == TASK_READY && !task->fresh;
    }
    if (standing == state.waiting + ready && !any_held()) {
        pct->begun = state.task_count;
    }
    return state.steps - standing;
}

static void drop(struct pct *pct, uint8_t task)
{
    pct->priorities[task] = pct->next->priority;
    pct->next++;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    struct pct *pct = (struct pct *)strategy;
    if (choice->kind != CHOICE_TASK) {
        return random_alternative(&pct->seed, choice);
    }
    uint32_t best = highest(pct, choice);
    if (__builtin_expect(pct->next->step > state.steps + 1, 1)) {
        return best;
    }
    uint32_t done = steps_done(pct, choice);
    if (__builtin_expect(pct->next->step <= done, 0)) {
        /* Steps at which there was no choice were those of the running task. */
        while (pct->next->step <= done) {
            drop(pct, choice->task);
        }
        best = highest(pct, choice);
    }
    if (pct->next->step != done + 1) {
        return best;
    }
    uint8_t task = choice->tasks[best];
    while (pct->next->step == done + 1) {
        drop(pct, task);
    }
    return highest(pct, choice);
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
    pct.length = options->length;
    pct.longest = 0;
    return &pct.strategy;
}
