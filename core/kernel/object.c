/*
 * object.c - references and handles.
 *
 * Devices and files are the I/O manager's, which counts their references itself; everything else stands in a table here.
 * Handles are numbers as Windows would give them.
 */
#include "object.h"

#include "../io/io.h"

enum { OBJECT_LIMIT = 512, HANDLE_LIMIT = 512, HANDLE_STEP = 4 };
enum { INVALID_KERNEL_HANDLE = 0x93, REFERENCE_BY_POINTER = 0x18 };

struct object_record {
    void *object;
    LONG references;
    uint8_t kind; /* enum object_kind */
    void (*destroy)(void *object);
};

struct handle_record {
    void *object; /* NULL: the handle is closed */
    uint8_t kind;
    uint8_t task; /* that opened it */
    void (*close)(void *object);
};

static struct object_record objects[OBJECT_LIMIT];
static uint32_t object_count;
static struct handle_record handles[HANDLE_LIMIT];
static uint32_t handle_count;

/* Each type's address is what makes it different. */
static struct _OBJECT_TYPE {
    char kind;
} types[OBJECT_KINDS + 1];
static POBJECT_TYPE event_type = &types[OBJECT_EVENT], semaphore_type = &types[OBJECT_OTHER], file_type = &types[OBJECT_FILE],
                    thread_type = &types[OBJECT_THREAD], process_type = &types[OBJECT_KINDS];
POBJECT_TYPE *ExEventObjectType = &event_type;
POBJECT_TYPE *ExSemaphoreObjectType = &semaphore_type;
POBJECT_TYPE *IoFileObjectType = &file_type;
POBJECT_TYPE *PsThreadType = &thread_type;
POBJECT_TYPE *PsProcessType = &process_type;

void object_reset(void)
{
    object_count = 0;
    handle_count = 0;
}

/* ------------------------------------------------------------------------------------------------------- references -- */

static struct object_record *find(const void *object)
{
    for (uint32_t index = object_count; index > 0; index--) {
        if (objects[index - 1].object == object) {
            return &objects[index - 1];
        }
    }
    return NULL;
}

bool object_add(void *object, enum object_kind kind, void (*destroy)(void *object))
{
    if (object_count == OBJECT_LIMIT) {
        return false;
    }
    objects[object_count++] =
        (struct object_record){.object = object, .references = 1, .kind = (uint8_t)kind, .destroy = destroy};
    return true;
}

bool object_reference(void *object, int32_t by)
{
    struct object_record *record = find(object);
    if (record == NULL) {
        return false;
    }
    record->references += by;
    if (record->references < 0) {
        KeBugCheckEx(REFERENCE_BY_POINTER, 0, (ULONG_PTR)object, 0, 0);
        return true;
    }
    if (record->references == 0 && by < 0 && record->destroy != NULL) {
        record->destroy(object);
    }
    return true;
}

static LONG references_of(const void *object)
{
    const struct object_record *record = find(object);
    return record == NULL ? 0 : record->references;
}

/* Programs that do without the I/O manager are linked without it. */
extern __typeof__(io_reference_object) io_reference_object __attribute__((weak));

static bool is_of_io_manager(PVOID object, int32_t by)
{
    return io_reference_object != NULL && io_reference_object(object, by);
}

/* Zero when the object is the I/O manager's. */
static LONG_PTR change_references(PVOID object, int32_t by)
{
    if (!object_reference(object, by) && !is_of_io_manager(object, by)) {
        kernel_violation("not-initialised", object, "%s is called for what is no object of the kernel",
                         by > 0 ? "ObReferenceObject" : "ObDereferenceObject");
    }
    return references_of(object);
}

LONG_PTR ObfReferenceObject(PVOID Object)
{
    static const struct scheduler_call call = {"ObReferenceObject", CALL_OB_REFERENCE_OBJECT, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, "ObReferenceObject");
    scheduler_call(&call, Object);
    return change_references(Object, 1);
}

LONG_PTR ObfDereferenceObject(PVOID Object)
{
    static const struct scheduler_call call = {"ObDereferenceObject", CALL_OB_DEREFERENCE_OBJECT, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, "ObDereferenceObject");
    scheduler_call(&call, Object);
    return change_references(Object, -1);
}

VOID ObDereferenceObjectDeferDelete(PVOID Object)
{
    ObfDereferenceObject(Object);
}

