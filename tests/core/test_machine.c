/*
 * test_machine.c - what the I/O, PnP and power managers find wrong with a driver: of each thing a driver that does it, and one
 * that nearly does.
 */
#include "stack_driver.h"

static bool wrong; /* which of the two the driver is */

static struct stack_extension *own_of(PDEVICE_OBJECT device)
{
    return device->DeviceExtension;
}

/* ------------------------------------------------------------------------------------------------------ completion -- */

static NTSTATUS read_without_end(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    return wrong ? STATUS_SUCCESS : complete_irp(irp, STATUS_SUCCESS);
}

/* Kept until the handle is closed, or for ever. */
static NTSTATUS read_for_ever(PDEVICE_OBJECT device, PIRP irp)
{
    IoMarkIrpPending(irp);
    if (wrong) {
        own_of(device)->kept = irp;
    } else {
        complete_irp(irp, STATUS_SUCCESS);
    }
    return STATUS_PENDING;
}

static NTSTATUS read_twice(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    complete_irp(irp, STATUS_SUCCESS);
    return wrong ? complete_irp(irp, STATUS_SUCCESS) : STATUS_SUCCESS;
}

static NTSTATUS read_of_another(PDEVICE_OBJECT device, PIRP irp)
{
    if (wrong) {
        IoCopyCurrentIrpStackLocationToNext(irp);
        IoCallDriver(own_of(device)->lower, irp);
    } else {
        IoForwardIrpSynchronously(own_of(device)->lower, irp);
    }
    return complete_irp(irp, STATUS_SUCCESS);
}

static VOID cancel_nothing(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
}

static NTSTATUS read_cancelable(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    IoSetCancelRoutine(irp, cancel_nothing);
    if (!wrong) {
        IoSetCancelRoutine(irp, NULL);
    }
    return complete_irp(irp, STATUS_SUCCESS);
}

static NTSTATUS read_with_status_pending(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    return complete_irp(irp, wrong ? STATUS_PENDING : STATUS_TIMEOUT);
}

static NTSTATUS read_returns_pending(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    if (!wrong) {
        IoMarkIrpPending(irp);
    }
    complete_irp(irp, STATUS_SUCCESS);
    return STATUS_PENDING;
}

static NTSTATUS read_marks(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    IoMarkIrpPending(irp);
    complete_irp(irp, STATUS_SUCCESS);
    return wrong ? STATUS_SUCCESS : STATUS_PENDING;
}

static NTSTATUS read_marks_and_keeps(PDEVICE_OBJECT device, PIRP irp)
{
    PIRP before = own_of(device)->kept;
    IoMarkIrpPending(irp);
    own_of(device)->kept = irp;
    if (before == NULL && !wrong) {
        own_of(device)->kept = NULL;
        complete_irp(irp, STATUS_SUCCESS);
    }
    return wrong ? STATUS_SUCCESS : STATUS_PENDING;
}

/* Pending goes up with the request: by itself, or by the completion routine. */
static NTSTATUS propagate(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Context);
    if (Irp->PendingReturned && !wrong) {
        IoMarkIrpPending(Irp);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS read_with_routine(PDEVICE_OBJECT device, PIRP irp)
{
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, propagate, NULL, TRUE, TRUE, TRUE);
    return IoCallDriver(own_of(device)->lower, irp);
}

/* The location is filled in by hand, or left as it was. */
static NTSTATUS read_sets_location(PDEVICE_OBJECT device, PIRP irp)
{
    if (!wrong) {
        IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_READ;
        IoGetNextIrpStackLocation(irp)->Parameters.Read = IoGetCurrentIrpStackLocation(irp)->Parameters.Read;
    }
    return IoCallDriver(own_of(device)->lower, irp);
}

static NTSTATUS unlock(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    if (Irp->PendingReturned) {
        IoMarkIrpPending(Irp);
    }
    if (!wrong) {
        IoReleaseRemoveLock(&own_of(DeviceObject)->lock, Context);
    }
    return STATUS_SUCCESS;
}

