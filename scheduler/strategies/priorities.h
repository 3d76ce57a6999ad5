/* priorities.h - the random priorities of pending operations, as partial order sampling has them (see pos.c). */
#ifndef SCHEDULER_PRIORITIES_H
#define SCHEDULER_PRIORITIES_H

#include "../state.h"

struct drawing {
    uint64_t priority;
    uint32_t point;  /* of the task, whose operation it belongs to; 0: to none */
    uint32_t choice; /* at which it was last offered */
};

struct priorities {
    uint64_t seed;
    uint32_t choices; /* of this execution */
    uint32_t drawn;   /* tasks */
    struct drawing drawings[SCHEDULER_TASK_LIMIT];
};

void priorities_begin(struct priorities *priorities, uint32_t task_count);

/* The alternative of the highest priority among those that are not held back; among all when every one is. NULL: none is. */
uint32_t priorities_choose(struct priorities *priorities, const struct choice *choice, const bool *held);

#endif
