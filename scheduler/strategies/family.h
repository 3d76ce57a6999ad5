/*
 * family.h - who is whose child, and how many events of a kind a task and its descendants have been seen to do.
 *
 * Numbers of tasks depend on the schedule. What they are to each other does not: the third child of the second task of the
 * program is the same one in every execution. Under that identity counts are kept from execution to execution.
 */
#ifndef SCHEDULER_FAMILY_H
#define SCHEDULER_FAMILY_H

#include "../state.h"

enum { FAMILY_SLOTS = 1 << 14 };

/* How often something was counted, in all executions that were learnt from. */
struct family_slot {
    uint64_t key; /* 0: free */
    double sum;
};

struct family {
    uint32_t known; /* tasks of this execution that have an identity */
    uint64_t identities[SCHEDULER_TASK_LIMIT];
    uint32_t children[SCHEDULER_NO_TASK + 1]; /* so far; those of the world last */
    uint32_t learnt;                          /* executions */
    uint32_t used;
    uint16_t used_slots[FAMILY_SLOTS / 2];
    struct family_slot slots[FAMILY_SLOTS];
};

void family_open(struct family *family);
void family_begin(struct family *family);

/* Gives the tasks that have been spawned meanwhile their identities; false when there are none left to give. */
bool family_meet(struct family *family);

/* How many events of kind `what` are expected of the task and its descendants in an execution; 0 when nothing is known. */
double family_expected(const struct family *family, uint32_t task, uint64_t what);

/* Adds to what was counted for the task and all of its ancestors. After the last one: family_learnt(). */
void family_count(struct family *family, uint32_t task, uint64_t what, double count);
void family_learnt(struct family *family);

#endif
