/* machine.c - the machine of an execution: its reset, its end, and the names of what is in it. */
#include "io.h"

#include "../pnp/pnp.h"

struct machine machine;

void machine_reset(const struct machine_options *options)
{
    machine.options = *options;
    io_reset_devices();
    io_reset_requests();
    io_reset_files();
    io_reset_names();
    io_reset_drivers();
    io_reset_cancel();
    io_reset_completions();
    io_reset_outer();
    pnp_reset();
    bus_reset();
    upper_reset();
    power_reset();
}

/* -------------------------------------------------------------------------------------------------------- the end -- */

static void judge_kept(const struct device_record *record)
{
    kernel_violation("handle-or-reference-leak", record->device,
                     "a deleted device stays in memory: %u pointer reference%s and %d handle%s are left", record->references,
                     record->references == 1 ? "" : "s", record->device->ReferenceCount,
                     record->device->ReferenceCount == 1 ? "" : "s");
}

/* A device with a name may be one for control, which a driver keeps until it is unloaded; others go with the tree. */
static void judge_devices(void)
{
    bool loaded = machine_loaded();
    for (uint32_t index = 0; index < io_device_count(); index++) {
        const struct device_record *record = io_device_at(index);
        if (record->model || record->freed || (loaded && !record->deleted && !record->is_pdo && record->name[0] != 0)) {
            continue;
        }
        if (record->deleted) {
            judge_kept(record);
        } else {
            kernel_violation("not-deleted", record->device, "%s, but one of its devices is not deleted",
                             loaded ? "the driver could be unloaded" : "the driver is unloaded");
        }
        return;
    }
}

/* Tasks of the machine's own may still be about to complete some. Whoever keeps one for ever is found by machine_stuck(). */
static void wait_for_requests(void)
{
    for (struct irp_record *record = io_request_left(); record != NULL; record = io_request_left()) {
        io_wait(record, SCHEDULER_NEVER);
    }
}

static void judge_requests(void)
{
    for (uint32_t index = 0; index < io_record_count(); index++) {
        const struct irp_record *record = io_record_at(index);
        bool own = record->origin == IRP_OF_DRIVER || (record->origin == IRP_OF_DRIVER_SYNC && !record->in_flight);
        if (record->live && own) {
            kernel_violation("irp-leak", record->irp, "a request that the driver allocated is never freed");
        } else if (record->live && record->in_flight && record->origin != IRP_IN_DRIVERS_MEMORY) {
            kernel_violation("irp-lost", record->irp, "%s is never completed",
                             driver_routine_name(ROUTINE_DISPATCH, record->major, record->minor));
        }
    }
}

/* Four letters, as tags are written. */
static const char *tag_text(ULONG tag, char text[8])
{
    for (uint32_t index = 0; index < 4; index++) {
        char letter = (char)(tag >> 8 * index);
        text[index] = letter >= ' ' && letter <= '~' ? letter : '.';
    }
    text[4] = '\0';
    return text;
}

static void judge_pool(void)
{
    struct core_pool_block block;
    char tag[8];
    for (uint32_t cursor = 0; core_next_pool_block(&cursor, &block);) {
        if (block.by_driver) {
            kernel_violation("pool-leak", block.address, "%zu bytes of pool with the tag '%s' are never freed", block.size,
                             tag_text(block.tag, tag));
            return;
        }
    }
}

static void judge_handles(void)
{
    struct core_handle handle;
    uint32_t cursor = 0;
    if (core_next_handle(&cursor, &handle)) {
        kernel_violation("handle-or-reference-leak", handle.object, "the handle of a %s is never closed", handle.what);
        return;
    }
    cursor = 0;
    if (core_next_reference(&cursor, &handle)) {
        kernel_violation("handle-or-reference-leak", handle.object, "a %s is referred to or runs when its driver is gone",
                         handle.what);
    }
}

void machine_shut_down(void)
{
    io_close_all();
    pnp_wait_for_workers();
    pnp_shut_down();
    pnp_wait_for_workers();
    io_wait_for_completions();
    io_wait_for_work_items();
    pnp_wait_for_notifications();
    wait_for_requests();
    io_wait_for_requesters();
    io_wait_for_closes();
    machine_unload();
    if (!machine_loaded()) {
        judge_devices();
        judge_requests();
        judge_pool();
        judge_handles();
        io_judge_outer();
    } else if (machine_is_pnp()) {
        judge_devices();
    } else if (io_driver()->DriverUnload == NULL) {
        kernel_leave_threads_waiting();
    }
}

bool machine_answer_all(void)
{
    return bus_answer_held();
}

/* A task is in the driver's dispatch routine for the request: it hangs there, and the request is not lost. */
static bool is_being_handled(const IRP *irp)
{
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        const struct driver_frame *frames;
        uint32_t count = core_driver_frames(task, &frames);
        for (uint32_t index = 0; index < count; index++) {
            if (frames[index].irp == irp && frames[index].routine == ROUTINE_DISPATCH) {
                return true;
            }
        }
    }
    return false;
}

void machine_stuck(void)
{
    for (uint32_t index = 0; index < io_record_count(); index++) {
        const struct irp_record *record = io_record_at(index);
        bool awaited =
            record->live && record->in_flight && (record->origin == IRP_OF_MACHINE || record->origin == IRP_OF_POWER);
        if (awaited && record->holder != NULL && io_is_under_test(record->holder) && !is_being_handled(record->irp)) {
            kernel_violation("irp-lost", record->irp, "%s is never completed, and somebody waits for it",
                             driver_routine_name(ROUTINE_DISPATCH, record->major, record->minor));
        }
    }
}
