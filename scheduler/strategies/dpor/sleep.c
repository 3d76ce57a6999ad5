/* sleep.c - see sleep.h. */
#include "sleep.h"

#include "footprints.h"
#include "memory.h"

#include <string.h>

void sleep_add(struct node *node, const struct wakeup_step *step)
{
    MEMORY_RESERVE(dpor.sleep, dpor.sleep_limit, node->sleep + node->sleep_count + 1u);
    dpor.sleep[node->sleep + node->sleep_count++] = *step;
}

void sleep_inherit(struct node *node, const struct node *before)
{
    node->sleep = before->sleep + before->sleep_count;
    node->sleep_count = 0;
    for (uint32_t index = 0; index < before->sleep_count; index++) {
        struct wakeup_step asleep = dpor.sleep[before->sleep + index];
        if (asleep.task != before->task && !footprints_dependent(asleep.footprint, before->footprint)) {
            sleep_add(node, &asleep);
        }
    }
}

static bool begin_with(const struct step_choice *choices, const struct step_choice *made, uint32_t count)
{
    return count == 0 || memcmp(choices, made, count * sizeof made[0]) == 0;
}

bool sleep_has_choices(const struct node *node, uint8_t task, const struct step_choice *made, uint32_t count)
{
    uint32_t alternatives = 0;
    for (uint32_t index = 0; index < node->sleep_count; index++) {
        const struct wakeup_step *asleep = &dpor.sleep[node->sleep + index];
        uint32_t length;
        const struct step_choice *choices = choices_at(asleep->choices, &length);
        if (asleep->task != task || length < count || !begin_with(choices, made, count)) {
            continue;
        }
        if (length == count) {
            return true;
        }
        alternatives = choices[count].alternatives;
    }
    enum { DEEPEST = 16 };
    if (alternatives == 0 || count == DEEPEST) {
        return false;
    }
    struct step_choice longer[DEEPEST + 1];
    if (count != 0) {
        memcpy(longer, made, count * sizeof made[0]);
    }
    for (uint32_t chosen = 0; chosen < alternatives; chosen++) {
        for (uint32_t index = 0; index < node->sleep_count; index++) {
            const struct wakeup_step *asleep = &dpor.sleep[node->sleep + index];
            uint32_t length;
            const struct step_choice *choices = choices_at(asleep->choices, &length);
            if (asleep->task == task && length > count && begin_with(choices, made, count)) {
                longer[count] = choices[count];
            }
        }
        longer[count].chosen = (uint8_t)chosen;
        if (!sleep_has_choices(node, task, longer, count + 1)) {
            return false;
        }
    }
    return true;
}

bool sleep_has(const struct node *node, uint8_t task)
{
    for (uint32_t index = 0; index < node->sleep_count; index++) {
        if (dpor.sleep[node->sleep + index].task == task) {
            return sleep_has_choices(node, task, NULL, 0);
        }
    }
    return false;
}

bool sleep_covers(const struct node *node, const struct wakeup_sequence *sequence)
{
    for (uint32_t index = 0; index < node->sleep_count; index++) {
        uint32_t position;
        if (wakeup_is_initial(&dpor.sleep[node->sleep + index], sequence, &position)) {
            return true;
        }
    }
    return false;
}
