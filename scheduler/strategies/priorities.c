/* priorities.c - see priorities.h. */
#include "priorities.h"

#include "pending.h"
#include "random.h"

void priorities_begin(struct priorities *priorities, uint32_t task_count)
{
    for (uint32_t task = 0; task < priorities->drawn || task < task_count; task++) {
        priorities->drawings[task] = (struct drawing){0};
    }
    priorities->drawn = task_count;
    priorities->choices = 0;
}

static uint64_t priority_of(struct priorities *priorities, uint8_t number)
{
    struct drawing *drawing = &priorities->drawings[number];
    uint32_t point = state.tasks[number].point;
    if (drawing->point != point || drawing->choice + 1 != priorities->choices) {
        drawing->priority = random_next(&priorities->seed) >> 1;
        drawing->point = point;
        if (number >= priorities->drawn) {
            priorities->drawn = number + 1u;
        }
    }
    drawing->choice = priorities->choices;
    return drawing->priority;
}

uint32_t priorities_choose(struct priorities *priorities, const struct choice *choice, const bool *held)
{
    const uint64_t free_to_go = (uint64_t)1 << 63;
    uint32_t best = 0;
    uint64_t highest = 0;
    priorities->choices++;
    for (uint32_t index = 0; index < choice->alternatives; index++) {
        uint64_t priority = priority_of(priorities, choice->tasks[index]);
        if (held == NULL || !held[index]) {
            priority |= free_to_go;
        }
        if (priority > highest) {
            highest = priority;
            best = index;
        }
    }
    const struct pending *done = &state.tasks[choice->tasks[best]].pending;
    for (uint32_t index = 0; index < choice->alternatives; index++) {
        uint8_t other = choice->tasks[index];
        if (index == best || pending_race(done, &state.tasks[other].pending)) {
            priorities->drawings[other].point = 0;
        }
    }
    return best;
}
