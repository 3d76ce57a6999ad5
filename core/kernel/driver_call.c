/* driver_call.c - calls of the driver's routines, and the events that judges hear. */
#include "kernel.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const routine_names[ROUTINE_KINDS] = {
    [ROUTINE_NONE] = "",
    [ROUTINE_INITIALIZE] = "DriverEntry",
    [ROUTINE_UNLOAD] = "DRIVER_UNLOAD",
    [ROUTINE_ADD_DEVICE] = "DRIVER_ADD_DEVICE",
    [ROUTINE_COMPLETION] = "IO_COMPLETION_ROUTINE",
    [ROUTINE_CANCEL] = "DRIVER_CANCEL",
    [ROUTINE_START_IO] = "DRIVER_STARTIO",
    [ROUTINE_DPC] = "KDEFERRED_ROUTINE",
    [ROUTINE_TIMER] = "IO_TIMER_ROUTINE",
    [ROUTINE_WORK_ITEM] = "IO_WORKITEM_ROUTINE",
    [ROUTINE_THREAD] = "KSTART_ROUTINE",
    [ROUTINE_POWER] = "REQUEST_POWER_COMPLETE",
    [ROUTINE_NOTIFICATION] = "DRIVER_NOTIFICATION_CALLBACK_ROUTINE",
    [ROUTINE_WMI] = "WMILIB_CONTEXT",
    [ROUTINE_CSQ] = "IO_CSQ",
    [ROUTINE_INTERRUPT] = "KSERVICE_ROUTINE",
};

static const char *const major_names[IRP_MJ_MAXIMUM_FUNCTION + 1] = {
    [IRP_MJ_CREATE] = "IRP_MJ_CREATE",
    [IRP_MJ_CLOSE] = "IRP_MJ_CLOSE",
    [IRP_MJ_READ] = "IRP_MJ_READ",
    [IRP_MJ_WRITE] = "IRP_MJ_WRITE",
    [IRP_MJ_QUERY_INFORMATION] = "IRP_MJ_QUERY_INFORMATION",
    [IRP_MJ_SET_INFORMATION] = "IRP_MJ_SET_INFORMATION",
    [IRP_MJ_FLUSH_BUFFERS] = "IRP_MJ_FLUSH_BUFFERS",
    [IRP_MJ_DEVICE_CONTROL] = "IRP_MJ_DEVICE_CONTROL",
    [IRP_MJ_INTERNAL_DEVICE_CONTROL] = "IRP_MJ_INTERNAL_DEVICE_CONTROL",
    [IRP_MJ_SHUTDOWN] = "IRP_MJ_SHUTDOWN",
    [IRP_MJ_CLEANUP] = "IRP_MJ_CLEANUP",
    [IRP_MJ_SYSTEM_CONTROL] = "IRP_MJ_SYSTEM_CONTROL",
    [IRP_MJ_POWER] = "IRP_MJ_POWER",
    [IRP_MJ_PNP] = "IRP_MJ_PNP",
};