/* The routine runs for a device that is deleted unless it has the lock. */
static NTSTATUS read_without_lock(PDEVICE_OBJECT device, PIRP irp)
{
    if (!wrong && !NT_SUCCESS(IoAcquireRemoveLock(&own_of(device)->lock, own_of(device)))) {
        return complete_irp(irp, STATUS_DELETE_PENDING);
    }
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, unlock, own_of(device), TRUE, TRUE, TRUE);
    return IoCallDriver(own_of(device)->lower, irp);
}

/* -------------------------------------------------------------------------------------------------- own requests -- */

static NTSTATUS take_back(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Sends the request with a routine that takes it back, and waits for that. */
static void send_and_wait(PDEVICE_OBJECT lower, PIRP irp)
{
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
    IoSetCompletionRoutine(irp, take_back, &event, TRUE, TRUE, TRUE);
    if (IoCallDriver(lower, irp) == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    }
}

static NTSTATUS read_with_small_request(PDEVICE_OBJECT device, PIRP irp)
{
    PDEVICE_OBJECT lower = own_of(device)->lower;
    PIRP own = IoAllocateIrp((CCHAR)(lower->StackSize - (wrong ? 1 : 0)), FALSE);
    if (wrong) {
        IoCallDriver(lower, own);
    } else {
        send_and_wait(lower, own);
    }
    IoFreeIrp(own);
    return complete_irp(irp, STATUS_SUCCESS);
}

static NTSTATUS read_leaks(PDEVICE_OBJECT device, PIRP irp)
{
    PIRP own = IoAllocateIrp(device->StackSize, FALSE);
    if (!wrong) {
        IoFreeIrp(own);
    }
    return complete_irp(irp, STATUS_SUCCESS);
}

static KEVENT static_event;
static IO_STATUS_BLOCK static_block;

static NTSTATUS read_builds_and_forgets(PDEVICE_OBJECT device, PIRP irp)
{
    PDEVICE_OBJECT lower = own_of(device)->lower;
    KeInitializeEvent(&static_event, NotificationEvent, FALSE);
    PIRP own = IoBuildSynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, lower, NULL, 0, NULL, &static_event, &static_block);
    if (!wrong && IoCallDriver(lower, own) == STATUS_PENDING) {
        KeWaitForSingleObject(&static_event, Executive, KernelMode, FALSE, NULL);
    }
    return complete_irp(irp, STATUS_SUCCESS);
}

static NTSTATUS read_lets_go(PDEVICE_OBJECT device, PIRP irp)
{
    PDEVICE_OBJECT lower = own_of(device)->lower;
    PIRP own = IoAllocateIrp(lower->StackSize, FALSE);
    if (wrong) {
        IoGetNextIrpStackLocation(own)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
        IoCallDriver(lower, own);
    } else {
        send_and_wait(lower, own);
    }
    IoFreeIrp(own);
    return complete_irp(irp, STATUS_SUCCESS);
}

static NTSTATUS read_frees_the_request(PDEVICE_OBJECT device, PIRP irp)
{
    PIRP own = IoAllocateIrp(device->StackSize, FALSE);
    IoFreeIrp(wrong ? irp : own);
    return complete_irp(irp, STATUS_SUCCESS);
}

static NTSTATUS read_frees_early(PDEVICE_OBJECT device, PIRP irp)
{
    static KEVENT event;
    PDEVICE_OBJECT lower = own_of(device)->lower;
    PIRP own = IoAllocateIrp(lower->StackSize, FALSE);
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoGetNextIrpStackLocation(own)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
    IoSetCompletionRoutine(own, take_back, &event, TRUE, TRUE, TRUE);
    if (IoCallDriver(lower, own) == STATUS_PENDING && !wrong) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    }
    IoFreeIrp(own);
    return complete_irp(irp, STATUS_SUCCESS);
}

