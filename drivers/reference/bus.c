/*
 * bus.c - a bus driver: one device object for the bus, one for each thing that is plugged into it.
 *
 * IOCTL_SLOT_PLUG puts a thing with a serial number into the bus, IOCTL_SLOT_UNPLUG takes it out without a word before, and
 * IOCTL_SLOT_EJECT asks the system to let it go first. Both kinds of device object have one set of dispatch routines, which
 * look at the extension to tell them apart.
 *
 * - A thing is three times "there": plugged, which the bus knows; reported, in the last answer to
 *   IRP_MN_QUERY_DEVICE_RELATIONS; and in the list of the bus. A PDO may be deleted only in IRP_MN_REMOVE_DEVICE, and only when
 *   it is not reported any more. A removal of a thing that is still plugged leaves the PDO as it was before it was started:
 *   the system may disable a device and enable it again.
 * - Hence a PDO's remove lock is not the place to wait in every removal, but only in the one that deletes it. A lock that was
 *   waited for stays closed for ever, and this PDO may be started again.
 * - A thing that is plugged in again gets a PDO of its own, whatever became of the old one.
 * - The removal of the bus comes after those of its things. PDOs that were kept, or never reported, go with it. One that has
 *   been surprise removed, and waits until its last handle is closed, is only taken off the list: its own removal deletes it.
 *   Therefore each PDO refers to the bus's device object, whose memory with the mutex in it stays until the last PDO has gone.
 * - Requests that a PDO does not know are completed with the status they came with.
 */
#include <wdm.h>

#include <ntstrsafe.h>

#define IOCTL_SLOT_PLUG CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x800, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define IOCTL_SLOT_UNPLUG CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x801, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define IOCTL_SLOT_EJECT CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x802, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define IOCTL_SLOT_COUNT CTL_CODE(FILE_DEVICE_BUS_EXTENDER, 0x803, METHOD_BUFFERED, FILE_READ_ACCESS)

#define BUS_TAG 'tolS'

enum { SERIAL_LIMIT = 100, ID_CHARACTERS = 32 };

typedef enum _PNP_STATE { NotStarted, Started, SurpriseRemoved, Deleted } PNP_STATE;

/* What both kinds of extension begin with. */
typedef struct _COMMON_EXTENSION {
    PDEVICE_OBJECT Self;
    BOOLEAN IsBus;
    PNP_STATE State; /* of the bus: of Plug and Play requests alone; of a PDO: under the bus's Mutex */
    IO_REMOVE_LOCK RemoveLock;
} COMMON_EXTENSION, *PCOMMON_EXTENSION;

typedef struct _BUS_EXTENSION {
    COMMON_EXTENSION Common;
    PDEVICE_OBJECT LowerDevice;
    PDEVICE_OBJECT PhysicalDevice;
    FAST_MUTEX Mutex;
    LIST_ENTRY Slots; /* under Mutex, as the one below */
    BOOLEAN Closed;   /* nothing can be plugged in any more */
} BUS_EXTENSION, *PBUS_EXTENSION;

typedef struct _SLOT_EXTENSION {
    COMMON_EXTENSION Common;
    PBUS_EXTENSION Bus; /* referenced by its device object */
    ULONG Serial;
    LIST_ENTRY Entry;
    BOOLEAN Listed; /* under the bus's Mutex, as the two below */
    BOOLEAN Plugged;
    BOOLEAN Reported;
} SLOT_EXTENSION, *PSLOT_EXTENSION;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE BusAddDevice;
static DRIVER_UNLOAD BusUnload;
static DRIVER_DISPATCH BusCreateClose, BusDeviceControl, BusPnp, BusPower, BusSystemControl;
static IO_COMPLETION_ROUTINE BusSignal;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = BusCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = BusCreateClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = BusCreateClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = BusDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = BusPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = BusPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = BusSystemControl;
    DriverObject->DriverExtension->AddDevice = BusAddDevice;
    DriverObject->DriverUnload = BusUnload;
    return STATUS_SUCCESS;
}

static VOID BusUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

