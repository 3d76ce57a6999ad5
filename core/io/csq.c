/*
 * csq.c - cancel-safe queues: the driver keeps the list and its lock, these routines know the races with cancelling.
 *
 * Whoever takes the request's cancel routine away owns the request. A remover that finds it gone leaves the request in the
 * list: the canceller has it, waits for the queue's lock, and will take it out. While a request is queued, DriverContext[3]
 * says where.
 *
 * Sources: "Cancel-Safe IRP Queues" and the pages of IoCsqXxx in Microsoft's driver documentation.
 */
#include "io.h"

static KIRQL lock_queue(PIO_CSQ csq)
{
    struct driver_call call;
    KIRQL irql = KeGetCurrentIrql();
    kernel_enter_driver(&call, ROUTINE_CSQ, NULL, NULL);
    csq->CsqAcquireLock(csq, &irql);
    call.irql = KeGetCurrentIrql(); /* to raise it is what such a routine is for */
    kernel_leave_driver(&call, STATUS_SUCCESS);
    return irql;
}

static void unlock_queue(PIO_CSQ csq, KIRQL irql, KIRQL before)
{
    struct driver_call call;
    kernel_enter_driver(&call, ROUTINE_CSQ, NULL, NULL);
    csq->CsqReleaseLock(csq, irql);
    call.irql = KeGetCurrentIrql();
    kernel_leave_driver(&call, STATUS_SUCCESS);
    if (call.irql != before) {
        kernel_violation("irql", csq, "CsqAcquireLock was called at IRQL %d and CsqReleaseLock returned at IRQL %d", before,
                         call.irql);
    }
}

static NTSTATUS insert(PIO_CSQ csq, PIRP irp, PVOID insert_context)
{
    struct driver_call call;
    NTSTATUS status = STATUS_SUCCESS;
    kernel_enter_driver(&call, ROUTINE_CSQ, NULL, irp);
    if (csq->Type == IO_TYPE_CSQ_EX) {
        status = ((PIO_CSQ_INSERT_IRP_EX)(void (*)(void))csq->CsqInsertIrp)(csq, irp, insert_context);
    } else {
        csq->CsqInsertIrp(csq, irp);
    }
    kernel_leave_driver(&call, status);
    return status;
}

static PIRP peek(PIO_CSQ csq, PIRP after, PVOID peek_context)
{
    struct driver_call call;
    kernel_enter_driver(&call, ROUTINE_CSQ, NULL, after);
    PIRP irp = csq->CsqPeekNextIrp(csq, after, peek_context);
    kernel_leave_driver(&call, STATUS_SUCCESS);
    return irp;
}

static void complete_canceled(PIO_CSQ csq, PIRP irp)
{
    struct driver_call call;
    kernel_enter_driver(&call, ROUTINE_CSQ, NULL, irp);
    csq->CsqCompleteCanceledIrp(csq, irp);
    kernel_leave_driver(&call, STATUS_SUCCESS);
}

/* ------------------------------------------------------------------------------------------ where a request is queued -- */

static void remember(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context)
{
    irp->Tail.Overlay.DriverContext[3] = context == NULL ? (PVOID)csq : (PVOID)context;
    if (context == NULL) {
        return;
    }
    scheduler_access(context, sizeof *context, true);
    context->Type = IO_TYPE_CSQ_IRP_CONTEXT;
    context->Irp = irp;
    context->Csq = csq;
}

/* The queue, and by `context` what the request was inserted with, or NULL. NULL when that is not known any more. */
static PIO_CSQ queue_of(PIRP irp, PIO_CSQ_IRP_CONTEXT *context)
{
    PVOID place = irp->Tail.Overlay.DriverContext[3];
    ULONG type = 0;
    *context = NULL;
    if (place != NULL) {
        scheduler_access(place, sizeof type, false);
        type = *(ULONG *)place;
    }
    if (type == IO_TYPE_CSQ || type == IO_TYPE_CSQ_EX) {
        return place;
    }
    if (type != IO_TYPE_CSQ_IRP_CONTEXT) {
        kernel_violation("driver-context", irp,
                         "Tail.Overlay.DriverContext[3] of a request in a cancel-safe queue was overwritten");
        return NULL;
    }
    *context = place;
    scheduler_access(*context, sizeof **context, false);
    return (*context)->Csq;
}

/* Takes out a request whose cancel routine is gone; the queue is locked. */
static void take_out(PIO_CSQ csq, PIRP irp)
{
    struct driver_call call;
    PIO_CSQ_IRP_CONTEXT context;
    kernel_enter_driver(&call, ROUTINE_CSQ, NULL, irp);
    csq->CsqRemoveIrp(csq, irp);
    kernel_leave_driver(&call, STATUS_SUCCESS);
    scheduler_access(irp, OBJECT_PROBE, true);
    queue_of(irp, &context);
    if (context != NULL) {
        scheduler_access(context, sizeof *context, true);
        context->Irp = NULL;
    }
    irp->Tail.Overlay.DriverContext[3] = NULL;
}

VOID io_csq_cancel(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_CSQ_IRP_CONTEXT context;
    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    const char *previous = scheduler_enter_routine("IoCsqInsertIrp");
    PIO_CSQ csq = queue_of(Irp, &context);
    if (csq != NULL) {
        scheduler_access(csq, sizeof *csq, false);
        KIRQL before = KeGetCurrentIrql();
        KIRQL irql = lock_queue(csq);
        take_out(csq, Irp);
        unlock_queue(csq, irql, before);
        complete_canceled(csq, Irp);
    }
    scheduler_leave_routine(previous);
}

/* ------------------------------------------------------------------------------------------------- initialisation -- */

