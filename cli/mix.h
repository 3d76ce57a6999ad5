/*
 * mix.h - which strategy is next: a bandit over several ways of choosing schedules.
 *
 * Each way finds bugs that the others find late, and which one pays depends on the subject. So executions are allotted in
 * batches by what has paid so far: interleaving coverage that was new (scheduler_feedback), and
 * findings that were new. The rule is UCB1 (Auer, Cesa-Bianchi and Fischer, "Finite-time analysis of the multiarmed bandit
 * problem", 2002) over discounted sums (Garivier and Moulines, "On upper-confidence bound policies for switching bandit
 * problems", 2011), since what paid early need not pay later: no way is ever given up. What an
 * execution costs is a constant of its strategy, and what a way has paid counts by what it cost; when nothing pays any more,
 * all have about the same share of the time. It looks at nothing but executions, so the same seed makes the same choices.
 */
#ifndef CLI_MIX_H
#define CLI_MIX_H

#include <remlock/harness.h>

/* One way of choosing schedules, for a batch of executions of one program. */
struct way {
    const char *strategy;
    uint32_t depth;
    uint32_t preemptions;
    uint32_t delays;
    uint32_t executions; /* in a batch */
    double cost;         /* of an execution, in those of the cheapest way */
    bool learns;         /* from its executions of one program: not to be opened anew for each batch of it */
};

enum { MIX_WAYS = 9, MIX_FINDINGS = 64 };

/* What a way has brought; sums are discounted. */
struct mix_way {
    double batches, paid;
    struct strategy *open; /* one that learns, for this program, or NULL */
    bool exhausted;        /* for this program */
};

struct mix {
    double batches;
    double worth; /* of the current batch */
    uint32_t executions;
    uint32_t known; /* kinds of findings */
    uint64_t findings[MIX_FINDINGS];
    uint8_t seen[SCHEDULER_FEEDBACK_SIZE];
    struct mix_way ways[MIX_WAYS];
};

extern const struct way mix_ways[MIX_WAYS];

/* Another program: what strategies have learnt of the last one is of no use. */
void mix_begin_program(struct mix *mix);

/* The way of the next batch. */
uint32_t mix_choose(const struct mix *mix);

/* Whether the next execution shall have feedback: for a sample of them. */
bool mix_wants_feedback(const struct mix *mix);

/* After each execution of the batch, and after the batch. */
void mix_see(struct mix *mix, const struct verdict *verdict, bool feedback);
void mix_pay(struct mix *mix, uint32_t way);

#endif