static NTSTATUS read_reuses_early(PDEVICE_OBJECT device, PIRP irp)
{
    static KEVENT event;
    PDEVICE_OBJECT lower = own_of(device)->lower;
    PIRP own = IoAllocateIrp(lower->StackSize, FALSE);
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoGetNextIrpStackLocation(own)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
    IoSetCompletionRoutine(own, take_back, &event, TRUE, TRUE, TRUE);
    if (IoCallDriver(lower, own) == STATUS_PENDING && !wrong) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    }
    IoReuseIrp(own, STATUS_SUCCESS);
    send_and_wait(lower, own);
    IoFreeIrp(own);
    return complete_irp(irp, STATUS_SUCCESS);
}

/* A request in memory of the driver's own is the driver's to free. */
static NTSTATUS read_in_pool(PDEVICE_OBJECT device, PIRP irp)
{
    PDEVICE_OBJECT lower = own_of(device)->lower;
    USHORT size = IoSizeOfIrp(lower->StackSize);
    PIRP own = ExAllocatePoolWithTag(NonPagedPool, size, 0x70726941);
    IoInitializeIrp(own, size, lower->StackSize);
    send_and_wait(lower, own);
    if (wrong) {
        IoFreeIrp(own);
    }
    ExFreePoolWithTag(own, 0x70726941);
    return complete_irp(irp, STATUS_SUCCESS);
}

/* As deep as there are locations, and one deeper than the kernel's stack. */
static NTSTATUS recurse(PDEVICE_OBJECT device, PIRP irp)
{
    if (irp->CurrentLocation <= 1) {
        return complete_irp(irp, STATUS_SUCCESS);
    }
    IoCopyCurrentIrpStackLocationToNext(irp);
    return IoCallDriver(device, irp);
}

static NTSTATUS read_recurses(PDEVICE_OBJECT device, PIRP irp)
{
    if (irp->Tail.Overlay.OriginalFileObject == NULL) {
        return recurse(device, irp);
    }
    PIRP own = IoAllocateIrp(wrong ? 40 : 4, FALSE);
    IoGetNextIrpStackLocation(own)->MajorFunction = IRP_MJ_READ;
    IoSetCompletionRoutine(own, take_back, &static_event, TRUE, TRUE, TRUE);
    KeInitializeEvent(&static_event, NotificationEvent, FALSE);
    IoCallDriver(device, own);
    IoFreeIrp(own);
    return complete_irp(irp, STATUS_SUCCESS);
}

/* --------------------------------------------------------------------------------------------------------- cancel -- */

static NTSTATUS read_releases_cancel_lock(PDEVICE_OBJECT device, PIRP irp)
{
    KIRQL irql = PASSIVE_LEVEL;
    UNREFERENCED_PARAMETER(device);
    if (!wrong) {
        IoAcquireCancelSpinLock(&irql);
    }
    IoReleaseCancelSpinLock(irql);
    return complete_irp(irp, STATUS_SUCCESS);
}

/* ----------------------------------------------------------------------------------------------- objects, memory -- */

static NTSTATUS read_keeps_reference(PDEVICE_OBJECT device, PIRP irp)
{
    ObReferenceObject(device);
    if (!wrong) {
        ObDereferenceObject(device);
    }
    return complete_irp(irp, STATUS_SUCCESS);
}

static NTSTATUS read_dereferences(PDEVICE_OBJECT device, PIRP irp)
{
    if (!wrong) {
        ObReferenceObject(device);
    }
    ObDereferenceObject(device);
    return complete_irp(irp, STATUS_SUCCESS);
}

static NTSTATUS read_dereferences_file(PDEVICE_OBJECT device, PIRP irp)
{
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    UNREFERENCED_PARAMETER(device);
    for (uint32_t count = wrong ? 5 : 1; count > 0; count--) {
        if (!wrong) {
            ObReferenceObject(file);
        }
        ObDereferenceObject(file);
    }
    return complete_irp(irp, STATUS_SUCCESS);
}

static NTSTATUS read_leaks_pool(PDEVICE_OBJECT device, PIRP irp)
{
    PVOID memory = ExAllocatePoolWithTag(NonPagedPool, 24, 0x6B61654C);
    UNREFERENCED_PARAMETER(device);
    if (!wrong) {
        ExFreePoolWithTag(memory, 0x6B61654C);
    }
    return complete_irp(irp, STATUS_SUCCESS);
}

