/*
 * wmilib.c - the WMI library: looks a request up in the driver's table of blocks, calls the driver's routine for it, and writes
 * the answer around what that has written.
 *
 * As WmiSystemControl's page has it: a request for another device is left to be forwarded, one that cannot be answered gets its
 * status and is left to be completed, any other is completed here or by the driver's routine through WmiCompleteRequest.
 */
#include "registry.h"

#include <wmilib.h>
#include <wmistr.h>

/* One call of WmiSystemControl. */
struct request {
    PWMILIB_CONTEXT context;
    PDEVICE_OBJECT device;
    PIRP irp;
    UCHAR minor;
    PVOID buffer;
    ULONG size;
    ULONG guid_index;
    SYSCTL_IRP_DISPOSITION disposition;
    uintptr_t site;
};

/* ------------------------------------------------------------------------------------------------- registration -- */

struct writer {
    UCHAR *buffer;
    ULONG size;
    ULONG used;
};

static void write_bytes(struct writer *writer, const void *data, ULONG size)
{
    if (writer->used <= writer->size && size <= writer->size - writer->used) {
        __builtin_memcpy(writer->buffer + writer->used, data, size);
    }
    writer->used += size;
}

/* A counted string; returns where it begins, 0 when there is none. */
static ULONG write_string(struct writer *writer, PCUNICODE_STRING string, uintptr_t site)
{
    if (string == NULL || string->Buffer == NULL) {
        return 0;
    }
    struct text text = text_of_unicode(string, site);
    ULONG offset = writer->used;
    USHORT bytes = string->Length;
    write_bytes(writer, &bytes, sizeof bytes);
    write_bytes(writer, text.buffer, bytes);
    writer->used = (writer->used + 7) & ~7u;
    return offset;
}

struct registration {
    ULONG flags;
    UNICODE_STRING instance;
    PUNICODE_STRING path;
    UNICODE_STRING resource;
    PDEVICE_OBJECT pdo;
};

static void write_guids(const struct request *request, const struct registration *registration, WMIREGINFOW *info, ULONG name)
{
    for (ULONG index = 0; index < request->context->GuidCount; index++) {
        const WMIGUIDREGINFO *guid = &request->context->GuidList[index];
        info->WmiRegGuid[index] = (WMIREGGUIDW){
            .Guid = *guid->Guid, .Flags = guid->Flags | registration->flags, .InstanceCount = guid->InstanceCount};
        if ((registration->flags & WMIREG_FLAG_INSTANCE_PDO) != 0) {
            info->WmiRegGuid[index].Pdo = (ULONG_PTR)registration->pdo;
        } else {
            info->WmiRegGuid[index].BaseNameOffset = name;
        }
    }
}

/* Writes as much as there is room for; returns how much is needed. */
static ULONG write_registration(const struct request *request, const struct registration *registration)
{
    ULONG count = request->context->GuidCount;
    struct writer writer = {.buffer = request->buffer, .size = request->size};
    writer.used = (ULONG)(sizeof(WMIREGINFOW) + count * sizeof(WMIREGGUIDW));
    WMIREGINFOW info = {.GuidCount = count};
    ULONG name = write_string(&writer, &registration->instance, request->site);
    info.RegistryPath = write_string(&writer, registration->path, request->site);
    info.MofResourceName = write_string(&writer, &registration->resource, request->site);
    info.BufferSize = writer.used;
    if (writer.used <= request->size) {
        touch(request->buffer, writer.used, true, request->site);
        *(WMIREGINFOW *)request->buffer = info;
        write_guids(request, registration, request->buffer, name);
    }
    return writer.used;
}

static NTSTATUS finish(const struct request *request, NTSTATUS status, ULONG_PTR information)
{
    touch(request->irp, sizeof *request->irp, true, request->site);
    request->irp->IoStatus.Status = status;
    request->irp->IoStatus.Information = information;
    return status;
}

