/* test_notification.c - device interfaces arrive and go, and those who asked hear of it. */
#include "native_driver.h"

#include <initguid.h>

#include <wdmguid.h>

static const GUID class_guid = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
static const GUID other_guid = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 11}};

static struct {
    bool enabled_by_driver; /* disabled by nobody: the PnP manager does */
    bool registers_early;   /* before the interface is there; else afterwards, with the existing ones */
    bool never_unregistered;
    bool leaves_early;  /* unregisters while the device is removed */
    bool does_not_wait; /* by the routine that does not wait for a callback */
} ways;

static struct {
    uint32_t arrivals, removals, settings;
    bool unregistered, late;
    ULONG *context;
} counts;

static PVOID entry_of_notification, handle_of_setting;
static UNICODE_STRING interface_name;
static PDEVICE_OBJECT lower;

/* ------------------------------------------------------------------------------------------------------- the driver -- */

static NTSTATUS notified(PVOID NotificationStructure, PVOID Context)
{
    const DEVICE_INTERFACE_CHANGE_NOTIFICATION *change = NotificationStructure;
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK(change->Size == sizeof *change);
    CHECK(memcmp(&change->InterfaceClassGuid, &class_guid, sizeof class_guid) == 0);
    LARGE_INTEGER now;
    KeQueryTickCount(&now); /* others may run meanwhile */
    scheduler_access(Context, sizeof(ULONG), true);
    bool arrival = memcmp(&change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL, sizeof(GUID)) == 0;
    counts.arrivals += arrival;
    counts.removals += !arrival;
    counts.late |= counts.unregistered;
    return STATUS_SUCCESS;
}

static NTSTATUS setting_changed(LPCGUID SettingGuid, PVOID Value, ULONG ValueLength, PVOID Context)
{
    CHECK(memcmp(SettingGuid, &other_guid, sizeof *SettingGuid) == 0);
    CHECK(ValueLength == sizeof(ULONG) && *(ULONG *)Value == 1);
    CHECK(Context == &counts);
    counts.settings++;
    return STATUS_SUCCESS;
}

static void listen(PDRIVER_OBJECT driver)
{
    counts.context = ExAllocatePoolWithTag(NonPagedPool, sizeof(ULONG), 0x74736554);
    CHECK(IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange,
                                         PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES, (PVOID)&class_guid, driver,
                                         (PDRIVER_NOTIFICATION_CALLBACK_ROUTINE)(void (*)(void))notified, counts.context,
                                         &entry_of_notification) == STATUS_SUCCESS);
    CHECK(PoRegisterPowerSettingCallback(NULL, &other_guid, setting_changed, &counts, &handle_of_setting) == STATUS_SUCCESS);
}

static void stop_listening(void)
{
    if (ways.does_not_wait) {
        IoUnregisterPlugPlayNotification(entry_of_notification);
    } else {
        IoUnregisterPlugPlayNotificationEx(entry_of_notification);
    }
    counts.unregistered = true;
    ExFreePoolWithTag(counts.context, 0x74736554);
    PoUnregisterPowerSettingCallback(handle_of_setting);
}

static NTSTATUS dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(Irp);
    if (location->MajorFunction == IRP_MJ_PNP && location->MinorFunction == IRP_MN_START_DEVICE) {
        CHECK(IoForwardIrpSynchronously(lower, Irp));
        CHECK(IoSetDeviceInterfaceState(&interface_name, TRUE) == STATUS_SUCCESS);
        CHECK(IoSetDeviceInterfaceState(&interface_name, TRUE) == STATUS_OBJECT_NAME_EXISTS);
        NTSTATUS status = Irp->IoStatus.Status;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return status;
    }
    if (location->MajorFunction == IRP_MJ_PNP && location->MinorFunction == IRP_MN_REMOVE_DEVICE) {
        if (!ways.enabled_by_driver) {
            CHECK(IoSetDeviceInterfaceState(&interface_name, FALSE) == STATUS_SUCCESS);
            CHECK(IoSetDeviceInterfaceState(&interface_name, FALSE) == STATUS_OBJECT_NAME_NOT_FOUND);
        }
        RtlFreeUnicodeString(&interface_name);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        IoSkipCurrentIrpStackLocation(Irp);
        NTSTATUS status = IoCallDriver(lower, Irp);
        IoDetachDevice(lower);
        IoDeleteDevice(DeviceObject);
        return status;
    }
    if (location->MajorFunction == IRP_MJ_PNP && location->MinorFunction == IRP_MN_QUERY_REMOVE_DEVICE) {
        Irp->IoStatus.Status = STATUS_SUCCESS;
    }
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(lower, Irp);
}

