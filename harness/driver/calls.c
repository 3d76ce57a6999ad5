/* calls.c - keeps what is under way, event by event. */
#include "calls.h"

#include <string.h>

enum {
    BUCKETS = 256,
    TASKS = SCHEDULER_TASK_LIMIT + 1,
    IRP_NOT_WMI = 2, /* of SYSCTL_IRP_DISPOSITION: */
    IRP_FORWARD = 3  /* both want the request to be passed on */
};

static struct {
    struct known_device devices[KNOWN_DEVICE_LIMIT];
    uint32_t device_count;
    bool any_attached;
    struct request requests[REQUEST_LIMIT];
    uint32_t request_count;
    uint16_t buckets[BUCKETS]; /* index + 1 of the youngest request; 0: none */
    struct routine_call calls[TASKS][CALL_DEPTH_LIMIT];
    uint8_t depths[TASKS];
    uint32_t tasks_used;
} now;

static uint32_t bucket_of(const void *irp)
{
    return (uint32_t)((uintptr_t)irp >> 4) * 2654435761u >> 24;
}

void calls_reset(void)
{
    for (uint32_t index = 0; index < now.request_count; index++) {
        now.buckets[bucket_of(now.requests[index].irp)] = 0;
    }
    now.request_count = 0;
    now.device_count = 0;
    now.any_attached = false;
    memset(now.depths, 0, now.tasks_used);
    now.tasks_used = 0;
}

/* -------------------------------------------------------------------------------------------------------- classes -- */

static enum request_class class_of_pnp(UCHAR minor, uint32_t detail)
{
    switch (minor) {
    case IRP_MN_START_DEVICE:
        return CLASS_START;
    case IRP_MN_QUERY_REMOVE_DEVICE:
        return CLASS_QUERY_REMOVE;
    case IRP_MN_REMOVE_DEVICE:
        return CLASS_REMOVE;
    case IRP_MN_SURPRISE_REMOVAL:
        return CLASS_SURPRISE_REMOVAL;
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return detail == RemovalRelations ? CLASS_REMOVAL_RELATIONS : CLASS_OTHER_RELATIONS;
    default:
        return CLASS_OTHER_PNP;
    }
}

static enum request_class class_of_power(UCHAR minor, uint32_t detail)
{
    if (minor != IRP_MN_SET_POWER) {
        return CLASS_OTHER_POWER;
    }
    if (REQUEST_DETAIL_POWER_TYPE(detail) == SystemPowerState) {
        return REQUEST_DETAIL_POWER_STATE(detail) == PowerSystemWorking ? CLASS_SYSTEM_UP : CLASS_SYSTEM_DOWN;
    }
    return REQUEST_DETAIL_POWER_STATE(detail) == PowerDeviceD0 ? CLASS_DEVICE_UP : CLASS_DEVICE_DOWN;
}

enum request_class request_class_of(UCHAR major, UCHAR minor, uint32_t detail)
{
    static const uint8_t classes[IRP_MJ_MAXIMUM_FUNCTION + 1] = {
        [IRP_MJ_CREATE] = CLASS_CREATE + 1,
        [IRP_MJ_CLOSE] = CLASS_CLOSE + 1,
        [IRP_MJ_CLEANUP] = CLASS_CLEANUP + 1,
        [IRP_MJ_READ] = CLASS_READ + 1,
        [IRP_MJ_WRITE] = CLASS_WRITE + 1,
        [IRP_MJ_DEVICE_CONTROL] = CLASS_DEVICE_CONTROL + 1,
        [IRP_MJ_INTERNAL_DEVICE_CONTROL] = CLASS_INTERNAL_DEVICE_CONTROL + 1,
        [IRP_MJ_SHUTDOWN] = CLASS_SHUTDOWN + 1,
        [IRP_MJ_SYSTEM_CONTROL] = CLASS_SYSTEM_CONTROL + 1,
    };
    if (major == IRP_MJ_PNP) {
        return class_of_pnp(minor, detail);
    }
    if (major == IRP_MJ_POWER) {
        return class_of_power(minor, detail);
    }
    return major <= IRP_MJ_MAXIMUM_FUNCTION && classes[major] != 0 ? (enum request_class)(classes[major] - 1) : CLASS_OTHER;
}

const char *request_name(const struct request *request)
{
    return driver_routine_name(ROUTINE_DISPATCH, request->major, request->minor);
}

/* -------------------------------------------------------------------------------------------------------- devices -- */

static uint16_t index_of_device(PDEVICE_OBJECT device)
{
    for (uint32_t index = now.device_count; index > 0; index--) {
        if (now.devices[index - 1].device == device) {
            return (uint16_t)(index - 1);
        }
    }
    return NOBODY;
}