NTSTATUS ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                    KPROCESSOR_MODE AccessMode)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(AccessMode);
    const struct object_record *record = find(Object);
    if (record != NULL && ObjectType != NULL && ObjectType != &types[record->kind]) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    ObfReferenceObject(Object);
    return STATUS_SUCCESS;
}

/* --------------------------------------------------------------------------------------------------------- handles -- */

static HANDLE handle_of(uint32_t index)
{
    return (HANDLE)(ULONG_PTR)((index + 1) * HANDLE_STEP);
}

static struct handle_record *record_of(HANDLE handle)
{
    ULONG_PTR number = (ULONG_PTR)handle;
    ULONG_PTR index = number / HANDLE_STEP - 1;
    if (number % HANDLE_STEP != 0 || index >= handle_count || handles[index].object == NULL) {
        return NULL;
    }
    return &handles[index];
}

HANDLE object_open_handle(void *object, enum object_kind kind, void (*close)(void *object))
{
    if (handle_count == HANDLE_LIMIT) {
        return NULL;
    }
    object_reference(object, 1);
    handles[handle_count] =
        (struct handle_record){.object = object, .kind = (uint8_t)kind, .task = (uint8_t)scheduler_running(), .close = close};
    return handle_of(handle_count++);
}

void *object_behind(HANDLE handle, enum object_kind *kind)
{
    const struct handle_record *record = record_of(handle);
    if (record == NULL) {
        return NULL;
    }
    *kind = record->kind;
    return record->object;
}

NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                   KPROCESSOR_MODE AccessMode, PVOID *Object, POBJECT_HANDLE_INFORMATION HandleInformation)
{
    static const struct scheduler_call call = {"ObReferenceObjectByHandle", CALL_OB_REFERENCE_OBJECT, EFFECT_ANY};
    UNREFERENCED_PARAMETER(AccessMode);
    kernel_require_irql(PASSIVE_LEVEL, "ObReferenceObjectByHandle");
    scheduler_call(&call, NULL);
    *Object = NULL;
    PVOID current = KeGetCurrentThread();
    const struct handle_record *record = record_of(Handle);
    PVOID object = record != NULL ? record->object : Handle == NtCurrentThread() ? current : NULL;
    if (object == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    uint8_t kind = record != NULL ? record->kind : OBJECT_THREAD;
    if (ObjectType != NULL && ObjectType != &types[kind]) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    if (HandleInformation != NULL) {
        *HandleInformation = (OBJECT_HANDLE_INFORMATION){.GrantedAccess = DesiredAccess};
    }
    change_references(object, 1);
    *Object = object;
    return STATUS_SUCCESS;
}

NTSTATUS ZwClose(HANDLE Handle)
{
    static const struct scheduler_call call = {"ZwClose", CALL_ZW_CLOSE, EFFECT_ANY};
    kernel_require_irql(PASSIVE_LEVEL, "ZwClose");
    scheduler_call(&call, NULL);
    struct handle_record *record = record_of(Handle);
    if (record == NULL) {
        KeBugCheckEx(INVALID_KERNEL_HANDLE, (ULONG_PTR)Handle, 0, 0, 0);
        return STATUS_INVALID_HANDLE;
    }
    void *object = record->object;
    record->object = NULL;
    if (record->close != NULL) {
        record->close(object);
    }
    object_reference(object, -1);
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------- what is left over -- */

bool core_next_handle(uint32_t *cursor, struct core_handle *handle)
{
    static const char *const words[OBJECT_KINDS] = {"thread", "event", "callback", "file", "object"};
    while (*cursor < handle_count) {
        uint32_t index = (*cursor)++;
        if (handles[index].object != NULL) {
            *handle = (struct core_handle){.handle = handle_of(index),
                                           .object = handles[index].object,
                                           .what = words[handles[index].kind],
                                           .task = handles[index].task};
            return true;
        }
    }
    return false;
}

bool core_next_reference(uint32_t *cursor, struct core_handle *reference)
{
    while (*cursor < object_count) {
        const struct object_record *record = &objects[(*cursor)++];
        if (record->references > 0 && record->kind == OBJECT_THREAD) {
            *reference = (struct core_handle){.object = record->object, .what = "thread", .task = SCHEDULER_NO_TASK};
            return true;
        }
    }
    return false;
}
