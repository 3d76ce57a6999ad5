/* error_log.c - entries for the system's log, and checks of access: who asks is always the system here. */
#include "registry.h"

#include <wdmsec.h>

static const struct scheduler_call log_call = {"IoWriteErrorLogEntry", CALL_IO_ERROR_LOG, EFFECT_ANY};

PVOID IoAllocateErrorLogEntry(PVOID IoObject, UCHAR EntrySize)
{
    static const struct scheduler_call call = {"IoAllocateErrorLogEntry", CALL_IO_ERROR_LOG, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, "IoAllocateErrorLogEntry");
    if (IoObject == NULL || EntrySize < sizeof(IO_ERROR_LOG_PACKET) || EntrySize > ERROR_LOG_MAXIMUM_SIZE) {
        return NULL;
    }
    PVOID entry = kernel_allocate(&call, EntrySize, "error log entry", SITE);
    return entry == NULL ? NULL : __builtin_memset(entry, 0, EntrySize);
}

VOID IoWriteErrorLogEntry(PVOID ElEntry)
{
    kernel_require_irql(DISPATCH_LEVEL, "IoWriteErrorLogEntry");
    scheduler_call(&log_call, ElEntry);
    const IO_ERROR_LOG_PACKET *packet = ElEntry;
    touch(packet, sizeof *packet, false, SITE);
    scheduler_note(NULL, "error log: 0x%08X", (unsigned int)packet->ErrorCode);
    scheduler_free(ElEntry, "error log entry");
}

VOID IoFreeErrorLogEntry(PVOID ElEntry)
{
    scheduler_free(ElEntry, "error log entry");
}

NTSTATUS IoValidateDeviceIoControlAccess(PIRP Irp, ULONG RequiredAccess)
{
    touch(Irp, sizeof *Irp, false, SITE);
    return (RequiredAccess & ~(ULONG)(FILE_READ_ACCESS | FILE_WRITE_ACCESS)) != 0 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}
