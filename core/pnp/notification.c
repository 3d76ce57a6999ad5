/*
 * notification.c - who wants to hear of device interfaces, of the removal of a device he has a file on, and of power settings.
 *
 * Interface changes and power settings are told in a task of the PnP manager, one after the other; a removal is told by whoever
 * removes, before or after the request. IoUnregisterPlugPlayNotificationEx waits for a callback that runs elsewhere;
 * IoUnregisterPlugPlayNotification does not, as its page warns.
 */
#include <initguid.h>

#include "notify.h"

#include <string.h>

enum { REGISTRATION_LIMIT = 32, NEWS_LIMIT = 64 };

static const struct scheduler_call register_call = {"IoRegisterPlugPlayNotification", CALL_IO_REGISTER_NOTIFICATION,
                                                    EFFECT_ANY};
static const struct scheduler_call unregister_call = {"IoUnregisterPlugPlayNotification", CALL_IO_UNREGISTER_NOTIFICATION,
                                                      EFFECT_ANY};
static const struct scheduler_call notify_call = {"notify", CALL_IO_NOTIFY, EFFECT_ANY};

enum category { CATEGORY_NONE, CATEGORY_INTERFACE, CATEGORY_TARGET, CATEGORY_PROFILE, CATEGORY_POWER_SETTING };

struct registration {
    enum category category;
    GUID guid;         /* of the interface class or the setting */
    PFILE_OBJECT file; /* CATEGORY_TARGET */
    void (*callback)(void);
    PVOID context;
    PVOID entry; /* what the driver knows it by; NULL: not registered any more */
    uint32_t running;
    uint32_t runner; /* the task that runs the callback */
};

/* Something to tell in the manager's task. */
struct news {
    uint8_t registration; /* NO_REGISTRATION: all of the class */
    GUID event;
    GUID class_guid;
    WCHAR name[INTERFACE_NAME_LIMIT];
    uint32_t name_length;
};

enum { NO_REGISTRATION = 255 };

static struct {
    struct registration registrations[REGISTRATION_LIMIT];
    uint32_t count;
    struct news news[NEWS_LIMIT];
    uint32_t first, waiting;
    bool telling; /* the task is there */
} notifications;

void pnp_reset_notifications(void)
{
    notifications.count = 0;
    notifications.first = 0;
    notifications.waiting = 0;
    notifications.telling = false;
}

/* -------------------------------------------------------------------------------------------------------- callbacks -- */

static void begin_callback(struct registration *registration, struct driver_call *call)
{
    scheduler_acquire_order(registration->entry);
    registration->running++;
    registration->runner = scheduler_running();
    kernel_enter_driver(call, ROUTINE_NOTIFICATION, NULL, NULL);
}

static void end_callback(struct registration *registration, struct driver_call *call, NTSTATUS status)
{
    kernel_leave_driver(call, status);
    registration->running--;
    scheduler_changed(registration);
}

static NTSTATUS call_back(struct registration *registration, PVOID structure)
{
    struct driver_call call;
    begin_callback(registration, &call);
    NTSTATUS (*routine)(PVOID, PVOID) = (NTSTATUS(*)(PVOID, PVOID))registration->callback;
    NTSTATUS status = routine(structure, registration->context);
    end_callback(registration, &call, status);
    return status;
}

/* The structure lives in the arena, so that one who keeps a pointer to it is noticed. */
static void tell_interface(struct registration *registration, const struct news *news)
{
    struct {
        DEVICE_INTERFACE_CHANGE_NOTIFICATION notification;
        UNICODE_STRING name;
        WCHAR text[INTERFACE_NAME_LIMIT];
    } *told = scheduler_allocate(sizeof *told, "notification");
    if (told == NULL) {
        return;
    }
    USHORT size = (USHORT)(news->name_length * sizeof(WCHAR));
    told->notification = (DEVICE_INTERFACE_CHANGE_NOTIFICATION){.Version = PNP_NOTIFICATION_VERSION,
                                                                .Size = sizeof told->notification,
                                                                .Event = news->event,
                                                                .InterfaceClassGuid = news->class_guid,
                                                                .SymbolicLinkName = &told->name};
    told->name = (UNICODE_STRING){size, size, told->text};
    memcpy(told->text, news->name, size);
    call_back(registration, told);
    scheduler_free(told, "notification");
}

static void tell_power_setting(struct registration *registration)
{
    struct driver_call call;
    struct {
        GUID guid;
        ULONG value;
    } *told = scheduler_allocate(sizeof *told, "power setting");
    if (told == NULL) {
        return;
    }
    told->guid = registration->guid;
    told->value = 1;
    begin_callback(registration, &call);
    PPOWER_SETTING_CALLBACK routine = (PPOWER_SETTING_CALLBACK)registration->callback;
    NTSTATUS status = routine(&told->guid, &told->value, sizeof told->value, registration->context);
    end_callback(registration, &call, status);
    scheduler_free(told, "power setting");
}

