/*
 * timer.c - a function driver whose requests end when their time has come: a KTIMER and a DPC for each, and a periodic
 * watchdog.
 *
 * IOCTL_ALARM_WAIT completes after the number of milliseconds that it carries. A timer is a reference that was handed out: from
 * KeSetTimer until its DPC has run somebody will come back into this driver, whether or not anybody still waits.
 *
 * - Each armed timer holds the remove lock, with its own structure as tag. Who gives it back is decided by KeCancelTimer alone:
 *   TRUE, the timer will not expire, we do; FALSE, the DPC is queued or runs or has run, it does. No flag of ours can replace
 *   that answer.
 * - The request is owned by whoever takes it out of the list under the lock: the DPC, the cancel routine, or a removal. The
 *   structure with the timer is owned by the timer, so a DPC that comes too late for the request finds it empty and frees it.
 * - The cancel routine is set under the lock of the list, and a request that was cancelled before that is noticed there: the
 *   answer of IoSetCancelRoutine tells which of the two happened.
 * - A periodic timer is another matter: one reference for as long as it is armed, and KeFlushQueuedDpcs after cancelling it,
 *   because its DPC may run while it is armed. In place of the flush one cannot count, since expirations may coincide.
 */
#include <wdm.h>

#define IOCTL_ALARM_WAIT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_ALARM_QUERY CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_ALARM_RING CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_ANY_ACCESS)

#define ALARM_TAG 'mrlA'

enum { WATCHDOG_MILLISECONDS = 1000, UNITS_PER_MILLISECOND = 10000, LONGEST_WAIT = 60000 };

typedef enum _PNP_STATE { NotStarted, Started, StopPending, Stopped, RemovePending, SurpriseRemoved } PNP_STATE;

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    PNP_STATE State; /* of Plug and Play requests alone, as the two below; those requests come one after the other */
    PNP_STATE PreviousState;
    BOOLEAN WatchdogArmed;
    KTIMER Watchdog;
    KDPC WatchdogDpc;

    KSPIN_LOCK Lock;
    LIST_ENTRY Alarms; /* under Lock, as all below */
    ULONG Waiting;
    ULONG Ticks;
    BOOLEAN Open; /* alarms are accepted */
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

/* Belongs to its timer: freed by the DPC, or by whoever has kept the timer from expiring. */
typedef struct _ALARM {
    LIST_ENTRY Entry; /* in Alarms, as long as there is a request */
    PDEVICE_EXTENSION Extension;
    PIRP Irp; /* under the Lock of the extension; NULL when somebody has taken it */
    KTIMER Timer;
    KDPC Dpc;
} ALARM, *PALARM;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE AlarmAddDevice;
static DRIVER_UNLOAD AlarmUnload;
static DRIVER_DISPATCH AlarmHandle, AlarmCleanup, AlarmDeviceControl, AlarmPnp, AlarmPower, AlarmSystemControl;
static DRIVER_CANCEL AlarmCancel;
static KDEFERRED_ROUTINE AlarmExpired, AlarmWatch;
static IO_COMPLETION_ROUTINE AlarmSignal;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = AlarmHandle;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = AlarmHandle;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = AlarmCleanup;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = AlarmDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = AlarmPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = AlarmPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = AlarmSystemControl;
    DriverObject->DriverExtension->AddDevice = AlarmAddDevice;
    DriverObject->DriverUnload = AlarmUnload;
    return STATUS_SUCCESS;
}

static VOID AlarmUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

static NTSTATUS AlarmAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION extension;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    RtlZeroMemory(extension, sizeof(DEVICE_EXTENSION));
    extension->Self = device;
    extension->State = NotStarted;
    extension->PreviousState = NotStarted;
    KeInitializeSpinLock(&extension->Lock);
    InitializeListHead(&extension->Alarms);
    KeInitializeTimerEx(&extension->Watchdog, NotificationTimer);
    KeInitializeDpc(&extension->WatchdogDpc, AlarmWatch, extension);
    IoInitializeRemoveLock(&extension->RemoveLock, ALARM_TAG, 0, 0);
    device->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS AlarmComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* -------------------------------------------------------------------------------------------------------- alarms -- */

/* Gives an alarm that will not expire any more back. */
static VOID AlarmFree(PALARM Alarm)
{
    PDEVICE_EXTENSION extension = Alarm->Extension;

    ExFreePoolWithTag(Alarm, ALARM_TAG);
    IoReleaseRemoveLock(&extension->RemoveLock, Alarm);
}

