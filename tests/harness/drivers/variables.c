/*
 * variables.c - counts its calls in variables of every kind
 *
 * Each call of DriverEntry counts; DriverObject->Size is the sum of the counts that were there before.
 */
#include <wdm.h>

#define IOCTL_COUNT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

LONG Shared = 1;
static LONG Cleared;
static LONG Constructed;
static const ULONG Codes[] = {IOCTL_COUNT};
#ifdef LARGE
static UCHAR Filled[LARGE] = {0, 1}; /* in the file: zeroes only are not */
static UCHAR Empty[LARGE];
#endif

static __attribute__((constructor)) VOID Construct(VOID)
{
    Constructed = 40;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->Size = (SHORT)(Shared++ + Cleared++ + Constructed++);
#ifdef LARGE
    for (ULONG position = 0; position < LARGE; position += DriverObject->Flags) {
        DriverObject->Size += Filled[position]++ + Empty[position]++;
    }
    DriverObject->Size += Filled[LARGE - 1]++ + Empty[LARGE - 1]++;
#endif
    return (NTSTATUS)Codes[0];
}
