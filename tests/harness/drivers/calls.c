/* calls.c - calls a routine that nobody has */
#include <wdm.h>

VOID KeNobodyHasThis(VOID);

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeNobodyHasThis();
    return STATUS_SUCCESS;
}
