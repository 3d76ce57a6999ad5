/* driver.c - driver objects, and the life of the driver under test from DriverEntry to DriverUnload. */
#include "io.h"

#include "../kernel/thread.h"
#include "../pnp/pnp.h"

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

/* Whether a thread is left that has not ended, has it begun or not. */
static bool thread_left(void)
{
    struct core_handle thread;
    for (uint32_t cursor = 0; core_next_reference(&cursor, &thread);) {
        if (thread_is_running(thread.object)) {
            return true;
        }
    }
    return false;
}

/* What the I/O manager does not wait for before it unloads the driver. */
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
    return thread_left() ? "thread" : NULL;
}

/* The driver's code goes away: `when` is what has made it go. */
static void judge_unloaded(PDRIVER_OBJECT driver, const char *when)
{
    const void *object = NULL;
    if (kernel_timer_queued(&object)) {
        kernel_violation("timer-or-dpc-outstanding", object, "%s while a timer is outstanding", when);
        return;
    }
    /* The system lets deferred calls that are queued or running end before it takes the image away. */
    KeFlushQueuedDpcs();
    const char *what = still_running();
    if (what != NULL) {
        kernel_violation("unloaded-while-running", driver, "%s while a %s of the driver is running", when, what);
    } else if (kernel_timer_or_dpc_within(NULL, (const void *)UINTPTR_MAX, &what, &object)) {
        kernel_violation("timer-or-dpc-outstanding", object, "%s while a %s is outstanding", when, what);
    } else if (driver->DeviceObject != NULL) {
        kernel_violation("not-deleted", driver->DeviceObject, "%s and leaves a device object behind", when);
    } else if (io_link_left()) {
        kernel_violation("symbolic-link-left", driver, "%s and leaves a symbolic link behind", when);
    }
}

static void forget(PDRIVER_OBJECT driver, const char *when)
{
    judge_unloaded(driver, when);
    io_free_driver_extensions();
    loaded.driver = NULL;
    loaded.unloaded = true;
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
        forget(driver, "DriverEntry fails");
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

/* A Plug and Play driver stays while it has a device, or gets one; the others while somebody uses theirs. */
static bool is_in_use(void)
{
    if (machine_is_pnp()) {
        return loaded.driver->DeviceObject != NULL || io_files_left() != 0 || pnp.busy;
    }
    return io_files_left() != 0 || io_request_under_way();
}

bool machine_unload(void)
{
    struct driver_call call;
    PDRIVER_OBJECT driver = loaded.driver;
    if (driver == NULL || driver->DriverUnload == NULL || loaded.unloading || is_in_use()) {
        scheduler_note(NULL, "left out: the driver is in use, or cannot be unloaded");
        return false;
    }
    loaded.unloading = true;
    kernel_enter_driver(&call, ROUTINE_UNLOAD, NULL, NULL);
    driver->DriverUnload(driver);
    kernel_leave_driver(&call, STATUS_SUCCESS);
    forget(driver, "DriverUnload returns");
    return true;
}