/* Takes the request away from its alarm, which stays with the timer. Under Lock; the caller completes the request. */
static PIRP AlarmTake(PALARM Alarm)
{
    PIRP irp = Alarm->Irp;

    Alarm->Irp = NULL;
    RemoveEntryList(&Alarm->Entry);
    Alarm->Extension->Waiting--;
    return irp;
}

static VOID AlarmExpired(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    PALARM alarm = (PALARM)DeferredContext;
    PDEVICE_EXTENSION extension = alarm->Extension;
    PIRP irp = NULL;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
    KeAcquireSpinLockAtDpcLevel(&extension->Lock);
    if (alarm->Irp != NULL && IoSetCancelRoutine(alarm->Irp, NULL) != NULL) {
        irp = AlarmTake(alarm);
    }
    /* Otherwise the request is gone, or its cancel routine waits for the lock: give it no alarm to find. */
    if (irp == NULL && alarm->Irp != NULL) {
        alarm->Irp->Tail.Overlay.DriverContext[0] = NULL;
        AlarmTake(alarm);
    }
    KeReleaseSpinLockFromDpcLevel(&extension->Lock);
    if (irp != NULL) {
        AlarmComplete(irp, STATUS_SUCCESS, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, irp);
    }
    AlarmFree(alarm);
}

/* Called with the cancel spin lock held, once for a request whose cancel routine nobody has taken back. */
static VOID AlarmCancel(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PALARM alarm;
    KIRQL irql;
    BOOLEAN stopped = FALSE;

    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(&extension->Lock, &irql);
    alarm = (PALARM)Irp->Tail.Overlay.DriverContext[0];
    if (alarm != NULL) {
        AlarmTake(alarm);
        stopped = KeCancelTimer(&alarm->Timer);
    }
    KeReleaseSpinLock(&extension->Lock, irql);
    if (stopped) {
        AlarmFree(alarm);
    }
    AlarmComplete(Irp, STATUS_CANCELLED, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
}

/*
 * Ends the alarms of one handle, or all. Those whose cancel routine is on its way are left to it. Moved to a list first: once
 * the lock is released anything may happen to those that are not ours.
 */
static ULONG AlarmEndAll(PDEVICE_EXTENSION Extension, PFILE_OBJECT FileObject, NTSTATUS Status)
{
    LIST_ENTRY ended;
    PLIST_ENTRY entry, next;
    ULONG count = 0;
    KIRQL irql;

    InitializeListHead(&ended);
    KeAcquireSpinLock(&Extension->Lock, &irql);
    for (entry = Extension->Alarms.Flink; entry != &Extension->Alarms; entry = next) {
        PALARM alarm = CONTAINING_RECORD(entry, ALARM, Entry);
        PIRP irp = alarm->Irp;

        next = entry->Flink;
        if (FileObject != NULL && IoGetCurrentIrpStackLocation(irp)->FileObject != FileObject) {
            continue;
        }
        if (IoSetCancelRoutine(irp, NULL) == NULL) {
            continue;
        }
        AlarmTake(alarm);
        irp->Tail.Overlay.DriverContext[0] = KeCancelTimer(&alarm->Timer) ? alarm : NULL;
        InsertTailList(&ended, &irp->Tail.Overlay.ListEntry);
    }
    KeReleaseSpinLock(&Extension->Lock, irql);

    for (; !IsListEmpty(&ended); count++) {
        PIRP irp = CONTAINING_RECORD(RemoveHeadList(&ended), IRP, Tail.Overlay.ListEntry);
        PALARM alarm = (PALARM)irp->Tail.Overlay.DriverContext[0];

        if (alarm != NULL) {
            AlarmFree(alarm);
        }
        AlarmComplete(irp, Status, 0);
        IoReleaseRemoveLock(&Extension->RemoveLock, irp);
    }
    return count;
}

/* Puts the request with its alarm into the list and arms the timer. STATUS_PENDING, or why the request has to be completed. */
static NTSTATUS AlarmArm(PALARM Alarm, PIRP Irp, ULONG Milliseconds)
{
    PDEVICE_EXTENSION extension = Alarm->Extension;
    LARGE_INTEGER due;
    NTSTATUS status = STATUS_PENDING;
    KIRQL irql;

    due.QuadPart = -(LONGLONG)Milliseconds * UNITS_PER_MILLISECOND;
    KeAcquireSpinLock(&extension->Lock, &irql);
    if (!extension->Open) {
        status = STATUS_DELETE_PENDING;
    } else {
        Irp->Tail.Overlay.DriverContext[0] = Alarm;
        IoSetCancelRoutine(Irp, AlarmCancel);
        if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL) != NULL) {
            status = STATUS_CANCELLED; /* before the routine was set, and nobody has called it */
        } else {
            /* If the routine has been called it waits for the lock and finds the alarm armed, as if it came a moment later. */
            IoMarkIrpPending(Irp);
            Alarm->Irp = Irp;
            InsertTailList(&extension->Alarms, &Alarm->Entry);
            extension->Waiting++;
            KeSetTimer(&Alarm->Timer, due, &Alarm->Dpc);
        }
    }
    KeReleaseSpinLock(&extension->Lock, irql);
    return status;
}

