/* outer.c - the outer parts of the I/O manager together: their reset, and what a driver must not leave behind. */
#include "io.h"

#include <string.h>

void io_reset_outer(void)
{
    io_reset_start_io();
    io_reset_timers();
    io_reset_work_items();
    io_reset_interrupts();
    io_reset_driver_extensions();
    pnp_reset_interfaces();
    pnp_reset_notifications();
}

static void judge_allocations(const char *kind, const char *remedy)
{
    for (uint32_t index = 0; index < scheduler_allocation_count(); index++) {
        const struct scheduler_allocation *allocation = scheduler_allocation_at(index);
        if (allocation->live && strcmp(allocation->kind, kind) == 0) {
            kernel_violation("pool-leak", allocation->address, "the driver is unloaded and has left a %s behind; %s frees it",
                             kind, remedy);
        }
    }
}

void io_judge_outer(void)
{
    io_judge_interrupts();
    pnp_judge_notifications();
    judge_allocations(WORK_ITEM_KIND, "IoFreeWorkItem");
    judge_allocations(MDL_KIND, "IoFreeMdl");
}
