/*
 * replay.c - follows a recorded schedule.
 *
 * The deviations are met in their order. Each names a task and one of its points; a task's points only go up, so a deviation
 * whose point has passed unmet, or whose task cannot run where it should, will never fit: it is the divergence, and what comes
 * after it is still tried so that a schedule gone slightly stale leads as far as it can.
 */
#include "strategies.h"

struct replay {
    struct strategy strategy;
    struct schedule schedule;
    uint32_t next;
    int64_t divergence;
};

static struct replay replay;

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    replay.next = 0;
    replay.divergence = -1;
}

static void diverge(void)
{
    if (replay.divergence < 0) {
        replay.divergence = replay.next;
    }
    replay.next++;
}

/* The alternative that a deviation asks for, or 0 when it is not on offer (0 itself is never a deviation). */
static uint32_t alternative_of(const struct deviation *deviation, const struct choice *choice)
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

static bool has_passed(const struct deviation *deviation, const struct choice *choice)
{
    if (deviation->task == SCHEDULER_NO_TASK) {
        return choice->task != SCHEDULER_NO_TASK;
    }
    return deviation->task == choice->task && deviation->point < choice->point;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    while (replay.next < replay.schedule.count && has_passed(&replay.schedule.deviations[replay.next], choice)) {
        diverge();
    }
    if (replay.next == replay.schedule.count) {
        return 0;
    }
    const struct deviation *deviation = &replay.schedule.deviations[replay.next];
    if (deviation->task != choice->task || deviation->point != choice->point || deviation->kind != choice->kind) {
        return 0;
    }
    uint32_t alternative = alternative_of(deviation, choice);
    if (alternative == 0) {
        diverge();
        return 0;
    }
    replay.next++;
    return alternative;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    if (replay.next < replay.schedule.count && replay.divergence < 0) {
        replay.divergence = replay.next;
    }
    return true;
}

struct strategy *strategy_replay(struct schedule schedule)
{
    replay.strategy = (struct strategy){.name = "replay", .begin = begin, .choose = choose, .end = end};
    replay.schedule = schedule;
    replay.divergence = -1;
    return &replay.strategy;
}

struct strategy *replay_open(const struct strategy_options *options)
{
    return strategy_replay(options->schedule);
}

int64_t strategy_replay_divergence(const struct strategy *strategy)
{
    return strategy == &replay.strategy ? replay.divergence : -1;
}