/* The request holds the remove lock already, and keeps it when STATUS_PENDING is returned. */
static NTSTATUS AlarmWait(PDEVICE_EXTENSION Extension, PIRP Irp, ULONG Milliseconds)
{
    PALARM alarm = (PALARM)ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(ALARM), ALARM_TAG);
    NTSTATUS status;

    if (alarm == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(alarm, sizeof(ALARM));
    alarm->Extension = Extension;
    KeInitializeTimer(&alarm->Timer);
    KeInitializeDpc(&alarm->Dpc, AlarmExpired, alarm);
    status = IoAcquireRemoveLock(&Extension->RemoveLock, alarm);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(alarm, ALARM_TAG);
        return status;
    }
    status = AlarmArm(alarm, Irp, Milliseconds);
    if (status != STATUS_PENDING) {
        AlarmFree(alarm);
    }
    return status;
}

static VOID AlarmWatch(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeferredContext;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
    KeAcquireSpinLockAtDpcLevel(&extension->Lock);
    extension->Ticks++;
    KeReleaseSpinLockFromDpcLevel(&extension->Lock);
}

/* ------------------------------------------------------------------------------------------------------- requests -- */

static NTSTATUS AlarmHandle(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    KIRQL irql;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return AlarmComplete(Irp, status, 0);
    }
    if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_CREATE) {
        KeAcquireSpinLock(&extension->Lock, &irql);
        status = extension->Open ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
        KeReleaseSpinLock(&extension->Lock, irql);
    }
    AlarmComplete(Irp, status, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS AlarmCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return AlarmComplete(Irp, status, 0);
    }
    AlarmEndAll(extension, IoGetCurrentIrpStackLocation(Irp)->FileObject, STATUS_CANCELLED);
    AlarmComplete(Irp, STATUS_SUCCESS, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_SUCCESS;
}

static NTSTATUS AlarmQuery(PDEVICE_EXTENSION Extension, PIRP Irp, ULONG_PTR *Information)
{
    PULONG answer = (PULONG)Irp->AssociatedIrp.SystemBuffer;
    KIRQL irql;

    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength < 2 * sizeof(ULONG)) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    KeAcquireSpinLock(&Extension->Lock, &irql);
    answer[0] = Extension->Waiting;
    answer[1] = Extension->Ticks;
    KeReleaseSpinLock(&Extension->Lock, irql);
    *Information = 2 * sizeof(ULONG);
    return STATUS_SUCCESS;
}

static NTSTATUS AlarmDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG_PTR information = 0;
    ULONG milliseconds;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return AlarmComplete(Irp, status, 0);
    }
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_ALARM_WAIT:
        if (stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG)) {
            status = STATUS_INVALID_PARAMETER;
            break;
        }
        milliseconds = *(PULONG)Irp->AssociatedIrp.SystemBuffer;
        status = AlarmWait(extension, Irp, milliseconds < LONGEST_WAIT ? milliseconds : LONGEST_WAIT);
        if (status == STATUS_PENDING) {
            return STATUS_PENDING;
        }
        break;
    case IOCTL_ALARM_QUERY:
        status = AlarmQuery(extension, Irp, &information);
        break;
    case IOCTL_ALARM_RING:
        AlarmEndAll(extension, NULL, STATUS_SUCCESS);
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
        break;
    }
    AlarmComplete(Irp, status, information);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

/* ------------------------------------------------------------------------------------------------- Plug and Play -- */

static VOID AlarmSetOpen(PDEVICE_EXTENSION Extension, BOOLEAN Open)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->Lock, &irql);
    Extension->Open = Open;
    KeReleaseSpinLock(&Extension->Lock, irql);
}

