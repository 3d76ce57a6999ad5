/*
 * strategy.c - follows deviations as far as they fit.
 *
 * The replay strategy of the scheduler meets deviations in their order and waits at one whose point does not come; that is
 * right for a file that claims to be exact. Here each task has its own list, sorted by point, so that a deviation that does not
 * fit costs nothing but itself.
 */
#include <remlock/fuzz.h>

enum { NONE = 0 };

struct guided {
    struct strategy strategy;
    const struct deviation *deviations;
    uint32_t count;
    uint16_t first[SCHEDULER_NO_TASK + 1]; /* per task: one more than the deviation whose point comes next, or NONE */
    uint16_t next[FUZZ_DEVIATION_LIMIT];   /* of the same task, likewise */
    uint8_t listed[SCHEDULER_NO_TASK + 1]; /* tasks that have a list */
    uint32_t listed_count;
};

static struct guided guided;

static const struct deviation *deviation_of(const struct guided *of, uint16_t link)
{
    return &of->deviations[link - 1];
}

/* Before the first of the task's list that is at the same point or a later one. */
static void insert(struct guided *to, uint32_t index)
{
    const struct deviation *deviation = &to->deviations[index];
    uint16_t *link = &to->first[deviation->task];
    if (*link == NONE) {
        to->listed[to->listed_count++] = deviation->task;
    }
    while (*link != NONE && deviation_of(to, *link)->point < deviation->point) {
        link = &to->next[*link - 1];
    }
    to->next[index] = *link;
    *link = (uint16_t)(index + 1);
}

/* All lists are empty between executions, so that only those in use need care. */
static void begin(struct strategy *strategy, uint32_t task_count)
{
    struct guided *following = (struct guided *)strategy;
    (void)task_count;
    following->listed_count = 0;
    for (uint32_t index = following->count; index > 0; index--) {
        insert(following, index - 1);
    }
}

/* The alternative that a deviation asks for, or 0 when it is not on offer. */
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

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    struct guided *following = (struct guided *)strategy;
    uint16_t *first = &following->first[choice->task];
    while (*first != NONE && deviation_of(following, *first)->point < choice->point) {
        *first = following->next[*first - 1];
    }
    for (uint16_t link = *first; link != NONE; link = following->next[link - 1]) {
        const struct deviation *deviation = deviation_of(following, link);
        if (deviation->point != choice->point) {
            return 0;
        }
        uint32_t alternative = deviation->kind == choice->kind ? alternative_of(deviation, choice) : 0;
        if (alternative != 0) {
            *first = following->next[link - 1];
            return alternative;
        }
    }
    return 0;
}

static bool end(struct strategy *strategy)
{
    struct guided *following = (struct guided *)strategy;
    for (uint32_t index = 0; index < following->listed_count; index++) {
        following->first[following->listed[index]] = NONE;
    }
    return true;
}

struct strategy *fuzz_strategy(const struct deviation *deviations, uint32_t count)
{
    guided.strategy = (struct strategy){.name = "guided", .begin = begin, .choose = choose, .end = end};
    guided.deviations = deviations;
    guided.count = count;
    return &guided.strategy;
}