static NTSTATUS answer_registration(struct request *request)
{
    struct registration registration = {.flags = 0};
    struct driver_call call;
    request->disposition = IrpProcessed;
    kernel_enter_driver(&call, ROUTINE_WMI, request->device, request->irp);
    NTSTATUS status = request->context->QueryWmiRegInfo(request->device, &registration.flags, &registration.instance,
                                                        &registration.path, &registration.resource, &registration.pdo);
    kernel_leave_driver(&call, status);
    ULONG size = 0;
    if (NT_SUCCESS(status)) {
        size = write_registration(request, &registration);
        if (size > request->size) {
            touch(request->buffer, sizeof(ULONG), true, request->site);
            *(PULONG)request->buffer = size;
            status = STATUS_BUFFER_TOO_SMALL;
            size = sizeof(ULONG);
        }
    }
    if (registration.instance.Buffer != NULL && (registration.flags & WMIREG_FLAG_INSTANCE_PDO) == 0) {
        ExFreePool(registration.instance.Buffer);
    }
    finish(request, status, size);
    IoCompleteRequest(request->irp, IO_NO_INCREMENT);
    return status;
}

/* --------------------------------------------------------------------------------------------------------- blocks -- */

static bool find_block(struct request *request)
{
    const WNODE_HEADER *node = request->buffer;
    touch(node, sizeof *node, false, request->site);
    for (ULONG index = 0; index < request->context->GuidCount; index++) {
        if (IsEqualGUID(&node->Guid, request->context->GuidList[index].Guid)) {
            request->guid_index = index;
            return true;
        }
    }
    return false;
}

static UCHAR *at(const struct request *request, ULONG offset)
{
    return (UCHAR *)request->buffer + (offset < request->size ? offset : request->size);
}

static ULONG room_behind(const struct request *request, ULONG offset)
{
    return offset < request->size ? request->size - offset : 0;
}

static NTSTATUS query_all(const struct request *request)
{
    WNODE_ALL_DATA *node = request->buffer;
    ULONG count = request->context->GuidList[request->guid_index].InstanceCount;
    ULONG lengths = offsetof(WNODE_ALL_DATA, OffsetInstanceDataAndLength);
    ULONG data = (ULONG)ALIGN_UP_BY(lengths + count * (sizeof(OFFSETINSTANCEDATAANDLENGTH) + sizeof(ULONG)), 8);
    bool fits = data <= request->size;
    if (fits) {
        touch(node, data, true, request->site);
        node->InstanceCount = count;
        node->DataBlockOffset = data;
        node->OffsetInstanceNameOffsets = 0;
    }
    PULONG sizes = fits ? (PULONG)(void *)at(request, lengths + count * (ULONG)sizeof(OFFSETINSTANCEDATAANDLENGTH)) : NULL;
    return request->context->QueryWmiDataBlock(request->device, request->irp, request->guid_index, 0, count, sizes,
                                               fits ? room_behind(request, data) : 0, fits ? at(request, data) : NULL);
}

static NTSTATUS query_one(const struct request *request)
{
    WNODE_SINGLE_INSTANCE *node = request->buffer;
    ULONG data = (ULONG)ALIGN_UP_BY(sizeof *node, 8);
    touch(node, sizeof *node, true, request->site);
    node->DataBlockOffset = data;
    return request->context->QueryWmiDataBlock(request->device, request->irp, request->guid_index, node->InstanceIndex, 1,
                                               &node->SizeDataBlock, room_behind(request, data), at(request, data));
}

static NTSTATUS change(const struct request *request)
{
    const WNODE_SINGLE_INSTANCE *node = request->buffer;
    touch(node, sizeof *node, false, request->site);
    return request->context->SetWmiDataBlock(request->device, request->irp, request->guid_index, node->InstanceIndex,
                                             node->SizeDataBlock, at(request, node->DataBlockOffset));
}

static NTSTATUS change_item(const struct request *request)
{
    const WNODE_SINGLE_ITEM *node = request->buffer;
    touch(node, sizeof *node, false, request->site);
    return request->context->SetWmiDataItem(request->device, request->irp, request->guid_index, node->InstanceIndex,
                                            node->ItemId, node->SizeDataItem, at(request, node->DataBlockOffset));
}

static NTSTATUS execute(const struct request *request)
{
    const WNODE_METHOD_ITEM *node = request->buffer;
    touch(node, sizeof *node, false, request->site);
    return request->context->ExecuteWmiMethod(request->device, request->irp, request->guid_index, node->InstanceIndex,
                                              node->MethodId, node->SizeDataBlock, room_behind(request, node->DataBlockOffset),
                                              at(request, node->DataBlockOffset));
}