static VOID end_at_once(PVOID StartContext)
{
    UNREFERENCED_PARAMETER(StartContext);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS read_leaks_handle(PDEVICE_OBJECT device, PIRP irp)
{
    HANDLE handle;
    PVOID thread;
    UNREFERENCED_PARAMETER(device);
    PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, end_at_once, NULL);
    ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, NULL, KernelMode, &thread, NULL);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(thread);
    if (!wrong) {
        ZwClose(handle);
    }
    return complete_irp(irp, STATUS_SUCCESS);
}

/* --------------------------------------------------------------------------------------------------- adding, removing -- */

static NTSTATUS add_and_fail(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    usual_add(driver, pdo);
    if (!wrong) {
        PDEVICE_OBJECT device = pdo->AttachedDevice;
        IoDetachDevice(pdo);
        IoDeleteDevice(device);
    }
    return STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS add_fails_before_attach(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    PDEVICE_OBJECT device;
    UNREFERENCED_PARAMETER(pdo);
    IoCreateDevice(driver, sizeof(struct stack_extension), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!wrong) {
        IoDeleteDevice(device);
    }
    return STATUS_NO_SUCH_DEVICE;
}

static NTSTATUS add_initializing(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    NTSTATUS status = usual_add(driver, pdo);
    if (wrong) {
        pdo->AttachedDevice->Flags |= DO_DEVICE_INITIALIZING;
    }
    return status;
}

/* A removal whose end a row chooses. */
static NTSTATUS begin_removal(PDEVICE_OBJECT device, PIRP irp)
{
    irp->IoStatus.Status = STATUS_SUCCESS;
    NTSTATUS status = pass_down(device, irp);
    IoReleaseRemoveLockAndWait(&own_of(device)->lock, irp);
    return status;
}

static NTSTATUS remove_deletes_twice(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    if (minor != IRP_MN_REMOVE_DEVICE) {
        return usual_pnp(device, irp, minor);
    }
    NTSTATUS status = begin_removal(device, irp);
    IoDetachDevice(own_of(device)->lower);
    ObReferenceObject(device);
    IoDeleteDevice(device);
    if (wrong) {
        IoDeleteDevice(device);
    }
    ObDereferenceObject(device);
    return status;
}

static NTSTATUS remove_detaches_twice(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    if (minor != IRP_MN_REMOVE_DEVICE) {
        return usual_pnp(device, irp, minor);
    }
    NTSTATUS status = begin_removal(device, irp);
    IoDetachDevice(own_of(device)->lower);
    if (wrong) {
        IoDetachDevice(own_of(device)->lower);
    }
    IoDeleteDevice(device);
    return status;
}

static NTSTATUS remove_deletes_first(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    if (minor != IRP_MN_REMOVE_DEVICE) {
        return usual_pnp(device, irp, minor);
    }
    NTSTATUS status = begin_removal(device, irp);
    PDEVICE_OBJECT lower = own_of(device)->lower;
    if (wrong) {
        IoDeleteDevice(device);
        IoDetachDevice(lower);
    } else {
        IoDetachDevice(lower);
        IoDeleteDevice(device);
    }
    return status;
}

static NTSTATUS remove_stays_attached(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    return minor == IRP_MN_REMOVE_DEVICE && wrong ? begin_removal(device, irp) : usual_pnp(device, irp, minor);
}

static NTSTATUS remove_does_not_delete(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    if (minor != IRP_MN_REMOVE_DEVICE || !wrong) {
        return usual_pnp(device, irp, minor);
    }
    NTSTATUS status = begin_removal(device, irp);
    IoDetachDevice(own_of(device)->lower);
    return status;
}

static NTSTATUS remove_deletes_another(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    if (minor == IRP_MN_REMOVE_DEVICE && wrong) {
        IoDeleteDevice((PDEVICE_OBJECT)own_of(device));
    }
    return usual_pnp(device, irp, minor);
}

static NTSTATUS remove_itself(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    if (minor != IRP_MN_REMOVE_DEVICE || !wrong) {
        return usual_pnp(device, irp, minor);
    }
    PDEVICE_OBJECT lower = own_of(device)->lower;
    IoReleaseRemoveLockAndWait(&own_of(device)->lock, irp);
    complete_irp(irp, STATUS_SUCCESS);
    IoDetachDevice(lower);
    IoDeleteDevice(device);
    return STATUS_SUCCESS;
}

static NTSTATUS remove_fails(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    if (minor != IRP_MN_REMOVE_DEVICE) {
        return usual_pnp(device, irp, minor);
    }
    PDEVICE_OBJECT lower = own_of(device)->lower;
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoForwardIrpSynchronously(lower, irp);
    IoReleaseRemoveLockAndWait(&own_of(device)->lock, irp);
    IoDetachDevice(lower);
    IoDeleteDevice(device);
    return complete_irp(irp, wrong ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS);
}

/* Fails a request; which, the row says. Vetoes queries in any case: that is allowed. */
static UCHAR failing;
static bool vetoes;

static NTSTATUS fail_one(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    bool query = minor == IRP_MN_QUERY_REMOVE_DEVICE || minor == IRP_MN_QUERY_STOP_DEVICE;
    if ((wrong && minor == failing) || (query && vetoes)) {
        IoReleaseRemoveLock(&own_of(device)->lock, irp);
        return complete_irp(irp, STATUS_DEVICE_BUSY);
    }
    return usual_pnp(device, irp, minor);
}

static NTSTATUS fail_surprise(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    failing = IRP_MN_SURPRISE_REMOVAL;
    vetoes = false;
    return fail_one(device, irp, minor);
}

static NTSTATUS fail_stop(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    failing = IRP_MN_STOP_DEVICE;
    vetoes = false;
    return fail_one(device, irp, minor);
}

static NTSTATUS fail_cancel_stop(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    failing = IRP_MN_CANCEL_STOP_DEVICE;
    vetoes = false;
    return fail_one(device, irp, minor);
}

static NTSTATUS fail_cancel_after_veto(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    failing = IRP_MN_CANCEL_REMOVE_DEVICE;
    vetoes = true;
    return fail_one(device, irp, minor);
}

/* -------------------------------------------------------------------------------------------------------- children -- */

static PDEVICE_OBJECT make_child(PDEVICE_OBJECT device)
{
    PDEVICE_OBJECT child = NULL;
    IoCreateDevice(device->DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &child);
    child->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return child;
}

/* The requests of a child of ours: it is there, and agrees. Gone when it is removed and not reported. */
static NTSTATUS child_pnp(PDEVICE_OBJECT child, PIRP irp, UCHAR minor)
{
    complete_irp(irp, minor == IRP_MN_QUERY_DEVICE_RELATIONS ? irp->IoStatus.Status : STATUS_SUCCESS);
    if (minor == IRP_MN_REMOVE_DEVICE && !wrong) {
        IoDeleteDevice(child);
    }
    return STATUS_SUCCESS;
}

static bool reports_deleted;

static NTSTATUS report_child(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);
    if (minor != IRP_MN_QUERY_DEVICE_RELATIONS || location->Parameters.QueryDeviceRelations.Type != BusRelations) {
        return usual_pnp(device, irp, minor);
    }
    PDEVICE_RELATIONS relations = ExAllocatePoolWithTag(PagedPool, sizeof *relations, 0x6C655220);
    relations->Count = 1;
    relations->Objects[0] = make_child(device);
    ObReferenceObject(relations->Objects[0]);
    own_of(device)->pointer = relations->Objects[0];
    if (reports_deleted && wrong) {
        IoDeleteDevice(relations->Objects[0]);
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = (ULONG_PTR)relations;
    NTSTATUS status = pass_down(device, irp);
    IoReleaseRemoveLock(&own_of(device)->lock, irp);
    return status;
}

static PDRIVER_DISPATCH usual_dispatch;

static NTSTATUS dispatch_with_children(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UCHAR minor = IoGetCurrentIrpStackLocation(Irp)->MinorFunction;
    return DeviceObject->DeviceExtension == NULL ? child_pnp(DeviceObject, Irp, minor) : usual_dispatch(DeviceObject, Irp);
}

static NTSTATUS entry_with_children(PDRIVER_OBJECT driver)
{
    usual_dispatch = driver->MajorFunction[IRP_MJ_PNP];
    driver->MajorFunction[IRP_MJ_PNP] = dispatch_with_children;
    reports_deleted = false;
    return STATUS_SUCCESS;
}

static NTSTATUS entry_with_deleted_children(PDRIVER_OBJECT driver)
{
    NTSTATUS status = entry_with_children(driver);
    reports_deleted = true;
    return status;
}

/* ------------------------------------------------------------------------------------------------ loading, unloading -- */

static PDEVICE_OBJECT control_device;
static KTIMER timer;
static KDPC dpc;
static PVOID thread_object;

static NTSTATUS entry_fails_with_device(PDRIVER_OBJECT driver)
{
    IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &control_device);
    if (!wrong) {
        IoDeleteDevice(control_device);
    }
    return STATUS_UNSUCCESSFUL;
}