static NTSTATUS BusAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT device;
    PBUS_EXTENSION bus;
    NTSTATUS status = IoCreateDevice(DriverObject, sizeof(BUS_EXTENSION), NULL, FILE_DEVICE_BUS_EXTENDER,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    bus = (PBUS_EXTENSION)device->DeviceExtension;
    RtlZeroMemory(bus, sizeof(BUS_EXTENSION));
    bus->Common.Self = device;
    bus->Common.IsBus = TRUE;
    bus->Common.State = NotStarted;
    bus->PhysicalDevice = PhysicalDeviceObject;
    ExInitializeFastMutex(&bus->Mutex);
    InitializeListHead(&bus->Slots);
    IoInitializeRemoveLock(&bus->Common.RemoveLock, BUS_TAG, 0, 0);
    device->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    bus->LowerDevice = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    if (bus->LowerDevice == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS BusComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* ---------------------------------------------------------------------------------------------------- slots: life -- */

/* A PDO that stands in no list yet, or NULL. */
static PSLOT_EXTENSION SlotCreate(PBUS_EXTENSION Bus, ULONG Serial)
{
    PDEVICE_OBJECT device;
    PSLOT_EXTENSION slot;
    NTSTATUS status = IoCreateDevice(Bus->Common.Self->DriverObject, sizeof(SLOT_EXTENSION), NULL, FILE_DEVICE_UNKNOWN,
                                     FILE_AUTOGENERATED_DEVICE_NAME | FILE_DEVICE_SECURE_OPEN, FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return NULL;
    }
    slot = (PSLOT_EXTENSION)device->DeviceExtension;
    RtlZeroMemory(slot, sizeof(SLOT_EXTENSION));
    slot->Common.Self = device;
    slot->Common.IsBus = FALSE;
    slot->Common.State = NotStarted;
    slot->Bus = Bus;
    slot->Serial = Serial;
    slot->Plugged = TRUE;
    ObReferenceObject(Bus->Common.Self);
    IoInitializeRemoveLock(&slot->Common.RemoveLock, BUS_TAG, 0, 0);
    device->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return slot;
}

/* Nobody is in it any more, and it stands in no list. */
static VOID SlotDelete(PSLOT_EXTENSION Slot)
{
    PDEVICE_OBJECT bus = Slot->Bus->Common.Self;

    IoDeleteDevice(Slot->Common.Self);
    ObDereferenceObject(bus);
}

/* Under Mutex. */
static VOID SlotUnlist(PSLOT_EXTENSION Slot)
{
    if (Slot->Listed) {
        RemoveEntryList(&Slot->Entry);
        Slot->Listed = FALSE;
    }
}

/* What is plugged in with that number, or NULL. Under Mutex. */
static PSLOT_EXTENSION SlotFind(PBUS_EXTENSION Bus, ULONG Serial)
{
    PLIST_ENTRY entry;

    for (entry = Bus->Slots.Flink; entry != &Bus->Slots; entry = entry->Flink) {
        PSLOT_EXTENSION slot = CONTAINING_RECORD(entry, SLOT_EXTENSION, Entry);

        if (slot->Plugged && slot->Serial == Serial) {
            return slot;
        }
    }
    return NULL;
}

/* -------------------------------------------------------------------------------------------- requests of programs -- */

static NTSTATUS BusPlug(PBUS_EXTENSION Bus, ULONG Serial)
{
    PSLOT_EXTENSION slot = SlotCreate(Bus, Serial);
    NTSTATUS status = STATUS_SUCCESS;

    if (slot == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ExAcquireFastMutex(&Bus->Mutex);
    if (Bus->Closed) {
        status = STATUS_DELETE_PENDING;
    } else if (SlotFind(Bus, Serial) != NULL) {
        status = STATUS_DEVICE_BUSY;
    } else {
        slot->Listed = TRUE;
        InsertTailList(&Bus->Slots, &slot->Entry);
    }
    ExReleaseFastMutex(&Bus->Mutex);
    if (NT_SUCCESS(status)) {
        IoInvalidateDeviceRelations(Bus->PhysicalDevice, BusRelations);
    } else {
        SlotDelete(slot); /* nobody has seen it */
    }
    return status;
}

static NTSTATUS BusUnplug(PBUS_EXTENSION Bus, ULONG Serial)
{
    PSLOT_EXTENSION slot;

    ExAcquireFastMutex(&Bus->Mutex);
    slot = SlotFind(Bus, Serial);
    if (slot != NULL) {
        slot->Plugged = FALSE;
    }
    ExReleaseFastMutex(&Bus->Mutex);
    if (slot == NULL) {
        return STATUS_NO_SUCH_DEVICE;
    }
    IoInvalidateDeviceRelations(Bus->PhysicalDevice, BusRelations);
    return STATUS_SUCCESS;
}

static NTSTATUS BusEject(PBUS_EXTENSION Bus, ULONG Serial)
{
    PSLOT_EXTENSION slot;
    PDEVICE_OBJECT device = NULL;

    ExAcquireFastMutex(&Bus->Mutex);
    slot = SlotFind(Bus, Serial);
    if (slot != NULL && slot->Reported) {
        device = slot->Common.Self;
        ObReferenceObject(device);
    }
    ExReleaseFastMutex(&Bus->Mutex);
    if (device == NULL) {
        return STATUS_NO_SUCH_DEVICE;
    }
    IoRequestDeviceEject(device);
    ObDereferenceObject(device);
    return STATUS_SUCCESS;
}

static ULONG BusCount(PBUS_EXTENSION Bus)
{
    PLIST_ENTRY entry;
    ULONG count = 0;

    ExAcquireFastMutex(&Bus->Mutex);
    for (entry = Bus->Slots.Flink; entry != &Bus->Slots; entry = entry->Flink) {
        count += CONTAINING_RECORD(entry, SLOT_EXTENSION, Entry)->Plugged;
    }
    ExReleaseFastMutex(&Bus->Mutex);
    return count;
}

static NTSTATUS BusControl(PBUS_EXTENSION Bus, PIRP Irp, ULONG_PTR *Information)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG code = stack->Parameters.DeviceIoControl.IoControlCode;
    ULONG serial;

    if (code == IOCTL_SLOT_COUNT) {
        if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG)) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = BusCount(Bus);
        *Information = sizeof(ULONG);
        return STATUS_SUCCESS;
    }
    if (code != IOCTL_SLOT_PLUG && code != IOCTL_SLOT_UNPLUG && code != IOCTL_SLOT_EJECT) {
        return STATUS_INVALID_DEVICE_REQUEST; /* what its buffers are only the code would tell */
    }
    if (stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG)) {
        return STATUS_INVALID_PARAMETER;
    }
    serial = *(PULONG)Irp->AssociatedIrp.SystemBuffer % SERIAL_LIMIT;
    switch (code) {
    case IOCTL_SLOT_PLUG:
        return BusPlug(Bus, serial);
    case IOCTL_SLOT_UNPLUG:
        return BusUnplug(Bus, serial);
    default:
        return BusEject(Bus, serial);
    }
}

