/*
 * power.c - the power policy owner of a device: system power requests become device power requests, and requests wait
 * meanwhile.
 *
 * The device has registers that lose their contents without power. Requests go through a cancel-safe queue that gives them out
 * only while the device is started and in D0.
 *
 * - A system power request is passed down first. When it comes back its completion routine asks for the device power request
 * that belongs to it and keeps the system's until that one is done. One request thus waits for the other, and both hold the
 * lock.
 * - The callback of PoRequestPowerIrp finds the device by the stack location of the system's request, which we still own.
 * - Setting a power state may not fail. If the device power request cannot even be made, the device stays as it is, and the
 *   system's request succeeds all the same; a query, on the other hand, is then refused.
 * - A wait/wake request stays with the bus driver until the device wakes the system, or is cancelled. Whoever cancels it must
 *   be sure that it still exists: completion routine and canceller agree under a lock who of them finishes it.
 * - It is cancelled at the removal before IRP_MN_REMOVE_DEVICE is forwarded, and what a bus driver does not give back for that
 *   it gives back for the removal. Hence the wait for the lock comes afterwards.
 * - Power requests do not care whether the device was removed. They are refused like all others.
 */
#include <wdm.h>

#define IOCTL_REGISTERS_CLEAR CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define IOCTL_REGISTERS_QUERY_POWER CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

enum { REGISTER_COUNT = 16 };

typedef enum _PNP_STATE { NotStarted, Started, StopPending, Stopped, RemovePending, SurpriseRemoved } PNP_STATE;

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    PDEVICE_OBJECT PhysicalDevice;
    IO_REMOVE_LOCK RemoveLock;
    PNP_STATE State; /* of Plug and Play requests alone, which come one after the other */
    PNP_STATE PreviousState;
    DEVICE_CAPABILITIES Capabilities; /* written before the device is started for the first time */

    IO_CSQ Queue;
    KSPIN_LOCK QueueLock;
    LIST_ENTRY QueueHead; /* under QueueLock, as the three below */
    BOOLEAN Running;      /* started and not about to stop */
    BOOLEAN Powered;      /* in D0 */
    BOOLEAN Closed;       /* no more requests are taken */

    KSPIN_LOCK HardwareLock; /* taken before QueueLock */
    DEVICE_POWER_STATE PowerState;
    UCHAR Registers[REGISTER_COUNT];
    UCHAR Saved[REGISTER_COUNT];

    KSPIN_LOCK WakeLock;
    BOOLEAN WakeAllowed; /* under WakeLock, as the three below */
    BOOLEAN WakeCancelling;
    BOOLEAN WakeReturned; /* while it was being cancelled */
    PIRP WakeIrp;         /* the one that lower drivers have */
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE PowerAddDevice;
static DRIVER_UNLOAD PowerUnload;
static DRIVER_DISPATCH PowerCreateClose, PowerCleanup, PowerTransfer, PowerDeviceControl, PowerPnp, PowerDispatch;
static DRIVER_DISPATCH PowerSystemControl;
static IO_COMPLETION_ROUTINE PowerSignal, PowerSystemPassed, PowerDeviceUp, PowerWakeReturned;
static REQUEST_POWER_COMPLETE PowerDeviceDone, PowerWoken;
static IO_CSQ_INSERT_IRP_EX PowerInsert;
static IO_CSQ_REMOVE_IRP PowerRemoveIrp;
static IO_CSQ_PEEK_NEXT_IRP PowerPeek;
static IO_CSQ_ACQUIRE_LOCK PowerAcquireQueue;
static IO_CSQ_RELEASE_LOCK PowerReleaseQueue;
static IO_CSQ_COMPLETE_CANCELED_IRP PowerCompleteCanceled;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = PowerCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = PowerCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = PowerCleanup;
    DriverObject->MajorFunction[IRP_MJ_READ] = PowerTransfer;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = PowerTransfer;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = PowerDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = PowerPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = PowerDispatch;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = PowerSystemControl;
    DriverObject->DriverExtension->AddDevice = PowerAddDevice;
    DriverObject->DriverUnload = PowerUnload;
    return STATUS_SUCCESS;
}

static VOID PowerUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

