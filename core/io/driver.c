/* driver.c - driver objects, and the life of the driver under test from DriverEntry to DriverUnload. */
#include "io.h"

#include <string.h>

static struct {
    PDRIVER_OBJECT driver; /* under test; NULL when it is not loaded */
    bool unloading;
    bool unloaded; /* once in this execution */
} loaded;

void io_reset_drivers(void)
{
    loaded.driver = NULL;
    loaded.unloading = false;
    loaded.unloaded = false;
}

PDRIVER_OBJECT io_driver(void)
{
    return loaded.driver;
}

bool io_is_under_test(const DEVICE_OBJECT *device)
{
    return device->DriverObject == loaded.driver;
}

static PDRIVER_OBJECT create(void)
{
    PDRIVER_OBJECT driver = scheduler_allocate(sizeof *driver, "driver object");
    PDRIVER_EXTENSION extension = scheduler_allocate(sizeof *extension, "driver extension");
    memset(driver, 0, sizeof *driver);
    memset(extension, 0, sizeof *extension);
    driver->Type = IO_TYPE_DRIVER;
    driver->Size = sizeof *driver;
    driver->DriverExtension = extension;
    extension->DriverObject = driver;
    return driver;
}

PDRIVER_OBJECT io_create_model_driver(PDRIVER_DISPATCH dispatch)
{
    PDRIVER_OBJECT driver = create();
    for (uint32_t major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        driver->MajorFunction[major] = dispatch;
    }
    return driver;
}

/* --------------------------------------------------------------------------------------------- the one under test -- */

static void set_path(PUNICODE_STRING path, const char *name)
{
    static const char prefix[] = "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";
    size_t length = sizeof prefix - 1 + strlen(name);
    path->Length = (USHORT)(length * sizeof(WCHAR));
    path->MaximumLength = path->Length + sizeof(WCHAR);
    path->Buffer = scheduler_allocate(path->MaximumLength, "registry path");
    for (size_t index = 0; index < length; index++) {
        path->Buffer[index] = (UCHAR)(index < sizeof prefix - 1 ? prefix[index] : name[index - sizeof prefix + 1]);
    }
    path->Buffer[length] = 0;
}

bool machine_loaded(void)
{
    return loaded.driver != NULL;
}

bool machine_is_pnp(void)
{
    return loaded.driver != NULL && loaded.driver->DriverExtension->AddDevice != NULL;
}

static void finish_initialisation(void)
{
    for (PDEVICE_OBJECT device = loaded.driver->DeviceObject; device != NULL; device = device->NextDevice) {
        device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    }
}

NTSTATUS machine_load(void)
{
    struct driver_call call;
    if (loaded.unloaded && machine.options.reload != NULL) {
        machine.options.reload();
    }
    loaded.unloading = false;
    PDRIVER_OBJECT driver = create();
    PUNICODE_STRING path = scheduler_allocate(sizeof *path, "registry path");
    set_path(path, machine.options.name);
    driver->DriverInit = machine.options.entry;
    loaded.driver = driver;
    kernel_enter_driver(&call, ROUTINE_INITIALIZE, NULL, NULL);
    NTSTATUS status = machine.options.entry(driver, path);
    kernel_leave_driver(&call, status);
    scheduler_free(path->Buffer, "registry path");
    scheduler_free(path, "registry path");
    if (!NT_SUCCESS(status)) {
        if (driver->DeviceObject != NULL) {
            kernel_violation("not-deleted", driver->DeviceObject,
                             "DriverEntry fails with 0x%08X and leaves a device object behind", (unsigned)status);
        }
        loaded.driver = NULL;
        return status;
    }
    finish_initialisation();
    io_reinitialize_driver();
    return status;
}

bool io_is_unloading(void)
{
    return loaded.unloading;
}

/* Whether a task stands in a routine that the I/O manager does not wait for before it unloads the driver. */
static const char *still_running(void)
{
    static const char *const names[ROUTINE_KINDS] = {[ROUTINE_THREAD] = "thread", [ROUTINE_DPC] = "deferred call"};
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        const struct driver_frame *frames;
        uint32_t count = core_driver_frames(task, &frames);
        const char *name = count == 0 || scheduler_ended(task) ? NULL : names[frames[0].routine];
        if (name != NULL) {
            return name;
        }
    }
    return NULL;
}

static void judge_unloaded(PDRIVER_OBJECT driver)
{
    const char *what = still_running();
    const void *object = NULL;
    if (what != NULL) {
        kernel_violation("unloaded-while-running", driver, "DriverUnload returns while a %s of the driver is running", what);
    } else if (kernel_timer_or_dpc_within(NULL, (const void *)UINTPTR_MAX, &what, &object)) {
        kernel_violation("timer-or-dpc-outstanding", object, "DriverUnload returns while a %s is outstanding", what);
    } else if (driver->DeviceObject != NULL) {
        kernel_violation("not-deleted", driver->DeviceObject, "DriverUnload returns and leaves a device object behind");
    } else if (io_link_left()) {
        kernel_violation("symbolic-link-left", driver, "DriverUnload returns and leaves a symbolic link behind");
    }
}

static bool requests_left(void)
{
    for (uint32_t index = 0; index < io_record_count(); index++) {
        const struct irp_record *record = io_record_at(index);
        if (record->live && !record->done && record->device != NULL && io_is_under_test(record->device)) {
            return true;
        }
    }
    return false;
}

/* A request keeps the device that it was sent to, and with it the driver. */
bool machine_unload(void)
{
    if (requests_left()) {
        scheduler_note(NULL, "left out: a request is under way");
        return false;
    }
    return io_unload();
}

bool io_unload(void)
{
    struct driver_call call;
    PDRIVER_OBJECT driver = loaded.driver;
    bool in_use = driver != NULL && ((machine_is_pnp() && driver->DeviceObject != NULL) || io_files_left() != 0);
    if (driver == NULL || driver->DriverUnload == NULL || in_use || loaded.unloading) {
        return false;
    }
    loaded.unloading = true;
    kernel_enter_driver(&call, ROUTINE_UNLOAD, NULL, NULL);
    driver->DriverUnload(driver);
    kernel_leave_driver(&call, STATUS_SUCCESS);
    judge_unloaded(driver);
    io_free_driver_extensions();
    loaded.driver = NULL;
    loaded.unloaded = true;
    return true;
}
