/*
 * build.c - requests that drivers make for the device below, with their buffers as the target and the control code want them.
 *
 * Synchronous ones are freed by the I/O manager when they are complete; what was read is copied back before the driver's event
 * is set. Asynchronous ones, with their buffers, are freed by the driver's completion routine.
 *
 * Sources: the pages of IoBuildXxxRequest and "Buffer Descriptions for I/O Control Codes" in Microsoft's driver documentation.
 */
#include "io.h"

#include <string.h>

enum { BUFFER_TAG = 0x42737953 };

/* --------------------------------------------------------------------------------------------------------- buffers -- */

static bool allocate_system_buffer(PIRP irp, ULONG length)
{
    irp->AssociatedIrp.SystemBuffer = ExAllocatePoolWithTag(NonPagedPool, length, BUFFER_TAG);
    if (irp->AssociatedIrp.SystemBuffer == NULL) {
        return false;
    }
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    return true;
}

static void copy_in(PIRP irp, PVOID buffer, ULONG length)
{
    scheduler_access(buffer, length, false);
    memcpy(irp->AssociatedIrp.SystemBuffer, buffer, length);
}

static bool attach_mdl(PIRP irp, PVOID buffer, ULONG length)
{
    if (IoAllocateMdl(buffer, length, FALSE, FALSE, irp) == NULL) {
        return false;
    }
    irp->MdlAddress->MdlFlags |= MDL_PAGES_LOCKED;
    return true;
}

static void free_buffers(PIRP irp)
{
    if ((irp->Flags & IRP_DEALLOCATE_BUFFER) != 0) {
        ExFreePool(irp->AssociatedIrp.SystemBuffer);
    }
    while (irp->MdlAddress != NULL) {
        PMDL mdl = irp->MdlAddress;
        irp->MdlAddress = mdl->Next;
        mdl->MdlFlags &= ~MDL_PAGES_LOCKED;
        IoFreeMdl(mdl);
    }
}

static void finish_synchronous(struct irp_record *record)
{
    PIRP irp = record->irp;
    ULONG wanted = IRP_BUFFERED_IO | IRP_INPUT_OPERATION;
    if ((irp->Flags & wanted) == wanted && NT_SUCCESS(record->status) && irp->UserBuffer != NULL && record->information != 0) {
        scheduler_access(irp->AssociatedIrp.SystemBuffer, record->information, false);
        scheduler_access(irp->UserBuffer, record->information, true);
        memcpy(irp->UserBuffer, irp->AssociatedIrp.SystemBuffer, record->information);
    }
    free_buffers(irp);
}

/* --------------------------------------------------------------------------------------------------------- requests -- */

static PIRP new_request(PDEVICE_OBJECT device, UCHAR major)
{
    scheduler_access(device, OBJECT_PROBE, false);
    PIRP irp = IoAllocateIrp(device->StackSize, FALSE);
    if (irp != NULL) {
        IoGetNextIrpStackLocation(irp)->MajorFunction = major;
        irp->Tail.Overlay.Thread = (PETHREAD)KeGetCurrentThread();
    }
    return irp;
}

static PIRP synchronous(PIRP irp, PKEVENT event)
{
    struct irp_record *record = irp == NULL ? NULL : io_record(irp);
    if (record != NULL) {
        irp->UserEvent = event;
        record->origin = IRP_OF_DRIVER_SYNC;
        record->completed = finish_synchronous;
    }
    return irp;
}

static PIRP give_up(PIRP irp)
{
    free_buffers(irp);
    io_free(irp);
    return NULL;
}

static bool attach_transfer(PIRP irp, PDEVICE_OBJECT device, UCHAR major, PVOID buffer, ULONG length)
{
    if (buffer == NULL || length == 0 || (device->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO)) == 0) {
        irp->UserBuffer = buffer;
        return true;
    }
    if ((device->Flags & DO_DIRECT_IO) != 0) {
        return attach_mdl(irp, buffer, length);
    }
    if (!allocate_system_buffer(irp, length)) {
        return false;
    }
    irp->UserBuffer = buffer;
    if (major == IRP_MJ_WRITE) {
        copy_in(irp, buffer, length);
    } else {
        irp->Flags |= IRP_INPUT_OPERATION;
    }
    return true;
}

static PIRP build(ULONG major, PDEVICE_OBJECT device, PVOID buffer, ULONG length, PLARGE_INTEGER offset, PIO_STATUS_BLOCK block)
{
    PIRP irp = new_request(device, (UCHAR)major);
    if (irp == NULL) {
        return NULL;
    }
    irp->UserIosb = block;
    if (major != IRP_MJ_READ && major != IRP_MJ_WRITE) {
        return irp;
    }
    PIO_STACK_LOCATION location = IoGetNextIrpStackLocation(irp);
    location->Parameters.Read.Length = length;
    if (offset != NULL) {
        scheduler_access(offset, sizeof *offset, false);
        location->Parameters.Read.ByteOffset = *offset;
    }
    return attach_transfer(irp, device, (UCHAR)major, buffer, length) ? irp : give_up(irp);
}

