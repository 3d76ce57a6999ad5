/* reversals.c - see reversals.h. */
#include "reversals.h"

#include "memory.h"
#include "order.h"
#include "sleep.h"

#include "../../state.h"

enum { RACE_LIMIT = 512 };

/* Makes sure that the other order of two racing steps is explored. */
static void reverse(uint32_t earlier, uint32_t later, uint32_t step_count)
{
    struct node *node = &dpor.nodes[earlier];
    if (node->alone || (dpor_in_parts() && earlier < SPLIT_DEPTH)) {
        return; /* nobody else can run there, or everything is explored from there */
    }
    MEMORY_RESERVE(dpor.sequence, dpor.sequence_limit, step_count + 1u);
    struct wakeup_sequence sequence = {
        .steps = dpor.sequence, .count = order_reversal(earlier, later, dpor.sequence), .maximal = !dpor.loose};
    if (!sleep_covers(node, &sequence)) {
        wakeup_insert(&node->tree, &sequence);
    }
}

static void reverse_races_with(const struct steps_log *log, uint32_t later)
{
    uint32_t races[RACE_LIMIT];
    uint32_t count = order_races(log, later, races, RACE_LIMIT);
    dpor.coverage.truncated |= count == RACE_LIMIT;
    for (uint32_t index = 0; index < count; index++) {
        reverse(races[index], later, log->count);
    }
}

/*
 * The step that stopped the execution has kept the others from all that they would have done, of which nothing is known: it
 * races with what each of them stands before.
 */
static void reverse_stop(const struct steps_log *log, const uint8_t *tasks, uint32_t count)
{
    uint32_t last = log->count - 1;
    for (uint32_t index = 0; index < count; index++) {
        if (tasks[index] != log->steps[last].task && state.tasks[tasks[index]].state == TASK_READY) {
            reverse(last, log->count + tasks[index], log->count);
        }
    }
}

void reversals_insert(const struct steps_log *log)
{
    for (uint32_t later = 0; later < log->count; later++) {
        reverse_races_with(log, later);
    }
    const uint8_t *tasks;
    uint32_t count = order_pending(&tasks);
    for (uint32_t index = 0; index < count; index++) {
        reverse_races_with(log, log->count + tasks[index]);
    }
    if (state.cut_off && !dpor.redundant && !dpor.others && log->count > 0) {
        reverse_stop(log, tasks, count);
    }
}
