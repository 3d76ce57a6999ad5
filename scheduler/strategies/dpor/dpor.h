/*
 * dpor.h - the state of the search: one node for each step of the current execution. See dpor.c.
 */
#ifndef DPOR_DPOR_H
#define DPOR_DPOR_H

#include "wakeup.h"

#include <remlock/scheduler.h>

/* The state before a step, and the step that is being explored from it. */
struct node {
    uint8_t task;         /* whose step */
    bool chosen_freely;   /* not by a wakeup tree: the step's other data choices are to be explored as well */
    bool alone;           /* nobody else could run */
    bool leaf;            /* the step is the last one of a sequence of a wakeup tree */
    bool useless;         /* what it leads to is covered elsewhere: it does not fall asleep */
    uint32_t footprint;   /* of the step */
    uint32_t choices;     /* made in it; before it is done: those that it shall make first */
    uint32_t tree;        /* what else is to be explored from here */
    uint32_t subtree;     /* what is to be explored behind the step */
    uint32_t sleep;       /* first entry of its sleep set */
    uint32_t sleep_count; /* what was inherited, then what was explored from here */
    uint32_t explored;    /* steps explored from here, without the current one */
};

/*
 * A search in parts explores everything from the states before this step, so that no wakeup tree above it depends on what other
 * parts find; the ways to it are numbered, and each part takes its share of them.
 */
enum { SPLIT_DEPTH = 6 };

struct dpor {
    struct strategy strategy;
    struct strategy_options options;
    uint8_t enabled[SPLIT_DEPTH][SCHEDULER_TASK_LIMIT]; /* in parts: who could run */
    uint32_t enabled_count[SPLIT_DEPTH];
    uint64_t ways; /* to the depth at which the search is split, so far */
    bool counted;  /* the current execution's way is numbered */
    bool others;   /* and another part's */
    struct node *nodes;
    uint32_t node_limit;
    uint32_t depth; /* nodes that exist; between executions, the last one has a new step */
    struct wakeup_step *sleep;
    uint32_t sleep_limit;
    uint32_t changed; /* the node with the new step, in the current execution */
    uint32_t kept;    /* steps whose order is known from the execution before */
    uint32_t *root;   /* data choices made before the first step: chosen and alternatives in turn */
    uint32_t root_count, root_limit, root_position;
    /*
     * Some executions are not run to their end, or, in parts, one does not hear what the others insert near the root. Then a
     * step that sleeps covers only sequences that it is in, and may sleep on where a tree has led.
     */
    bool loose;
    bool redundant; /* all that can be done next is covered elsewhere */
    struct wakeup_step *sequence;
    uint32_t sequence_limit;
    struct strategy_coverage coverage;
    bool over;
};

extern struct dpor dpor;

static inline bool dpor_in_parts(void)
{
    return dpor.options.parts > 1;
}

#endif
