/* ps.h - system threads. */
#ifndef WDM_PS_H
#define WDM_PS_H

#include "ob.h"

typedef struct _ETHREAD *PETHREAD;
typedef struct _EPROCESS *PEPROCESS;

typedef struct _CLIENT_ID {
    HANDLE UniqueProcess;
    HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

typedef VOID KSTART_ROUTINE(PVOID StartContext);
typedef KSTART_ROUTINE *PKSTART_ROUTINE;

#define NtCurrentProcess() ((HANDLE)(LONG_PTR)-1)
#define ZwCurrentProcess() NtCurrentProcess()
#define NtCurrentThread() ((HANDLE)(LONG_PTR)-2)
#define ZwCurrentThread() NtCurrentThread()

/* A thread is a task; its object is signalled when it ends. */
NTSTATUS PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                              HANDLE ProcessHandle, PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine, PVOID StartContext);
/* Does not return when a thread of PsCreateSystemThread calls it. */
NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus);
NTSTATUS PsGetThreadExitStatus(PETHREAD Thread);
BOOLEAN PsIsSystemThread(PETHREAD Thread);
PEPROCESS PsGetCurrentProcess(VOID);
HANDLE PsGetCurrentThreadId(VOID);
HANDLE PsGetCurrentProcessId(VOID);
HANDLE PsGetThreadId(PETHREAD Thread);
#define PsGetCurrentThread() ((PETHREAD)KeGetCurrentThread())
#define IoGetCurrentProcess PsGetCurrentProcess

#endif