/* ------------------------------------------------------------------------------------------------ the manager's task -- */

static void tell(const struct news *news)
{
    for (uint32_t index = 0; index < notifications.count; index++) {
        struct registration *registration = &notifications.registrations[index];
        if (registration->entry == NULL || (news->registration != NO_REGISTRATION && news->registration != index)) {
            continue;
        }
        if (registration->category == CATEGORY_POWER_SETTING && news->registration == index) {
            tell_power_setting(registration);
        } else if (registration->category == CATEGORY_INTERFACE && guids_equal(&registration->guid, &news->class_guid)) {
            scheduler_call(&notify_call, registration->entry);
            if (registration->entry != NULL) {
                tell_interface(registration, news);
            }
        }
    }
}

static void tell_all(void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    while (notifications.waiting > 0) {
        struct news news = notifications.news[notifications.first];
        notifications.first = (notifications.first + 1) % NEWS_LIMIT;
        notifications.waiting--;
        tell(&news);
    }
    notifications.telling = false;
    scheduler_changed(&notifications);
}

static bool is_quiet(const void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    return !notifications.telling;
}

void pnp_wait_for_notifications(void)
{
    scheduler_acquire_order(&notifications);
    if (notifications.telling) {
        scheduler_wait(&notify_call, &notifications, is_quiet, NULL, SCHEDULER_NEVER);
    }
}

static bool somebody_wants(enum category category, const GUID *guid)
{
    for (uint32_t index = 0; index < notifications.count; index++) {
        const struct registration *registration = &notifications.registrations[index];
        if (registration->entry != NULL && registration->category == category && guids_equal(&registration->guid, guid)) {
            return true;
        }
    }
    return false;
}

static void add_news(const struct news *news)
{
    if (notifications.waiting == NEWS_LIMIT) {
        scheduler_note(NULL, "a notification is dropped: %d wait already", NEWS_LIMIT);
        return;
    }
    notifications.news[(notifications.first + notifications.waiting++) % NEWS_LIMIT] = *news;
    if (!notifications.telling) {
        notifications.telling = true;
        kernel_spawn("notify", PASSIVE_LEVEL, tell_all, NULL);
    }
}

void pnp_notify_interface(const struct device_interface *interface, const GUID *event)
{
    if (!somebody_wants(CATEGORY_INTERFACE, &interface->class_guid)) {
        return;
    }
    struct news news = {.registration = NO_REGISTRATION,
                        .event = *event,
                        .class_guid = interface->class_guid,
                        .name_length = interface->name_length};
    memcpy(news.name, interface->name, interface->name_length * sizeof(WCHAR));
    add_news(&news);
}

/* ---------------------------------------------------------------------------------------------------- target devices -- */

static PDEVICE_OBJECT bottom_of(PDEVICE_OBJECT device)
{
    const struct device_record *record = io_device(device);
    while (record != NULL && record->attached_to != NULL) {
        device = record->attached_to;
        record = io_device(device);
    }
    return device;
}

static bool is_target(const struct registration *registration, const DEVICE_OBJECT *pdo)
{
    return registration->entry != NULL && registration->category == CATEGORY_TARGET &&
           scheduler_accessible(registration->file, sizeof *registration->file) &&
           bottom_of(registration->file->DeviceObject) == pdo;
}

NTSTATUS pnp_notify_target(PDEVICE_OBJECT pdo, const GUID *event)
{
    NTSTATUS result = STATUS_SUCCESS;
    for (uint32_t index = 0; index < notifications.count; index++) {
        struct registration *registration = &notifications.registrations[index];
        if (!is_target(registration, pdo)) {
            continue;
        }
        TARGET_DEVICE_REMOVAL_NOTIFICATION *told = scheduler_allocate(sizeof *told, "notification");
        if (told == NULL) {
            break;
        }
        *told = (TARGET_DEVICE_REMOVAL_NOTIFICATION){PNP_NOTIFICATION_VERSION, sizeof *told, *event, registration->file};
        NTSTATUS status = call_back(registration, told);
        scheduler_free(told, "notification");
        result = NT_SUCCESS(result) ? status : result;
    }
    return result;
}

