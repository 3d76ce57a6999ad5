/*
 * wakeup.h - wakeup trees: what still has to be explored from a state, as an ordered tree of sequences of steps.
 *
 * Abdulla, Aronis, Jonsson and Sagonas, "Optimal dynamic partial order reduction" (POPL 2014) and "Source sets: a foundation
 * for optimal dynamic partial order reduction" (JACM 2017). A branch stands for a step of a task; a leaf for everything that
 * can come after the steps on the way to it.
 */
#ifndef DPOR_WAKEUP_H
#define DPOR_WAKEUP_H

#include <stdbool.h>
#include <stdint.h>

/* A step as far as its place among others matters. */
struct wakeup_step {
    uint8_t task;
    bool partial;       /* it was not executed here: its footprint is a guess, its choices are not known; a leaf, in trees */
    uint32_t footprint; /* footprints.h */
    uint32_t choices;   /* the data choices made in it */
};

struct wakeup_branch {
    struct wakeup_step step;
    uint32_t next;  /* sibling, 0: none */
    uint32_t child; /* first, 0: a leaf */
};

void wakeup_reset(void);

/* The branch with this number; numbers start at 1 and stay valid until the branch is freed. */
struct wakeup_branch *wakeup_branch(uint32_t number);

/*
 * A sequence of steps. It is `maximal` when it is out of an execution that nothing cut off: then a step that is not in it, and
 * depends on nothing in it, could come first and change nothing. Otherwise what follows the sequence might depend on that step.
 */
struct wakeup_sequence {
    struct wakeup_step *steps;
    uint32_t count;
    bool maximal;
};

/* Makes the tree whose first branch is *tree cover a sequence that is not empty, if it does not yet. Uses the sequence up. */
void wakeup_insert(uint32_t *tree, struct wakeup_sequence *sequence);

/* Adds a branch behind those at the top of the tree, with a tree of its own. */
void wakeup_append(uint32_t *tree, const struct wakeup_step *step, uint32_t children);

/* Takes the first branch off the tree; its children are the caller's. */
struct wakeup_step wakeup_take(uint32_t *tree, uint32_t *children);

/* Frees a tree with all that hangs from it and from the siblings of its first branch. */
void wakeup_free(uint32_t tree);

/* Only this task can run here: takes off what begins with another one. */
void wakeup_keep_task(uint32_t *tree, uint8_t task);

/* The step was executed: takes all sequences off the tree of which it is a weak initial, because it leads to them as well. */
void wakeup_prune(uint32_t *tree, const struct wakeup_step *step);

/*
 * Whether `step` is a weak initial of the sequence: it can come first, because it is in it and depends on nothing before
 * itself, or is not in it and depends on nothing. `position` receives its index, or the count when it is not in it.
 */
bool wakeup_is_initial(const struct wakeup_step *step, const struct wakeup_sequence *sequence, uint32_t *position);

#endif