static VOID PowerInitialize(PDEVICE_EXTENSION Extension, PDEVICE_OBJECT Device, PDEVICE_OBJECT PhysicalDevice)
{
    RtlZeroMemory(Extension, sizeof(DEVICE_EXTENSION));
    Extension->Self = Device;
    Extension->PhysicalDevice = PhysicalDevice;
    Extension->State = NotStarted;
    Extension->PreviousState = NotStarted;
    Extension->PowerState = PowerDeviceD3;
    KeInitializeSpinLock(&Extension->QueueLock);
    KeInitializeSpinLock(&Extension->HardwareLock);
    KeInitializeSpinLock(&Extension->WakeLock);
    InitializeListHead(&Extension->QueueHead);
    IoInitializeRemoveLock(&Extension->RemoveLock, 'rewP', 0, 0);
    IoCsqInitializeEx(&Extension->Queue, PowerInsert, PowerRemoveIrp, PowerPeek, PowerAcquireQueue, PowerReleaseQueue,
                      PowerCompleteCanceled);
}

static NTSTATUS PowerAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT device;
    PDEVICE_EXTENSION extension;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = (PDEVICE_EXTENSION)device->DeviceExtension;
    PowerInitialize(extension, device, PhysicalDeviceObject);
    device->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS PowerComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* ------------------------------------------------------------------------------------------------------ the queue -- */

static NTSTATUS PowerInsert(PIO_CSQ Csq, PIRP Irp, PVOID InsertContext)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);

    UNREFERENCED_PARAMETER(InsertContext);
    if (extension->Closed) {
        return STATUS_DELETE_PENDING;
    }
    InsertTailList(&extension->QueueHead, &Irp->Tail.Overlay.ListEntry);
    return STATUS_SUCCESS;
}

static VOID PowerRemoveIrp(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

/* PeekContext: a file object, the extension for whatever is there, or NULL for what the hardware can be asked now. */
static PIRP PowerPeek(PIO_CSQ Csq, PIRP Irp, PVOID PeekContext)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);
    PLIST_ENTRY entry = Irp == NULL ? extension->QueueHead.Flink : Irp->Tail.Overlay.ListEntry.Flink;

    if (PeekContext == NULL && !(extension->Running && extension->Powered)) {
        return NULL;
    }
    for (; entry != &extension->QueueHead; entry = entry->Flink) {
        PIRP candidate = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);

        if (PeekContext == NULL || PeekContext == extension ||
            PeekContext == IoGetCurrentIrpStackLocation(candidate)->FileObject) {
            return candidate;
        }
    }
    return NULL;
}

static VOID PowerAcquireQueue(PIO_CSQ Csq, PKIRQL Irql)
{
    KeAcquireSpinLock(&CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue)->QueueLock, Irql);
}

static VOID PowerReleaseQueue(PIO_CSQ Csq, KIRQL Irql)
{
    KeReleaseSpinLock(&CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue)->QueueLock, Irql);
}

static VOID PowerCompleteCanceled(PIO_CSQ Csq, PIRP Irp)
{
    PDEVICE_EXTENSION extension = CONTAINING_RECORD(Csq, DEVICE_EXTENSION, Queue);

    PowerComplete(Irp, STATUS_CANCELLED, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
}

static VOID PowerFail(PDEVICE_EXTENSION Extension, PVOID Which, NTSTATUS Status)
{
    PIRP irp;

    while ((irp = IoCsqRemoveNextIrp(&Extension->Queue, Which)) != NULL) {
        PowerComplete(irp, Status, 0);
        IoReleaseRemoveLock(&Extension->RemoveLock, irp);
    }
}

/* ----------------------------------------------------------------------------------------------------- the hardware -- */

/* Under HardwareLock. */
static VOID PowerMove(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG length = stack->MajorFunction == IRP_MJ_READ ? stack->Parameters.Read.Length : stack->Parameters.Write.Length;

    Irp->IoStatus.Information = 0;
    if (stack->MajorFunction == IRP_MJ_DEVICE_CONTROL) {
        RtlZeroMemory(Extension->Registers, REGISTER_COUNT);
        return;
    }
    if (length > REGISTER_COUNT) {
        length = REGISTER_COUNT;
    }
    if (length != 0 && stack->MajorFunction == IRP_MJ_READ) {
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Extension->Registers, length);
    } else if (length != 0) {
        RtlCopyMemory(Extension->Registers, Irp->AssociatedIrp.SystemBuffer, length);
    }
    Irp->IoStatus.Information = length;
}

