/*
 * file.c - file objects, and the handles and requests of a program.
 *
 * A request holds its file object, a file object holds the device that was opened; IRP_MJ_CLEANUP is sent when the handle is
 * closed, IRP_MJ_CLOSE when nothing refers to the file object any more. For the race detector a use of a handle comes after its
 * open, IRP_MJ_CLEANUP and IRP_MJ_CLOSE after all requests that are over, as the object manager's counts order them. Opens
 * count against the device from before IRP_MJ_CREATE is sent, so the PnP manager sees them.
 */
#include "io.h"

#include "../pnp/pnp.h"

#include <string.h>

enum { FILE_LIMIT = 64, BUFFER_LIMIT = 4096 };

/* A user who waits for a request gives up some day; the moment is a choice. Others who only had no turn have not got older. */
#define PATIENCE (20 * 10000000ull)

static const struct scheduler_call open_call = {"open", CALL_IO_OPEN, EFFECT_ANY};
static const struct scheduler_call close_call = {"close", CALL_IO_CLOSE, EFFECT_ANY};

struct file_record {
    PFILE_OBJECT file;
    uint32_t references;
    bool created; /* IRP_MJ_CREATE succeeded */
};

struct handle {
    PFILE_OBJECT file; /* NULL: closed */
    uint8_t task;      /* who opened it */
    bool opening;
};

static struct {
    struct file_record records[FILE_LIMIT];
    uint32_t count;
    struct handle handles[MACHINE_HANDLE_LIMIT];
    struct irp_record *requests[MACHINE_REQUEST_LIMIT + 1];
    uint32_t closing; /* tasks that send IRP_MJ_CLOSE and have not ended */
} files;

void io_reset_files(void)
{
    files.count = 0;
    files.closing = 0;
    memset(files.handles, 0, sizeof files.handles);
    memset(files.requests, 0, sizeof files.requests);
}

static struct file_record *record_of(const FILE_OBJECT *file)
{
    for (uint32_t index = 0; index < files.count; index++) {
        if (files.records[index].file == file) {
            return &files.records[index];
        }
    }
    return NULL;
}

static struct file_record *create_file(PDEVICE_OBJECT device)
{
    if (files.count == FILE_LIMIT) {
        return NULL;
    }
    PFILE_OBJECT file = scheduler_allocate(sizeof *file, "file object");
    memset(file, 0, sizeof *file);
    file->Type = IO_TYPE_FILE;
    file->Size = sizeof *file;
    file->DeviceObject = device;
    file->ReadAccess = TRUE;
    file->WriteAccess = TRUE;
    struct file_record *record = &files.records[files.count++];
    *record = (struct file_record){.file = file, .references = 1};
    io_reference_device(device);
    io_count_handle(device, 1);
    pnp_count_handle(device, 1);
    return record;
}

static void delete_file(struct file_record *record)
{
    PFILE_OBJECT file = record->file;
    PDEVICE_OBJECT device = file->DeviceObject;
    record->file = NULL;
    scheduler_free(file, "file object");
    pnp_count_handle(device, -1);
    io_count_handle(device, -1);
    io_dereference_device(device);
}

