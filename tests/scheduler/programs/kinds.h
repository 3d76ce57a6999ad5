/*
 * kinds.h - who came first is remembered, in one kind of memory each time, and judged much later.
 *
 * Everything else is the same in both cases by then: who takes the two states for one does not see the failure. Those
 * who came are tasks that end at once, so that their own stacks cannot tell.
 */
#ifndef PROGRAMS_KINDS_H
#define PROGRAMS_KINDS_H

#include <stdatomic.h>

struct kinds {
    atomic_int ticket, noise;
    int memory;
    void *block;
};

/* Task bodies; the argument is the struct kinds. */
void kinds_recorder(void *kinds);
void kinds_judge(void *kinds);
void kinds_on_stack(void *kinds);
void kinds_in_register(void *kinds);
void kinds_other(void *kinds);
void kinds_noise(void *kinds);

/* Of the environment: keeps it wherever it is to be kept, and says what is kept there. */
void environment_remember(struct kinds *kinds, int value);
int environment_recall(const struct kinds *kinds);

#endif