/* Gives what waits to the hardware, if it is there. The caller holds the remove lock. */
static VOID PowerServe(PDEVICE_EXTENSION Extension)
{
    LIST_ENTRY served;
    PIRP irp;
    KIRQL irql;

    InitializeListHead(&served);
    KeAcquireSpinLock(&Extension->HardwareLock, &irql);
    while ((irp = IoCsqRemoveNextIrp(&Extension->Queue, NULL)) != NULL) {
        PowerMove(Extension, irp);
        InsertTailList(&served, &irp->Tail.Overlay.ListEntry);
    }
    KeReleaseSpinLock(&Extension->HardwareLock, irql);
    while (!IsListEmpty(&served)) {
        irp = CONTAINING_RECORD(RemoveHeadList(&served), IRP, Tail.Overlay.ListEntry);
        PowerComplete(irp, STATUS_SUCCESS, irp->IoStatus.Information);
        IoReleaseRemoveLock(&Extension->RemoveLock, irp);
    }
}

/* When this has returned after either became FALSE, nobody touches the hardware: all who do hold HardwareLock. */
static VOID PowerSetRunning(PDEVICE_EXTENSION Extension, BOOLEAN Running)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->HardwareLock, &irql);
    KeAcquireSpinLockAtDpcLevel(&Extension->QueueLock);
    Extension->Running = Running;
    KeReleaseSpinLockFromDpcLevel(&Extension->QueueLock);
    KeReleaseSpinLock(&Extension->HardwareLock, irql);
}

static VOID PowerSetState(PDEVICE_EXTENSION Extension, DEVICE_POWER_STATE State)
{
    BOOLEAN up = State == PowerDeviceD0;
    POWER_STATE announced;
    KIRQL irql;

    KeAcquireSpinLock(&Extension->HardwareLock, &irql);
    if (up && Extension->PowerState != PowerDeviceD0) {
        RtlCopyMemory(Extension->Registers, Extension->Saved, REGISTER_COUNT);
    } else if (!up && Extension->PowerState == PowerDeviceD0) {
        RtlCopyMemory(Extension->Saved, Extension->Registers, REGISTER_COUNT);
    }
    Extension->PowerState = State;
    KeAcquireSpinLockAtDpcLevel(&Extension->QueueLock);
    Extension->Powered = up;
    KeReleaseSpinLockFromDpcLevel(&Extension->QueueLock);
    KeReleaseSpinLock(&Extension->HardwareLock, irql);

    announced.DeviceState = State;
    PoSetPowerState(Extension->Self, DevicePowerState, announced);
}

/* ------------------------------------------------------------------------------------------------------- requests -- */

static NTSTATUS PowerCreateClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    KIRQL irql;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PowerComplete(Irp, status, 0);
    }
    if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_CREATE) {
        KeAcquireSpinLock(&extension->QueueLock, &irql);
        status = extension->Closed ? STATUS_DELETE_PENDING : STATUS_SUCCESS;
        KeReleaseSpinLock(&extension->QueueLock, irql);
    }
    PowerComplete(Irp, status, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS PowerCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PowerComplete(Irp, status, 0);
    }
    if (file != NULL) {
        PowerFail(extension, file, STATUS_CANCELLED);
    }
    PowerComplete(Irp, STATUS_SUCCESS, 0);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_SUCCESS;
}

/* Reads, writes and clears: whatever the hardware has to do. */
static NTSTATUS PowerTransfer(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PowerComplete(Irp, status, 0);
    }
    /* A second hold for what follows the insertion: by then the request may be complete, and its own hold gone. */
    status = IoAcquireRemoveLock(&extension->RemoveLock, DeviceObject);
    if (!NT_SUCCESS(status)) {
        PowerComplete(Irp, status, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
        return status;
    }
    IoMarkIrpPending(Irp);
    status = IoCsqInsertIrpEx(&extension->Queue, Irp, NULL, NULL);
    if (NT_SUCCESS(status)) {
        PowerServe(extension);
    } else {
        PowerComplete(Irp, status, 0);
        IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    }
    IoReleaseRemoveLock(&extension->RemoveLock, DeviceObject);
    return STATUS_PENDING;
}

static NTSTATUS PowerDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG_PTR information = 0;
    KIRQL irql;
    NTSTATUS status;

    if (stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_REGISTERS_CLEAR) {
        return PowerTransfer(DeviceObject, Irp);
    }
    status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        return PowerComplete(Irp, status, 0);
    }
    if (stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_REGISTERS_QUERY_POWER) {
        status = STATUS_INVALID_DEVICE_REQUEST;
    } else if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG)) {
        status = STATUS_BUFFER_TOO_SMALL;
    } else {
        KeAcquireSpinLock(&extension->HardwareLock, &irql);
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = extension->PowerState;
        KeReleaseSpinLock(&extension->HardwareLock, irql);
        information = sizeof(ULONG);
    }
    PowerComplete(Irp, status, information);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