/* What is plugged in can be opened, and has nothing to say. */
static NTSTATUS BusDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCOMMON_EXTENSION common = (PCOMMON_EXTENSION)DeviceObject->DeviceExtension;
    ULONG_PTR information = 0;
    NTSTATUS status = IoAcquireRemoveLock(&common->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return BusComplete(Irp, status, 0);
    }
    status = common->IsBus ? BusControl((PBUS_EXTENSION)common, Irp, &information) : STATUS_INVALID_DEVICE_REQUEST;
    BusComplete(Irp, status, information);
    IoReleaseRemoveLock(&common->RemoveLock, Irp);
    return status;
}

/* Whether there is still something behind the device. */
static BOOLEAN BusIsThere(PCOMMON_EXTENSION Common)
{
    PBUS_EXTENSION bus = Common->IsBus ? (PBUS_EXTENSION)Common : ((PSLOT_EXTENSION)Common)->Bus;
    BOOLEAN there;

    ExAcquireFastMutex(&bus->Mutex);
    there = Common->IsBus ? !bus->Closed : ((PSLOT_EXTENSION)Common)->Plugged;
    ExReleaseFastMutex(&bus->Mutex);
    return there;
}

static NTSTATUS BusCreateClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCOMMON_EXTENSION common = (PCOMMON_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&common->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return BusComplete(Irp, status, 0);
    }
    if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_CREATE && !BusIsThere(common)) {
        status = STATUS_DELETE_PENDING;
    }
    BusComplete(Irp, status, 0);
    IoReleaseRemoveLock(&common->RemoveLock, Irp);
    return status;
}

/* --------------------------------------------------------------------------------------- Plug and Play: of the bus -- */

static NTSTATUS BusForward(PBUS_EXTENSION Bus, PIRP Irp)
{
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Bus->LowerDevice, Irp);
    IoReleaseRemoveLock(&Bus->Common.RemoveLock, Irp);
    return status;
}

static NTSTATUS BusSignal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS BusStart(PBUS_EXTENSION Bus, PIRP Irp)
{
    KEVENT done;
    NTSTATUS status;

    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, BusSignal, &done, TRUE, TRUE, TRUE);
    IoCallDriver(Bus->LowerDevice, Irp);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    status = Irp->IoStatus.Status;
    if (NT_SUCCESS(status)) {
        Bus->Common.State = Started;
    }
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Bus->Common.RemoveLock, Irp);
    return status;
}

