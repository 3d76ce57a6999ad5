/* stack_driver.c - see stack_driver.h. */
#include "stack_driver.h"

struct stack_parts parts;

/* ------------------------------------------------------------------------------------------------------- the driver -- */

NTSTATUS complete_irp(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

NTSTATUS pass_down(PDEVICE_OBJECT device, PIRP irp)
{
    struct stack_extension *own = device->DeviceExtension;
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(own->lower, irp);
}

NTSTATUS remove_device(PDEVICE_OBJECT device, PIRP irp)
{
    struct stack_extension *own = device->DeviceExtension;
    irp->IoStatus.Status = STATUS_SUCCESS;
    NTSTATUS status = pass_down(device, irp);
    IoReleaseRemoveLockAndWait(&own->lock, irp);
    IoDetachDevice(own->lower);
    IoDeleteDevice(device);
    return status;
}

NTSTATUS usual_pnp(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    struct stack_extension *own = device->DeviceExtension;
    switch (minor) {
    case IRP_MN_START_DEVICE:
        CHECK(IoForwardIrpSynchronously(own->lower, irp));
        IoReleaseRemoveLock(&own->lock, irp);
        return complete_irp(irp, irp->IoStatus.Status);
    case IRP_MN_REMOVE_DEVICE:
        return remove_device(device, irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    NTSTATUS status = pass_down(device, irp);
    IoReleaseRemoveLock(&own->lock, irp);
    return status;
}

/* The parts of a test give the lock back themselves when they replace the usual way of a Plug and Play request. */
static NTSTATUS dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);
    struct stack_extension *own = device->DeviceExtension;
    NTSTATUS status = IoAcquireRemoveLock(&own->lock, irp);
    if (!NT_SUCCESS(status)) {
        return complete_irp(irp, status);
    }
    if (location->MajorFunction == IRP_MJ_PNP) {
        return parts.pnp == NULL ? usual_pnp(device, irp, location->MinorFunction)
                                 : parts.pnp(device, irp, location->MinorFunction);
    }
    if (location->MajorFunction == IRP_MJ_READ && parts.read != NULL) {
        status = parts.read(device, irp);
    } else if (location->MajorFunction == IRP_MJ_DEVICE_CONTROL && parts.control != NULL) {
        status = parts.control(device, irp);
    } else {
        status = own->lower == NULL ? complete_irp(irp, STATUS_SUCCESS) : pass_down(device, irp);
    }
    IoReleaseRemoveLock(&own->lock, irp);
    return status;
}

NTSTATUS usual_add(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(driver, sizeof(struct stack_extension), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    struct stack_extension *own = device->DeviceExtension;
    IoInitializeRemoveLock(&own->lock, 0x6B636F4C, 0, 0);
    own->pdo = pdo;
    own->lower = pdo == NULL ? NULL : IoAttachDeviceToDeviceStack(device, pdo);
    if (pdo != NULL && own->lower == NULL) {
        IoDeleteDevice(device);
        return STATUS_NO_SUCH_DEVICE;
    }
    device->Flags |= DO_POWER_PAGABLE | DO_BUFFERED_IO;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS add_device(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    return (parts.add == NULL ? usual_add : parts.add)(DriverObject, PhysicalDeviceObject);
}

static VOID unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    if (parts.unload != NULL) {
        parts.unload();
    }
}

static NTSTATUS entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++) {
        DriverObject->MajorFunction[major] = dispatch;
    }
    DriverObject->DriverExtension->AddDevice = parts.legacy ? NULL : add_device;
    DriverObject->DriverUnload = parts.without_unload ? NULL : unload;
    return parts.entry == NULL ? STATUS_SUCCESS : parts.entry(DriverObject);
}

/* -------------------------------------------------------------------------------------------------------- the world -- */

static struct {
    uint32_t tasks[2];
    uint32_t count, ended;
} world;

/* After which the device answers what it has kept, when nobody can go on otherwise. */
#define DEVICE_PATIENCE (60 * 60 * 10000000ull)
enum { PATIENT_STEPS = 20000 };

static bool all_ended(const void *argument)
{
    (void)argument;
    return world.ended == world.count;
}

static void conduct(void *argument)
{
    static const struct scheduler_call call = {"wait for the test's tasks", 240, EFFECT_UPDATE};
    (void)argument;
    if (NT_SUCCESS(machine_load())) {
        machine_plug();
    }
    for (uint32_t index = 0; index < world.count; index++) {
        scheduler_start(world.tasks[index]);
    }
    bool answered = true;
    do {
        scheduler_be_patient(PATIENT_STEPS);
        answered = scheduler_wait(&call, &world, all_ended, NULL,
                                  answered ? scheduler_now() + DEVICE_PATIENCE : SCHEDULER_NEVER) == SCHEDULER_WAIT_TIMEOUT &&
                   machine_answer_all();
    } while (world.ended < world.count);
    machine_shut_down();
}

static void run_task(void *argument)
{
    parts.tasks[(uintptr_t)argument]();
    machine_run_down(scheduler_running());
    world.ended++;
    scheduler_changed(&world);
}

static void stop_at(const struct remark *remark)
{
    scheduler_violate(remark->kind == REMARK_VIOLATION ? remark->identifier : "other", remark->lock, "%s",
                      remark->text == NULL ? "" : remark->text);
}

static bool name_what_is_lost(void)
{
    machine_stuck();
    return false;
}

void begin_stack_driver(void)
{
    struct machine_options options = parts.options;
    options.entry = entry;
    options.name = "stack";
    world.count = 0;
    world.ended = 0;
    core_on_remark(stop_at);
    scheduler_on_deadlock(name_what_is_lost);
    machine_reset(&options);
    scheduler_spawn("conductor", conduct, NULL);
    for (uintptr_t index = 0; index < COUNT_OF(parts.tasks) && parts.tasks[index] != NULL; index++) {
        world.tasks[world.count++] = scheduler_spawn_held(index == 0 ? "one" : "two", run_task, (void *)index);
    }
}

void open_read_close(void)
{
    machine_open(0, 0);
    machine_transfer(&(struct machine_transfer){.major = IRP_MJ_READ, .length = 16});
    machine_close(0);
}

void remove_it(void)
{
    machine_pnp(PNP_REMOVE, 0);
}

const char *verdict(enum scheduler_outcome outcome)
{
    return outcome == SCHEDULER_FINISHED ? "clean" : scheduler_violation()->identifier;
}