static NTSTATUS report_change(PDEVICE_OBJECT pdo, PVOID structure)
{
    PTARGET_DEVICE_CUSTOM_NOTIFICATION change = structure;
    scheduler_access(change, sizeof *change, true);
    if (guids_equal(&change->Event, &GUID_TARGET_DEVICE_QUERY_REMOVE) ||
        guids_equal(&change->Event, &GUID_TARGET_DEVICE_REMOVE_CANCELLED) ||
        guids_equal(&change->Event, &GUID_TARGET_DEVICE_REMOVE_COMPLETE)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    for (uint32_t index = 0; index < notifications.count; index++) {
        if (is_target(&notifications.registrations[index], pdo)) {
            change->FileObject = notifications.registrations[index].file;
            call_back(&notifications.registrations[index], structure);
        }
    }
    return STATUS_SUCCESS;
}

NTSTATUS IoReportTargetDeviceChange(PDEVICE_OBJECT PhysicalDeviceObject, PVOID NotificationStructure)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoReportTargetDeviceChange");
    scheduler_call(&notify_call, PhysicalDeviceObject);
    return report_change(PhysicalDeviceObject, NotificationStructure);
}

struct later_change {
    PDEVICE_OBJECT pdo;
    PTARGET_DEVICE_CUSTOM_NOTIFICATION structure;
    PDEVICE_CHANGE_COMPLETE_CALLBACK callback;
    PVOID context;
};

static void report_later(void *argument)
{
    struct driver_call call;
    struct later_change *change = argument;
    report_change(change->pdo, change->structure);
    if (change->callback != NULL) {
        kernel_enter_driver(&call, ROUTINE_NOTIFICATION, NULL, NULL);
        change->callback(change->context);
        kernel_leave_driver(&call, STATUS_SUCCESS);
    }
    io_dereference_device(change->pdo);
    scheduler_free(change->structure, "notification");
    scheduler_free(change, "notification");
}

