/* follow.c - a strategy that takes from a schedule whatever fits. */
#include "follow.h"

enum { FOLLOW_END = UINT16_MAX };

/* Deviations stand in the order in which they happened, so those of one task stand in the order of its points. */
static void begin(struct strategy *strategy, uint32_t task_count)
{
    struct follow *follow = (struct follow *)strategy;
    (void)task_count;
    for (uint32_t task = 0; task <= SCHEDULER_TASK_LIMIT; task++) {
        follow->head[task] = FOLLOW_END;
    }
    for (uint32_t index = follow->schedule.count; index-- > 0;) {
        uint8_t task = follow->schedule.deviations[index].task;
        follow->next[index] = follow->head[task];
        follow->head[task] = (uint16_t)index;
    }
}

uint32_t alternative_of(const struct deviation *deviation, const struct choice *choice)
{
    if (choice->kind != CHOICE_TASK) {
        return deviation->chosen < choice->alternatives ? deviation->chosen : 0;
    }
    for (uint32_t index = 1; index < choice->alternatives; index++) {
        if (choice->tasks[index] == deviation->chosen) {
            return index;
        }
    }
    return 0;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    struct follow *follow = (struct follow *)strategy;
    const struct deviation *deviations = follow->schedule.deviations;
    uint16_t *head = &follow->head[choice->task];
    while (*head != FOLLOW_END && deviations[*head].point < choice->point) {
        *head = follow->next[*head];
    }
    for (uint16_t index = *head; index != FOLLOW_END && deviations[index].point == choice->point; index = follow->next[index]) {
        if (deviations[index].kind == choice->kind) {
            return alternative_of(&deviations[index], choice);
        }
    }
    return 0;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    return true;
}

struct strategy *follow_schedule(struct follow *follow, struct schedule schedule)
{
    follow->strategy = (struct strategy){.name = "follow", .begin = begin, .choose = choose, .end = end};
    follow->schedule = schedule;
    return &follow->strategy;
}
