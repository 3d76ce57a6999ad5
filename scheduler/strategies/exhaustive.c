/*
 * exhaustive.c - every schedule in turn, depth first, up to a bound on preemptions.
 *
 * Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs", PLDI 2007: a switch away
 * from a task that could go on costs one preemption; other switches are free. The stack holds the choices of the current
 * execution; its end advances the last one that has an alternative left and cuts off what lies behind.
 */
#include "strategies.h"

enum { DEPTH_LIMIT = 1 << 16 };

struct decision {
    uint16_t chosen;
    uint16_t alternatives; /* those within the bound */
};

struct exhaustive {
    struct strategy strategy;
    uint32_t bound;
    uint32_t depth;    /* choices on the stack */
    uint32_t position; /* of the current execution on it */
    uint32_t preemptions;
    bool bounded;
    uint64_t executions;
    struct decision stack[DEPTH_LIMIT];
};

static struct exhaustive exhaustive;

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    exhaustive.position = 0;
    exhaustive.preemptions = 0;
}

static void push(const struct choice *choice)
{
    uint32_t alternatives = choice->alternatives;
    if (choice->preemption && exhaustive.preemptions >= exhaustive.bound) {
        alternatives = 1;
        exhaustive.bounded = true;
    }
    exhaustive.stack[exhaustive.depth++] = (struct decision){.chosen = 0, .alternatives = (uint16_t)alternatives};
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    if (exhaustive.position == DEPTH_LIMIT) {
        exhaustive.bounded = true;
        return 0;
    }
    if (exhaustive.position == exhaustive.depth) {
        push(choice);
    }
    uint32_t chosen = exhaustive.stack[exhaustive.position++].chosen;
    exhaustive.preemptions += choice->preemption && chosen != 0;
    return chosen;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    exhaustive.executions++;
    while (exhaustive.depth > 0) {
        struct decision *last = &exhaustive.stack[exhaustive.depth - 1];
        if (last->chosen + 1 < last->alternatives) {
            last->chosen++;
            return true;
        }
        exhaustive.depth--;
    }
    return false;
}

struct strategy *exhaustive_open(const struct strategy_options *options)
{
    exhaustive.strategy = (struct strategy){.name = "exhaustive", .begin = begin, .choose = choose, .end = end};
    exhaustive.bound = options->preemption_bound;
    exhaustive.depth = 0;
    exhaustive.bounded = false;
    exhaustive.executions = 0;
    return &exhaustive.strategy;
}

/* The share of a schedule is the product of one over the alternatives at each of its choices; those left of it are done. */
static double explored(void)
{
    double share = 1, done = 0;
    for (uint32_t index = 0; index < exhaustive.depth; index++) {
        share /= exhaustive.stack[index].alternatives;
        done += share * exhaustive.stack[index].chosen;
    }
    return exhaustive.executions > 0 && exhaustive.depth == 0 ? 1 : done;
}

struct strategy_coverage exhaustive_coverage(const struct strategy *strategy)
{
    (void)strategy;
    return (struct strategy_coverage){
        .executions = exhaustive.executions, .explored = explored(), .bounded = exhaustive.bounded};
}
