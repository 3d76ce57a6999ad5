/*
 * rules.c - a driver that breaks each rule, or nearly does, as it is told by a control code
 *
 * It handles every request as it should until a control code (rules.h) names a kind of request and a way of handling it.
 */
#include <ntddk.h>

#include "rules.h"

#include <wmilib.h>

typedef struct _DEVICE_EXTENSION {
    PDEVICE_OBJECT Self;
    PDEVICE_OBJECT LowerDevice;
    IO_REMOVE_LOCK RemoveLock;
    IO_REMOVE_LOCK SecondLock;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

typedef struct _PARKED {
    PIO_WORKITEM WorkItem;
    PIRP Irp;
    ULONG Way;
} PARKED, *PPARKED;

static ULONG Target, Way;

static NTSTATUS CompleteRequest(PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS Release(PDEVICE_EXTENSION Extension, PIRP Irp, NTSTATUS Status)
{
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

/* --------------------------------------------------------------------------------------------------- completion -- */

static IO_COMPLETION_ROUTINE ReleaseOnCompletion;
static NTSTATUS ReleaseOnCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    if (Irp->PendingReturned) {
        IoMarkIrpPending(Irp);
    }
    return Release(DeviceObject->DeviceExtension, Irp, STATUS_CONTINUE_COMPLETION);
}

static IO_COMPLETION_ROUTINE ForgetOnCompletion;
static NTSTATUS ForgetOnCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Context);
    if (Irp->PendingReturned) {
        IoMarkIrpPending(Irp);
    }
    return STATUS_CONTINUE_COMPLETION;
}

static IO_COMPLETION_ROUTINE SignalOnCompletion;
static NTSTATUS SignalOnCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS CallAndWait(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    KEVENT event;
    NTSTATUS status;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, SignalOnCompletion, &event, TRUE, TRUE, TRUE);
    status = IoCallDriver(Extension->LowerDevice, Irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        status = Irp->IoStatus.Status;
    }
    return status;
}

static NTSTATUS Pass(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Extension->LowerDevice, Irp);
}

static NTSTATUS PassWith(PDEVICE_EXTENSION Extension, PIRP Irp, PIO_COMPLETION_ROUTINE Routine)
{
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, Routine, NULL, TRUE, TRUE, TRUE);
    return IoCallDriver(Extension->LowerDevice, Irp);
}

/* ------------------------------------------------------------------------------------------------------ work items -- */

static IO_WORKITEM_ROUTINE ParkedRoutine;
static VOID ParkedRoutine(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    PPARKED parked = Context;
    PIRP irp = parked->Irp;
    ULONG way = parked->Way;

    IoFreeWorkItem(parked->WorkItem);
    ExFreePool(parked);
    if (way == WAY_KEEP_UNMARKED) {
        CompleteRequest(irp, STATUS_SUCCESS);
    } else {
        Pass(extension, irp);
    }
    if (way != WAY_QUEUE_BARE) {
        IoReleaseRemoveLock(&extension->RemoveLock, irp);
    }
}

static BOOLEAN Park(PDEVICE_EXTENSION Extension, PIRP Irp, ULONG HowToGoOn)
{
    PPARKED parked = ExAllocatePoolWithTag(NonPagedPool, sizeof *parked, 'kraP');

    if (parked == NULL) {
        return FALSE;
    }
    parked->WorkItem = IoAllocateWorkItem(Extension->Self);
    if (parked->WorkItem == NULL) {
        ExFreePool(parked);
        return FALSE;
    }
    parked->Irp = Irp;
    parked->Way = HowToGoOn;
    IoQueueWorkItem(parked->WorkItem, ParkedRoutine, DelayedWorkQueue, parked);
    return TRUE;
}

static NTSTATUS Queue(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    IoMarkIrpPending(Irp);
    if (!Park(Extension, Irp, Way)) {
        CompleteRequest(Irp, STATUS_INSUFFICIENT_RESOURCES);
        if (Way == WAY_QUEUE) {
            IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
        }
    }
    return STATUS_PENDING;
}

/* ----------------------------------------------------------------------------------------------------------- power -- */