static VOID AlarmStartWatchdog(PDEVICE_EXTENSION Extension)
{
    LARGE_INTEGER due;

    if (Extension->WatchdogArmed || !NT_SUCCESS(IoAcquireRemoveLock(&Extension->RemoveLock, &Extension->Watchdog))) {
        return;
    }
    due.QuadPart = -(LONGLONG)WATCHDOG_MILLISECONDS * UNITS_PER_MILLISECOND;
    KeSetTimerEx(&Extension->Watchdog, due, WATCHDOG_MILLISECONDS, &Extension->WatchdogDpc);
    Extension->WatchdogArmed = TRUE;
}

static VOID AlarmStopWatchdog(PDEVICE_EXTENSION Extension)
{
    if (!Extension->WatchdogArmed) {
        return;
    }
    KeCancelTimer(&Extension->Watchdog);
    KeFlushQueuedDpcs(); /* one may have been queued, or run, before */
    Extension->WatchdogArmed = FALSE;
    IoReleaseRemoveLock(&Extension->RemoveLock, &Extension->Watchdog);
}

static NTSTATUS AlarmSignal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned) {
        KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS AlarmForwardAndWait(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    KEVENT done;
    NTSTATUS status;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, AlarmSignal, &done, TRUE, TRUE, TRUE);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        status = Irp->IoStatus.Status;
    }
    return status;
}

static NTSTATUS AlarmForward(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS AlarmFinish(PDEVICE_EXTENSION Extension, PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

static NTSTATUS AlarmStart(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status = AlarmForwardAndWait(Extension, Irp);

    if (NT_SUCCESS(status)) {
        Extension->State = Started;
        AlarmSetOpen(Extension, TRUE);
        AlarmStartWatchdog(Extension);
    }
    return AlarmFinish(Extension, Irp, status);
}

/* Time goes on without hardware, so alarms stay armed while the device is stopped; only the watchdog has nothing to watch. */
static NTSTATUS AlarmCancelQuery(PDEVICE_EXTENSION Extension, PIRP Irp, PNP_STATE Pending)
{
    NTSTATUS status;

    Irp->IoStatus.Status = STATUS_SUCCESS;
    status = AlarmForwardAndWait(Extension, Irp);
    if (NT_SUCCESS(status) && Extension->State == Pending) {
        Extension->State = Extension->PreviousState;
        if (Extension->State == Started) {
            AlarmStartWatchdog(Extension);
        }
    }
    return AlarmFinish(Extension, Irp, status);
}

/* Once more does no harm. */
static VOID AlarmShutDown(PDEVICE_EXTENSION Extension)
{
    AlarmSetOpen(Extension, FALSE);
    AlarmEndAll(Extension, NULL, STATUS_DELETE_PENDING);
    AlarmStopWatchdog(Extension);
}

static NTSTATUS AlarmRemove(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    AlarmShutDown(Extension);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    IoDetachDevice(Extension->LowerDevice);
    IoDeleteDevice(Extension->Self);
    return status;
}

static NTSTATUS AlarmPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return AlarmComplete(Irp, status, 0);
    }
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return AlarmStart(extension, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
        extension->PreviousState = extension->State;
        extension->State = StopPending;
        AlarmStopWatchdog(extension);
        break;
    case IRP_MN_CANCEL_STOP_DEVICE:
        return AlarmCancelQuery(extension, Irp, StopPending);
    case IRP_MN_STOP_DEVICE:
        extension->State = Stopped;
        AlarmStopWatchdog(extension);
        break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
        extension->PreviousState = extension->State;
        extension->State = RemovePending;
        break;
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return AlarmCancelQuery(extension, Irp, RemovePending);
    case IRP_MN_SURPRISE_REMOVAL:
        extension->State = SurpriseRemoved;
        AlarmShutDown(extension);
        break;
    case IRP_MN_REMOVE_DEVICE:
        return AlarmRemove(extension, Irp);
    default:
        return AlarmForward(extension, Irp);
    }
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return AlarmForward(extension, Irp);
}

/* --------------------------------------------------------------------------------------------------- power and WMI -- */

static NTSTATUS AlarmPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    PoStartNextPowerIrp(Irp);
    if (!NT_SUCCESS(status)) {
        return AlarmComplete(Irp, status, 0);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    status = PoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS AlarmSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return AlarmComplete(Irp, status, 0);
    }
    return AlarmForward(extension, Irp);
}
