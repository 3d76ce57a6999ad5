/* sleep.h - the sleep set of a node: steps not to be explored from it, because all they lead to is explored elsewhere. */
#ifndef DPOR_SLEEP_H
#define DPOR_SLEEP_H

#include "../../steps.h"
#include "dpor.h"

void sleep_add(struct node *node, const struct wakeup_step *step);

/* Those of the state before whose steps do not depend on the one that led here. */
void sleep_inherit(struct node *node, const struct node *before);

/*
 * Whether every way on with these data choices so far is asleep: a step that sleeps without choices stands for itself; of one
 * with choices, each alternative must.
 */
bool sleep_has_choices(const struct node *node, uint8_t task, const struct step_choice *made, uint32_t count);

/* The same for whatever the task does next. */
bool sleep_has(const struct node *node, uint8_t task);

/* A task in the sleep set covers the sequence: it could be its first step, or one that changes nothing for it. */
bool sleep_covers(const struct node *node, const struct wakeup_sequence *sequence);

#endif