static REQUEST_POWER_COMPLETE PowerIsSet;
static VOID PowerIsSet(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE PowerState, PVOID Context,
                       PIO_STATUS_BLOCK IoStatus)
{
    PIRP irp = Context;
    PDEVICE_OBJECT own = IoGetCurrentIrpStackLocation(irp)->DeviceObject;

    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(PowerState);
    UNREFERENCED_PARAMETER(IoStatus);
    Pass(own->DeviceExtension, irp);
    IoReleaseRemoveLock(&((PDEVICE_EXTENSION)own->DeviceExtension)->RemoveLock, irp);
}

static NTSTATUS RequestDevicePower(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    POWER_STATE state = {.DeviceState = PowerDeviceD0};

    if (Way == WAY_POWER_MARKED) {
        IoMarkIrpPending(Irp);
    }
    if (PoRequestPowerIrp(Extension->Self, IRP_MN_SET_POWER, state, PowerIsSet, Irp, NULL) != STATUS_PENDING) {
        Pass(Extension, Irp);
        IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    }
    return STATUS_PENDING;
}

/* ----------------------------------------------------------------------------------------------- particular ways -- */

static NTSTATUS WithoutLock(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    switch (Way) {
    case WAY_PASS_BARE:
        return Pass(Extension, Irp);
    case WAY_COMPLETION_BARE:
        return PassWith(Extension, Irp, ForgetOnCompletion);
    default:
        return Queue(Extension, Irp);
    }
}

static NTSTATUS KeepUnmarked(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    CallAndWait(Extension, Irp);
    if (!Park(Extension, Irp, Way)) {
        return Release(Extension, Irp, CompleteRequest(Irp, STATUS_INSUFFICIENT_RESOURCES));
    }
    return STATUS_PENDING;
}

static NTSTATUS Allocate(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    PVOID memory = ExAllocatePoolWithTag(NonPagedPool, 32, 'mmoC');

    if (memory != NULL) {
        ExFreePool(memory);
    }
    return Release(Extension, Irp, Pass(Extension, Irp));
}

static NTSTATUS UseSecondLock(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    if (NT_SUCCESS(IoAcquireRemoveLock(&Extension->SecondLock, Irp))) {
        IoReleaseRemoveLock(&Extension->SecondLock, Irp);
    }
    return Release(Extension, Irp, Pass(Extension, Irp));
}

static WMI_QUERY_REGINFO_CALLBACK QueryRegistration;
static NTSTATUS QueryRegistration(PDEVICE_OBJECT DeviceObject, PULONG RegFlags, PUNICODE_STRING InstanceName,
                                  PUNICODE_STRING *RegistryPath, PUNICODE_STRING MofResourceName, PDEVICE_OBJECT *Pdo)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(RegFlags);
    UNREFERENCED_PARAMETER(InstanceName);
    UNREFERENCED_PARAMETER(RegistryPath);
    UNREFERENCED_PARAMETER(MofResourceName);
    UNREFERENCED_PARAMETER(Pdo);
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS AskWmi(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    static WMILIB_CONTEXT context = {.QueryWmiRegInfo = QueryRegistration};
    SYSCTL_IRP_DISPOSITION disposition = IrpForward;
    NTSTATUS status = WmiSystemControl(&context, Extension->Self, Irp, &disposition);

    if (disposition == IrpNotCompleted) {
        status = CompleteRequest(Irp, status);
    } else if (disposition == IrpForward || disposition == IrpNotWmi) {
        status = Way == WAY_WMI_ANSWER ? CompleteRequest(Irp, STATUS_SUCCESS) : Pass(Extension, Irp);
    }
    return Release(Extension, Irp, status);
}