/* The list with what is plugged in added to what others have put there before. NULL: no memory. Under Mutex. */
static PDEVICE_RELATIONS BusListSlots(PBUS_EXTENSION Bus, PDEVICE_RELATIONS Before)
{
    ULONG count = Before == NULL ? 0 : Before->Count;
    PDEVICE_RELATIONS relations;
    PLIST_ENTRY entry;

    for (entry = Bus->Slots.Flink; entry != &Bus->Slots; entry = entry->Flink) {
        count += CONTAINING_RECORD(entry, SLOT_EXTENSION, Entry)->Plugged;
    }
    relations =
        (PDEVICE_RELATIONS)ExAllocatePoolWithTag(PagedPool, sizeof(DEVICE_RELATIONS) + count * sizeof(PDEVICE_OBJECT), BUS_TAG);
    if (relations == NULL) {
        return NULL;
    }
    relations->Count = 0;
    if (Before != NULL) {
        for (; relations->Count < Before->Count; relations->Count++) {
            relations->Objects[relations->Count] = Before->Objects[relations->Count];
        }
    }
    for (entry = Bus->Slots.Flink; entry != &Bus->Slots; entry = entry->Flink) {
        PSLOT_EXTENSION slot = CONTAINING_RECORD(entry, SLOT_EXTENSION, Entry);

        slot->Reported = slot->Plugged;
        if (slot->Plugged) {
            ObReferenceObject(slot->Common.Self); /* whoever gets the list gives the references back */
            relations->Objects[relations->Count++] = slot->Common.Self;
        }
    }
    return relations;
}

static NTSTATUS BusQueryRelations(PBUS_EXTENSION Bus, PIRP Irp)
{
    PDEVICE_RELATIONS before = (PDEVICE_RELATIONS)Irp->IoStatus.Information;
    PDEVICE_RELATIONS relations;

    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceRelations.Type != BusRelations) {
        return BusForward(Bus, Irp);
    }
    ExAcquireFastMutex(&Bus->Mutex);
    relations = BusListSlots(Bus, before);
    ExReleaseFastMutex(&Bus->Mutex);
    if (relations == NULL) {
        BusComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, Irp->IoStatus.Information);
        IoReleaseRemoveLock(&Bus->Common.RemoveLock, Irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (before != NULL) {
        ExFreePool(before);
    }
    Irp->IoStatus.Information = (ULONG_PTR)relations;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return BusForward(Bus, Irp);
}

/* With the bus all that was plugged into it is gone, and no report of it counts any more. */
static VOID BusClose(PBUS_EXTENSION Bus)
{
    PLIST_ENTRY entry;

    ExAcquireFastMutex(&Bus->Mutex);
    Bus->Closed = TRUE;
    for (entry = Bus->Slots.Flink; entry != &Bus->Slots; entry = entry->Flink) {
        PSLOT_EXTENSION slot = CONTAINING_RECORD(entry, SLOT_EXTENSION, Entry);

        slot->Plugged = FALSE;
        slot->Reported = FALSE;
    }
    ExReleaseFastMutex(&Bus->Mutex);
}

/* Takes a slot off the list: one that is to be deleted at once, or NULL when there is none. */
static PSLOT_EXTENSION BusTakeSlot(PBUS_EXTENSION Bus)
{
    PSLOT_EXTENSION taken = NULL;

    ExAcquireFastMutex(&Bus->Mutex);
    while (taken == NULL && !IsListEmpty(&Bus->Slots)) {
        PSLOT_EXTENSION slot = CONTAINING_RECORD(Bus->Slots.Flink, SLOT_EXTENSION, Entry);

        SlotUnlist(slot);
        if (slot->Common.State != SurpriseRemoved) {
            slot->Common.State = Deleted;
            taken = slot;
        }
    }
    ExReleaseFastMutex(&Bus->Mutex);
    return taken;
}

static NTSTATUS BusRemove(PBUS_EXTENSION Bus, PIRP Irp)
{
    PSLOT_EXTENSION slot;
    NTSTATUS status;

    BusClose(Bus);
    while ((slot = BusTakeSlot(Bus)) != NULL) {
        /* Late requests through references to the device may still be in it. A lock that is new to us can be acquired. */
        IoAcquireRemoveLock(&slot->Common.RemoveLock, Irp);
        IoReleaseRemoveLockAndWait(&slot->Common.RemoveLock, Irp);
        SlotDelete(slot);
    }
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    status = IoCallDriver(Bus->LowerDevice, Irp);
    IoReleaseRemoveLockAndWait(&Bus->Common.RemoveLock, Irp);
    IoDetachDevice(Bus->LowerDevice);
    IoDeleteDevice(Bus->Common.Self);
    return status;
}

