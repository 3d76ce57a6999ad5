/*
 * file.c - files and named objects by handle.
 *
 * No file system and no other device is there: what is asked for by name is not found, and a handle of another kind has the
 * wrong type.
 */
#include "registry.h"

#include "../kernel/object.h"

static const struct scheduler_call file_call = {"ZwCreateFile", CALL_ZW_FILE, EFFECT_ANY};

static NTSTATUS open(const char *routine, PHANDLE handle, const OBJECT_ATTRIBUTES *attributes, PIO_STATUS_BLOCK result,
                     uintptr_t site)
{
    kernel_require_irql(PASSIVE_LEVEL, routine);
    scheduler_call_at(&file_call, NULL, site);
    touch(attributes, sizeof *attributes, false, site);
    struct text name = attributes->ObjectName == NULL ? wide_text(NULL, 0) : text_of_unicode(attributes->ObjectName, site);
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    if (attributes->RootDirectory == NULL && (name.length == 0 || text_get(name, 0) != '\\')) {
        status = STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    touch(handle, sizeof *handle, true, site);
    *handle = NULL;
    if (result != NULL) {
        touch(result, sizeof *result, true, site);
        *result = (IO_STATUS_BLOCK){.Status = status};
    }
    return status;
}

/* What a routine answers that wants a handle of a file. */
static NTSTATUS use(const char *routine, HANDLE handle, uintptr_t site)
{
    enum object_kind kind;
    kernel_require_irql(PASSIVE_LEVEL, routine);
    scheduler_call_at(&file_call, NULL, site);
    return object_behind(handle, &kind) == NULL ? STATUS_INVALID_HANDLE : STATUS_OBJECT_TYPE_MISMATCH;
}

NTSTATUS ZwCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                      PIO_STATUS_BLOCK IoStatusBlock, PLARGE_INTEGER AllocationSize, ULONG FileAttributes, ULONG ShareAccess,
                      ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer, ULONG EaLength)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(AllocationSize);
    UNREFERENCED_PARAMETER(FileAttributes);
    UNREFERENCED_PARAMETER(ShareAccess);
    UNREFERENCED_PARAMETER(CreateDisposition);
    UNREFERENCED_PARAMETER(CreateOptions);
    UNREFERENCED_PARAMETER(EaBuffer);
    UNREFERENCED_PARAMETER(EaLength);
    return open("ZwCreateFile", FileHandle, ObjectAttributes, IoStatusBlock, SITE);
}

NTSTATUS ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                    PIO_STATUS_BLOCK IoStatusBlock, ULONG ShareAccess, ULONG OpenOptions)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(ShareAccess);
    UNREFERENCED_PARAMETER(OpenOptions);
    return open("ZwOpenFile", FileHandle, ObjectAttributes, IoStatusBlock, SITE);
}

NTSTATUS ZwReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                    PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    UNREFERENCED_PARAMETER(Event);
    UNREFERENCED_PARAMETER(ApcRoutine);
    UNREFERENCED_PARAMETER(ApcContext);
    UNREFERENCED_PARAMETER(IoStatusBlock);
    UNREFERENCED_PARAMETER(Buffer);
    UNREFERENCED_PARAMETER(Length);
    UNREFERENCED_PARAMETER(ByteOffset);
    UNREFERENCED_PARAMETER(Key);
    return use("ZwReadFile", FileHandle, SITE);
}

NTSTATUS ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                     PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, PLARGE_INTEGER ByteOffset, PULONG Key)
{
    UNREFERENCED_PARAMETER(Event);
    UNREFERENCED_PARAMETER(ApcRoutine);
    UNREFERENCED_PARAMETER(ApcContext);
    UNREFERENCED_PARAMETER(IoStatusBlock);
    UNREFERENCED_PARAMETER(Buffer);
    UNREFERENCED_PARAMETER(Length);
    UNREFERENCED_PARAMETER(ByteOffset);
    UNREFERENCED_PARAMETER(Key);
    return use("ZwWriteFile", FileHandle, SITE);
}

NTSTATUS ZwDeviceIoControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                               PIO_STATUS_BLOCK IoStatusBlock, ULONG IoControlCode, PVOID InputBuffer, ULONG InputBufferLength,
                               PVOID OutputBuffer, ULONG OutputBufferLength)
{
    UNREFERENCED_PARAMETER(Event);
    UNREFERENCED_PARAMETER(ApcRoutine);
    UNREFERENCED_PARAMETER(ApcContext);
    UNREFERENCED_PARAMETER(IoStatusBlock);
    UNREFERENCED_PARAMETER(IoControlCode);
    UNREFERENCED_PARAMETER(InputBuffer);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(OutputBuffer);
    UNREFERENCED_PARAMETER(OutputBufferLength);
    return use("ZwDeviceIoControlFile", FileHandle, SITE);
}