static NTSTATUS Particular(PDEVICE_EXTENSION Extension, PIRP Irp)
{
    NTSTATUS status;

    switch (Way) {
    case WAY_COMPLETION:
        return PassWith(Extension, Irp, ReleaseOnCompletion);
    case WAY_QUEUE:
        return Queue(Extension, Irp);
    case WAY_WAIT:
        status = CallAndWait(Extension, Irp);
        return Release(Extension, Irp, CompleteRequest(Irp, status));
    case WAY_IGNORE_LOWER:
        CallAndWait(Extension, Irp);
        return Release(Extension, Irp, CompleteRequest(Irp, STATUS_SUCCESS));
    case WAY_ANSWER:
        return Release(Extension, Irp, CompleteRequest(Irp, STATUS_SUCCESS));
    case WAY_REFUSE:
        return Release(Extension, Irp, CompleteRequest(Irp, STATUS_UNSUCCESSFUL));
    case WAY_NOT_SUPPORTED:
        return Release(Extension, Irp, CompleteRequest(Irp, STATUS_NOT_SUPPORTED));
    case WAY_LEAK:
        return CompleteRequest(Irp, STATUS_SUCCESS);
    case WAY_PASS_LEAK:
        return Pass(Extension, Irp);
    case WAY_COMPLETION_LEAK:
        return PassWith(Extension, Irp, ForgetOnCompletion);
    case WAY_KEEP_UNMARKED:
        return KeepUnmarked(Extension, Irp);
    case WAY_POWER_UNMARKED:
    case WAY_POWER_MARKED:
        return RequestDevicePower(Extension, Irp);
    case WAY_ALLOCATE:
        return Allocate(Extension, Irp);
    case WAY_WMI_FORWARD:
    case WAY_WMI_ANSWER:
        return AskWmi(Extension, Irp);
    case WAY_SECOND_LOCK:
        return UseSecondLock(Extension, Irp);
    case WAY_RELEASE_AND_WAIT:
        IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
        return Pass(Extension, Irp);
    default:
        return Release(Extension, Irp, Pass(Extension, Irp));
    }
}

/* --------------------------------------------------------------------------------------------------------- removal -- */

static VOID TearDown(PDEVICE_EXTENSION Extension)
{
    IoDetachDevice(Extension->LowerDevice);
    IoDeleteDevice(Extension->Self);
}

static NTSTATUS Remove(PDEVICE_EXTENSION Extension, PIRP Irp, ULONG HowToRemove)
{
    PDEVICE_OBJECT lower = Extension->LowerDevice;
    NTSTATUS status;

    Irp->IoStatus.Status = STATUS_SUCCESS;
    if (HowToRemove == WAY_WAIT_FIRST) {
        IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
        IoSkipCurrentIrpStackLocation(Irp);
        status = IoCallDriver(lower, Irp);
        TearDown(Extension);
        return status;
    }
    status = Pass(Extension, Irp);
    if (HowToRemove == WAY_TEAR_DOWN_HELD) {
        IoDetachDevice(lower);
        IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
        IoDeleteDevice(Extension->Self);
        return status;
    }
    if (HowToRemove == WAY_TEAR_DOWN_FREE) {
        IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    } else if (HowToRemove != WAY_TEAR_DOWN_BARE) {
        IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    }
    TearDown(Extension);
    return HowToRemove == WAY_NOT_SUPPORTED ? STATUS_NOT_SUPPORTED : status;
}

/* -------------------------------------------------------------------------------------------------------- dispatch -- */

static ULONG TargetOfPnp(UCHAR Minor)
{
    switch (Minor) {
    case IRP_MN_START_DEVICE:
        return TARGET_START;
    case IRP_MN_QUERY_REMOVE_DEVICE:
        return TARGET_QUERY_REMOVE;
    case IRP_MN_REMOVE_DEVICE:
        return TARGET_REMOVE;
    case IRP_MN_SURPRISE_REMOVAL:
        return TARGET_SURPRISE;
    case IRP_MN_QUERY_CAPABILITIES:
        return TARGET_CAPABILITIES;
    default:
        return TARGET_NONE;
    }
}

static ULONG TargetOfPower(PIO_STACK_LOCATION Stack)
{
    if (Stack->MinorFunction != IRP_MN_SET_POWER) {
        return TARGET_NONE;
    }
    if (Stack->Parameters.Power.Type == SystemPowerState) {
        return Stack->Parameters.Power.State.SystemState == PowerSystemWorking ? TARGET_SYSTEM_UP : TARGET_SYSTEM_DOWN;
    }
    return Stack->Parameters.Power.State.DeviceState == PowerDeviceD0 ? TARGET_DEVICE_UP : TARGET_DEVICE_DOWN;
}