static NTSTATUS BusPnpOfBus(PBUS_EXTENSION Bus, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return BusStart(Bus, Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return BusQueryRelations(Bus, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return BusRemove(Bus, Irp);
    case IRP_MN_SURPRISE_REMOVAL:
        Bus->Common.State = SurpriseRemoved;
        BusClose(Bus);
        break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
        break;
    default:
        return BusForward(Bus, Irp);
    }
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return BusForward(Bus, Irp);
}

/* ----------------------------------------------------------------------------------------- Plug and Play: of a slot -- */

static NTSTATUS SlotQueryId(PSLOT_EXTENSION Slot, PIRP Irp)
{
    PWSTR id;
    NTSTATUS status;

    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryId.IdType) {
    case BusQueryDeviceID:
    case BusQueryHardwareIDs:
    case BusQueryInstanceID:
        break;
    default:
        return Irp->IoStatus.Status;
    }
    id = (PWSTR)ExAllocatePoolWithTag(PagedPool, ID_CHARACTERS * sizeof(WCHAR), BUS_TAG);
    if (id == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(id, ID_CHARACTERS * sizeof(WCHAR)); /* lists of hardware IDs end with an empty one */
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryId.IdType == BusQueryInstanceID) {
        status = RtlStringCchPrintfW(id, ID_CHARACTERS - 1, L"%02u", Slot->Serial);
    } else {
        status = RtlStringCchPrintfW(id, ID_CHARACTERS - 1, L"SLOTBUS\\Thing");
    }
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(id, BUS_TAG);
        return status;
    }
    Irp->IoStatus.Information = (ULONG_PTR)id;
    return STATUS_SUCCESS;
}

static NTSTATUS SlotQueryCapabilities(PSLOT_EXTENSION Slot, PIRP Irp)
{
    PDEVICE_CAPABILITIES capabilities = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
    ULONG state;

    if (capabilities->Version != 1 || capabilities->Size < sizeof(DEVICE_CAPABILITIES)) {
        return STATUS_UNSUCCESSFUL;
    }
    capabilities->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (state = PowerSystemSleeping1; state < PowerSystemMaximum; state++) {
        capabilities->DeviceState[state] = PowerDeviceD3;
    }
    capabilities->Removable = TRUE;
    capabilities->EjectSupported = TRUE;
    capabilities->SurpriseRemovalOK = FALSE;
    capabilities->UniqueID = FALSE;
    capabilities->RawDeviceOK = TRUE;
    capabilities->Address = Slot->Serial;
    return STATUS_SUCCESS;
}

static NTSTATUS SlotQueryRelations(PSLOT_EXTENSION Slot, PIRP Irp)
{
    PDEVICE_RELATIONS relations;

    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceRelations.Type != TargetDeviceRelation) {
        return Irp->IoStatus.Status;
    }
    relations = (PDEVICE_RELATIONS)ExAllocatePoolWithTag(PagedPool, sizeof(DEVICE_RELATIONS), BUS_TAG);
    if (relations == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    relations->Count = 1;
    relations->Objects[0] = Slot->Common.Self;
    ObReferenceObject(Slot->Common.Self);
    Irp->IoStatus.Information = (ULONG_PTR)relations;
    return STATUS_SUCCESS;
}

static NTSTATUS SlotSetState(PSLOT_EXTENSION Slot, PNP_STATE State)
{
    ExAcquireFastMutex(&Slot->Bus->Mutex);
    Slot->Common.State = State;
    ExReleaseFastMutex(&Slot->Bus->Mutex);
    return STATUS_SUCCESS;
}

static NTSTATUS SlotLetGo(PSLOT_EXTENSION Slot)
{
    ExAcquireFastMutex(&Slot->Bus->Mutex);
    Slot->Plugged = FALSE;
    ExReleaseFastMutex(&Slot->Bus->Mutex);
    return STATUS_SUCCESS;
}

