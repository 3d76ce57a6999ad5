/*
 * dpc.c - deferred procedure calls.
 *
 * A queued call is a job here and, in the driver's memory, a KDPC whose DpcData is not NULL. It runs in a task of its own, or
 * in the task of the timer that queued it. When it begins it is not queued any more and may be queued again.
 */
#include "dispatcher.h"

#include "../io/io.h"

enum { JOB_LIMIT = 512 };

enum job_state { JOB_FREE, JOB_QUEUED, JOB_REMOVED, JOB_RUNNING };

struct dpc_job {
    PKDPC dpc;
    uint32_t serial;
    uint8_t state; /* enum job_state */
};

static struct dpc_job jobs[JOB_LIMIT];
static uint32_t jobs_used; /* all behind are free */
static uint32_t serials;
static const char flush_line; /* whoever flushes waits for this */

void dpc_reset(void)
{
    for (uint32_t index = 0; index < jobs_used; index++) {
        jobs[index].state = JOB_FREE;
    }
    jobs_used = 0;
    serials = 0;
}

static void initialize(PKDPC dpc, UCHAR type, PKDEFERRED_ROUTINE routine, PVOID context)
{
    scheduler_access(dpc, sizeof *dpc, true);
    *dpc = (KDPC){.Type = type, .Importance = MediumImportance, .DeferredRoutine = routine, .DeferredContext = context};
}

VOID KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    initialize(Dpc, DPC_OBJECT, DeferredRoutine, DeferredContext);
}

VOID KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    initialize(Dpc, THREADED_DPC_OBJECT, DeferredRoutine, DeferredContext);
}

VOID KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number)
{
    scheduler_access(Dpc, sizeof *Dpc, true);
    Dpc->Number = (USHORT)Number;
}

VOID KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance)
{
    scheduler_access(Dpc, sizeof *Dpc, true);
    Dpc->Importance = (UCHAR)Importance;
}

/* ------------------------------------------------------------------------------------------------------- the queue -- */

static struct dpc_job *free_job(void)
{
    for (uint32_t index = 0; index < jobs_used; index++) {
        if (jobs[index].state == JOB_FREE) {
            return &jobs[index];
        }
    }
    if (jobs_used == JOB_LIMIT) {
        scheduler_violate(VIOLATION_LIVELOCK, NULL, "more than %d deferred calls are under way", JOB_LIMIT);
        return NULL;
    }
    return &jobs[jobs_used++];
}

static struct dpc_job *queued_job(const KDPC *dpc)
{
    for (uint32_t index = 0; index < jobs_used; index++) {
        if (jobs[index].state == JOB_QUEUED && jobs[index].dpc == dpc) {
            return &jobs[index];
        }
    }
    return NULL;
}

/* NULL when the call is queued already. */
static struct dpc_job *enqueue(PKDPC dpc, PVOID argument1, PVOID argument2)
{
    struct dpc_job *job = queued_job(dpc) == NULL ? free_job() : NULL;
    if (job == NULL) {
        return NULL;
    }
    *job = (struct dpc_job){.dpc = dpc, .serial = ++serials, .state = JOB_QUEUED};
    dpc->SystemArgument1 = argument1;
    dpc->SystemArgument2 = argument2;
    dpc->DpcData = dpc;
    return job;
}

static void finish(struct dpc_job *job)
{
    job->state = JOB_FREE;
    scheduler_changed(&flush_line);
}

/* The request of IoRequestDpc says more about the call than a plain one. */
static PDEVICE_OBJECT device_of(const KDPC *dpc)
{
    PDEVICE_OBJECT device = CONTAINING_RECORD(dpc, DEVICE_OBJECT, Dpc);
    return dpc->DeferredContext == device ? device : NULL;
}

static void call_routine(const KDPC *dpc, KIRQL irql)
{
    struct driver_call call;
    PDEVICE_OBJECT device = device_of(dpc);
    KIRQL before = KeGetCurrentIrql();
    PKDEFERRED_ROUTINE routine = dpc->DeferredRoutine;
    kernel_set_irql(irql);
    KDPC copy = *dpc;
    kernel_enter_driver(&call, ROUTINE_DPC, device, device == NULL ? NULL : copy.SystemArgument1);
    routine((PKDPC)dpc, copy.DeferredContext, copy.SystemArgument1, copy.SystemArgument2);
    kernel_leave_driver(&call, STATUS_SUCCESS);
    kernel_set_irql(before);
}