/* ------------------------------------------------------------------------------------------------------ wait/wake -- */

/* Asks the bus to wake the system when the device wants it. The answer comes some day, to PowerWoken. */
static VOID PowerArmWake(PDEVICE_EXTENSION Extension)
{
    POWER_STATE lowest;
    BOOLEAN wanted;
    KIRQL irql;

    KeAcquireSpinLock(&Extension->WakeLock, &irql);
    wanted = Extension->WakeAllowed && Extension->WakeIrp == NULL;
    KeReleaseSpinLock(&Extension->WakeLock, irql);
    if (!wanted || Extension->Capabilities.SystemWake <= PowerSystemWorking) {
        return;
    }
    if (!NT_SUCCESS(IoAcquireRemoveLock(&Extension->RemoveLock, PowerWoken))) {
        return;
    }
    lowest.SystemState = Extension->Capabilities.SystemWake;
    if (!NT_SUCCESS(PoRequestPowerIrp(Extension->PhysicalDevice, IRP_MN_WAIT_WAKE, lowest, PowerWoken, Extension, NULL))) {
        IoReleaseRemoveLock(&Extension->RemoveLock, PowerWoken); /* it will not be called */
    }
}

/* The request is over, whoever ended it. It is made again when the system has come back to work. */
static VOID PowerWoken(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE PowerState, PVOID Context,
                       PIO_STATUS_BLOCK IoStatus)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(PowerState);
    UNREFERENCED_PARAMETER(IoStatus);
    IoReleaseRemoveLock(&extension->RemoveLock, PowerWoken);
}

static NTSTATUS PowerWaitWake(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status = STATUS_PENDING;
    KIRQL irql;

    KeAcquireSpinLock(&Extension->WakeLock, &irql);
    if (!Extension->WakeAllowed) {
        status = STATUS_INVALID_DEVICE_STATE;
    } else if (Extension->WakeIrp != NULL) {
        status = STATUS_DEVICE_BUSY; /* there can be but one */
    } else {
        Extension->WakeIrp = Irp;
    }
    KeReleaseSpinLock(&Extension->WakeLock, irql);
    if (status != STATUS_PENDING) {
        PoStartNextPowerIrp(Irp);
        PowerComplete(Irp, status, 0);
        IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
        return status;
    }
    IoMarkIrpPending(Irp);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, PowerWakeReturned, Extension, TRUE, TRUE, TRUE);
    PoCallDriver(Extension->LowerDevice, Irp);
    return STATUS_PENDING;
}

static NTSTATUS PowerWakeReturned(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)Context;
    BOOLEAN cancelling;
    KIRQL irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&extension->WakeLock, &irql);
    cancelling = extension->WakeCancelling;
    if (cancelling) {
        extension->WakeReturned = TRUE;
    } else {
        extension->WakeIrp = NULL;
    }
    KeReleaseSpinLock(&extension->WakeLock, irql);
    if (cancelling) {
        return STATUS_MORE_PROCESSING_REQUIRED; /* PowerCancelWake has it in its hands, and will go on here */
    }
    PoStartNextPowerIrp(Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_CONTINUE_COMPLETION;
}

/* Of Plug and Play requests alone, which come one after the other. The caller holds the remove lock. */
static VOID PowerCancelWake(PDEVICE_EXTENSION Extension)
{
    BOOLEAN returned;
    PIRP irp;
    KIRQL irql;

    KeAcquireSpinLock(&Extension->WakeLock, &irql);
    Extension->WakeAllowed = FALSE;
    irp = Extension->WakeIrp;
    Extension->WakeCancelling = irp != NULL;
    KeReleaseSpinLock(&Extension->WakeLock, irql);
    if (irp == NULL) {
        return;
    }
    IoCancelIrp(irp);
    KeAcquireSpinLock(&Extension->WakeLock, &irql);
    Extension->WakeCancelling = FALSE;
    returned = Extension->WakeReturned;
    Extension->WakeReturned = FALSE;
    if (returned) {
        Extension->WakeIrp = NULL;
    }
    KeReleaseSpinLock(&Extension->WakeLock, irql);
    if (returned) {
        PoStartNextPowerIrp(irp);
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        IoReleaseRemoveLock(&Extension->RemoveLock, irp);
    }
}