static NTSTATUS entry_with_device(PDRIVER_OBJECT driver)
{
    NTSTATUS status = usual_add(driver, NULL);
    control_device = driver->DeviceObject;
    return status;
}

static void unload_with_device(void)
{
    if (!wrong) {
        IoDeleteDevice(control_device);
    }
}

static UNICODE_STRING text(const WCHAR *characters, USHORT length)
{
    return (UNICODE_STRING){.Length = (USHORT)(length * sizeof(WCHAR)),
                            .MaximumLength = (USHORT)(length * sizeof(WCHAR)),
                            .Buffer = (PWCH)(uintptr_t)characters};
}

static const WCHAR link_characters[] = {'\\', 'D', 'o', 's', 'D', 'e', 'v', 'i', 'c', 'e', 's', '\\', 'X'};
static const WCHAR target_characters[] = {'\\', 'D', 'e', 'v', 'i', 'c', 'e', '\\', 'X'};

static NTSTATUS entry_with_link(PDRIVER_OBJECT driver)
{
    UNICODE_STRING link = text(link_characters, COUNT_OF(link_characters));
    UNICODE_STRING target = text(target_characters, COUNT_OF(target_characters));
    UNREFERENCED_PARAMETER(driver);
    return IoCreateSymbolicLink(&link, &target);
}