static const char *const pnp_names[] = {
    [IRP_MN_START_DEVICE] = "IRP_MN_START_DEVICE",
    [IRP_MN_QUERY_REMOVE_DEVICE] = "IRP_MN_QUERY_REMOVE_DEVICE",
    [IRP_MN_REMOVE_DEVICE] = "IRP_MN_REMOVE_DEVICE",
    [IRP_MN_CANCEL_REMOVE_DEVICE] = "IRP_MN_CANCEL_REMOVE_DEVICE",
    [IRP_MN_STOP_DEVICE] = "IRP_MN_STOP_DEVICE",
    [IRP_MN_QUERY_STOP_DEVICE] = "IRP_MN_QUERY_STOP_DEVICE",
    [IRP_MN_CANCEL_STOP_DEVICE] = "IRP_MN_CANCEL_STOP_DEVICE",
    [IRP_MN_QUERY_DEVICE_RELATIONS] = "IRP_MN_QUERY_DEVICE_RELATIONS",
    [IRP_MN_QUERY_INTERFACE] = "IRP_MN_QUERY_INTERFACE",
    [IRP_MN_QUERY_CAPABILITIES] = "IRP_MN_QUERY_CAPABILITIES",
    [IRP_MN_QUERY_RESOURCES] = "IRP_MN_QUERY_RESOURCES",
    [IRP_MN_QUERY_RESOURCE_REQUIREMENTS] = "IRP_MN_QUERY_RESOURCE_REQUIREMENTS",
    [IRP_MN_QUERY_DEVICE_TEXT] = "IRP_MN_QUERY_DEVICE_TEXT",
    [IRP_MN_FILTER_RESOURCE_REQUIREMENTS] = "IRP_MN_FILTER_RESOURCE_REQUIREMENTS",
    [IRP_MN_EJECT] = "IRP_MN_EJECT",
    [IRP_MN_QUERY_ID] = "IRP_MN_QUERY_ID",
    [IRP_MN_QUERY_PNP_DEVICE_STATE] = "IRP_MN_QUERY_PNP_DEVICE_STATE",
    [IRP_MN_QUERY_BUS_INFORMATION] = "IRP_MN_QUERY_BUS_INFORMATION",
    [IRP_MN_DEVICE_USAGE_NOTIFICATION] = "IRP_MN_DEVICE_USAGE_NOTIFICATION",
    [IRP_MN_SURPRISE_REMOVAL] = "IRP_MN_SURPRISE_REMOVAL",
    [IRP_MN_DEVICE_ENUMERATED] = "IRP_MN_DEVICE_ENUMERATED",
};

static const char *const power_names[] = {
    [IRP_MN_WAIT_WAKE] = "IRP_MN_WAIT_WAKE",
    [IRP_MN_POWER_SEQUENCE] = "IRP_MN_POWER_SEQUENCE",
    [IRP_MN_SET_POWER] = "IRP_MN_SET_POWER",
    [IRP_MN_QUERY_POWER] = "IRP_MN_QUERY_POWER",
};

static const char *name_in(const char *const *names, size_t count, UCHAR number)
{
    return number < count ? names[number] : NULL;
}

const char *driver_routine_name(enum driver_routine routine, UCHAR major, UCHAR minor)
{
    if (routine != ROUTINE_DISPATCH) {
        return routine < ROUTINE_KINDS ? routine_names[routine] : "";
    }
    const char *name = NULL;
    if (major == IRP_MJ_PNP) {
        name = name_in(pnp_names, sizeof pnp_names / sizeof pnp_names[0], minor);
    } else if (major == IRP_MJ_POWER) {
        name = name_in(power_names, sizeof power_names / sizeof power_names[0], minor);
    }
    if (name == NULL) {
        name = name_in(major_names, sizeof major_names / sizeof major_names[0], major);
    }
    return name == NULL ? "DRIVER_DISPATCH" : name;
}

/* --------------------------------------------------------------------------------------------------------- events -- */

void core_on_event(void (*hear)(const struct core_event *event))
{
    kernel.hear_event = hear;
}

uint32_t core_driver_frames(uint32_t task, const struct driver_frame **frames)
{
    *frames = kernel.frames[task];
    return kernel.frame_count[task];
}

void kernel_hear_event(struct core_event *event)
{
    uint32_t task = scheduler_running();
    event->task = (uint8_t)task;
    if (event->routine == ROUTINE_NONE && kernel.frame_count[task] != 0) {
        const struct driver_frame *frame = &kernel.frames[task][kernel.frame_count[task] - 1];
        event->routine = frame->routine;
        if (event->irp == NULL) {
            event->major = frame->major;
            event->minor = frame->minor;
        }
    }
    kernel.hear_event(event);
}

void kernel_violation(const char *identifier, const void *object, const char *format, ...)
{
    char text[320];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    kernel_remark(&(struct remark){.kind = REMARK_VIOLATION, .identifier = identifier, .lock = object, .text = text});
}

/* ---------------------------------------------------------------------------------------------------------- calls -- */

