/*
 * exhaustive.c - every schedule in turn, depth first, up to a bound on preemptions.
 *
 * Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs", PLDI 2007: a switch away
 * from a task that could go on costs one preemption; other switches are free. The stack holds the choices of the current
 * execution; its end advances the last one that has an alternative left and cuts off what lies behind.
 *
 * The search is divided by its beginnings: what the first PART_DEPTH choices can be is numbered in the order in which it is
 * met, and every part takes each so-manieth of those. An execution that makes fewer choices is run by all and counted by one.
 */
#include "strategies.h"

enum { DEPTH_LIMIT = 1 << 16, PART_DEPTH = 6 };

struct decision {
    uint16_t chosen;
    uint16_t alternatives; /* those within the bound */
};

struct exhaustive {
    struct strategy strategy;
    uint32_t bound;
    uint32_t part, parts;
    uint32_t position; /* of the current execution on the stack */
    uint32_t preemptions;
    bool given_up; /* the current execution belongs to another part */
    /* What is saved: */
    struct progress {
        uint32_t depth;      /* choices on the stack */
        uint32_t beginnings; /* met so far */
        bool bounded, truncated;
        uint64_t executions, abandoned;
    } progress;
    struct decision stack[DEPTH_LIMIT];
};

static struct exhaustive exhaustive;

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    exhaustive.position = 0;
    exhaustive.preemptions = 0;
    exhaustive.given_up = false;
}

static void push(const struct choice *choice)
{
    uint32_t alternatives = choice->alternatives;
    if (choice->preemption && exhaustive.preemptions >= exhaustive.bound) {
        alternatives = 1;
        exhaustive.progress.bounded = true;
    }
    exhaustive.stack[exhaustive.progress.depth++] = (struct decision){.chosen = 0, .alternatives = (uint16_t)alternatives};
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    if (exhaustive.position == DEPTH_LIMIT) {
        exhaustive.progress.truncated = true;
        return 0;
    }
    if (exhaustive.position == exhaustive.progress.depth) {
        if (exhaustive.position == PART_DEPTH && exhaustive.progress.beginnings++ % exhaustive.parts != exhaustive.part) {
            exhaustive.given_up = true;
            return STRATEGY_ABANDON;
        }
        push(choice);
    }
    uint32_t chosen = exhaustive.stack[exhaustive.position++].chosen;
    exhaustive.preemptions += choice->preemption && chosen != 0;
    return chosen;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    bool counts = !exhaustive.given_up && (exhaustive.position > PART_DEPTH || exhaustive.part == 0);
    exhaustive.progress.abandoned += !counts;
    exhaustive.progress.executions += counts;
    while (exhaustive.progress.depth > 0) {
        struct decision *last = &exhaustive.stack[exhaustive.progress.depth - 1];
        if (last->chosen + 1 < last->alternatives) {
            last->chosen++;
            return true;
        }
        exhaustive.progress.depth--;
    }
    return false;
}

struct strategy *exhaustive_open(const struct strategy_options *options)
{
    exhaustive.strategy = (struct strategy){.name = "exhaustive", .begin = begin, .choose = choose, .end = end};
    exhaustive.bound = options->preemption_bound;
    exhaustive.part = options->part;
    exhaustive.parts = options->parts == 0 ? 1 : options->parts;
    exhaustive.progress = (struct progress){0};
    return &exhaustive.strategy;
}

/* The share of a schedule is the product of one over the alternatives at each of its choices; those left of it are done. */
static double explored(void)
{
    double share = 1, done = 0;
    for (uint32_t index = 0; index < exhaustive.progress.depth; index++) {
        share /= exhaustive.stack[index].alternatives;
        done += share * exhaustive.stack[index].chosen;
    }
    bool begun = exhaustive.progress.executions + exhaustive.progress.abandoned > 0;
    return begun && exhaustive.progress.depth == 0 ? 1 : done;
}

struct strategy_coverage exhaustive_coverage(const struct strategy *strategy)
{
    (void)strategy;
    return (struct strategy_coverage){.executions = exhaustive.progress.executions,
                                      .abandoned = exhaustive.progress.abandoned,
                                      .explored = explored(),
                                      .bounded = exhaustive.progress.bounded,
                                      .truncated = exhaustive.progress.truncated};
}

bool exhaustive_save(const struct strategy *strategy, int file)
{
    (void)strategy;
    return strategy_write(file, &exhaustive.progress, sizeof exhaustive.progress) &&
           strategy_write(file, exhaustive.stack, exhaustive.progress.depth * sizeof exhaustive.stack[0]);
}

bool exhaustive_load(struct strategy *strategy, int file)
{
    struct progress progress;
    (void)strategy;
    if (!strategy_read(file, &progress, sizeof progress) || progress.depth > DEPTH_LIMIT ||
        !strategy_read(file, exhaustive.stack, progress.depth * sizeof exhaustive.stack[0])) {
        return false;
    }
    exhaustive.progress = progress;
    return true;
}