static void unload_with_link(void)
{
    UNICODE_STRING link = text(link_characters, COUNT_OF(link_characters));
    if (!wrong) {
        IoDeleteSymbolicLink(&link);
    }
}

static NTSTATUS entry_fails_with_link(PDRIVER_OBJECT driver)
{
    entry_with_link(driver);
    unload_with_link();
    return STATUS_UNSUCCESSFUL;
}

static NTSTATUS entry_with_timer(PDRIVER_OBJECT driver)
{
    UNREFERENCED_PARAMETER(driver);
    KeInitializeTimer(&timer);
    KeSetTimer(&timer, (LARGE_INTEGER){.QuadPart = -3600 * 10000000ll}, NULL);
    return STATUS_SUCCESS;
}

static void unload_with_timer(void)
{
    if (!wrong) {
        KeCancelTimer(&timer);
    }
}

/* What is queued when DriverUnload returns still ends in time; what queues itself again does not. */
static VOID queue_again(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    UNREFERENCED_PARAMETER(DeferredContext);
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
    if (wrong) {
        KeInsertQueueDpc(Dpc, NULL, NULL);
    }
}

static void unload_with_dpc(void)
{
    KeInitializeDpc(&dpc, queue_again, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
}

static void unload_with_thread(void)
{
    HANDLE handle;
    PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, end_at_once, NULL);
    ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, NULL, KernelMode, &thread_object, NULL);
    ZwClose(handle);
    if (!wrong) {
        KeWaitForSingleObject(thread_object, Executive, KernelMode, FALSE, NULL);
    }
    ObDereferenceObject(thread_object);
}