static ULONG TargetOf(PIO_STACK_LOCATION Stack)
{
    switch (Stack->MajorFunction) {
    case IRP_MJ_CREATE:
        return TARGET_CREATE;
    case IRP_MJ_CLOSE:
        return TARGET_CLOSE;
    case IRP_MJ_CLEANUP:
        return TARGET_CLEANUP;
    case IRP_MJ_READ:
        return TARGET_READ;
    case IRP_MJ_WRITE:
        return TARGET_WRITE;
    case IRP_MJ_DEVICE_CONTROL:
        return TARGET_CONTROL;
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        return TARGET_INTERNAL;
    case IRP_MJ_SHUTDOWN:
        return TARGET_SHUTDOWN;
    case IRP_MJ_SYSTEM_CONTROL:
        return TARGET_WMI;
    case IRP_MJ_FLUSH_BUFFERS:
        return TARGET_FLUSH;
    case IRP_MJ_PNP:
        return TargetOfPnp(Stack->MinorFunction);
    case IRP_MJ_POWER:
        return TargetOfPower(Stack);
    default:
        return TARGET_NONE;
    }
}

static BOOLEAN IsOrder(PIO_STACK_LOCATION Stack)
{
    ULONG code = Stack->Parameters.DeviceIoControl.IoControlCode;

    if (Stack->MajorFunction != IRP_MJ_DEVICE_CONTROL || code == RULES_CODE(0, 0) || (code & ~0x1FFCu) != RULES_CODE(0, 0)) {
        return FALSE;
    }
    Target = (code >> 2 & 0x7FF) / 32;
    Way = (code >> 2 & 0x7FF) % 32;
    return TRUE;
}

static DRIVER_DISPATCH Dispatch;
static NTSTATUS Dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PDEVICE_EXTENSION extension = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG target = TargetOf(stack);
    BOOLEAN order = IsOrder(stack);
    BOOLEAN particular = !order && target == Target;
    BOOLEAN bare = particular && (Way == WAY_PASS_BARE || Way == WAY_COMPLETION_BARE || Way == WAY_QUEUE_BARE);
    NTSTATUS status;

    if (bare && target != TARGET_REMOVE) {
        return WithoutLock(extension, Irp);
    }
    if (particular && target == TARGET_REMOVE && Way == WAY_TEAR_DOWN_BARE) {
        return Remove(extension, Irp, Way);
    }
    status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);
    if (!NT_SUCCESS(status)) {
        return CompleteRequest(Irp, status);
    }
    if (order) {
        return Release(extension, Irp, CompleteRequest(Irp, STATUS_SUCCESS));
    }
    if (target == TARGET_REMOVE) {
        return Remove(extension, Irp, particular ? Way : WAY_PASS);
    }
    if (stack->MajorFunction == IRP_MJ_PNP && stack->MinorFunction != IRP_MN_QUERY_CAPABILITIES) {
        Irp->IoStatus.Status = target == TARGET_NONE ? Irp->IoStatus.Status : STATUS_SUCCESS;
    }
    return particular ? Particular(extension, Irp) : Release(extension, Irp, Pass(extension, Irp));
}

/* ----------------------------------------------------------------------------------------------------------- loading -- */

static DRIVER_ADD_DEVICE AddDevice;
static NTSTATUS AddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_EXTENSION extension;
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(DEVICE_EXTENSION), NULL, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = device->DeviceExtension;
    extension->Self = device;
    IoInitializeRemoveLock(&extension->RemoveLock, 'eluR', 0, 0);
    IoInitializeRemoveLock(&extension->SecondLock, 'eluR', 0, 0);
    extension->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (extension->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    IoRegisterShutdownNotification(device);
    device->Flags |= extension->LowerDevice->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO | DO_POWER_PAGABLE);
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static DRIVER_UNLOAD DriverUnload;
static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

DRIVER_INITIALIZE DriverEntry;
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG major;

    UNREFERENCED_PARAMETER(RegistryPath);
    for (major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        DriverObject->MajorFunction[major] = Dispatch;
    }
    DriverObject->DriverExtension->AddDevice = AddDevice;
    DriverObject->DriverUnload = DriverUnload;
    return STATUS_SUCCESS;
}
