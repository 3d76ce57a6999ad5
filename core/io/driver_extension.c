/*
 * driver_extension.c - what a driver hangs on to its driver object: extensions, routines for later initialisation, and the
 * devices that want to hear of a shutdown.
 */
#include "io.h"

#include <string.h>

enum { EXTENSION_LIMIT = 16, REINITIALIZATION_LIMIT = 8 };

static const struct scheduler_call allocate_call = {"IoAllocateDriverObjectExtension", CALL_IO_ALLOCATE_DRIVER_EXTENSION,
                                                    EFFECT_ANY};

struct extension {
    PDRIVER_OBJECT driver;
    PVOID identification;
    PVOID memory;
};

struct reinitialization {
    PDRIVER_OBJECT driver;
    PDRIVER_REINITIALIZE routine;
    PVOID context;
};

static struct {
    struct extension extensions[EXTENSION_LIMIT];
    uint32_t extension_count;
    struct reinitialization reinitializations[REINITIALIZATION_LIMIT]; /* a ring */
    uint32_t first, waiting;
} extras;

void io_reset_driver_extensions(void)
{
    extras.extension_count = 0;
    extras.first = 0;
    extras.waiting = 0;
}

/* ------------------------------------------------------------------------------------------------------- extensions -- */

PVOID IoGetDriverObjectExtension(PDRIVER_OBJECT DriverObject, PVOID ClientIdentificationAddress)
{
    kernel_require_irql(DISPATCH_LEVEL, "IoGetDriverObjectExtension");
    for (uint32_t index = 0; index < extras.extension_count; index++) {
        const struct extension *extension = &extras.extensions[index];
        if (extension->driver == DriverObject && extension->identification == ClientIdentificationAddress) {
            return extension->memory;
        }
    }
    return NULL;
}

NTSTATUS IoAllocateDriverObjectExtension(PDRIVER_OBJECT DriverObject, PVOID ClientIdentificationAddress,
                                         ULONG DriverObjectExtensionSize, PVOID *DriverObjectExtension)
{
    kernel_require_irql(APC_LEVEL, "IoAllocateDriverObjectExtension");
    scheduler_access(DriverObjectExtension, sizeof *DriverObjectExtension, true);
    *DriverObjectExtension = NULL;
    if (IoGetDriverObjectExtension(DriverObject, ClientIdentificationAddress) != NULL) {
        return STATUS_OBJECT_NAME_COLLISION;
    }
    uintptr_t site = (uintptr_t)__builtin_return_address(0);
    PVOID memory = extras.extension_count == EXTENSION_LIMIT
                       ? NULL
                       : kernel_allocate(&allocate_call, DriverObjectExtensionSize, "driver object extension", site);
    if (memory == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memset(memory, 0, DriverObjectExtensionSize);
    extras.extensions[extras.extension_count++] = (struct extension){DriverObject, ClientIdentificationAddress, memory};
    *DriverObjectExtension = memory;
    return STATUS_SUCCESS;
}

void io_free_driver_extensions(void)
{
    for (uint32_t index = 0; index < extras.extension_count; index++) {
        scheduler_free(extras.extensions[index].memory, "driver object extension");
    }
    extras.extension_count = 0;
}

/* -------------------------------------------------------------------------------------------------- reinitialisation -- */

VOID IoRegisterDriverReinitialization(PDRIVER_OBJECT DriverObject, PDRIVER_REINITIALIZE DriverReinitializationRoutine,
                                      PVOID Context)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoRegisterDriverReinitialization");
    if (extras.waiting == REINITIALIZATION_LIMIT) {
        return;
    }
    extras.reinitializations[(extras.first + extras.waiting++) % REINITIALIZATION_LIMIT] =
        (struct reinitialization){DriverObject, DriverReinitializationRoutine, Context};
}

VOID IoRegisterBootDriverReinitialization(PDRIVER_OBJECT DriverObject, PDRIVER_REINITIALIZE DriverReinitializationRoutine,
                                          PVOID Context)
{
    IoRegisterDriverReinitialization(DriverObject, DriverReinitializationRoutine, Context);
}

/* A routine may register itself again, to be called once more after the others; one round is enough for a model. */
void io_reinitialize_driver(void)
{
    for (uint32_t left = extras.waiting; left > 0; left--) {
        struct driver_call call;
        struct reinitialization next = extras.reinitializations[extras.first];
        extras.first = (extras.first + 1) % REINITIALIZATION_LIMIT;
        extras.waiting--;
        ULONG count = ++next.driver->DriverExtension->Count;
        kernel_enter_driver(&call, ROUTINE_INITIALIZE, NULL, NULL);
        next.routine(next.driver, next.context, count);
        kernel_leave_driver(&call, STATUS_SUCCESS);
    }
}

/* ---------------------------------------------------------------------------------------------------------- shutdown -- */

/* The flag is what machine_shutdown() looks at. */
NTSTATUS IoRegisterShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoRegisterShutdownNotification");
    scheduler_access(DeviceObject, OBJECT_PROBE, true);
    DeviceObject->Flags |= DO_SHUTDOWN_REGISTERED;
    return STATUS_SUCCESS;
}

NTSTATUS IoRegisterLastChanceShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    return IoRegisterShutdownNotification(DeviceObject);
}

VOID IoUnregisterShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoUnregisterShutdownNotification");
    scheduler_access(DeviceObject, OBJECT_PROBE, true);
    DeviceObject->Flags &= ~(ULONG)DO_SHUTDOWN_REGISTERED;
}
