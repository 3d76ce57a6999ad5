/* kernel.h - state and helpers that the kernel model's files share. Uninstrumented: every routine of it is one step. */
#ifndef CORE_KERNEL_H
#define CORE_KERNEL_H

#include <remlock/core.h>
#include <remlock/events.h>
#include <remlock/scheduler.h>

enum { UNITS_PER_TICK = 156250 }; /* 15.625 ms in units of 100 ns, the unit of virtual time */

struct kernel {
    struct core_options options;
    void (*hear)(const struct remark *remark);
    uint32_t allocations_to_fail;
    uint32_t failed_allocations;
    KIRQL irql[SCHEDULER_TASK_LIMIT + 1]; /* by task; the last one outside tasks */
    uint32_t irql_used;                   /* entries that a reset must clear */
    void (*hear_event)(const struct core_event *event);
    struct driver_frame frames[SCHEDULER_TASK_LIMIT + 1][DRIVER_FRAME_LIMIT];
    uint8_t frame_count[SCHEDULER_TASK_LIMIT + 1];
    uint32_t frames_used; /* entries of frame_count that a reset must clear */
};

extern struct kernel kernel;

void kernel_remark(const struct remark *remark);

/* Remarks when the running task is above `highest`; `routine` is the one that was called. */
void kernel_require_irql(KIRQL highest, const char *routine);

/* Remarks a breach of the rules: `identifier` is the finding's in the catalogue. The execution may end here. */
void kernel_violation(const char *identifier, const void *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a task of the kernel's own (a deferred call, a worker, a thread); `name` is a string constant that traces show. */
uint32_t kernel_spawn(const char *name, KIRQL irql, void (*body)(void *argument), void *argument);

/*
 * Memory for an object that a driver asked for: a scheduling point, then an allocation that may fail by injection or by choice;
 * NULL then. `kind` is a string constant for reports ("work item"), `site` where the driver asked.
 */
void *kernel_allocate(const struct scheduler_call *call, size_t size, const char *kind, uintptr_t site);

/*
 * Whether a timer or a deferred call in [start, end) is queued or running: its memory must not go away. `what` becomes its kind
 * ("timer"), `object` its address.
 */
bool kernel_timer_or_dpc_within(const void *start, const void *end, const char **what, const void **object)
    __attribute__((weak));

/* Announces an event: fills in task, and where they are not set, routine, major and minor. Only what the driver does. */
void kernel_event(struct core_event event);

/* A call of one of the driver's routines, from its begin to its end. */
struct driver_call {
    struct driver_frame frame;
    const char *previous; /* routine */
    KIRQL irql;
};

/*
 * Brackets a call of one of the driver's routines: announces it, names it in traces and findings, and remarks when it returns
 * at another IRQL than it was called at. Everything that calls into the driver goes through here; the kernel model's own
 * drivers are called directly.
 */
void kernel_enter_driver(struct driver_call *call, enum driver_routine routine, PDEVICE_OBJECT device, PIRP irp);
void kernel_leave_driver(struct driver_call *call, NTSTATUS status);

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
    CALL_KERNEL = 32, /* core/kernel: 32 to 79 */
    CALL_IO = 80,     /* core/io: 80 to 143 */
    CALL_PNP = 144,   /* core/pnp, core/power, core/bus: 144 to 207 */
    CALL_RTL = 208,   /* core/rtl: 208 to 239 */
};

#endif
