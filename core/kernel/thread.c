/*
 * thread.c - threads: every task has an object of its own as soon as somebody asks for it.
 *
 * The object of a system thread stays until nobody refers to it any more: the thread itself, its handles, pointers to it. The
 * objects of other tasks stay to the end of the execution.
 */
#include "thread.h"

#include "object.h"

enum { FIRST_THREAD_ID = 4, ID_STEP = 4, USUAL_PRIORITY = 8, SYSTEM_THREAD_LIMIT = 64 };

static PETHREAD threads[SCHEDULER_TASK_LIMIT + 1]; /* by task */
static uint32_t threads_used;
static uint32_t numbers;
static uint8_t delays[SCHEDULER_TASK_LIMIT + 1];

SCHEDULER_STATE(threads);
SCHEDULER_STATE(numbers);
SCHEDULER_STATE(delays);

void thread_reset(void)
{
    for (uint32_t task = 0; task < threads_used; task++) {
        threads[task] = NULL;
        delays[task] = 0;
    }
    threads_used = 0;
    numbers = 0;
}

static PETHREAD make(void)
{
    PETHREAD thread = scheduler_allocate(sizeof *thread, "thread object");
    if (thread == NULL) {
        return NULL;
    }
    *thread = (struct _ETHREAD){.Tcb = {.Priority = USUAL_PRIORITY}, .ExitStatus = STATUS_PENDING, .Number = ++numbers};
    dispatcher_initialize(&thread->Tcb.Header, THREAD_OBJECT, sizeof thread->Tcb.Header, 0);
    return thread;
}

static void set_thread(PETHREAD thread)
{
    uint32_t task = scheduler_running();
    if (task >= threads_used) {
        threads_used = task + 1;
    }
    threads[task] = thread;
    delays[task] = 0;
}

PKTHREAD KeGetCurrentThread(VOID)
{
    uint32_t task = scheduler_running();
    if (threads[task] == NULL) {
        PETHREAD thread = make();
        if (thread != NULL) {
            object_add(thread, OBJECT_THREAD, NULL);
            object_reference(thread, -1);
        }
        set_thread(thread);
    }
    return &threads[task]->Tcb;
}

void thread_count_mutex(PKTHREAD thread, int32_t by)
{
    thread->Mutexes += by;
}

/* -------------------------------------------------------------------------------------------------- system threads -- */

static void destroy(void *object)
{
    scheduler_free(object, "thread object");
}

static void require_nothing_held(const struct _KTHREAD *thread)
{
    if (thread->Mutexes != 0) {
        kernel_violation("held-at-exit", thread, "the thread ends while it owns a mutex");
    }
    if (thread->ApcDisable != 0 || thread->SpecialApcDisable != 0) {
        kernel_violation("held-at-exit", thread, "the thread ends in a critical or guarded region");
    }
}

/* The thread has returned from its routine, or ends in the middle of it. */
static void end_thread(PETHREAD thread, NTSTATUS status)
{
    kernel.frame_count[scheduler_running()] = (uint8_t)thread->Tcb.Frame;
    kernel_leave_driver(&thread->Tcb.Call, STATUS_SUCCESS);
    require_nothing_held(&thread->Tcb);
    thread->ExitStatus = status;
    set_thread(NULL);
    dispatcher_signal(&thread->Tcb.Header, false);
    object_reference(thread, -1);
}

static void run_thread(void *argument)
{
    PETHREAD thread = argument;
    set_thread(thread);
    kernel_enter_driver(&thread->Tcb.Call, ROUTINE_THREAD, NULL, NULL);
    thread->Tcb.Frame = kernel.frame_count[scheduler_running()];
    thread->StartRoutine(thread->StartContext);
    end_thread(thread, STATUS_SUCCESS);
}

static uint32_t running_system_threads(void)
{
    uint32_t count = 0;
    for (uint32_t task = 0; task < threads_used; task++) {
        count += threads[task] != NULL && threads[task]->StartRoutine != NULL;
    }
    return count;
}

bool thread_is_running(const struct _ETHREAD *thread)
{
    return thread->StartRoutine != NULL && thread->Tcb.Header.SignalState == 0;
}

void kernel_leave_threads_waiting(void)
{
    for (uint32_t task = 0; task < threads_used; task++) {
        if (threads[task] != NULL && threads[task]->StartRoutine != NULL) {
            scheduler_may_wait(task, true);
        }
    }
}