static NTSTATUS add_device(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    UNICODE_STRING alias;
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    lower = IoAttachDeviceToDeviceStack(device, PhysicalDeviceObject);
    CHECK(IoRegisterDeviceInterface(PhysicalDeviceObject, &class_guid, NULL, &interface_name) == STATUS_SUCCESS);
    CHECK(IoRegisterDeviceInterface(device, &class_guid, NULL, &alias) == STATUS_INVALID_DEVICE_REQUEST);
    CHECK(IoGetDeviceInterfaceAlias(&interface_name, &other_guid, &alias) == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(IoGetDeviceInterfaceAlias(&interface_name, &class_guid, &alias) == STATUS_SUCCESS);
    CHECK(RtlCompareMemory(alias.Buffer, interface_name.Buffer, alias.Length) == interface_name.Length);
    RtlFreeUnicodeString(&alias);
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    if (!ways.never_unregistered && !counts.unregistered) {
        stop_listening();
    }
}

static PDRIVER_OBJECT driver_object;

static NTSTATUS entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    driver_object = DriverObject;
    for (ULONG major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        DriverObject->MajorFunction[major] = dispatch;
    }
    DriverObject->DriverExtension->AddDevice = add_device;
    DriverObject->DriverUnload = unload;
    if (ways.registers_early) {
        listen(DriverObject);
    }
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------------------------------------------------- the tests -- */

static uint32_t count_names(void)
{
    uint32_t count = 0;
    PZZWSTR list;
    CHECK(IoGetDeviceInterfaces(&class_guid, NULL, 0, &list) == STATUS_SUCCESS);
    for (PWSTR name = list; *name != 0; name++, count++) {
        while (*name != 0) {
            name++;
        }
    }
    ExFreePool(list);
    return count;
}

static void use(void)
{
    if (!ways.registers_early) {
        listen(driver_object);
        CHECK(counts.arrivals == 1);
    }
    CHECK(count_names() == 1);
    machine_pnp(PNP_REMOVE, 0);
    CHECK(count_names() == 0);
}

static void leave(void)
{
    if (ways.leaves_early) {
        stop_listening();
    }
}

static void begin(void)
{
    static const struct native_driver driver = {.entry = entry, .tasks = {use, leave}, .pnp = true};
    memset(&counts, 0, sizeof counts);
    begin_native_driver(&driver);
}

static void judge(enum scheduler_outcome outcome)
{
    judge_clean(outcome);
    assert_int_equal(counts.arrivals, 1);
    assert_int_equal(counts.removals, 1);
    assert_int_equal(counts.settings, 1);
    assert_false(counts.late);
}

static uint32_t found;

static void judge_found(enum scheduler_outcome outcome)
{
    found += outcome != SCHEDULER_FINISHED || heard.count != 0;
}

static void arrivals_and_removals_are_told_once(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge};
    for (int mask = 0; mask < 4; mask++) {
        ways = (typeof(ways)){.enabled_by_driver = mask & 1, .registers_early = (mask & 2) != 0};
        default_schedule(&world);
        every_schedule(&world, 1);
        many_schedules(&world, "random", 4, 1000);
    }
}

static void a_registration_that_is_left_is_a_leak(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge_found};
    ways = (typeof(ways)){.never_unregistered = true, .registers_early = true};
    default_schedule(&world);
    assert_true(heard_violation("reference-leak"));
}

/* IoUnregisterPlugPlayNotification does not wait for a callback that runs: its context may be used after it was freed. */
static void unregistering_without_waiting_is_a_race(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge_found};
    ways = (typeof(ways)){.leaves_early = true, .registers_early = true};
    found = 0;
    every_schedule(&world, 2);
    assert_int_equal(found, 0);
    ways.does_not_wait = true;
    every_schedule(&world, 2);
    assert_true(found > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrivals_and_removals_are_told_once),
        cmocka_unit_test(a_registration_that_is_left_is_a_leak),
        cmocka_unit_test(unregistering_without_waiting_is_a_race),
    };
    return cmocka_run_group_tests_name("interfaces and notifications", tests, NULL, NULL);
}