static NTSTATUS control(const struct request *request)
{
    bool events = request->minor == IRP_MN_ENABLE_EVENTS || request->minor == IRP_MN_DISABLE_EVENTS;
    bool enable = request->minor == IRP_MN_ENABLE_EVENTS || request->minor == IRP_MN_ENABLE_COLLECTION;
    return request->context->WmiFunctionControl(request->device, request->irp, request->guid_index,
                                                events ? WmiEventControl : WmiDataBlockControl, enable);
}

/* What answers a request, and what it comes to when the driver has no routine for it. */
struct handler {
    NTSTATUS (*call)(const struct request *request);
    bool present;
    NTSTATUS otherwise;
    ULONG least; /* bytes that the request's buffer must have */
};

static struct handler handler_of(const struct request *request)
{
    const WMILIB_CONTEXT *context = request->context;
    switch (request->minor) {
    case IRP_MN_QUERY_ALL_DATA:
        return (struct handler){query_all, context->QueryWmiDataBlock != NULL, STATUS_INVALID_DEVICE_REQUEST,
                                sizeof(WNODE_TOO_SMALL)};
    case IRP_MN_QUERY_SINGLE_INSTANCE:
        return (struct handler){query_one, context->QueryWmiDataBlock != NULL, STATUS_INVALID_DEVICE_REQUEST,
                                sizeof(WNODE_SINGLE_INSTANCE)};
    case IRP_MN_CHANGE_SINGLE_INSTANCE:
        return (struct handler){change, context->SetWmiDataBlock != NULL, STATUS_WMI_READ_ONLY, sizeof(WNODE_SINGLE_INSTANCE)};
    case IRP_MN_CHANGE_SINGLE_ITEM:
        return (struct handler){change_item, context->SetWmiDataItem != NULL, STATUS_WMI_READ_ONLY, sizeof(WNODE_SINGLE_ITEM)};
    case IRP_MN_EXECUTE_METHOD:
        return (struct handler){execute, context->ExecuteWmiMethod != NULL, STATUS_INVALID_DEVICE_REQUEST,
                                sizeof(WNODE_METHOD_ITEM)};
    default:
        return (struct handler){control, context->WmiFunctionControl != NULL, STATUS_SUCCESS, sizeof(WNODE_HEADER)};
    }
}

static NTSTATUS answer_block(struct request *request)
{
    struct handler handler = handler_of(request);
    request->disposition = IrpNotCompleted;
    if (request->size < handler.least) {
        return finish(request, STATUS_BUFFER_TOO_SMALL, 0);
    }
    if (!find_block(request)) {
        return finish(request, STATUS_WMI_GUID_NOT_FOUND, 0);
    }
    if (!handler.present) {
        return finish(request, handler.otherwise, 0);
    }
    struct driver_call call;
    request->disposition = IrpProcessed;
    kernel_enter_driver(&call, ROUTINE_WMI, request->device, request->irp);
    NTSTATUS status = handler.call(request);
    kernel_leave_driver(&call, status);
    return status;
}