NTSTATUS ZwFsControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                         PIO_STATUS_BLOCK IoStatusBlock, ULONG FsControlCode, PVOID InputBuffer, ULONG InputBufferLength,
                         PVOID OutputBuffer, ULONG OutputBufferLength)
{
    UNREFERENCED_PARAMETER(Event);
    UNREFERENCED_PARAMETER(ApcRoutine);
    UNREFERENCED_PARAMETER(ApcContext);
    UNREFERENCED_PARAMETER(IoStatusBlock);
    UNREFERENCED_PARAMETER(FsControlCode);
    UNREFERENCED_PARAMETER(InputBuffer);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(OutputBuffer);
    UNREFERENCED_PARAMETER(OutputBufferLength);
    return use("ZwFsControlFile", FileHandle, SITE);
}

NTSTATUS ZwQueryInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation, ULONG Length,
                                FILE_INFORMATION_CLASS FileInformationClass)
{
    UNREFERENCED_PARAMETER(IoStatusBlock);
    UNREFERENCED_PARAMETER(FileInformation);
    UNREFERENCED_PARAMETER(Length);
    UNREFERENCED_PARAMETER(FileInformationClass);
    return use("ZwQueryInformationFile", FileHandle, SITE);
}

NTSTATUS ZwSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation, ULONG Length,
                              FILE_INFORMATION_CLASS FileInformationClass)
{
    UNREFERENCED_PARAMETER(IoStatusBlock);
    UNREFERENCED_PARAMETER(FileInformation);
    UNREFERENCED_PARAMETER(Length);
    UNREFERENCED_PARAMETER(FileInformationClass);
    return use("ZwSetInformationFile", FileHandle, SITE);
}

NTSTATUS ZwFlushBuffersFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock)
{
    UNREFERENCED_PARAMETER(IoStatusBlock);
    return use("ZwFlushBuffersFile", FileHandle, SITE);
}

NTSTATUS ZwDeleteFile(POBJECT_ATTRIBUTES ObjectAttributes)
{
    HANDLE handle;
    return open("ZwDeleteFile", &handle, ObjectAttributes, NULL, SITE);
}

NTSTATUS ZwQueryFullAttributesFile(POBJECT_ATTRIBUTES ObjectAttributes, PFILE_NETWORK_OPEN_INFORMATION FileInformation)
{
    HANDLE handle;
    UNREFERENCED_PARAMETER(FileInformation);
    return open("ZwQueryFullAttributesFile", &handle, ObjectAttributes, NULL, SITE);
}

NTSTATUS ZwOpenSymbolicLinkObject(PHANDLE LinkHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    return open("ZwOpenSymbolicLinkObject", LinkHandle, ObjectAttributes, NULL, SITE);
}

NTSTATUS ZwQuerySymbolicLinkObject(HANDLE LinkHandle, PUNICODE_STRING LinkTarget, PULONG ReturnedLength)
{
    UNREFERENCED_PARAMETER(LinkTarget);
    UNREFERENCED_PARAMETER(ReturnedLength);
    return use("ZwQuerySymbolicLinkObject", LinkHandle, SITE);
}

/* A directory of objects has no contents that anybody looks at: a handle to it is all. */
NTSTATUS ZwCreateDirectoryObject(PHANDLE DirectoryHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes)
{
    static char directory;
    UNREFERENCED_PARAMETER(DesiredAccess);
    kernel_require_irql(PASSIVE_LEVEL, "ZwCreateDirectoryObject");
    scheduler_call(&file_call, NULL);
    touch(ObjectAttributes, sizeof *ObjectAttributes, false, SITE);
    touch(DirectoryHandle, sizeof *DirectoryHandle, true, SITE);
    *DirectoryHandle = object_open_handle(&directory, OBJECT_OTHER, NULL);
    return *DirectoryHandle == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

NTSTATUS ZwMakeTemporaryObject(HANDLE Handle)
{
    enum object_kind kind;
    return object_behind(Handle, &kind) == NULL ? STATUS_INVALID_HANDLE : STATUS_SUCCESS;
}

NTSTATUS ZwLoadDriver(PUNICODE_STRING DriverServiceName)
{
    (void)text_of_unicode(DriverServiceName, SITE);
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS ZwUnloadDriver(PUNICODE_STRING DriverServiceName)
{
    (void)text_of_unicode(DriverServiceName, SITE);
    return STATUS_OBJECT_NAME_NOT_FOUND;
}