/* ------------------------------------------------------------------------------------------------------- programs -- */

static void surprise(void)
{
    machine_pnp(PNP_SURPRISE_REMOVE, 0);
}

static void surprise_and_remove(void)
{
    machine_pnp(PNP_SURPRISE_REMOVE, 0);
    machine_pnp(PNP_REMOVE, 0);
}

/* As another driver does, which has a reference to the device and no file. */
static void read_without_handle(void)
{
    machine_transfer(&(struct machine_transfer){.major = IRP_MJ_READ, .length = 16, .handle = MACHINE_NO_HANDLE, .request = 1});
    machine_wait(1);
}

static void stop(void)
{
    machine_pnp(PNP_STOP, 0);
}

static void query_and_cancel_stop(void)
{
    machine_pnp(PNP_QUERY_STOP, 0);
    machine_pnp(PNP_CANCEL_STOP, 0);
}

static void nothing(void)
{
}

#define READ(routine) .parts = {.read = routine, .tasks = {open_read_close}}
#define READ_AND_REMOVE(routine) .parts = {.read = routine, .tasks = {read_without_handle, surprise_and_remove}}
#define PNP(routine) .parts = {.pnp = routine, .tasks = {remove_it}}
#define ENTRY(routine) .parts = {.entry = routine, .tasks = {nothing}}

