/* print.c - DbgPrint and its relatives, whose text becomes notes in the trace; breakpoints. */
#include "rtl.h"

enum { PRINT_LIMIT = 512 };

static BOOLEAN debugger_enabled = FALSE;
static BOOLEAN debugger_not_present = TRUE;
BOOLEAN *KdDebuggerEnabled = &debugger_enabled;
BOOLEAN *KdDebuggerNotPresent = &debugger_not_present;

static ULONG print(PCSTR prefix, PCSTR format, va_list arguments, uintptr_t site)
{
    char buffer[PRINT_LIMIT];
    size_t length = text_transfer(narrow_text(buffer, PRINT_LIMIT - 1), text_of(prefix, site));
    struct format_output output = {.text = narrow_text(buffer + length, PRINT_LIMIT - 1 - length)};
    va_list copy;
    va_copy(copy, arguments);
    format_write(&output, text_of(format, site), &copy, site);
    va_end(copy);
    length += output.count < output.text.length ? output.count : output.text.length;
    while (length != 0 && (buffer[length - 1] == '\n' || buffer[length - 1] == '\r')) {
        length--;
    }
    buffer[length] = 0;
    scheduler_note(NULL, "%s", buffer);
    return STATUS_SUCCESS;
}

ULONG DbgPrint(PCSTR Format, ...)
{
    va_list arguments;
    va_start(arguments, Format);
    ULONG status = print("", Format, arguments, SITE);
    va_end(arguments);
    return status;
}

ULONG DbgPrintReturnControlC(PCSTR Format, ...)
{
    va_list arguments;
    va_start(arguments, Format);
    ULONG status = print("", Format, arguments, SITE);
    va_end(arguments);
    return status;
}

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    UNREFERENCED_PARAMETER(ComponentId);
    UNREFERENCED_PARAMETER(Level);
    va_list arguments;
    va_start(arguments, Format);
    ULONG status = print("", Format, arguments, SITE);
    va_end(arguments);
    return status;
}

ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list arglist)
{
    UNREFERENCED_PARAMETER(ComponentId);
    UNREFERENCED_PARAMETER(Level);
    return print("", Format, arglist, SITE);
}

ULONG vDbgPrintExWithPrefix(PCSTR Prefix, ULONG ComponentId, ULONG Level, PCSTR Format, va_list arglist)
{
    UNREFERENCED_PARAMETER(ComponentId);
    UNREFERENCED_PARAMETER(Level);
    return print(Prefix, Format, arglist, SITE);
}

NTSTATUS DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level)
{
    UNREFERENCED_PARAMETER(ComponentId);
    UNREFERENCED_PARAMETER(Level);
    return TRUE;
}

NTSTATUS DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State)
{
    UNREFERENCED_PARAMETER(ComponentId);
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(State);
    return STATUS_SUCCESS;
}

BOOLEAN KdRefreshDebuggerNotPresent(VOID)
{
    return TRUE;
}

VOID DbgBreakPoint(VOID)
{
    scheduler_note(NULL, "breakpoint");
}

VOID DbgBreakPointWithStatus(ULONG Status)
{
    scheduler_note(NULL, "breakpoint with status 0x%08X", (unsigned int)Status);
}
