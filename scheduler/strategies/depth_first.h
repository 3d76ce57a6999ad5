/*
 * depth_first.h - the stack of those strategies that try one thing after the other: the decisions of the current execution. Its
 * end advances the last one that has an alternative left and cuts off what lies behind.
 *
 * The search can be divided by its beginnings: what the first DEPTH_FIRST_PART decisions can be is numbered in the order in
 * which it is met, and every part takes each so-manieth of those. An execution that makes fewer decisions is run by all and
 * counted by one.
 */
#ifndef SCHEDULER_DEPTH_FIRST_H
#define SCHEDULER_DEPTH_FIRST_H

#include <remlock/scheduler.h>

enum { DEPTH_FIRST_LIMIT = 1 << 16, DEPTH_FIRST_PART = 6 };

struct decision {
    uint16_t chosen;
    uint16_t alternatives; /* those within the bound */
};

struct depth_first {
    uint32_t part, parts;
    uint32_t position; /* of the current execution on the stack */
    bool given_up;     /* the current execution belongs to another part */
    /* What is saved, with the stack: */
    struct depth_first_progress {
        uint32_t depth;      /* decisions on the stack */
        uint32_t beginnings; /* met so far */
        bool bounded;        /* a bound left something out */
        bool truncated;      /* an execution had more decisions than the stack holds */
        uint64_t executions, abandoned;
    } progress;
    struct decision stack[DEPTH_FIRST_LIMIT];
};

void depth_first_open(struct depth_first *search, const struct strategy_options *options);
void depth_first_begin(struct depth_first *search);

/*
 * One of `allowed` alternatives of `alternatives`, at least 1, which are the same whenever the decisions before are; or
 * STRATEGY_ABANDON.
 */
uint32_t depth_first_choose(struct depth_first *search, uint32_t allowed, uint32_t alternatives);

/* Whether something is left. */
bool depth_first_end(struct depth_first *search);

struct strategy_coverage depth_first_coverage(const struct depth_first *search);
bool depth_first_save(const struct depth_first *search, int file);
bool depth_first_load(struct depth_first *search, int file);

#endif
