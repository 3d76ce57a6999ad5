/* kernel.c - the kernel of one execution: reset, remarks, bug checks. */
#include "kernel.h"

#include "../lock/lock.h"

#include <string.h>

struct kernel kernel;

static void add_state(void)
{
    scheduler_add_state(&kernel.allocations_to_fail, sizeof kernel.allocations_to_fail);
    scheduler_add_state(&kernel.failed_allocations, sizeof kernel.failed_allocations);
    scheduler_add_state(kernel.irql, sizeof kernel.irql);
    scheduler_add_state(kernel.frame_count, sizeof kernel.frame_count);
    for (uint32_t task = 0; task < kernel.frames_used; task++) {
        scheduler_add_state(kernel.frames[task], kernel.frame_count[task] * sizeof kernel.frames[task][0]);
    }
}
SCHEDULER_STATE_BY(add_state);

void core_reset(const struct core_options *options)
{
    kernel.options = *options;
    kernel.allocations_to_fail = 0;
    kernel.failed_allocations = 0;
    memset(kernel.irql, PASSIVE_LEVEL, kernel.irql_used);
    kernel.irql_used = 0;
    memset(kernel.frame_count, 0, kernel.frames_used);
    kernel.frames_used = 0;
    workers_reset();
    wait_reset();
    pool_reset();
    thread_reset();
    timer_reset();
    dpc_reset();
    object_reset();
    event_object_reset();
    registry_reset();
    wmi_reset();
    resource_reset();
    callback_reset();
    RemoveLockReset();
}

void core_on_remark(void (*hear)(const struct remark *remark))
{
    kernel.hear = hear;
}

void kernel_remark(const struct remark *remark)
{
    scheduler_note(remark->lock, "%s%s", remark->kind == REMARK_ASSERTION ? "assertion fails: " : "",
                   remark->text == NULL ? "remark" : remark->text);
    if (kernel.hear != NULL) {
        kernel.hear(remark);
    }
}

VOID KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1, ULONG_PTR BugCheckParameter2, ULONG_PTR BugCheckParameter3,
                  ULONG_PTR BugCheckParameter4)
{
    static const struct scheduler_call call = {"KeBugCheckEx", CALL_KE_BUG_CHECK, EFFECT_ANY};
    scheduler_call(&call, NULL);
    kernel_remark(
        &(struct remark){.kind = REMARK_BUG_CHECK,
                         .bug_check = BugCheckCode,
                         .parameters = {BugCheckParameter1, BugCheckParameter2, BugCheckParameter3, BugCheckParameter4},
                         .text = "bug check"});
}

VOID KeBugCheck(ULONG BugCheckCode)
{
    KeBugCheckEx(BugCheckCode, 0, 0, 0, 0);
}

VOID ExRaiseStatus(NTSTATUS Status)
{
    enum { KMODE_EXCEPTION_NOT_HANDLED = 0x1E };
    KeBugCheckEx(KMODE_EXCEPTION_NOT_HANDLED, (ULONG_PTR)(ULONG)Status, 0, 0, 0);
}

VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message)
{
    UNREFERENCED_PARAMETER(Message);
    kernel_remark(&(struct remark){.kind = REMARK_ASSERTION, .text = FailedAssertion, .file = FileName, .line = LineNumber});
}

void core_forget_locks(const void *memory, size_t size)
{
    VerifierForget(memory, size);
}

void core_delete_device(void *memory, size_t size)
{
    static const struct scheduler_call call = {"IoDeleteDevice", CALL_IO_DELETE_DEVICE, EFFECT_ANY};
    scheduler_call(&call, memory);
    core_forget_locks(memory, size);
    scheduler_free(memory, "device extension");
}
