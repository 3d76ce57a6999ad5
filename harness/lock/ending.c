/*
 * ending.c - the judges of the lock at rest: when no call is under way, when all tasks have ended, and when none can go on.
 */
#include "model.h"

/* ----------------------------------------------------------------------------------------------------- quiescence -- */

static void report_count(const struct device *device, const char *routine, const char *identifier, LONG count, LONG expected)
{
    model_reporter(device, routine)(identifier, (const void *)&device->lock->Common.IoCount,
                                    "IoCount is %d where %d is right: %s%u acquisition%s held%s", count, expected,
                                    device->wait_began ? "removal has begun, with " : "the bias and ", PLURAL(device->held),
                                    device->misused ? ", and a caller has misused the lock" : "");
}

/* Nothing is under way: the count and the list must be what the model says. */
void model_judge_quiescent(struct device *device, const char *routine)
{
    struct remove_lock_view view;
    if (device->in_flight != 0 || device->extension == NULL || !core_view_lock(device->lock, &view)) {
        return;
    }
    LONG expected = (LONG)device->held + (device->wait_began ? 0 : 1);
    if (view.count < 0) {
        report_count(device, routine, "negative-count", view.count, expected);
    } else if (view.count != expected) {
        report_count(device, routine, "count-mismatch", view.count, expected);
    }
    if (!view.tracked || device->misused) {
        return;
    }
    if (view.blocks == UINT32_MAX || (LONG)view.blocks + view.low_memory_count != (LONG)device->held) {
        model_reporter(device, routine)("count-mismatch", device->lock,
                                        "%d tracking blocks and %d failed allocations stand for %u acquisitions",
                                        (int)view.blocks, view.low_memory_count, device->held);
    }
}

static bool is_waited_for(const struct device *device)
{
    return device->wait_began && !device->wait_returned;
}

/* A task has ended without releasing what the remover waits for. */
static bool is_waited_for_in_vain(const struct device *device)
{
    for (uint32_t index = 0; is_waited_for(device) && index < world.acquisition_count; index++) {
        const struct acquisition *acquisition = &device->acquisitions[index];
        if (acquisition->state == ACQUISITION_HELD && scheduler_ended(acquisition->task)) {
            return true;
        }
    }
    return false;
}

bool model_caller_erred(void)
{
    for (uint32_t index = 0; index < world.device_count; index++) {
        if (world.devices[index].misused || is_waited_for_in_vain(&world.devices[index])) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------------ the end -- */

static void judge_leaked_acquisitions(struct device *device)
{
    for (uint32_t index = 0; index < world.acquisition_count; index++) {
        const struct acquisition *acquisition = &device->acquisitions[index];
        if (acquisition->state == ACQUISITION_HELD) {
            char name[32];
            tag_name(acquisition->tag, name, sizeof name);
            harness_report_caller("leak", device->lock, "tag %s, acquired by %s at its operation %u, was never released", name,
                                  world.scenario->program.tasks[acquisition->task].name, acquisition->position + 1u);
            return;
        }
    }
}

/* Pool blocks that no lock's list accounts for. */
static void judge_leaked_blocks(void)
{
    uint32_t listed = 0;
    uint32_t live = 0;
    for (uint32_t index = 0; index < world.device_count; index++) {
        struct remove_lock_view view;
        if (world.devices[index].misused) {
            return;
        }
        if (world.devices[index].extension != NULL && core_view_lock(world.devices[index].lock, &view) &&
            view.blocks != UINT32_MAX) {
            listed += view.blocks;
        }
    }
    const struct scheduler_allocation *leaked = NULL;
    for (uint32_t index = 0; index < scheduler_allocation_count(); index++) {
        const struct scheduler_allocation *allocation = scheduler_allocation_at(index);
        if (allocation->live && allocation->kind[0] == 'p') {
            live++;
            leaked = allocation;
        }
    }
    if (live > listed && leaked != NULL) {
        harness_report("leak", leaked->address, "%u tracking blocks were never freed; the last one was allocated in %s",
                       live - listed, leaked->allocation_routine);
    }
}

void model_judge_at_end(void)
{
    for (uint32_t index = 0; index < world.device_count; index++) {
        model_judge_quiescent(&world.devices[index], "");
    }
    if (model_tracked()) {
        judge_leaked_blocks();
    }
    for (uint32_t index = 0; index < world.device_count; index++) {
        judge_leaked_acquisitions(&world.devices[index]);
    }
}

/* ---------------------------------------------------------------------------------------------------------- stuck -- */

static const char *waiter_of(const struct device *device)
{
    return world.scenario->program.tasks[device->waiter].name;
}

static void judge_lost_wakeups(void)
{
    for (uint32_t index = 0; index < world.device_count; index++) {
        const struct device *device = &world.devices[index];
        if (is_waited_for(device) && !device->misused && device->held == 0 && device->in_flight == 1) {
            harness_report("lost-wakeup", device->lock, "%s waits for ever although nobody holds the lock", waiter_of(device));
        }
    }
}

/* Nobody can run, so whoever holds the lock has ended, or waits for another lock: callers' faults both. */
void model_stuck(void)
{
    judge_lost_wakeups();
    for (uint32_t index = 0; index < world.device_count; index++) {
        const struct device *device = &world.devices[index];
        if (!is_waited_for(device)) {
            continue;
        }
        if (device->misused) {
            harness_report_caller("deadlock", device->lock, "%s waits for ever, after a misuse by the caller",
                                  waiter_of(device));
        } else if (device->held != 0) {
            harness_report_caller("deadlock", device->lock, "%s waits for %u acquisition%s that nobody will release",
                                  waiter_of(device), PLURAL(device->held));
        }
    }
}
