/* cancel.c - cancel routines and the system's cancel spin lock. */
#include "io.h"

static KSPIN_LOCK cancel_lock;

void io_reset_cancel(void)
{
    cancel_lock = 0;
}

VOID IoAcquireCancelSpinLock(PKIRQL Irql)
{
    scheduler_access(Irql, sizeof *Irql, true);
    *Irql = KeAcquireSpinLockRaiseToDpc(&cancel_lock);
}

VOID IoReleaseCancelSpinLock(KIRQL Irql)
{
    if (cancel_lock == 0) {
        kernel_violation("cancel-spin-lock", NULL, "IoReleaseCancelSpinLock is called, but the cancel spin lock is not held");
        return;
    }
    KeReleaseSpinLock(&cancel_lock, Irql);
}

PDRIVER_CANCEL IoSetCancelRoutine(PIRP Irp, PDRIVER_CANCEL CancelRoutine)
{
    static const struct scheduler_call call = {"IoSetCancelRoutine", CALL_IO_SET_CANCEL_ROUTINE, EFFECT_ANY};
    scheduler_call(&call, Irp);
    scheduler_access(Irp, OBJECT_PROBE, true);
    PDRIVER_CANCEL before = Irp->CancelRoutine;
    Irp->CancelRoutine = CancelRoutine;
    scheduler_call_value(before != NULL, CancelRoutine != NULL);
    return before;
}

static void call_cancel_routine(PIRP irp, PDRIVER_CANCEL routine)
{
    PDEVICE_OBJECT device = irp->CurrentLocation <= irp->StackCount ? IoGetCurrentIrpStackLocation(irp)->DeviceObject : NULL;
    if (routine == io_csq_cancel || (device != NULL && !io_is_under_test(device))) {
        routine(device, irp);
        return;
    }
    /* The routine lowers the IRQL when it releases the lock; it began at what the canceller had before. */
    struct driver_call call;
    kernel_enter_driver(&call, ROUTINE_CANCEL, device, irp);
    call.irql = irp->CancelIrql;
    routine(device, irp);
    kernel_leave_driver(&call, STATUS_SUCCESS);
}

bool io_cancel(PIRP irp)
{
    static const struct scheduler_call call = {"IoCancelIrp", CALL_IO_CANCEL_IRP, EFFECT_ANY};
    KIRQL irql;
    scheduler_call(&call, irp);
    IoAcquireCancelSpinLock(&irql);
    scheduler_access(irp, OBJECT_PROBE, true);
    PDRIVER_CANCEL routine = irp->CancelRoutine;
    irp->Cancel = TRUE;
    irp->CancelRoutine = NULL;
    if (routine == NULL) {
        IoReleaseCancelSpinLock(irql);
        return false;
    }
    irp->CancelIrql = irql;
    call_cancel_routine(irp, routine);
    return true;
}

BOOLEAN IoCancelIrp(PIRP Irp)
{
    kernel_require_irql(DISPATCH_LEVEL, "IoCancelIrp");
    const char *previous = scheduler_enter_routine("IoCancelIrp");
    scheduler_access(Irp, OBJECT_PROBE, true);
    BOOLEAN called = io_cancel(Irp);
    scheduler_leave_routine(previous);
    return called;
}
