/* kernel.h - state and helpers that the kernel model's files share. Uninstrumented: every routine of it is one step. */
#ifndef CORE_KERNEL_H
#define CORE_KERNEL_H

#include <remlock/core.h>
#include <remlock/events.h>
#include <remlock/scheduler.h>

/* Objects that are freed as a whole are alive when their first bytes are. */
enum { OBJECT_PROBE = 8 };

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

/* The parts of the kernel that keep state of their own forget the last execution; called by core_reset(). */
void wait_reset(void);
void pool_reset(void);
void thread_reset(void);
void timer_reset(void);
void dpc_reset(void);
void object_reset(void);
void event_object_reset(void);
void registry_reset(void);
void wmi_reset(void);
void resource_reset(void);
void callback_reset(void);

void kernel_remark(const struct remark *remark);

/* Remarks when the running task is above `highest`; `routine` is the one that was called. */
void kernel_require_irql(KIRQL highest, const char *routine);

/* Remarks a breach of the rules: `identifier` is the finding's in the catalogue. The execution may end here. */
void kernel_violation(const char *identifier, const void *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Lets a task of the kernel's own (a deferred call, a worker, a thread) run body(argument); returns its number. `name` is a
 * string constant that traces show. A task that is done with its body serves the next one of the same name; when there are too
 * many at a time, a body waits for its turn and SCHEDULER_NO_TASK is returned.
 */
uint32_t kernel_spawn(const char *name, KIRQL irql, void (*body)(void *argument), void *argument);
void workers_reset(void);

/* The driver stays for good: its threads may wait for ever. */
void kernel_leave_threads_waiting(void);

/* Takes the running task to another IRQL, whatever it is now. */
void kernel_set_irql(KIRQL irql);

/* Remarks when the running task is not at `level` (`lowest`: is below it). */
void kernel_require_exact_irql(KIRQL level, const char *routine);
void kernel_require_lowest_irql(KIRQL lowest, const char *routine);

/* Whether the driver itself called the routine of the kernel that runs now, not another routine of the kernel. */
bool kernel_called_by_driver(void);

/* The memory [start, end) goes away: a violation when a timer or a deferred call in it is still queued. `what` is the memory.
 */
void kernel_check_timers_and_dpcs(const void *start, const void *end, const char *what);

/* The first timer or deferred call in [start, end) that is queued: "timer" or "deferred call", and which. */
bool kernel_timer_or_dpc_within(const void *start, const void *end, const char **what, const void **object);

/* Any timer at all. */
bool kernel_timer_queued(const void **object);

/*
 * Memory for an object that a driver asked for: a scheduling point, then an allocation that may fail by injection or by choice;
 * NULL then. `kind` is a string constant for reports ("work item"), `site` where the driver asked.
 */
void *kernel_allocate(const struct scheduler_call *call, size_t size, const char *kind, uintptr_t site);

/* Announces an event: fills in task, and where they are not set, routine, major and minor. Only what the driver does. */
void kernel_hear_event(struct core_event *event);

static inline __attribute__((always_inline)) void kernel_event(struct core_event event)
{
    if (kernel.hear_event != NULL) {
        kernel_hear_event(&event);
    }
}

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
    CALL_IO_ACQUIRE_REMOVE_LOCK,
    CALL_IO_RELEASE_REMOVE_LOCK,
    CALL_KERNEL = 32, /* core/kernel: 32 to 79 */
    CALL_KE_WAIT_FOR_MULTIPLE_OBJECTS = CALL_KERNEL,
    CALL_KE_WAIT_FOR_WORK,
    CALL_KE_RELEASE_SEMAPHORE,
    CALL_KE_RELEASE_MUTEX,
    CALL_KE_READ_STATE,
    CALL_KE_SET_TIMER,
    CALL_KE_CANCEL_TIMER,
    CALL_KE_TIMER_EXPIRES,
    CALL_KE_INSERT_QUEUE_DPC,
    CALL_KE_REMOVE_QUEUE_DPC,
    CALL_KE_RUN_DPC,
    CALL_KE_FLUSH_QUEUED_DPCS,
    CALL_KE_DELAY_EXECUTION_THREAD,
    CALL_PS_CREATE_SYSTEM_THREAD,
    CALL_PS_TERMINATE_SYSTEM_THREAD,
    CALL_OB_REFERENCE_OBJECT,
    CALL_OB_DEREFERENCE_OBJECT,
    CALL_ZW_CLOSE,
    CALL_KE_DEVICE_QUEUE,
    CALL_KE_TRY_TO_ACQUIRE_SPIN_LOCK,
    CALL_EX_FAST_MUTEX,
    CALL_EX_RESOURCE,
    CALL_EX_RUNDOWN,
    CALL_EX_INTERLOCKED,
    CALL_EX_SLIST,
    CALL_EX_QUEUE_WORK_ITEM,
    CALL_EX_CALLBACK,
    CALL_KE_STALL,
    CALL_IO = 80,   /* core/io: 80 to 143 */
    CALL_PNP = 144, /* core/pnp, core/power, core/bus: 144 to 207 */
    CALL_RTL = 208, /* core/rtl: 208 to 239 */
};

#endif