static VOID PowerAllowWake(PDEVICE_EXTENSION Extension)
{
    KIRQL irql;

    KeAcquireSpinLock(&Extension->WakeLock, &irql);
    Extension->WakeAllowed = TRUE;
    KeReleaseSpinLock(&Extension->WakeLock, irql);
    PowerArmWake(Extension);
}

/* ---------------------------------------------------------------------------------------------------------- power -- */

static DEVICE_POWER_STATE PowerDeviceStateFor(PDEVICE_EXTENSION Extension, SYSTEM_POWER_STATE System)
{
    DEVICE_POWER_STATE state;

    if (System == PowerSystemWorking) {
        return PowerDeviceD0;
    }
    if (System <= PowerSystemUnspecified || System >= PowerSystemMaximum) {
        return PowerDeviceD3;
    }
    state = Extension->Capabilities.DeviceState[System];
    return state > PowerDeviceD0 && state < PowerDeviceMaximum ? state : PowerDeviceD3;
}

/* A query or change of the system's state, back from the lower drivers. */
static NTSTATUS PowerSystemPassed(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)Context;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    POWER_STATE state;
    NTSTATUS status = Irp->IoStatus.Status;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (NT_SUCCESS(status)) {
        state.DeviceState = PowerDeviceStateFor(extension, stack->Parameters.Power.State.SystemState);
        status = PoRequestPowerIrp(extension->PhysicalDevice, stack->MinorFunction, state, PowerDeviceDone, Irp, NULL);
        if (NT_SUCCESS(status)) {
            return STATUS_MORE_PROCESSING_REQUIRED;
        }
        if (stack->MinorFunction == IRP_MN_QUERY_POWER) {
            Irp->IoStatus.Status = status;
        }
    }
    PoStartNextPowerIrp(Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_CONTINUE_COMPLETION;
}

static VOID PowerDeviceDone(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE PowerState, PVOID Context,
                            PIO_STATUS_BLOCK IoStatus)
{
    PIRP system = (PIRP)Context;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(system);
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)stack->DeviceObject->DeviceExtension;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (MinorFunction == IRP_MN_QUERY_POWER) {
        system->IoStatus.Status = IoStatus->Status;
    } else if (PowerState.DeviceState == PowerDeviceD0) {
        PowerArmWake(extension); /* the last one woke us, perhaps */
    }
    PoStartNextPowerIrp(system);
    IoCompleteRequest(system, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&extension->RemoveLock, system);
}

static NTSTATUS PowerDeviceUp(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (NT_SUCCESS(Irp->IoStatus.Status)) {
        PowerSetState(extension, PowerDeviceD0);
        PowerServe(extension);
    }
    PoStartNextPowerIrp(Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS PowerForwardWith(PDEVICE_EXTENSION Extension, PIRP Irp, PIO_COMPLETION_ROUTINE Routine)
{
    IoMarkIrpPending(Irp);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, Routine, Extension, TRUE, TRUE, TRUE);
    PoCallDriver(Extension->LowerDevice, Irp);
    return STATUS_PENDING;
}

static NTSTATUS PowerDispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        PoStartNextPowerIrp(Irp);
        return PowerComplete(Irp, status, 0);
    }
    if (stack->MinorFunction == IRP_MN_WAIT_WAKE) {
        return PowerWaitWake(extension, Irp);
    }
    if (stack->MinorFunction == IRP_MN_SET_POWER || stack->MinorFunction == IRP_MN_QUERY_POWER) {
        if (stack->Parameters.Power.Type == SystemPowerState) {
            return PowerForwardWith(extension, Irp, PowerSystemPassed);
        }
        if (stack->MinorFunction == IRP_MN_SET_POWER) {
            if (stack->Parameters.Power.State.DeviceState == PowerDeviceD0) {
                return PowerForwardWith(extension, Irp, PowerDeviceUp);
            }
            PowerSetState(extension, stack->Parameters.Power.State.DeviceState);
        }
        Irp->IoStatus.Status = STATUS_SUCCESS;
    }
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    status = PoCallDriver(extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
    return status;
}

/* ------------------------------------------------------------------------------------------------- Plug and Play -- */

static NTSTATUS PowerSignal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned) {
        KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS PowerForwardAndWait(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    KEVENT done;
    NTSTATUS status;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, PowerSignal, &done, TRUE, TRUE, TRUE);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        status = Irp->IoStatus.Status;
    }
    return status;
}

static NTSTATUS PowerForward(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return status;
}