NTSTATUS PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                              HANDLE ProcessHandle, PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine, PVOID StartContext)
{
    static const struct scheduler_call call = {"PsCreateSystemThread", CALL_PS_CREATE_SYSTEM_THREAD, EFFECT_ANY};
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(ObjectAttributes);
    UNREFERENCED_PARAMETER(ProcessHandle);
    kernel_require_irql(PASSIVE_LEVEL, "PsCreateSystemThread");
    scheduler_call(&call, NULL);
    bool fails = kernel.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1;
    PETHREAD thread = fails || running_system_threads() >= SYSTEM_THREAD_LIMIT ? NULL : make();
    if (thread == NULL || !object_add(thread, OBJECT_THREAD, destroy)) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *ThreadHandle = object_open_handle(thread, OBJECT_THREAD, NULL);
    thread->StartRoutine = StartRoutine;
    thread->StartContext = StartContext;
    if (ClientId != NULL) {
        *ClientId = (CLIENT_ID){.UniqueProcess = PsGetCurrentProcessId(), .UniqueThread = PsGetThreadId(thread)};
    }
    kernel_spawn("thread", PASSIVE_LEVEL, run_thread, thread);
    return STATUS_SUCCESS;
}

NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus)
{
    static const struct scheduler_call call = {"PsTerminateSystemThread", CALL_PS_TERMINATE_SYSTEM_THREAD, EFFECT_ANY};
    PETHREAD thread = (PETHREAD)KeGetCurrentThread();
    kernel_require_irql(PASSIVE_LEVEL, "PsTerminateSystemThread");
    if (thread->StartRoutine == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    scheduler_call(&call, thread);
    end_thread(thread, ExitStatus);
    scheduler_end_task();
}

NTSTATUS PsGetThreadExitStatus(PETHREAD Thread)
{
    return Thread->ExitStatus;
}

BOOLEAN PsIsSystemThread(PETHREAD Thread)
{
    return Thread->StartRoutine != NULL;
}

HANDLE PsGetThreadId(PETHREAD Thread)
{
    return (HANDLE)(ULONG_PTR)(FIRST_THREAD_ID + Thread->Number * ID_STEP);
}

HANDLE PsGetCurrentThreadId(VOID)
{
    return PsGetThreadId((PETHREAD)KeGetCurrentThread());
}

/* Everything runs in the kernel. */
KPROCESSOR_MODE ExGetPreviousMode(VOID)
{
    return KernelMode;
}

/* One process, the system's: what tasks stand for is not the processes of a machine. */
HANDLE PsGetCurrentProcessId(VOID)
{
    return (HANDLE)(ULONG_PTR)FIRST_THREAD_ID;
}

PEPROCESS PsGetCurrentProcess(VOID)
{
    return (PEPROCESS)PsGetCurrentProcessId();
}

/* --------------------------------------------------------------------------------------------- priorities, regions -- */

KPRIORITY KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority)
{
    KPRIORITY before = Thread->Priority;
    Thread->Priority = Priority;
    return before;
}

KPRIORITY KeQueryPriorityThread(PKTHREAD Thread)
{
    return Thread->Priority;
}

LONG KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment)
{
    LONG before = Thread->Priority - USUAL_PRIORITY;
    Thread->Priority = USUAL_PRIORITY + Increment;
    return before;
}

VOID KeEnterCriticalRegion(VOID)
{
    KeGetCurrentThread()->ApcDisable--;
}

VOID KeLeaveCriticalRegion(VOID)
{
    KeGetCurrentThread()->ApcDisable++;
}

VOID KeEnterGuardedRegion(VOID)
{
    KeGetCurrentThread()->SpecialApcDisable--;
}

VOID KeLeaveGuardedRegion(VOID)
{
    KeGetCurrentThread()->SpecialApcDisable++;
}

BOOLEAN KeAreApcsDisabled(VOID)
{
    const struct _KTHREAD *thread = KeGetCurrentThread();
    return thread->ApcDisable != 0 || thread->SpecialApcDisable != 0;
}

BOOLEAN KeAreAllApcsDisabled(VOID)
{
    return KeGetCurrentThread()->SpecialApcDisable != 0 || KeGetCurrentIrql() >= APC_LEVEL;
}

/* ----------------------------------------------------------------------------------------------------------- delay -- */

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable, PLARGE_INTEGER Interval)
{
    static const struct scheduler_call call = {"KeDelayExecutionThread", CALL_KE_DELAY_EXECUTION_THREAD, EFFECT_ANY};
    UNREFERENCED_PARAMETER(WaitMode);
    UNREFERENCED_PARAMETER(Alertable);
    kernel_require_irql(APC_LEVEL, "KeDelayExecutionThread");
    uint32_t task = scheduler_running();
    uint64_t deadline = dispatcher_deadline(Interval);
    if (deadline > scheduler_now()) {
        dispatcher_be_patient(delays[task]);
        threads_used = task >= threads_used ? task + 1 : threads_used;
        delays[task] += delays[task] < UINT8_MAX;
    }
    scheduler_wait(&call, &delays[task], NULL, NULL, deadline);
    return STATUS_SUCCESS;
}