static NTSTATUS answer(struct request *request, ULONG_PTR provider)
{
    if (request->minor > IRP_MN_REGINFO_EX || request->minor == 0x0A) {
        request->disposition = IrpNotWmi;
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (provider != (ULONG_PTR)request->device) {
        request->disposition = IrpForward;
        return STATUS_SUCCESS;
    }
    bool registers = request->minor == IRP_MN_REGINFO || request->minor == IRP_MN_REGINFO_EX;
    return registers ? answer_registration(request) : answer_block(request);
}

NTSTATUS WmiSystemControl(PWMILIB_CONTEXT WmiLibInfo, PDEVICE_OBJECT DeviceObject, PIRP Irp,
                          PSYSCTL_IRP_DISPOSITION IrpDisposition)
{
    kernel_require_irql(PASSIVE_LEVEL, "WmiSystemControl");
    touch(Irp, sizeof *Irp, false, SITE);
    touch(WmiLibInfo, sizeof *WmiLibInfo, false, SITE);
    const IO_STACK_LOCATION *location = IoGetCurrentIrpStackLocation(Irp);
    struct request request = {.context = WmiLibInfo,
                              .device = DeviceObject,
                              .irp = Irp,
                              .minor = location->MinorFunction,
                              .buffer = location->Parameters.WMI.Buffer,
                              .size = location->Parameters.WMI.BufferSize,
                              .site = SITE};
    if (location->MajorFunction != IRP_MJ_SYSTEM_CONTROL) {
        request.minor = MAXUCHAR;
    }
    NTSTATUS status = answer(&request, location->Parameters.WMI.ProviderId);
    touch(IrpDisposition, sizeof *IrpDisposition, true, SITE);
    *IrpDisposition = request.disposition;
    kernel_event((struct core_event){.kind = EVENT_WMI, .irp = Irp, .value = request.disposition, .device = DeviceObject});
    return status;
}

/* ------------------------------------------------------------------------------------------------------- answers -- */

/* The instances' lengths, which the driver has written behind the places for them, with their offsets. */
static ULONG complete_all(WNODE_ALL_DATA *node, ULONG used)
{
    const ULONG *sizes = (const ULONG *)(const void *)&node->OffsetInstanceDataAndLength[node->InstanceCount];
    ULONG offset = node->DataBlockOffset;
    for (ULONG index = 0; index < node->InstanceCount; index++) {
        node->OffsetInstanceDataAndLength[index] =
            (OFFSETINSTANCEDATAANDLENGTH){.OffsetInstanceData = offset, .LengthInstanceData = sizes[index]};
        offset = (ULONG)ALIGN_UP_BY(offset + sizes[index], 8);
    }
    return node->DataBlockOffset + used;
}

/* The whole size of the answer to a request; 0: nothing but the status goes back. */
static ULONG complete_node(UCHAR minor, PVOID buffer, ULONG used)
{
    WNODE_SINGLE_INSTANCE *one = buffer;
    WNODE_METHOD_ITEM *method = buffer;
    switch (minor) {
    case IRP_MN_QUERY_ALL_DATA:
        return complete_all(buffer, used);
    case IRP_MN_QUERY_SINGLE_INSTANCE:
        one->SizeDataBlock = used;
        return one->DataBlockOffset + used;
    case IRP_MN_EXECUTE_METHOD:
        method->SizeDataBlock = used;
        return method->DataBlockOffset + used;
    default:
        return 0;
    }
}

NTSTATUS WmiCompleteRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp, NTSTATUS Status, ULONG BufferUsed, CCHAR PriorityBoost)
{
    kernel_require_irql(DISPATCH_LEVEL, "WmiCompleteRequest");
    UNREFERENCED_PARAMETER(DeviceObject);
    touch(Irp, sizeof *Irp, true, SITE);
    const IO_STACK_LOCATION *location = IoGetCurrentIrpStackLocation(Irp);
    UCHAR minor = location->MinorFunction;
    PVOID buffer = location->Parameters.WMI.Buffer;
    ULONG size = location->Parameters.WMI.BufferSize;
    ULONG_PTR information = 0;
    if (Status == STATUS_BUFFER_TOO_SMALL && minor != IRP_MN_CHANGE_SINGLE_INSTANCE && minor != IRP_MN_CHANGE_SINGLE_ITEM) {
        WNODE_TOO_SMALL *node = buffer;
        touch(node, sizeof *node, true, SITE);
        node->WnodeHeader.BufferSize = sizeof *node;
        node->WnodeHeader.Flags |= WNODE_FLAG_TOO_SMALL;
        node->SizeNeeded = (ULONG)sizeof(WNODE_ALL_DATA) + BufferUsed;
        information = sizeof *node;
        Status = STATUS_SUCCESS;
    } else if (NT_SUCCESS(Status) && size >= sizeof(WNODE_SINGLE_INSTANCE)) {
        touch(buffer, sizeof(WNODE_SINGLE_INSTANCE), true, SITE);
        information = complete_node(minor, buffer, BufferUsed);
        ((WNODE_HEADER *)buffer)->BufferSize = information == 0 ? ((WNODE_HEADER *)buffer)->BufferSize : (ULONG)information;
    }
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = information;
    IoCompleteRequest(Irp, PriorityBoost);
    return Status;
}

NTSTATUS WmiFireEvent(PDEVICE_OBJECT DeviceObject, LPCGUID Guid, ULONG InstanceIndex, ULONG EventDataSize, PVOID EventData)
{
    UNREFERENCED_PARAMETER(InstanceIndex);
    kernel_require_irql(DISPATCH_LEVEL, "WmiFireEvent");
    touch(DeviceObject, sizeof *DeviceObject, false, SITE);
    touch(Guid, sizeof *Guid, false, SITE);
    if (EventData != NULL) {
        touch(EventData, EventDataSize, false, SITE);
        ExFreePool(EventData); /* the library takes it, whatever comes of the event */
    }
    return STATUS_SUCCESS;
}