static const struct row {
    const char *name;
    const char *identifier;
    struct stack_parts parts;
} rows[] = {
    {"a request is dropped", "irp-lost", READ(read_without_end)},
    {"a request is kept for ever", "irp-lost", READ(read_for_ever)},
    {"completed twice", "double-completion", READ(read_twice)},
    {"completed although another has it", "double-completion", READ(read_of_another)},
    {"completed with a cancel routine", "completed-while-cancelable", READ(read_cancelable)},
    {"completed with STATUS_PENDING", "completed-pending", READ(read_with_status_pending)},
    {"returns pending, not marked", "pending-mismatch", READ(read_returns_pending)},
    {"marked, does not return pending", "pending-mismatch", READ(read_marks)},
    {"marked and kept, does not return pending", "pending-mismatch", READ(read_marks_and_keeps)},
    {"pending is not passed on", "pending-mismatch", READ(read_with_routine)},
    {"a routine of a deleted device", "callback-after-delete", READ_AND_REMOVE(read_without_lock)},
    {"a location is not set", "stack-location-not-set", READ(read_sets_location)},
    {"too few locations", "no-stack-location", READ(read_with_small_request)},
    {"an own request leaks", "irp-leak", READ(read_leaks)},
    {"a built request is not sent", "irp-leak", READ(read_builds_and_forgets)},
    {"an own request goes up", "irp-not-reclaimed", READ(read_lets_go)},
    {"another's request is freed", "irp-not-owned", READ(read_frees_the_request)},
    {"a request in pool is freed as another", "irp-not-owned", READ(read_in_pool)},
    {"a request is freed under way", "irp-in-flight", READ(read_frees_early)},
    {"a request is reused under way", "irp-in-flight", READ(read_reuses_early)},
    {"routines call each other", "stack-overflow", READ(read_recurses)},
    {"the cancel lock is not held", "cancel-spin-lock", READ(read_releases_cancel_lock)},
    {"a reference leaks", "handle-or-reference-leak", READ(read_keeps_reference)},
    {"a reference too few", "reference-underflow", READ(read_dereferences)},
    {"a reference to a file too few", "reference-underflow", READ(read_dereferences_file)},
    {"pool leaks", "pool-leak", READ(read_leaks_pool)},
    {"a handle leaks", "handle-or-reference-leak", READ(read_leaks_handle)},
    {"AddDevice fails, attached", "not-detached", .parts = {.add = add_and_fail, .tasks = {nothing}}},
    {"AddDevice fails, not deleted", "not-deleted", .parts = {.add = add_fails_before_attach, .tasks = {nothing}}},
    {"still initializing", "device-initializing", .parts = {.add = add_initializing, .tasks = {nothing}}},
    {"deleted twice", "double-delete", PNP(remove_deletes_twice)},
    {"detached twice", "double-detach", PNP(remove_detaches_twice)},
    {"deleted before it is detached", "delete-while-attached", PNP(remove_deletes_first)},
    {"stays attached", "not-detached", PNP(remove_stays_attached)},
    {"not deleted", "not-deleted", PNP(remove_does_not_delete)},
    {"no device is deleted", "bad-device-object", PNP(remove_deletes_another)},
    {"the removal is not passed on", "removal-not-forwarded", PNP(remove_itself)},
    {"the removal fails", "remove-failed", PNP(remove_fails)},
    {"a surprise removal fails", "required-request-failed", .parts = {.pnp = fail_surprise, .tasks = {surprise}}},
    {"a stop fails", "required-request-failed", .parts = {.pnp = fail_stop, .tasks = {stop}}},
    {"a cancelled stop fails", "required-request-failed", .parts = {.pnp = fail_cancel_stop, .tasks = {query_and_cancel_stop}}},
    {"a cancel after a veto fails", "required-request-failed", PNP(fail_cancel_after_veto)},
    {"a deleted child is reported", "deleted-pdo-reported",
     .parts = {.entry = entry_with_deleted_children, .pnp = report_child, .tasks = {nothing}}},
    {"a child is not deleted", "not-deleted", .parts = {.entry = entry_with_children, .pnp = report_child, .tasks = {nothing}}},
    {"DriverEntry fails, device left", "not-deleted", ENTRY(entry_fails_with_device)},
    {"DriverEntry fails, link left", "symbolic-link-left", ENTRY(entry_fails_with_link)},
    {"DriverUnload leaves a device", "not-deleted",
     .parts = {.entry = entry_with_device, .unload = unload_with_device, .tasks = {nothing}, .legacy = true}},
    {"DriverUnload leaves a link", "symbolic-link-left",
     .parts = {.entry = entry_with_link, .unload = unload_with_link, .tasks = {nothing}}},
    {"DriverUnload leaves a timer", "timer-or-dpc-outstanding",
     .parts = {.entry = entry_with_timer, .unload = unload_with_timer, .tasks = {nothing}}},
    {"DriverUnload leaves a call that queues itself", "timer-or-dpc-outstanding",
     .parts = {.unload = unload_with_dpc, .tasks = {nothing}}},
    {"DriverUnload leaves a thread", "unloaded-while-running", .parts = {.unload = unload_with_thread, .tasks = {nothing}}},
};

/* ---------------------------------------------------------------------------------------------------------- the test -- */

static const struct row *row;
static uint32_t found;

static void judge(enum scheduler_outcome outcome)
{
    const char *seen = verdict(outcome);
    if (wrong) {
        found += strcmp(seen, row->identifier) == 0;
    } else if (strcmp(seen, "clean") != 0) {
        fail_msg("%s: the driver that only nearly does it: %s: %s", row->name, seen, scheduler_violation()->message);
    }
}

enum { SCHEDULES = 300, MANY_SCHEDULES = 10000 };

static void each_is_found_and_nothing_near_it(void **state)
{
    const struct world world = {.begin = begin_stack_driver, .judge = judge};
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        row = &rows[index];
        parts = row->parts;
        for (uint32_t way = 0; way < 2; way++) {
            wrong = way == 0;
            found = 0;
            default_schedule(&world);
            many_schedules(&world, "random", index + 1, SCHEDULES);
            many_schedules(&world, "pct", index + 1, wrong && found == 0 ? MANY_SCHEDULES : SCHEDULES);
            if (wrong && found == 0) {
                fail_msg("%s: %s is never found", row->name, row->identifier);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_found_and_nothing_near_it),
    };
    return cmocka_run_group_tests_name("the machine's judges", tests, NULL, NULL);
}
