/* callback.c - callback objects: who has registered is called by whoever notifies, in the notifier's task. */
#include "object.h"

enum { CALLBACK_LIMIT = 64, REGISTRATION_LIMIT = 128, NAME_LIMIT = 64 };

struct _CALLBACK_OBJECT {
    WCHAR name[NAME_LIMIT];
    USHORT length; /* bytes; 0: no name */
    bool many;
};

struct registration {
    PCALLBACK_OBJECT callback; /* NULL: not registered any more */
    PCALLBACK_FUNCTION function;
    PVOID context;
    uint32_t running;
};

static PCALLBACK_OBJECT callbacks[CALLBACK_LIMIT];
static uint32_t callback_count;
static struct registration registrations[REGISTRATION_LIMIT];
static uint32_t registration_count;

void callback_reset(void)
{
    callback_count = 0;
    registration_count = 0;
}

static WCHAR lower(WCHAR letter)
{
    return letter >= 'A' && letter <= 'Z' ? (WCHAR)(letter + ('a' - 'A')) : letter;
}

static bool is_called(const struct _CALLBACK_OBJECT *callback, const UNICODE_STRING *name)
{
    if (callback->length != name->Length) {
        return false;
    }
    for (USHORT index = 0; index < name->Length / sizeof(WCHAR); index++) {
        if (lower(callback->name[index]) != lower(name->Buffer[index])) {
            return false;
        }
    }
    return true;
}

static PCALLBACK_OBJECT find(const UNICODE_STRING *name)
{
    for (uint32_t index = 0; name != NULL && index < callback_count; index++) {
        if (is_called(callbacks[index], name)) {
            return callbacks[index];
        }
    }
    return NULL;
}

static PCALLBACK_OBJECT make(const UNICODE_STRING *name, bool many)
{
    bool fits = callback_count < CALLBACK_LIMIT && (name == NULL || name->Length <= sizeof callbacks[0]->name);
    PCALLBACK_OBJECT callback = fits ? scheduler_allocate(sizeof *callback, "callback object") : NULL;
    if (callback == NULL) {
        return NULL;
    }
    *callback = (struct _CALLBACK_OBJECT){.length = name == NULL ? 0 : name->Length, .many = many};
    for (USHORT index = 0; index < callback->length / sizeof(WCHAR); index++) {
        callback->name[index] = name->Buffer[index];
    }
    callbacks[callback_count++] = callback;
    object_add(callback, OBJECT_CALLBACK, NULL);
    object_reference(callback, -1);
    return callback;
}

/* The callbacks of the system exist from the beginning: opening one that does not exist yet makes it. */
static bool is_of_system(const UNICODE_STRING *name)
{
    static const char *const names[] = {"\\callback\\setsystemtime", "\\callback\\powerstate", "\\callback\\processoradd"};
    for (size_t which = 0; name != NULL && which < sizeof names / sizeof names[0]; which++) {
        USHORT index = 0;
        while (index < name->Length / sizeof(WCHAR) && lower(name->Buffer[index]) == (WCHAR)names[which][index]) {
            index++;
        }
        if (names[which][index] == '\0' && index == name->Length / sizeof(WCHAR)) {
            return true;
        }
    }
    return false;
}

NTSTATUS ExCreateCallback(PCALLBACK_OBJECT *CallbackObject, POBJECT_ATTRIBUTES ObjectAttributes, BOOLEAN Create,
                          BOOLEAN AllowMultipleCallbacks)
{
    static const struct scheduler_call call = {"ExCreateCallback", CALL_EX_CALLBACK, EFFECT_ANY};
    kernel_require_irql(PASSIVE_LEVEL, "ExCreateCallback");
    scheduler_call(&call, NULL);
    const UNICODE_STRING *name = ObjectAttributes == NULL ? NULL : ObjectAttributes->ObjectName;
    PCALLBACK_OBJECT callback = find(name);
    if (callback == NULL && !Create && !is_of_system(name)) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (callback == NULL) {
        callback = make(name, AllowMultipleCallbacks);
    }
    if (callback == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    object_reference(callback, 1);
    *CallbackObject = callback;
    return STATUS_SUCCESS;
}

static bool has_registration(const struct _CALLBACK_OBJECT *callback)
{
    for (uint32_t index = 0; index < registration_count; index++) {
        if (registrations[index].callback == callback) {
            return true;
        }
    }
    return false;
}

PVOID ExRegisterCallback(PCALLBACK_OBJECT CallbackObject, PCALLBACK_FUNCTION CallbackFunction, PVOID CallbackContext)
{
    static const struct scheduler_call call = {"ExRegisterCallback", CALL_EX_CALLBACK, EFFECT_ANY};
    kernel_require_irql(APC_LEVEL, "ExRegisterCallback");
    scheduler_call(&call, CallbackObject);
    if (registration_count == REGISTRATION_LIMIT || (!CallbackObject->many && has_registration(CallbackObject))) {
        return NULL;
    }
    struct registration *registration = &registrations[registration_count++];
    *registration = (struct registration){CallbackObject, CallbackFunction, CallbackContext, 0};
    object_reference(CallbackObject, 1);
    return registration;
}

static bool does_not_run(const void *argument)
{
    return ((const struct registration *)argument)->running == 0;
}

VOID ExUnregisterCallback(PVOID CallbackRegistration)
{
    static const struct scheduler_call call = {"ExUnregisterCallback", CALL_EX_CALLBACK, EFFECT_ANY};
    struct registration *registration = CallbackRegistration;
    kernel_require_irql(APC_LEVEL, "ExUnregisterCallback");
    scheduler_wait(&call, registration, does_not_run, registration, SCHEDULER_NEVER);
    if (registration->callback != NULL) {
        object_reference(registration->callback, -1);
        registration->callback = NULL;
    }
}

VOID ExNotifyCallback(PVOID CallbackObject, PVOID Argument1, PVOID Argument2)
{
    static const struct scheduler_call call = {"ExNotifyCallback", CALL_EX_CALLBACK, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, "ExNotifyCallback");
    scheduler_call(&call, CallbackObject);
    for (uint32_t index = 0; index < registration_count; index++) {
        struct registration *registration = &registrations[index];
        struct driver_call in_driver;
        if (registration->callback != CallbackObject) {
            continue;
        }
        registration->running++;
        kernel_enter_driver(&in_driver, ROUTINE_NOTIFICATION, NULL, NULL);
        registration->function(registration->context, Argument1, Argument2);
        kernel_leave_driver(&in_driver, STATUS_SUCCESS);
        registration->running--;
        scheduler_changed(registration);
    }
}
