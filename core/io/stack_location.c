/* stack_location.c - what drivers do with the stack locations of a request. */
#include "io.h"

#include <string.h>

VOID IoSetNextIrpStackLocation(PIRP Irp)
{
    scheduler_access(Irp, OBJECT_PROBE, true);
    Irp->CurrentLocation--;
    Irp->Tail.Overlay.CurrentStackLocation--;
}

VOID IoSkipCurrentIrpStackLocation(PIRP Irp)
{
    scheduler_access(Irp, OBJECT_PROBE, true);
    Irp->CurrentLocation++;
    Irp->Tail.Overlay.CurrentStackLocation++;
    kernel_event((struct core_event){.kind = EVENT_SKIP, .irp = Irp});
}

VOID IoCopyCurrentIrpStackLocationToNext(PIRP Irp)
{
    scheduler_access(Irp, OBJECT_PROBE, true);
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(Irp);
    scheduler_access(next, sizeof *next, true);
    memcpy(next, next + 1, offsetof(IO_STACK_LOCATION, CompletionRoutine));
    next->Control = 0;
}

VOID IoMarkIrpPending(PIRP Irp)
{
    scheduler_access(Irp, OBJECT_PROBE, true);
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(Irp);
    scheduler_access(location, sizeof *location, true);
    location->Control |= SL_PENDING_RETURNED;
    kernel_event((struct core_event){.kind = EVENT_MARK_PENDING, .irp = Irp});
}

VOID IoSetCompletionRoutine(PIRP Irp, PIO_COMPLETION_ROUTINE CompletionRoutine, PVOID Context, BOOLEAN InvokeOnSuccess,
                            BOOLEAN InvokeOnError, BOOLEAN InvokeOnCancel)
{
    scheduler_access(Irp, OBJECT_PROBE, true);
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(Irp);
    scheduler_access(next, sizeof *next, true);
    next->CompletionRoutine = CompletionRoutine;
    next->Context = Context;
    next->Control = (UCHAR)((InvokeOnSuccess ? SL_INVOKE_ON_SUCCESS : 0) | (InvokeOnError ? SL_INVOKE_ON_ERROR : 0) |
                            (InvokeOnCancel ? SL_INVOKE_ON_CANCEL : 0));
    kernel_event((struct core_event){.kind = EVENT_SET_COMPLETION, .irp = Irp});
}
