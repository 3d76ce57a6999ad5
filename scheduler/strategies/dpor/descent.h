/* descent.h - the way down: what is chosen in an execution, first along the nodes that are known, then along wakeup trees. */
#ifndef DPOR_DESCENT_H
#define DPOR_DESCENT_H

#include "../../steps.h"
#include "dpor.h"

/* What a strategy's choose() answers: who is next, or another choice. STRATEGY_ABANDON when all that follows is covered. */
uint32_t descent_choose(struct strategy *strategy, const struct choice *choice);

/* Nodes for the steps that were not a choice, because nobody else could run. */
void descent_follow_forced_steps(const struct steps_log *log);

/* The step at the last node is done, or under way: what is known of it now. */
void descent_note_step(const struct steps_log *log, uint32_t number);

/*
 * At the end of a sequence of a wakeup tree nobody sleeps: each that did depends on a step of it. But of the last step it was
 * not known what it would touch. If somebody sleeps on, he leads to all that comes now; if not, what the tree has besides and
 * the step leads to is not needed.
 */
void descent_judge_leaf(struct node *node);

/* The first branch of the node's tree is what is explored next. */
void descent_take_branch(struct node *node);

/* Where steps may sleep on, a tree may lead to one that does: what it leads to is explored. */
void descent_drop_sleeping_branches(struct node *node);

/* A new way to the depth at which the search is split: whose is it? */
void descent_count_way(void);

#endif