static NTSTATUS PowerFinish(PDEVICE_EXTENSION Extension, PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

/* Which device states the system's states allow, and whether the device can wake the system. */
static VOID PowerQueryCapabilities(PDEVICE_EXTENSION Extension)
{
    DEVICE_CAPABILITIES capabilities;
    IO_STATUS_BLOCK answer;
    PIO_STACK_LOCATION stack;
    KEVENT done;
    PIRP irp;
    NTSTATUS status;

    RtlZeroMemory(&capabilities, sizeof(DEVICE_CAPABILITIES));
    capabilities.Size = sizeof(DEVICE_CAPABILITIES);
    capabilities.Version = 1;
    capabilities.Address = (ULONG)-1;
    capabilities.UINumber = (ULONG)-1;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, Extension->LowerDevice, NULL, 0, NULL, &done, &answer);
    if (irp == NULL) {
        return; /* D0 or D3, and no waking, are always possible */
    }
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    stack = IoGetNextIrpStackLocation(irp);
    stack->MinorFunction = IRP_MN_QUERY_CAPABILITIES;
    stack->Parameters.DeviceCapabilities.Capabilities = &capabilities;
    status = IoCallDriver(Extension->LowerDevice, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
        status = answer.Status;
    }
    if (NT_SUCCESS(status)) {
        Extension->Capabilities = capabilities;
    }
}

static NTSTATUS PowerStart(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status = PowerForwardAndWait(Extension, Irp);

    if (!NT_SUCCESS(status)) {
        return PowerFinish(Extension, Irp, status);
    }
    if (Extension->State == NotStarted) {
        PowerQueryCapabilities(Extension);
    }
    Extension->State = Started;
    PowerSetState(Extension, PowerDeviceD0); /* a device that starts is in D0 */
    PowerSetRunning(Extension, TRUE);
    PowerServe(Extension);
    PowerAllowWake(Extension);
    return PowerFinish(Extension, Irp, STATUS_SUCCESS);
}

/* Once more does no harm. */
static VOID PowerShutDown(PDEVICE_EXTENSION Extension)
{
    KIRQL irql;

    PowerSetRunning(Extension, FALSE);
    KeAcquireSpinLock(&Extension->QueueLock, &irql);
    Extension->Closed = TRUE;
    KeReleaseSpinLock(&Extension->QueueLock, irql);
    PowerFail(Extension, Extension, STATUS_DELETE_PENDING);
    PowerCancelWake(Extension);
}

static NTSTATUS PowerRemove(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    PowerShutDown(Extension);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    IoDetachDevice(Extension->LowerDevice);
    IoDeleteDevice(Extension->Self);
    return status;
}

static NTSTATUS PowerCancelQuery(PDEVICE_EXTENSION Extension, PIRP Irp, PNP_STATE Pending)
{
    NTSTATUS status;

    Irp->IoStatus.Status = STATUS_SUCCESS;
    status = PowerForwardAndWait(Extension, Irp);
    if (NT_SUCCESS(status) && Extension->State == Pending) {
        Extension->State = Extension->PreviousState;
        PowerSetRunning(Extension, Extension->State == Started);
        PowerServe(Extension);
    }
    return PowerFinish(Extension, Irp, status);
}

static NTSTATUS PowerPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PowerComplete(Irp, status, 0);
    }
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return PowerStart(extension, Irp);
    case IRP_MN_QUERY_STOP_DEVICE:
        extension->PreviousState = extension->State;
        extension->State = StopPending;
        PowerSetRunning(extension, FALSE);
        break;
    case IRP_MN_CANCEL_STOP_DEVICE:
        return PowerCancelQuery(extension, Irp, StopPending);
    case IRP_MN_STOP_DEVICE:
        extension->State = Stopped;
        PowerSetRunning(extension, FALSE);
        PowerCancelWake(extension);
        break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
        extension->PreviousState = extension->State;
        extension->State = RemovePending;
        break;
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return PowerCancelQuery(extension, Irp, RemovePending);
    case IRP_MN_SURPRISE_REMOVAL:
        extension->State = SurpriseRemoved;
        PowerShutDown(extension);
        break;
    case IRP_MN_REMOVE_DEVICE:
        return PowerRemove(extension, Irp);
    default:
        return PowerForward(extension, Irp);
    }
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return PowerForward(extension, Irp);
}

static NTSTATUS PowerSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = (PDEVICE_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return PowerComplete(Irp, status, 0);
    }
    return PowerForward(extension, Irp);
}
