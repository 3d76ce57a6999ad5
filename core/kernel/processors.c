/* processors.c - how many processors there seem to be, and on which one a task runs. */
#include "kernel.h"

enum { PROCESSORS_OF_MANY = 4 };

static ULONG count(void)
{
    return kernel.options.processors == 0 ? PROCESSORS_OF_MANY : kernel.options.processors;
}

ULONG KeGetCurrentProcessorNumber(VOID)
{
    return scheduler_running() % count();
}

ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber)
{
    ULONG number = KeGetCurrentProcessorNumber();
    if (ProcNumber != NULL) {
        *ProcNumber = (PROCESSOR_NUMBER){.Number = (UCHAR)number};
    }
    return number;
}

KAFFINITY KeQueryActiveProcessors(VOID)
{
    return ((KAFFINITY)1 << count()) - 1;
}

ULONG KeQueryActiveProcessorCount(KAFFINITY *ActiveProcessors)
{
    if (ActiveProcessors != NULL) {
        *ActiveProcessors = KeQueryActiveProcessors();
    }
    return count();
}

ULONG KeQueryActiveProcessorCountEx(USHORT GroupNumber)
{
    UNREFERENCED_PARAMETER(GroupNumber);
    return count();
}

ULONG KeQueryMaximumProcessorCount(VOID)
{
    return count();
}

ULONG KeQueryMaximumProcessorCountEx(USHORT GroupNumber)
{
    UNREFERENCED_PARAMETER(GroupNumber);
    return count();
}