NTSTATUS IoReportTargetDeviceChangeAsynchronous(PDEVICE_OBJECT PhysicalDeviceObject, PVOID NotificationStructure,
                                                PDEVICE_CHANGE_COMPLETE_CALLBACK Callback, PVOID Context)
{
    PTARGET_DEVICE_CUSTOM_NOTIFICATION structure = NotificationStructure;
    kernel_require_irql(DISPATCH_LEVEL, "IoReportTargetDeviceChangeAsynchronous");
    scheduler_call(&notify_call, PhysicalDeviceObject);
    scheduler_access(structure, structure->Size, false);
    struct later_change *change = scheduler_allocate(sizeof *change, "notification");
    PTARGET_DEVICE_CUSTOM_NOTIFICATION copy = scheduler_allocate(structure->Size, "notification");
    if (change == NULL || copy == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(copy, structure, structure->Size);
    *change = (struct later_change){PhysicalDeviceObject, copy, Callback, Context};
    io_reference_device(PhysicalDeviceObject);
    kernel_spawn("notify", PASSIVE_LEVEL, report_later, change);
    return STATUS_PENDING;
}

/* ----------------------------------------------------------------------------------------------------- registrations -- */

static struct registration *new_registration(enum category category, PVOID *entry, uintptr_t site)
{
    struct registration *registration = NULL;
    scheduler_access_at(entry, sizeof *entry, true, site);
    for (uint32_t index = 0; index < notifications.count && registration == NULL; index++) {
        struct registration *old = &notifications.registrations[index];
        registration = old->entry == NULL && old->running == 0 ? old : NULL;
    }
    if (registration == NULL && notifications.count < REGISTRATION_LIMIT) {
        registration = &notifications.registrations[notifications.count++];
        registration->entry = NULL;
        registration->running = 0;
    }
    PVOID memory = registration == NULL ? NULL : kernel_allocate(&register_call, sizeof(uint32_t), "notification entry", site);
    if (memory == NULL) {
        return NULL;
    }
    registration->category = category;
    registration->entry = memory;
    *(uint32_t *)memory = (uint32_t)(registration - notifications.registrations);
    *entry = memory;
    scheduler_release_order(memory);
    return registration;
}

static void tell_existing(struct registration *registration)
{
    for (uint32_t index = 0; index < pnp_interface_count(); index++) {
        const struct device_interface *interface = pnp_interface_at(index);
        if (registration->entry == NULL || !interface->announced || !guids_equal(&interface->class_guid, &registration->guid)) {
            continue;
        }
        struct news news = {
            .event = GUID_DEVICE_INTERFACE_ARRIVAL, .class_guid = interface->class_guid, .name_length = interface->name_length};
        memcpy(news.name, interface->name, interface->name_length * sizeof(WCHAR));
        tell_interface(registration, &news);
    }
}

static enum category category_of(IO_NOTIFICATION_EVENT_CATEGORY category)
{
    switch (category) {
    case EventCategoryDeviceInterfaceChange:
        return CATEGORY_INTERFACE;
    case EventCategoryTargetDeviceChange:
        return CATEGORY_TARGET;
    case EventCategoryHardwareProfileChange:
        return CATEGORY_PROFILE;
    default:
        return CATEGORY_NONE;
    }
}

NTSTATUS IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY EventCategory, ULONG EventCategoryFlags,
                                        PVOID EventCategoryData, PDRIVER_OBJECT DriverObject,
                                        PDRIVER_NOTIFICATION_CALLBACK_ROUTINE CallbackRoutine, PVOID Context,
                                        PVOID *NotificationEntry)
{
    UNREFERENCED_PARAMETER(DriverObject);
    kernel_require_irql(PASSIVE_LEVEL, "IoRegisterPlugPlayNotification");
    enum category category = category_of(EventCategory);
    if (category == CATEGORY_NONE || (category != CATEGORY_PROFILE && EventCategoryData == NULL)) {
        return STATUS_INVALID_PARAMETER;
    }
    uintptr_t site = (uintptr_t)__builtin_return_address(0);
    struct registration *registration = new_registration(category, NotificationEntry, site);
    if (registration == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    registration->callback = (void (*)(void))CallbackRoutine;
    registration->context = Context;
    registration->file = category == CATEGORY_TARGET ? EventCategoryData : NULL;
    if (category == CATEGORY_INTERFACE) {
        scheduler_access(EventCategoryData, sizeof(GUID), false);
        registration->guid = *(const GUID *)EventCategoryData;
        if ((EventCategoryFlags & PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES) != 0) {
            tell_existing(registration);
        }
    }
    return STATUS_SUCCESS;
}

NTSTATUS PoRegisterPowerSettingCallback(PDEVICE_OBJECT DeviceObject, LPCGUID SettingGuid, PPOWER_SETTING_CALLBACK Callback,
                                        PVOID Context, PVOID *Handle)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PVOID entry = NULL;
    kernel_require_irql(APC_LEVEL, "PoRegisterPowerSettingCallback");
    scheduler_access(SettingGuid, sizeof *SettingGuid, false);
    struct registration *registration =
        new_registration(CATEGORY_POWER_SETTING, Handle == NULL ? &entry : Handle, (uintptr_t)__builtin_return_address(0));
    if (registration == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    registration->guid = *SettingGuid;
    registration->callback = (void (*)(void))Callback;
    registration->context = Context;
    struct news news = {.registration = (uint8_t)(registration - notifications.registrations)};
    add_news(&news);
    return STATUS_SUCCESS;
}

static bool runs_nowhere(const void *argument)
{
    const struct registration *registration = argument;
    return registration->running == 0;
}

static NTSTATUS unregister(PVOID entry, bool waits, const char *routine, uintptr_t site)
{
    kernel_require_irql(PASSIVE_LEVEL, routine);
    scheduler_call_at(&unregister_call, entry, site);
    const char *previous = scheduler_enter_routine(routine);
    scheduler_access_at(entry, sizeof(uint32_t), true, site);
    struct registration *registration = &notifications.registrations[*(uint32_t *)entry % REGISTRATION_LIMIT];
    if (registration->entry == entry) {
        registration->entry = NULL;
    }
    scheduler_acquire_order(registration);
    scheduler_free(entry, "notification entry");
    if (waits && registration->running != 0 && registration->runner != scheduler_running()) {
        scheduler_wait_at(&unregister_call, registration, runs_nowhere, registration, SCHEDULER_NEVER, site);
    }
    scheduler_leave_routine(previous);
    return STATUS_SUCCESS;
}

NTSTATUS IoUnregisterPlugPlayNotification(PVOID NotificationEntry)
{
    uintptr_t site = (uintptr_t)__builtin_return_address(0);
    return unregister(NotificationEntry, false, "IoUnregisterPlugPlayNotification", site);
}

NTSTATUS IoUnregisterPlugPlayNotificationEx(PVOID NotificationEntry)
{
    uintptr_t site = (uintptr_t)__builtin_return_address(0);
    return unregister(NotificationEntry, true, "IoUnregisterPlugPlayNotificationEx", site);
}

NTSTATUS PoUnregisterPowerSettingCallback(PVOID Handle)
{
    return unregister(Handle, true, "PoUnregisterPowerSettingCallback", (uintptr_t)__builtin_return_address(0));
}

void pnp_judge_notifications(void)
{
    for (uint32_t index = 0; index < notifications.count; index++) {
        const struct registration *registration = &notifications.registrations[index];
        if (registration->entry != NULL) {
            kernel_violation("reference-leak", registration->entry, "the driver is unloaded and still registered for %s",
                             registration->category == CATEGORY_POWER_SETTING ? "a power setting"
                                                                              : "notifications of Plug and Play");
        }
    }
}