static NTSTATUS initialise(PIO_CSQ csq, ULONG type, const IO_CSQ *routines)
{
    scheduler_access(csq, sizeof *csq, true);
    *csq = *routines;
    csq->Type = type;
    csq->ReservePointer = NULL;
    return STATUS_SUCCESS;
}

NTSTATUS IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP CsqInsertIrp, PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                         PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp, PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                         PIO_CSQ_RELEASE_LOCK CsqReleaseLock, PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    IO_CSQ routines = {.CsqInsertIrp = CsqInsertIrp,
                       .CsqRemoveIrp = CsqRemoveIrp,
                       .CsqPeekNextIrp = CsqPeekNextIrp,
                       .CsqAcquireLock = CsqAcquireLock,
                       .CsqReleaseLock = CsqReleaseLock,
                       .CsqCompleteCanceledIrp = CsqCompleteCanceledIrp};
    return initialise(Csq, IO_TYPE_CSQ, &routines);
}

NTSTATUS IoCsqInitializeEx(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP_EX CsqInsertIrp, PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                           PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp, PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                           PIO_CSQ_RELEASE_LOCK CsqReleaseLock, PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    IO_CSQ routines = {.CsqInsertIrp = (PIO_CSQ_INSERT_IRP)(void (*)(void))CsqInsertIrp,
                       .CsqRemoveIrp = CsqRemoveIrp,
                       .CsqPeekNextIrp = CsqPeekNextIrp,
                       .CsqAcquireLock = CsqAcquireLock,
                       .CsqReleaseLock = CsqReleaseLock,
                       .CsqCompleteCanceledIrp = CsqCompleteCanceledIrp};
    return initialise(Csq, IO_TYPE_CSQ_EX, &routines);
}

/* -------------------------------------------------------------------------------------------- insertion and removal -- */

static void check_insertion(PIO_CSQ csq, PIRP irp, const char *routine)
{
    scheduler_note(irp, "%s", routine);
    kernel_require_irql(DISPATCH_LEVEL, routine);
    scheduler_access(csq, sizeof *csq, false);
    scheduler_access(irp, OBJECT_PROBE, true);
    if (irp->CancelRoutine == io_csq_cancel) {
        kernel_violation("queued-twice", irp, "%s is called for a request that stands in a queue already", routine);
    }
    kernel_event((struct core_event){.kind = EVENT_QUEUE, .irp = irp});
}

/* Returns what CsqInsertIrpEx says; a request that it refuses stays its driver's and is not marked pending. */
static NTSTATUS insert_irp(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context, PVOID insert_context, const char *routine)
{
    const char *previous = scheduler_enter_routine(routine);
    check_insertion(csq, irp, routine);
    bool canceled = false;
    KIRQL before = KeGetCurrentIrql();
    KIRQL irql = lock_queue(csq);
    remember(csq, irp, context);
    NTSTATUS status = insert(csq, irp, insert_context);
    if (NT_SUCCESS(status)) {
        IoMarkIrpPending(irp);
        IoSetCancelRoutine(irp, io_csq_cancel);
        canceled = irp->Cancel && IoSetCancelRoutine(irp, NULL) != NULL;
    }
    if (canceled) {
        take_out(csq, irp);
    }
    unlock_queue(csq, irql, before);
    if (canceled) {
        complete_canceled(csq, irp);
    }
    scheduler_leave_routine(previous);
    return status;
}

VOID IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context)
{
    insert_irp(Csq, Irp, Context, NULL, "IoCsqInsertIrp");
}

NTSTATUS IoCsqInsertIrpEx(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context, PVOID InsertContext)
{
    return insert_irp(Csq, Irp, Context, InsertContext, "IoCsqInsertIrpEx");
}

PIRP IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext)
{
    const char *previous = scheduler_enter_routine("IoCsqRemoveNextIrp");
    kernel_require_irql(DISPATCH_LEVEL, "IoCsqRemoveNextIrp");
    scheduler_access(Csq, sizeof *Csq, false);
    KIRQL before = KeGetCurrentIrql();
    KIRQL irql = lock_queue(Csq);
    PIRP irp = peek(Csq, NULL, PeekContext);
    while (irp != NULL) {
        scheduler_access(irp, OBJECT_PROBE, true);
        if (IoSetCancelRoutine(irp, NULL) != NULL) {
            take_out(Csq, irp);
            break;
        }
        irp = peek(Csq, irp, PeekContext);
    }
    unlock_queue(Csq, irql, before);
    scheduler_note(irp, "IoCsqRemoveNextIrp returns %s", irp == NULL ? "NULL" : "a request");
    scheduler_leave_routine(previous);
    return irp;
}

PIRP IoCsqRemoveIrp(PIO_CSQ Csq, PIO_CSQ_IRP_CONTEXT Context)
{
    const char *previous = scheduler_enter_routine("IoCsqRemoveIrp");
    kernel_require_irql(DISPATCH_LEVEL, "IoCsqRemoveIrp");
    scheduler_access(Csq, sizeof *Csq, false);
    KIRQL before = KeGetCurrentIrql();
    KIRQL irql = lock_queue(Csq);
    scheduler_access(Context, sizeof *Context, false);
    PIRP irp = Context->Irp;
    if (irp != NULL) {
        scheduler_access(irp, OBJECT_PROBE, true);
        if (IoSetCancelRoutine(irp, NULL) == NULL) {
            irp = NULL;
        } else {
            take_out(Csq, irp);
        }
    }
    unlock_queue(Csq, irql, before);
    scheduler_note(irp, "IoCsqRemoveIrp returns %s", irp == NULL ? "NULL" : "the request");
    scheduler_leave_routine(previous);
    return irp;
}
