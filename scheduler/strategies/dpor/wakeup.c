/* wakeup.c - see wakeup.h. */
#include "wakeup.h"

#include "footprints.h"
#include "memory.h"

#include <string.h>

static struct wakeup_branch *branches;
static uint32_t branch_count, branch_limit, free_branches;

void wakeup_reset(void)
{
    branch_count = 1; /* number 0 is nobody's */
    free_branches = 0;
}

struct wakeup_branch *wakeup_branch(uint32_t number)
{
    return &branches[number];
}

static uint32_t new_branch(const struct wakeup_step *step)
{
    uint32_t number = free_branches;
    if (number != 0) {
        free_branches = branches[number].next;
    } else {
        number = branch_count++;
        MEMORY_RESERVE(branches, branch_limit, branch_count);
    }
    branches[number] = (struct wakeup_branch){.step = *step};
    return number;
}

static void free_branch(uint32_t number)
{
    branches[number].next = free_branches;
    free_branches = number;
}

void wakeup_free(uint32_t tree)
{
    while (tree != 0) {
        uint32_t next = branches[tree].next;
        wakeup_free(branches[tree].child);
        free_branch(tree);
        tree = next;
    }
}

struct wakeup_step wakeup_take(uint32_t *tree, uint32_t *children)
{
    uint32_t number = *tree;
    struct wakeup_step step = branches[number].step;
    *children = branches[number].child;
    *tree = branches[number].next;
    free_branch(number);
    return step;
}

bool wakeup_is_initial(const struct wakeup_step *step, const struct wakeup_sequence *sequence, uint32_t *position)
{
    if (step->partial) {
        *position = 0;
        return sequence->count == 1 && sequence->steps[0].task == step->task && sequence->steps[0].partial;
    }
    for (uint32_t index = 0; index < sequence->count; index++) {
        const struct wakeup_step *other = &sequence->steps[index];
        if (other->task == step->task) {
            *position = index;
            return other->choices == step->choices;
        }
        if (footprints_dependent(other->footprint, step->footprint)) {
            return false;
        }
    }
    *position = sequence->count;
    return sequence->maximal;
}

void wakeup_keep_task(uint32_t *tree, uint8_t task)
{
    uint32_t *link = tree;
    while (*link != 0) {
        uint32_t number = *link;
        if (branches[number].step.task == task) {
            link = &branches[number].next;
            continue;
        }
        *link = branches[number].next;
        wakeup_free(branches[number].child);
        free_branch(number);
    }
}

void wakeup_prune(uint32_t *tree, const struct wakeup_step *step)
{
    uint32_t *link = tree;
    while (*link != 0) {
        uint32_t number = *link;
        const struct wakeup_step *other = &branches[number].step;
        bool covered;
        if (other->task == step->task) {
            covered = other->choices == step->choices;
        } else if (footprints_dependent(other->footprint, step->footprint)) {
            covered = false;
        } else {
            wakeup_prune(&branches[number].child, step); /* of a leaf nothing is left either */
            covered = branches[number].child == 0;
        }
        if (!covered) {
            link = &branches[number].next;
            continue;
        }
        *link = branches[number].next;
        wakeup_free(branches[number].child);
        free_branch(number);
    }
}

/* A chain of branches for the steps; the number of its first one. */
static uint32_t chain(const struct wakeup_step *steps, uint32_t count)
{
    uint32_t first = 0;
    for (uint32_t index = count; index > 0; index--) {
        uint32_t number = new_branch(&steps[index - 1]);
        branches[number].child = first;
        first = number;
    }
    return first;
}

static void append(uint32_t *tree, uint32_t parent, uint32_t branch)
{
    uint32_t last = parent == 0 ? *tree : branches[parent].child;
    if (last == 0) {
        *tree = branch;
        return;
    }
    while (branches[last].next != 0) {
        last = branches[last].next;
    }
    branches[last].next = branch;
}

void wakeup_append(uint32_t *tree, const struct wakeup_step *step, uint32_t children)
{
    uint32_t branch = new_branch(step);
    branches[branch].child = children;
    append(tree, 0, branch);
}

static void leave_out(struct wakeup_sequence *sequence, uint32_t position)
{
    if (position < sequence->count) {
        sequence->count--;
        memmove(&sequence->steps[position], &sequence->steps[position + 1],
                (sequence->count - position) * sizeof sequence->steps[0]);
    }
}

void wakeup_insert(uint32_t *tree, struct wakeup_sequence *sequence)
{
    uint32_t parent = 0;
    uint32_t branch = *tree;
    while (branch != 0) {
        uint32_t position;
        if (!wakeup_is_initial(&branches[branch].step, sequence, &position)) {
            branch = branches[branch].next;
            continue;
        }
        leave_out(sequence, position);
        parent = branch;
        branch = branches[branch].child;
        if (branch == 0 || sequence->count == 0) {
            return;
        }
    }
    append(tree, parent, chain(sequence->steps, sequence->count));
}