static uint16_t add_device(PDEVICE_OBJECT device)
{
    if (now.device_count == KNOWN_DEVICE_LIMIT) {
        return NOBODY;
    }
    struct known_device *known = &now.devices[now.device_count];
    *known = (struct known_device){.device = device};
    if (scheduler_accessible(device, sizeof *device) && device->DeviceExtension != NULL) {
        const struct scheduler_allocation *memory = scheduler_allocation_of(device->DeviceExtension);
        if (memory != NULL) {
            known->begin = memory->address;
            known->end = known->begin + memory->size;
        }
    }
    return (uint16_t)now.device_count++;
}

static uint16_t find_or_add_device(PDEVICE_OBJECT device)
{
    if (device == NULL) {
        return NOBODY;
    }
    uint16_t index = index_of_device(device);
    return index != NOBODY ? index : add_device(device);
}

struct known_device *calls_device_at(uint16_t index)
{
    return index == NOBODY ? NULL : &now.devices[index];
}

struct known_device *calls_device(PDEVICE_OBJECT device)
{
    return calls_device_at(index_of_device(device));
}

uint16_t calls_device_holding(const void *address)
{
    for (uint32_t index = now.device_count; index > 0; index--) {
        const struct known_device *known = &now.devices[index - 1];
        if ((const char *)address >= known->begin && (const char *)address < known->end) {
            return (uint16_t)(index - 1);
        }
    }
    return NOBODY;
}

bool calls_any_attached(void)
{
    return now.any_attached;
}

/* ------------------------------------------------------------------------------------------------------- requests -- */

uint16_t calls_request_index(const void *irp)
{
    if (irp == NULL) {
        return NOBODY;
    }
    uint16_t index = (uint16_t)(now.buckets[bucket_of(irp)] - 1);
    while (index != NOBODY && (now.requests[index].irp != irp || now.requests[index].finished)) {
        index = now.requests[index].older;
    }
    return index;
}

struct request *calls_request(const void *irp)
{
    return calls_request_at(calls_request_index(irp));
}

struct request *calls_request_at(uint16_t index)
{
    return index == NOBODY ? NULL : &now.requests[index];
}

static uint16_t add_request(const struct core_event *event, uint16_t device)
{
    if (event->irp == NULL || now.request_count == REQUEST_LIMIT) {
        return NOBODY;
    }
    uint32_t bucket = bucket_of(event->irp);
    struct request *request = &now.requests[now.request_count];
    *request = (struct request){.irp = event->irp,
                                .device = device,
                                .older = (uint16_t)(now.buckets[bucket] - 1),
                                .class = (uint8_t)request_class_of(event->major, event->minor, event->value),
                                .major = event->major,
                                .minor = event->minor};
    now.buckets[bucket] = (uint16_t)++now.request_count;
    return (uint16_t)(now.request_count - 1);
}

/* ---------------------------------------------------------------------------------------------------------- calls -- */

struct routine_call *calls_innermost(uint32_t task)
{
    return now.depths[task] == 0 ? NULL : &now.calls[task][now.depths[task] - 1];
}

struct routine_call *calls_dispatch(uint32_t task)
{
    for (uint32_t depth = now.depths[task]; depth > 0; depth--) {
        if (now.calls[task][depth - 1].routine == ROUTINE_DISPATCH) {
            return &now.calls[task][depth - 1];
        }
    }
    return NULL;
}

bool calls_inside(uint32_t task, enum request_class class)
{
    for (uint32_t depth = now.depths[task]; depth > 0; depth--) {
        const struct routine_call *call = &now.calls[task][depth - 1];
        if (call->routine == ROUTINE_DISPATCH && call->class == class) {
            return true;
        }
    }
    return false;
}

uint16_t calls_working_at(uint32_t task)
{
    for (uint32_t depth = now.depths[task]; depth > 0; depth--) {
        if (now.calls[task][depth - 1].request != NOBODY) {
            return now.calls[task][depth - 1].request;
        }
    }
    return NOBODY;
}

static void enter(const struct core_event *event)
{
    uint32_t task = event->task;
    if (now.depths[task] == CALL_DEPTH_LIMIT) {
        return;
    }
    if (task >= now.tasks_used) {
        now.tasks_used = task + 1;
    }
    struct routine_call *call = &now.calls[task][now.depths[task]++];
    *call = (struct routine_call){.routine = (uint8_t)event->routine,
                                  .major = event->major,
                                  .minor = event->minor,
                                  .request = NOBODY,
                                  .device = event->device == NULL ? NOBODY : index_of_device(event->device)};
    if (event->routine != ROUTINE_DISPATCH) {
        call->request = calls_request_index(event->irp);
        return;
    }
    call->device = find_or_add_device(event->device);
    call->class = (uint8_t)request_class_of(event->major, event->minor, event->value);
    call->request = add_request(event, call->device);
    struct known_device *device = calls_device_at(call->device);
    if (device != NULL && (call->class == CLASS_REMOVE || call->class == CLASS_SURPRISE_REMOVAL)) {
        device->going = true;
        device->removing += call->class == CLASS_REMOVE;
    }
}

