/* kernel.h - state and helpers that the kernel model's files share. Uninstrumented: every routine of it is one step. */
#ifndef CORE_KERNEL_H
#define CORE_KERNEL_H

#include <remlock/core.h>
#include <remlock/scheduler.h>

enum { UNITS_PER_TICK = 156250 }; /* 15.625 ms in units of 100 ns, the unit of virtual time */

struct kernel {
    struct core_options options;
    void (*hear)(const struct remark *remark);
    uint32_t allocations_to_fail;
    uint32_t failed_allocations;
    KIRQL irql[SCHEDULER_TASK_LIMIT + 1]; /* by task; the last one outside tasks */
    uint32_t irql_used;                   /* entries that a reset must clear */
};

extern struct kernel kernel;

void kernel_remark(const struct remark *remark);

/* Remarks when the running task is above `highest`; `routine` is the one that was called. */
void kernel_require_irql(KIRQL highest, const char *routine);

/* Numbers of the calls in traces; stable, so that hashes agree between builds. */
enum {
    CALL_KE_SET_EVENT = 1,
    CALL_KE_RESET_EVENT,
    CALL_KE_READ_STATE_EVENT,
    CALL_KE_WAIT_FOR_SINGLE_OBJECT,
    CALL_KE_ACQUIRE_SPIN_LOCK,
    CALL_KE_RELEASE_SPIN_LOCK,
    CALL_EX_ALLOCATE_POOL,
    CALL_EX_FREE_POOL,
    CALL_KE_QUERY_TICK_COUNT,
    CALL_IO_DELETE_DEVICE,
    CALL_KE_BUG_CHECK,
};

#endif
