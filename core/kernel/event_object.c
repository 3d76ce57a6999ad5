/* event_object.c - events that have a handle, and perhaps a name by which others find them. */
#include "object.h"

enum { NAMED_LIMIT = 64, NAME_LIMIT = 64 };

struct named_event {
    PKEVENT event; /* NULL: gone */
    WCHAR name[NAME_LIMIT];
    USHORT length;
};

static struct named_event named[NAMED_LIMIT];
static uint32_t named_count;

void event_object_reset(void)
{
    named_count = 0;
}

static bool is_called(const struct named_event *entry, const UNICODE_STRING *name)
{
    return entry->event != NULL && entry->length == name->Length &&
           __builtin_memcmp(entry->name, name->Buffer, name->Length) == 0;
}

static PKEVENT find(const UNICODE_STRING *name)
{
    for (uint32_t index = 0; name != NULL && index < named_count; index++) {
        if (is_called(&named[index], name)) {
            return named[index].event;
        }
    }
    return NULL;
}

static void destroy(void *object)
{
    for (uint32_t index = 0; index < named_count; index++) {
        if (named[index].event == object) {
            named[index].event = NULL;
        }
    }
    scheduler_free(object, "event object");
}

static PKEVENT make(const UNICODE_STRING *name, EVENT_TYPE type, BOOLEAN state)
{
    if (name != NULL && (named_count == NAMED_LIMIT || name->Length > sizeof named[0].name)) {
        return NULL;
    }
    PKEVENT event = scheduler_allocate(sizeof *event, "event object");
    if (event == NULL || !object_add(event, OBJECT_EVENT, destroy)) {
        return NULL;
    }
    KeInitializeEvent(event, type, state);
    if (name != NULL) {
        struct named_event *entry = &named[named_count++];
        *entry = (struct named_event){.event = event, .length = name->Length};
        __builtin_memcpy(entry->name, name->Buffer, name->Length);
    }
    return event;
}

/* One reference, the handle's. */
static PKEVENT open_event(const UNICODE_STRING *name, EVENT_TYPE type, BOOLEAN state, PHANDLE handle)
{
    PKEVENT event = find(name);
    bool fresh = event == NULL;
    if (fresh) {
        event = make(name, type, state);
    }
    if (event == NULL) {
        return NULL;
    }
    *handle = object_open_handle(event, OBJECT_EVENT, NULL);
    if (fresh) {
        object_reference(event, -1);
    }
    return event;
}

static PKEVENT create(PUNICODE_STRING name, EVENT_TYPE type, PHANDLE handle)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoCreateNotificationEvent");
    return open_event(name, type, TRUE, handle);
}

PKEVENT IoCreateNotificationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    return create(EventName, NotificationEvent, EventHandle);
}

PKEVENT IoCreateSynchronizationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    return create(EventName, SynchronizationEvent, EventHandle);
}

NTSTATUS ZwCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                       EVENT_TYPE EventType, BOOLEAN InitialState)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    kernel_require_irql(PASSIVE_LEVEL, "ZwCreateEvent");
    const UNICODE_STRING *name = ObjectAttributes == NULL ? NULL : ObjectAttributes->ObjectName;
    return open_event(name, EventType, InitialState, EventHandle) == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

NTSTATUS ZwSetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    enum object_kind kind;
    void *object = object_behind(EventHandle, &kind);
    kernel_require_irql(PASSIVE_LEVEL, "ZwSetEvent");
    if (object == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (kind != OBJECT_EVENT) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    LONG before = KeSetEvent(object, IO_NO_INCREMENT, FALSE);
    if (PreviousState != NULL) {
        *PreviousState = before;
    }
    return STATUS_SUCCESS;
}

NTSTATUS ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    enum object_kind kind;
    void *object = object_behind(Handle, &kind);
    kernel_require_irql(PASSIVE_LEVEL, "ZwWaitForSingleObject");
    if (object == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (kind != OBJECT_EVENT && kind != OBJECT_THREAD) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    object_reference(object, 1);
    NTSTATUS status = KeWaitForSingleObject(object, UserRequest, KernelMode, Alertable, Timeout);
    object_reference(object, -1);
    return status;
}