PIRP IoBuildAsynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer, ULONG Length,
                                   PLARGE_INTEGER StartingOffset, PIO_STATUS_BLOCK IoStatusBlock)
{
    kernel_require_irql(APC_LEVEL, "IoBuildAsynchronousFsdRequest");
    return build(MajorFunction, DeviceObject, Buffer, Length, StartingOffset, IoStatusBlock);
}

PIRP IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer, ULONG Length,
                                  PLARGE_INTEGER StartingOffset, PKEVENT Event, PIO_STATUS_BLOCK IoStatusBlock)
{
    kernel_require_irql(APC_LEVEL, "IoBuildSynchronousFsdRequest");
    return synchronous(build(MajorFunction, DeviceObject, Buffer, Length, StartingOffset, IoStatusBlock), Event);
}

struct control_buffers {
    ULONG method;
    PVOID input, output;
    ULONG input_length, output_length;
};

static bool attach_buffered(PIRP irp, const struct control_buffers *buffers)
{
    ULONG length = buffers->input_length > buffers->output_length ? buffers->input_length : buffers->output_length;
    irp->UserBuffer = buffers->output;
    if (length == 0) {
        return true;
    }
    if (!allocate_system_buffer(irp, length)) {
        return false;
    }
    if (buffers->input != NULL) {
        copy_in(irp, buffers->input, buffers->input_length);
    }
    if (buffers->output != NULL) {
        irp->Flags |= IRP_INPUT_OPERATION;
    }
    return true;
}

static bool attach_direct(PIRP irp, const struct control_buffers *buffers)
{
    if (buffers->input != NULL && buffers->input_length != 0) {
        if (!allocate_system_buffer(irp, buffers->input_length)) {
            return false;
        }
        copy_in(irp, buffers->input, buffers->input_length);
    }
    return buffers->output == NULL || buffers->output_length == 0 || attach_mdl(irp, buffers->output, buffers->output_length);
}

static bool attach_control(PIRP irp, const struct control_buffers *buffers)
{
    switch (buffers->method) {
    case METHOD_BUFFERED:
        return attach_buffered(irp, buffers);
    case METHOD_IN_DIRECT:
    case METHOD_OUT_DIRECT:
        return attach_direct(irp, buffers);
    default:
        IoGetNextIrpStackLocation(irp)->Parameters.DeviceIoControl.Type3InputBuffer = buffers->input;
        irp->UserBuffer = buffers->output;
        return true;
    }
}

PIRP IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject, PVOID InputBuffer, ULONG InputBufferLength,
                                   PVOID OutputBuffer, ULONG OutputBufferLength, BOOLEAN InternalDeviceIoControl, PKEVENT Event,
                                   PIO_STATUS_BLOCK IoStatusBlock)
{
    kernel_require_irql(APC_LEVEL, "IoBuildDeviceIoControlRequest");
    PIRP irp = new_request(DeviceObject, InternalDeviceIoControl ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL);
    if (irp == NULL) {
        return NULL;
    }
    PIO_STACK_LOCATION location = IoGetNextIrpStackLocation(irp);
    location->Parameters.DeviceIoControl.IoControlCode = IoControlCode;
    location->Parameters.DeviceIoControl.InputBufferLength = InputBufferLength;
    location->Parameters.DeviceIoControl.OutputBufferLength = OutputBufferLength;
    irp->UserIosb = IoStatusBlock;
    const struct control_buffers buffers = {METHOD_FROM_CTL_CODE(IoControlCode), InputBuffer, OutputBuffer, InputBufferLength,
                                            OutputBufferLength};
    return attach_control(irp, &buffers) ? synchronous(irp, Event) : give_up(irp);
}

/* ------------------------------------------------------------------------------------------------------- forwarding -- */

NTSTATUS io_forwarded(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

BOOLEAN IoForwardIrpSynchronously(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    KEVENT done;
    kernel_require_irql(APC_LEVEL, "IoForwardIrpSynchronously");
    scheduler_access(Irp, OBJECT_PROBE, true);
    if (Irp->CurrentLocation <= 1) {
        return FALSE;
    }
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(Irp);
    next->CompletionRoutine = io_forwarded;
    next->Context = &done;
    next->Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
    kernel_event((struct core_event){.kind = EVENT_SET_COMPLETION, .irp = Irp});
    if (IoCallDriver(DeviceObject, Irp) == STATUS_PENDING) {
        KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    }
    return TRUE;
}