static void push_frame(const struct driver_frame *frame)
{
    uint32_t task = scheduler_running();
    if (task >= kernel.frames_used) {
        kernel.frames_used = task + 1;
    }
    uint8_t count = kernel.frame_count[task];
    if (count == DRIVER_FRAME_LIMIT) {
        kernel_violation("stack-overflow", frame->irp, "the driver's routines call each other more than %d levels deep",
                         DRIVER_FRAME_LIMIT);
        return;
    }
    kernel.frames[task][count] = *frame;
    kernel.frame_count[task] = count + 1;
}

static void announce(enum core_event_kind kind, const struct driver_frame *frame, NTSTATUS status, uint32_t value)
{
    if (kernel.hear_event != NULL) {
        kernel_event((struct core_event){.kind = kind,
                                         .routine = frame->routine,
                                         .major = frame->major,
                                         .minor = frame->minor,
                                         .device = frame->device,
                                         .irp = frame->irp,
                                         .status = status,
                                         .value = value});
    }
}

static uint32_t detail_of(const IO_STACK_LOCATION *location)
{
    if (location->MajorFunction == IRP_MJ_POWER &&
        (location->MinorFunction == IRP_MN_SET_POWER || location->MinorFunction == IRP_MN_QUERY_POWER)) {
        bool system = location->Parameters.Power.Type == SystemPowerState;
        return REQUEST_DETAIL_POWER(location->Parameters.Power.Type,
                                    system ? (uint32_t)location->Parameters.Power.State.SystemState
                                           : (uint32_t)location->Parameters.Power.State.DeviceState);
    }
    if (location->MajorFunction == IRP_MJ_PNP && location->MinorFunction == IRP_MN_QUERY_DEVICE_RELATIONS) {
        return (uint32_t)location->Parameters.QueryDeviceRelations.Type;
    }
    return 0;
}

void kernel_enter_driver(struct driver_call *call, enum driver_routine routine, PDEVICE_OBJECT device, PIRP irp)
{
    uint32_t detail = 0;
    NTSTATUS status = STATUS_SUCCESS;
    call->frame = (struct driver_frame){.routine = routine, .device = device, .irp = irp};
    if (irp != NULL && scheduler_accessible(irp, OBJECT_PROBE) && irp->CurrentLocation <= irp->StackCount) {
        const IO_STACK_LOCATION *location = IoGetCurrentIrpStackLocation(irp);
        call->frame.major = location->MajorFunction;
        call->frame.minor = location->MinorFunction;
        detail = routine == ROUTINE_DISPATCH ? detail_of(location) : 0;
        status = routine == ROUTINE_COMPLETION ? irp->IoStatus.Status : STATUS_SUCCESS;
    }
    call->irql = KeGetCurrentIrql();
    call->previous = scheduler_enter_routine(driver_routine_name(routine, call->frame.major, call->frame.minor));
    push_frame(&call->frame);
    announce(EVENT_ENTER, &call->frame, status, detail);
}

void kernel_leave_driver(struct driver_call *call, NTSTATUS status)
{
    uint32_t task = scheduler_running();
    announce(EVENT_EXIT, &call->frame, status, 0);
    if (KeGetCurrentIrql() != call->irql) {
        kernel_violation("irql", NULL, "%s was called at IRQL %d and returned at IRQL %d",
                         driver_routine_name(call->frame.routine, call->frame.major, call->frame.minor), call->irql,
                         KeGetCurrentIrql());
    }
    kernel.frame_count[task]--;
    scheduler_leave_routine(call->previous);
}

bool kernel_called_by_driver(void)
{
    uint32_t task = scheduler_running();
    if (kernel.frame_count[task] == 0) {
        return false;
    }
    const struct driver_frame *frame = &kernel.frames[task][kernel.frame_count[task] - 1];
    const char *now = scheduler_enter_routine("");
    scheduler_leave_routine(now);
    return now == driver_routine_name(frame->routine, frame->major, frame->minor);
}
