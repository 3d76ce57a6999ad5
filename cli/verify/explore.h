/*
 * explore.h - the loop of `remlock verify`: one program, or one after another, and of each every schedule until none is left.
 *
 * The work is shared out beforehand, so that the same options with the same number of workers do the same and a checkpoint
 * fits: of one program each worker explores its part, of many every worker takes each so-manieth.
 */
#ifndef CLI_EXPLORE_H
#define CLI_EXPLORE_H

#include "estimate.h"
#include "program_space.h"
#include "search.h"
#include "workers.h"

#include <stdatomic.h>

/* Where a worker is and what it has done: what a checkpoint keeps of it, before the strategy's own state. */
struct explored {
    uint64_t next;   /* number of the program that it explores, or explores next */
    bool in_midst;   /* of it: the strategy's state follows */
    bool cut;        /* an execution of it was longer than the step limit */
    bool done;       /* everything */
    uint64_t before; /* executions of other programs */
    uint64_t executions, abandoned, steps, excused, checked, operations, left_out;
    uint64_t programs;  /* begun */
    uint64_t states;    /* of programs that are done */
    bool bounded;       /* a bound left something out */
    uint64_t truncated; /* programs of which not everything could be reasoned about */
};

/* What a worker tells its owner, in memory that both share. */
struct exploration_share {
    _Atomic double explored; /* of the program that it is in, or of its part */
    _Atomic uint64_t abandoned, states, truncated;
    atomic_bool bounded, done;
    atomic_bool estimated;
    struct estimate estimate;    /* valid once `estimated` */
    atomic_bool wanted, written; /* a checkpoint by the owner; the worker writes it into `kept` */
    atomic_bool ended;           /* the worker has written its last one into `last` */
    int kept, last;              /* descriptors of files in memory */
    int found;                   /* what the worker is to go on from; -1: from the beginning */
};

struct exploration {
    const struct subject *subject;
    const struct scenario *scenario; /* this program; NULL: all of `space` */
    struct program_space space;
    const struct strategy_description *strategy;
    struct strategy_options bounds; /* what the strategy is opened with, but for its part */
    uint32_t probes;                /* random executions before, for the estimate */
    uint64_t execution_limit;       /* 0: none; over all workers, from now on */
    bool check_determinism;         /* every execution twice, not only a sample */
    struct exploration_share *shares;
    _Atomic uint64_t *left; /* shared: executions until the limit */
};

/* The exploration as a job for workers. */
struct worker_job exploration_job(const struct exploration *exploration);

/* Programs that there are. */
uint64_t exploration_programs(const struct exploration *exploration);

#endif
