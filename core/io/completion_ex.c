/* completion_ex.c - IoSetCompletionRoutineEx, IoGetDeviceObjectPointer, and questions about the system that drivers ask. */
#include "io.h"

#include "../pnp/notify.h"

/* What is left of a kernel stack for one more layer of drivers, as a driver may hope for it. */
enum { REMAINING_STACK = 16384 };

NTSTATUS IoSetCompletionRoutineEx(PDEVICE_OBJECT DeviceObject, PIRP Irp, PIO_COMPLETION_ROUTINE CompletionRoutine,
                                  PVOID Context, BOOLEAN InvokeOnSuccess, BOOLEAN InvokeOnError, BOOLEAN InvokeOnCancel)
{
    kernel_require_irql(DISPATCH_LEVEL, "IoSetCompletionRoutineEx");
    scheduler_access(DeviceObject, OBJECT_PROBE, false);
    if (kernel.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1) {
        scheduler_note(Irp, "the allocation fails");
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoSetCompletionRoutine(Irp, CompletionRoutine, Context, InvokeOnSuccess, InvokeOnError, InvokeOnCancel);
    return STATUS_SUCCESS;
}

/* A name of a device, of a symbolic link, or of an enabled device interface. */
NTSTATUS IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK DesiredAccess, PFILE_OBJECT *FileObject,
                                  PDEVICE_OBJECT *DeviceObject)
{
    PFILE_OBJECT file;
    UNREFERENCED_PARAMETER(DesiredAccess);
    kernel_require_irql(PASSIVE_LEVEL, "IoGetDeviceObjectPointer");
    scheduler_access(FileObject, sizeof *FileObject, true);
    scheduler_access(DeviceObject, OBJECT_PROBE, true);
    PDEVICE_OBJECT device = io_find_device(ObjectName);
    device = device == NULL ? pnp_find_interface(ObjectName) : device;
    if (device == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    NTSTATUS status = io_open_for_driver(device, &file);
    if (NT_SUCCESS(status)) {
        *FileObject = file;
        *DeviceObject = io_top_of_stack(device);
    }
    return status;
}

ULONG IoWithinStackLimits(ULONG_PTR RegionStart, SIZE_T RegionSize)
{
    ULONG_PTR here = (ULONG_PTR)__builtin_frame_address(0);
    return RegionStart + SCHEDULER_STACK_SIZE > here && RegionStart + RegionSize < here + SCHEDULER_STACK_SIZE;
}

ULONG_PTR IoGetRemainingStackSize(VOID)
{
    return REMAINING_STACK;
}

PVOID IoGetInitialStack(VOID)
{
    ULONG_PTR here = (ULONG_PTR)__builtin_frame_address(0);
    return (PVOID)((here | (SCHEDULER_STACK_SIZE - 1)) + 1);
}