static NTSTATUS send_for_file(PFILE_OBJECT file, UCHAR major)
{
    struct irp_record *request;
    PDEVICE_OBJECT top = io_top_of_stack(file->DeviceObject);
    PIRP irp = io_make_request(top, major, 0, &request);
    if (irp == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoGetNextIrpStackLocation(irp)->FileObject = file;
    irp->Tail.Overlay.OriginalFileObject = file;
    irp->RequestorMode = UserMode;
    if (major == IRP_MJ_CREATE) {
        IoGetNextIrpStackLocation(irp)->Parameters.Create.ShareAccess = 7;
    }
    return io_send_and_wait(request, top, irp, NULL);
}

void io_reference_file(PFILE_OBJECT file)
{
    struct file_record *record = record_of(file);
    if (record != NULL) {
        record->references++;
    }
}

void io_dereference_file(PFILE_OBJECT file)
{
    struct file_record *record = record_of(file);
    if (record == NULL) {
        return;
    }
    scheduler_release_order(&record->references);
    if (record->references == 0) {
        kernel_violation("reference-underflow", file, "a file object is dereferenced more often than it was referenced");
        return;
    }
    if (--record->references != 0) {
        return;
    }
    scheduler_acquire_order(&record->references);
    if (record->created) {
        /* IRP_MJ_CLOSE is sent at PASSIVE_LEVEL, whoever gave the last reference back. */
        io_close_later(file);
        return;
    }
    delete_file(record);
}

static void close_file(void *argument)
{
    PFILE_OBJECT file = argument;
    struct file_record *record = record_of(file);
    send_for_file(file, IRP_MJ_CLOSE);
    delete_file(record);
}

static void close_in_task(void *argument)
{
    close_file(argument);
    files.closing--;
    scheduler_changed(&files.closing);
}

void io_close_later(PFILE_OBJECT file)
{
    if (KeGetCurrentIrql() == PASSIVE_LEVEL && kernel.frame_count[scheduler_running()] == 0) {
        close_file(file);
    } else {
        files.closing++;
        kernel_spawn("close", PASSIVE_LEVEL, close_in_task, file);
    }
}

static bool none_closing(const void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    return files.closing == 0;
}

void io_wait_for_closes(void)
{
    static const struct scheduler_call call = {"wait for IRP_MJ_CLOSE", CALL_IO_CLOSE, EFFECT_ANY};
    scheduler_acquire_order(&files.closing);
    if (files.closing != 0) {
        scheduler_wait(&call, &files.closing, none_closing, NULL, SCHEDULER_NEVER);
    }
}

NTSTATUS io_open_for_driver(PDEVICE_OBJECT device, PFILE_OBJECT *result)
{
    struct file_record *record = create_file(device);
    if (record == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    PFILE_OBJECT file = record->file;
    NTSTATUS status = send_for_file(file, IRP_MJ_CREATE);
    if (!NT_SUCCESS(status)) {
        io_dereference_file(file);
        return status;
    }
    record->created = true;
    send_for_file(file, IRP_MJ_CLEANUP);
    *result = file;
    return STATUS_SUCCESS;
}

/* -------------------------------------------------------------------------------------------------------- handles -- */

bool machine_open(uint32_t handle, uint32_t number)
{
    struct handle *slot = &files.handles[handle];
    scheduler_call(&open_call, NULL);
    PDEVICE_OBJECT device = pnp_device_to_open(number);
    if (slot->file != NULL || slot->opening || device == NULL) {
        scheduler_note(NULL, "left out: %s", device == NULL ? "there is no device to open" : "the handle is open");
        return false;
    }
    struct file_record *record = create_file(device);
    if (record == NULL) {
        return false;
    }
    slot->opening = true;
    slot->task = (uint8_t)scheduler_running();
    PFILE_OBJECT file = record->file;
    NTSTATUS status = send_for_file(file, IRP_MJ_CREATE);
    slot->opening = false;
    if (!NT_SUCCESS(status)) {
        scheduler_note(file, "open fails: 0x%08X", (unsigned)status);
        io_dereference_file(file);
        return false;
    }
    record->created = true;
    slot->file = file;
    scheduler_release_order(file);
    return true;
}

static void close_handle(struct handle *slot)
{
    PFILE_OBJECT file = slot->file;
    slot->file = NULL;
    scheduler_acquire_order(file);
    scheduler_acquire_order(&record_of(file)->references);
    send_for_file(file, IRP_MJ_CLEANUP);
    io_dereference_file(file);
}

bool machine_close(uint32_t handle)
{
    scheduler_call(&close_call, NULL);
    if (files.handles[handle].file == NULL) {
        return false;
    }
    close_handle(&files.handles[handle]);
    return true;
}

/* ------------------------------------------------------------------------------------------------------- requests -- */

static void set_parameters(PIRP irp, const struct machine_transfer *transfer, PVOID buffer)
{
    PIO_STACK_LOCATION location = IoGetNextIrpStackLocation(irp);
    if (transfer->major == IRP_MJ_DEVICE_CONTROL || transfer->major == IRP_MJ_INTERNAL_DEVICE_CONTROL) {
        location->Parameters.DeviceIoControl.IoControlCode = transfer->code;
        location->Parameters.DeviceIoControl.InputBufferLength = transfer->length;
        location->Parameters.DeviceIoControl.OutputBufferLength = transfer->length;
        location->Parameters.DeviceIoControl.Type3InputBuffer =
            METHOD_FROM_CTL_CODE(transfer->code) == METHOD_NEITHER ? buffer : NULL;
    } else {
        location->Parameters.Read.Length = transfer->length;
    }
    irp->UserBuffer = buffer;
}

/* How the I/O manager hands buffers on: by the flags of the device on top, for controls by their code. */
static ULONG method_of(const struct machine_transfer *transfer, PDEVICE_OBJECT device)
{
    if (transfer->major == IRP_MJ_DEVICE_CONTROL || transfer->major == IRP_MJ_INTERNAL_DEVICE_CONTROL) {
        return METHOD_FROM_CTL_CODE(transfer->code);
    }
    if ((device->Flags & DO_BUFFERED_IO) != 0) {
        return METHOD_BUFFERED;
    }
    return (device->Flags & DO_DIRECT_IO) != 0 ? METHOD_OUT_DIRECT : METHOD_NEITHER;
}

/* The buffers belong to the request and are freed with it. */
static bool attach_buffers(PIRP irp, PDEVICE_OBJECT device, const struct machine_transfer *transfer)
{
    PVOID buffer = NULL;
    if (transfer->major == IRP_MJ_FLUSH_BUFFERS) {
        return true;
    }
    if (transfer->length != 0) {
        buffer = scheduler_allocate(transfer->length, "buffer of a request");
        if (buffer == NULL) {
            return false;
        }
        memset(buffer, 0, transfer->length);
    }
    set_parameters(irp, transfer, buffer);
    ULONG method = method_of(transfer, device);
    bool control = transfer->major == IRP_MJ_DEVICE_CONTROL || transfer->major == IRP_MJ_INTERNAL_DEVICE_CONTROL;
    irp->AssociatedIrp.SystemBuffer = method == METHOD_BUFFERED || (control && method != METHOD_NEITHER) ? buffer : NULL;
    if (buffer != NULL && (method == METHOD_IN_DIRECT || method == METHOD_OUT_DIRECT)) {
        PMDL mdl = scheduler_allocate(sizeof *mdl, "MDL");
        *mdl = (MDL){.Size = sizeof *mdl, .MappedSystemVa = buffer, .StartVa = buffer, .ByteCount = transfer->length};
        irp->MdlAddress = mdl;
    }
    return true;
}

static void forget_request(struct irp_record *record)
{
    if (record->number != 0 && files.requests[record->number] == record) {
        files.requests[record->number] = NULL;
        scheduler_release_order(&files.requests[record->number]);
    }
    if (record->irp->MdlAddress != NULL) {
        scheduler_free(record->irp->MdlAddress, "MDL");
    }
    if (record->irp->UserBuffer != NULL) {
        scheduler_free(record->irp->UserBuffer, "buffer of a request");
    }
}

/*
 * The user gives up: the request is cancelled, and has to end now. But a removal that hangs may not hope for that: it is the
 * driver that has to end what it has.
 */
static void wait_with_patience(struct irp_record *record)
{
    scheduler_keep_time();
    if (io_wait(record, scheduler_now() + PATIENCE)) {
        return;
    }
    if (pnp.removing) {
        io_wait(record, SCHEDULER_NEVER);
        return;
    }
    scheduler_note(record->irp, "the user gives up and cancels");
    io_cancel_record(record);
    io_wait(record, SCHEDULER_NEVER);
}

void io_cancel_record(struct irp_record *record)
{
    if (record->done || !record->live) {
        return;
    }
    record->pins++;
    io_cancel(record->irp);
    record->pins--;
    io_release_request(record);
}

static void send_transfer(struct irp_record *record, PDEVICE_OBJECT top, PIRP irp, uint32_t number)
{
    record->completed = forget_request;
    record->number = number;
    if (number != 0) {
        scheduler_acquire_order(&files.requests[number]);
        files.requests[number] = record;
    }
    io_send(top, irp);
    if (number != 0) {
        return;
    }
    if (record->done) {
        scheduler_acquire_order(record);
    } else {
        wait_with_patience(record);
    }
}

static bool transfer_to(PDEVICE_OBJECT device, PFILE_OBJECT file, const struct machine_transfer *transfer)
{
    struct irp_record *record;
    PDEVICE_OBJECT top = io_top_of_stack(device);
    PIRP irp = io_make_request(top, transfer->major, 0, &record);
    if (irp == NULL) {
        return false;
    }
    IoGetNextIrpStackLocation(irp)->FileObject = file;
    irp->Tail.Overlay.OriginalFileObject = file;
    irp->RequestorMode = file == NULL ? KernelMode : UserMode;
    attach_buffers(irp, top, transfer);
    if (file != NULL) {
        record->file = file;
        io_reference_file(file);
        scheduler_acquire_order(file);
    }
    send_transfer(record, top, irp, transfer->request);
    return true;
}

bool machine_transfer(const struct machine_transfer *transfer)
{
    scheduler_call(&open_call, NULL);
    if (transfer->request != 0 && files.requests[transfer->request] != NULL) {
        scheduler_note(NULL, "left out: request r%u is under way", transfer->request);
        return false;
    }
    if (transfer->handle == MACHINE_NO_HANDLE) {
        PDEVICE_OBJECT device = pnp_device_to_open(0);
        return device != NULL && transfer_to(device, NULL, transfer);
    }
    PFILE_OBJECT file = files.handles[transfer->handle].file;
    if (file == NULL) {
        scheduler_note(NULL, "left out: the handle is not open");
        return false;
    }
    return transfer_to(file->DeviceObject, file, transfer);
}

bool machine_late_transfer(UCHAR major)
{
    struct irp_record *record;
    PDEVICE_OBJECT device = pnp_late_device();
    if (device == NULL) {
        return false;
    }
    const struct machine_transfer transfer = {.major = major, .length = 16};
    PIRP irp = io_allocate(device->StackSize, IRP_OF_MACHINE);
    if (irp == NULL) {
        return false;
    }
    record = io_record(irp);
    record->device = device;
    io_reference_device(device);
    IoGetNextIrpStackLocation(irp)->MajorFunction = major;
    attach_buffers(irp, device, &transfer);
    send_transfer(record, device, irp, 0);
    return true;
}

bool machine_cancel(uint32_t request)
{
    struct irp_record *record = files.requests[request];
    if (record == NULL) {
        return false;
    }
    io_cancel_record(record);
    return true;
}

bool machine_wait(uint32_t request)
{
    struct irp_record *record = files.requests[request];
    scheduler_acquire_order(&files.requests[request]);
    if (record == NULL) {
        return false;
    }
    if (!record->done) {
        wait_with_patience(record);
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------------- the end -- */

void machine_run_down(uint32_t task)
{
    for (uint32_t number = 1; number <= MACHINE_REQUEST_LIMIT; number++) {
        struct irp_record *record = files.requests[number];
        if (record != NULL && record->task == task) {
            io_cancel_record(record);
            io_wait(record, SCHEDULER_NEVER);
        }
    }
    for (uint32_t handle = 0; handle < MACHINE_HANDLE_LIMIT; handle++) {
        if (files.handles[handle].file != NULL && files.handles[handle].task == task) {
            close_handle(&files.handles[handle]);
        }
    }
}

void io_close_all(void)
{
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        machine_run_down(task);
    }
}

uint32_t io_files_left(void)
{
    uint32_t left = 0;
    for (uint32_t index = 0; index < files.count; index++) {
        left += files.records[index].file != NULL;
    }
    return left;
}

PDEVICE_OBJECT IoGetRelatedDeviceObject(PFILE_OBJECT FileObject)
{
    scheduler_access(FileObject, sizeof *FileObject, false);
    return io_top_of_stack(FileObject->DeviceObject);
}

bool io_reference_object(PVOID object, int32_t by)
{
    if (record_of(object) != NULL) {
        by > 0 ? io_reference_file(object) : io_dereference_file(object);
        return true;
    }
    if (io_device(object) != NULL) {
        by > 0 ? io_reference_device(object) : io_dereference_device(object);
        return true;
    }
    return false;
}