static void leave(const struct core_event *event)
{
    struct routine_call *call = calls_innermost(event->task);
    if (call == NULL || call->routine != event->routine) {
        return;
    }
    struct known_device *device = calls_device_at(call->device);
    if (device != NULL && call->routine == ROUTINE_DISPATCH && call->class == CLASS_REMOVE) {
        device->removing--;
    }
    now.depths[event->task]--;
}

static void hear_completion(const struct core_event *event, bool begins)
{
    struct request *request = calls_request(event->irp);
    if (request == NULL || event->routine != ROUTINE_COMPLETION) {
        return;
    }
    if (begins) {
        request->lower_known = true;
        request->lower = event->status;
    } else if (event->status != STATUS_MORE_PROCESSING_REQUIRED) {
        request->finished = true;
    } else {
        request->completion_set = false; /* the driver has it again */
        request->called = true;
    }
}

static void hear_set_completion(const struct core_event *event)
{
    struct request *request = calls_request(event->irp);
    struct routine_call *call = calls_dispatch(event->task);
    if (request != NULL) {
        request->completion_set = true;
        request->had_completion = true;
    }
    if (call != NULL) {
        call->completion_set = true;
    }
}

static void hear_mark(const struct core_event *event)
{
    struct request *request = calls_request(event->irp);
    struct routine_call *call = calls_dispatch(event->task);
    if (request != NULL) {
        request->marked = true;
    }
    if (call != NULL) {
        call->marked = true;
    }
}

static void hear_attach(const struct core_event *event)
{
    struct known_device *device = calls_device(event->device);
    if (device != NULL) {
        device->attached = true;
        now.any_attached = true;
    }
}

void calls_hear(const struct core_event *event)
{
    switch (event->kind) {
    case EVENT_ENTER:
        hear_completion(event, true);
        enter(event);
        return;
    case EVENT_EXIT:
        hear_completion(event, false);
        return;
    case EVENT_SET_COMPLETION:
        hear_set_completion(event);
        return;
    case EVENT_MARK_PENDING:
        hear_mark(event);
        return;
    case EVENT_CREATE_DEVICE:
        add_device(event->device);
        return;
    case EVENT_ATTACH:
        hear_attach(event);
        return;
    default:
        return;
    }
}

/* What the driver has done to a request once the judges have seen it do so. */
static void heard_call(const struct core_event *event)
{
    struct request *request = calls_request(event->irp);
    if (request != NULL) {
        request->called = true;
        request->finished = !request->completion_set;
    }
    struct routine_call *call = calls_dispatch(event->task);
    if (call != NULL) {
        call->called = true;
        call->lower_failed = false;
        call->wait_succeeded = false;
    }
}

static void heard_called(const struct core_event *event)
{
    struct routine_call *call = calls_dispatch(event->task);
    if (call == NULL) {
        return;
    }
    call->lower_failed = !NT_SUCCESS(event->status);
    struct request *request = calls_request_at(call->request);
    if (request != NULL && request->irp == event->irp) {
        request->called_back = true;
        request->returned = event->status;
        request->lower_pending = event->status == STATUS_PENDING;
        if (event->status != STATUS_PENDING && !request->lower_known) {
            request->lower_known = true;
            request->lower = event->status;
        }
    }
}

static void hear_detach(const struct core_event *event)
{
    struct known_device *device = calls_device(event->other);
    if (device != NULL) {
        device->detached = true;
    }
}

void calls_heard(const struct core_event *event)
{
    struct routine_call *call;
    struct request *request;
    switch (event->kind) {
    case EVENT_EXIT:
        leave(event);
        return;
    case EVENT_CALL:
        heard_call(event);
        return;
    case EVENT_CALLED:
        heard_called(event);
        return;
    case EVENT_COMPLETE:
        request = calls_request(event->irp);
        if (request != NULL) {
            request->finished = true;
        }
        return;
    case EVENT_DETACH:
        hear_detach(event);
        return;
    case EVENT_WAIT:
        call = calls_dispatch(event->task);
        if (call != NULL && event->status == STATUS_SUCCESS) {
            call->wait_succeeded = true;
        }
        return;
    case EVENT_REQUEST_POWER:
        call = calls_dispatch(event->task);
        if (call != NULL && event->status == STATUS_PENDING) {
            call->power_pending = true;
        }
        return;
    case EVENT_WMI:
        call = calls_dispatch(event->task);
        if (call != NULL) {
            call->wmi_forward = event->value == IRP_NOT_WMI || event->value == IRP_FORWARD;
        }
        return;
    default:
        return;
    }
}