/* A threaded call runs at PASSIVE_LEVEL unless the system is set up to run it as an ordinary one. */
static KIRQL irql_of(const KDPC *dpc)
{
    return dpc->Type == THREADED_DPC_OBJECT && scheduler_choose(CHOICE_DEVICE, 2) == 0 ? PASSIVE_LEVEL : DISPATCH_LEVEL;
}

static void run(void *argument)
{
    static const struct scheduler_call call = {"run deferred call", CALL_KE_RUN_DPC, EFFECT_ANY};
    struct dpc_job *job = argument;
    scheduler_call(&call, job->dpc);
    if (job->state == JOB_QUEUED) {
        PKDPC dpc = job->dpc;
        scheduler_access(dpc, sizeof *dpc, true);
        job->state = JOB_RUNNING;
        dpc->DpcData = NULL;
        call_routine(dpc, irql_of(dpc));
    }
    finish(job);
}

static bool require_dpc(const KDPC *dpc, const char *routine)
{
    return dispatcher_require(dpc, dpc->Type == DPC_OBJECT || dpc->Type == THREADED_DPC_OBJECT, "deferred call", routine);
}

BOOLEAN KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    static const struct scheduler_call call = {"KeInsertQueueDpc", CALL_KE_INSERT_QUEUE_DPC, EFFECT_ANY};
    scheduler_call(&call, Dpc);
    scheduler_access(Dpc, sizeof *Dpc, true);
    if (!require_dpc(Dpc, "KeInsertQueueDpc")) {
        return FALSE;
    }
    struct dpc_job *job = enqueue(Dpc, SystemArgument1, SystemArgument2);
    scheduler_call_value(0, job != NULL);
    if (job == NULL) {
        return FALSE;
    }
    kernel_spawn("dpc", PASSIVE_LEVEL, run, job);
    return TRUE;
}

void dpc_queue_and_run(PKDPC dpc)
{
    scheduler_access(dpc, sizeof *dpc, true);
    if (!require_dpc(dpc, "an expired timer")) {
        return;
    }
    struct dpc_job *job = enqueue(dpc, NULL, NULL);
    if (job != NULL) {
        run(job);
    }
}

BOOLEAN KeRemoveQueueDpc(PRKDPC Dpc)
{
    static const struct scheduler_call call = {"KeRemoveQueueDpc", CALL_KE_REMOVE_QUEUE_DPC, EFFECT_ANY};
    scheduler_call(&call, Dpc);
    scheduler_access(Dpc, sizeof *Dpc, true);
    if (!require_dpc(Dpc, "KeRemoveQueueDpc")) {
        return FALSE;
    }
    struct dpc_job *job = queued_job(Dpc);
    scheduler_call_value(job != NULL, 0);
    if (job == NULL) {
        return FALSE;
    }
    job->state = JOB_REMOVED;
    Dpc->DpcData = NULL;
    scheduler_changed(&flush_line);
    return TRUE;
}

static bool all_done_before(const void *argument)
{
    uint32_t serial = *(const uint32_t *)argument;
    for (uint32_t index = 0; index < jobs_used; index++) {
        const struct dpc_job *job = &jobs[index];
        if ((job->state == JOB_QUEUED || job->state == JOB_RUNNING) && job->serial <= serial) {
            return false;
        }
    }
    return true;
}

VOID KeFlushQueuedDpcs(VOID)
{
    static const struct scheduler_call call = {"KeFlushQueuedDpcs", CALL_KE_FLUSH_QUEUED_DPCS, EFFECT_ANY};
    kernel_require_irql(PASSIVE_LEVEL, "KeFlushQueuedDpcs");
    scheduler_call(&call, NULL);
    uint32_t serial = serials;
    scheduler_wait(&call, &flush_line, all_done_before, &serial, SCHEDULER_NEVER);
}

/* ------------------------------------------------------------------------------------------------- what is queued -- */

bool dpc_within(const void *start, const void *end, const void **object)
{
    for (uint32_t index = 0; index < jobs_used; index++) {
        const void *dpc = jobs[index].dpc;
        if (jobs[index].state == JOB_QUEUED && dpc >= start && dpc < end) {
            *object = dpc;
            return true;
        }
    }
    return false;
}
