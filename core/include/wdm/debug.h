/* debug.h - assertions and the debugger's output, which appears as notes in traces. */
#ifndef WDM_DEBUG_H
#define WDM_DEBUG_H

#include "status.h"

/* Formats are Microsoft's: %I64d, %wZ, %ws, %S and so on. What is printed is cut after 512 bytes, as there. */
ULONG DbgPrint(PCSTR Format, ...);
ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
ULONG DbgPrintReturnControlC(PCSTR Format, ...);
ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list arglist);
ULONG vDbgPrintExWithPrefix(PCSTR Prefix, ULONG ComponentId, ULONG Level, PCSTR Format, va_list arglist);
NTSTATUS DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level);
NTSTATUS DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State);

/* A breakpoint is a note as well: whoever reads the trace is the debugger. */
VOID DbgBreakPoint(VOID);
VOID DbgBreakPointWithStatus(ULONG Status);
VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message);

#define DPFLTR_DEFAULT_ID 101
#define DPFLTR_IHVVIDEO_ID 75
#define DPFLTR_IHVAUDIO_ID 76
#define DPFLTR_IHVDRIVER_ID 77
#define DPFLTR_IHVNETWORK_ID 78
#define DPFLTR_IHVSTREAMING_ID 79
#define DPFLTR_IHVBUS_ID 80
#define DPFLTR_ERROR_LEVEL 0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL 2
#define DPFLTR_INFO_LEVEL 3
#define DPFLTR_MASK 0x80000000

#if DBG
#define ASSERT(expression) ((expression) ? (void)0 : RtlAssert((PVOID) #expression, (PVOID)__FILE__, __LINE__, NULL))
#define ASSERTMSG(message, expression)                                                                                         \
    ((expression) ? (void)0 : RtlAssert((PVOID) #expression, (PVOID)__FILE__, __LINE__, (PSTR)(message)))
#define RTL_VERIFY(expression) ((expression) ? TRUE : (RtlAssert((PVOID) #expression, (PVOID)__FILE__, __LINE__, NULL), FALSE))
#define KdPrint(arguments) DbgPrint arguments
#define KdPrintEx(arguments) DbgPrintEx arguments
#define vKdPrintEx(arguments) vDbgPrintEx arguments
#define vKdPrintExWithPrefix(arguments) vDbgPrintExWithPrefix arguments
#define KdBreakPoint() DbgBreakPoint()
#define KdBreakPointWithStatus(status) DbgBreakPointWithStatus(status)
#else
#define ASSERT(expression) ((void)0)
#define ASSERTMSG(message, expression) ((void)0)
#define RTL_VERIFY(expression) ((expression) ? TRUE : FALSE)
#define KdPrint(arguments)
#define KdPrintEx(arguments)
#define vKdPrintEx(arguments)
#define vKdPrintExWithPrefix(arguments)
#define KdBreakPoint()
#define KdBreakPointWithStatus(status)
#endif

#define RTL_SOFT_ASSERT(expression) ASSERT(expression)
#define RTL_SOFT_ASSERTMSG(message, expression) ASSERTMSG(message, expression)
#define RTL_SOFT_VERIFY(expression) RTL_VERIFY(expression)
#define RTL_ASSERT(expression) ASSERT(expression)
#define RTL_ASSERTMSG(message, expression) ASSERTMSG(message, expression)
#define NT_ASSERT(expression) ASSERT(expression)
#define NT_ASSERTMSG(message, expression) ASSERTMSG(message, expression)
#define NT_ASSERTMSGW(message, expression) ASSERT(expression)
#define NT_ASSERT_ASSUME(expression) ASSERT(expression)
#define NT_ASSERTMSG_ASSUME(message, expression) ASSERTMSG(message, expression)
#define NT_ANALYSIS_ASSUME(expression) ((void)0)
#define NT_VERIFY(expression) RTL_VERIFY(expression)
#define NT_VERIFYMSG(message, expression) RTL_VERIFY(expression)
#define NT_FRE_ASSERT(expression) ((expression) ? (void)0 : RtlAssert((PVOID) #expression, (PVOID)__FILE__, __LINE__, NULL))
#define NT_FRE_ASSERTMSG(message, expression) NT_FRE_ASSERT(expression)

/* No debugger is there. */
extern BOOLEAN *KdDebuggerEnabled;
extern BOOLEAN *KdDebuggerNotPresent;
#define KD_DEBUGGER_ENABLED (*KdDebuggerEnabled)
#define KD_DEBUGGER_NOT_PRESENT (*KdDebuggerNotPresent)
BOOLEAN KdRefreshDebuggerNotPresent(VOID);

#endif