/* Deletes the PDO when the system does not count on it any more; otherwise it stays as if it had never been started. */
static NTSTATUS SlotRemove(PSLOT_EXTENSION Slot, PIRP Irp)
{
    BOOLEAN deleted;

    ExAcquireFastMutex(&Slot->Bus->Mutex);
    deleted = !Slot->Reported;
    Slot->Common.State = deleted ? Deleted : NotStarted;
    if (deleted) {
        SlotUnlist(Slot);
    }
    ExReleaseFastMutex(&Slot->Bus->Mutex);

    if (!deleted) {
        BusComplete(Irp, STATUS_SUCCESS, Irp->IoStatus.Information);
        IoReleaseRemoveLock(&Slot->Common.RemoveLock, Irp);
        return STATUS_SUCCESS;
    }
    IoReleaseRemoveLockAndWait(&Slot->Common.RemoveLock, Irp);
    BusComplete(Irp, STATUS_SUCCESS, Irp->IoStatus.Information);
    SlotDelete(Slot);
    return STATUS_SUCCESS;
}

static NTSTATUS BusPnpOfSlot(PSLOT_EXTENSION Slot, PIRP Irp)
{
    NTSTATUS status;

    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        status = SlotSetState(Slot, Started);
        break;
    case IRP_MN_SURPRISE_REMOVAL:
        status = SlotSetState(Slot, SurpriseRemoved);
        break;
    case IRP_MN_REMOVE_DEVICE:
        return SlotRemove(Slot, Irp);
    case IRP_MN_EJECT:
        status = SlotLetGo(Slot);
        break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
        status = STATUS_SUCCESS;
        break;
    case IRP_MN_QUERY_ID:
        status = SlotQueryId(Slot, Irp);
        break;
    case IRP_MN_QUERY_CAPABILITIES:
        status = SlotQueryCapabilities(Slot, Irp);
        break;
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        status = SlotQueryRelations(Slot, Irp);
        break;
    default:
        status = Irp->IoStatus.Status;
        break;
    }
    BusComplete(Irp, status, Irp->IoStatus.Information);
    IoReleaseRemoveLock(&Slot->Common.RemoveLock, Irp);
    return status;
}

static NTSTATUS BusPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCOMMON_EXTENSION common = (PCOMMON_EXTENSION)DeviceObject->DeviceExtension;
    BOOLEAN removal = IoGetCurrentIrpStackLocation(Irp)->MinorFunction == IRP_MN_REMOVE_DEVICE;
    NTSTATUS status = IoAcquireRemoveLock(&common->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        /* Of a PDO that is deleted and referred to there may be one more removal, with nothing to do. It must not fail. */
        return BusComplete(Irp, removal ? STATUS_SUCCESS : status, Irp->IoStatus.Information);
    }
    return common->IsBus ? BusPnpOfBus((PBUS_EXTENSION)common, Irp) : BusPnpOfSlot((PSLOT_EXTENSION)common, Irp);
}

/* --------------------------------------------------------------------------------------------------- power and WMI -- */

static NTSTATUS SlotPower(PSLOT_EXTENSION Slot, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS status = Irp->IoStatus.Status;

    if (stack->MinorFunction == IRP_MN_SET_POWER && stack->Parameters.Power.Type == DevicePowerState) {
        PoSetPowerState(Slot->Common.Self, DevicePowerState, stack->Parameters.Power.State);
    }
    if (stack->MinorFunction == IRP_MN_SET_POWER || stack->MinorFunction == IRP_MN_QUERY_POWER) {
        status = STATUS_SUCCESS;
    }
    PoStartNextPowerIrp(Irp);
    BusComplete(Irp, status, 0);
    IoReleaseRemoveLock(&Slot->Common.RemoveLock, Irp);
    return status;
}

static NTSTATUS BusPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCOMMON_EXTENSION common = (PCOMMON_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&common->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        PoStartNextPowerIrp(Irp);
        return BusComplete(Irp, status, 0);
    }
    if (!common->IsBus) {
        return SlotPower((PSLOT_EXTENSION)common, Irp);
    }
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    status = PoCallDriver(((PBUS_EXTENSION)common)->LowerDevice, Irp);
    IoReleaseRemoveLock(&common->RemoveLock, Irp);
    return status;
}

static NTSTATUS BusSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCOMMON_EXTENSION common = (PCOMMON_EXTENSION)DeviceObject->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&common->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return BusComplete(Irp, status, 0);
    }
    if (common->IsBus) {
        return BusForward((PBUS_EXTENSION)common, Irp);
    }
    status = BusComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    IoReleaseRemoveLock(&common->RemoveLock, Irp);
    return status;
}
