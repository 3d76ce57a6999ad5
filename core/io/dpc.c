/* dpc.c - the deferred call that every device object has, for its driver's interrupt service routine. */
#include "io.h"

VOID IoInitializeDpcRequest(PDEVICE_OBJECT DeviceObject, PIO_DPC_ROUTINE DpcRoutine)
{
    scheduler_access(DeviceObject, OBJECT_PROBE, true);
    KeInitializeDpc(&DeviceObject->Dpc, (PKDEFERRED_ROUTINE)(void (*)(void))DpcRoutine, DeviceObject);
}

VOID IoRequestDpc(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    scheduler_access(DeviceObject, OBJECT_PROBE, false);
    KeInsertQueueDpc(&DeviceObject->Dpc, Irp, Context);
}
