/* driver.c - a driver's source. Built twice, as the kit does it: free (DBG is 0) and checked (DBG is 1); DRIVER names the
 * build. */
#include <wdm.h>

#include "driver.h"

typedef struct _DEVICE_EXTENSION {
    ULONG Signature;
    IO_REMOVE_LOCK RemoveLock;
    LONG Requests;
} DEVICE_EXTENSION, *PDEVICE_EXTENSION;

static VOID AddDevice(PVOID Extension)
{
    PDEVICE_EXTENSION extension = Extension;

    PAGED_CODE();
    extension->Signature = 0x76697244;
    extension->Requests = 0;
    IoInitializeRemoveLock(&extension->RemoveLock, 0x76697244, 1, 3);
}

enum { ACQUIRE_LINE = __LINE__ + 5 };

static NTSTATUS StartRequest(PVOID Extension, PVOID Irp)
{
    PDEVICE_EXTENSION extension = Extension;
    NTSTATUS status = IoAcquireRemoveLock(&extension->RemoveLock, Irp);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    InterlockedIncrement(&extension->Requests);
    return STATUS_SUCCESS;
}

static VOID EndRequest(PVOID Extension, PVOID Irp)
{
    PDEVICE_EXTENSION extension = Extension;

    InterlockedDecrement(&extension->Requests);
    IoReleaseRemoveLock(&extension->RemoveLock, Irp);
}

static VOID RemoveDevice(PVOID Extension, PVOID Irp)
{
    PDEVICE_EXTENSION extension = Extension;

    if (NT_SUCCESS(IoAcquireRemoveLock(&extension->RemoveLock, Irp))) {
        IoReleaseRemoveLockAndWait(&extension->RemoveLock, Irp);
    }
}

static ULONG AssertSomething(ULONG Evaluated)
{
    ASSERT(++Evaluated == 0);
    NT_ASSERT(++Evaluated == 0);
    return Evaluated;
}

const struct driver DRIVER = {
    .lock_size = sizeof(IO_REMOVE_LOCK),
    .extension_size = sizeof(DEVICE_EXTENSION),
    .lock_offset = FIELD_OFFSET(DEVICE_EXTENSION, RemoveLock),
    .file = __FILE__,
    .acquire_line = ACQUIRE_LINE,
    .add_device = AddDevice,
    .start_request = StartRequest,
    .end_request = EndRequest,
    .remove_device = RemoveDevice,
    .assert_something = AssertSomething,
};
