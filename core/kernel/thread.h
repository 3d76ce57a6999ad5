/* thread.h - the objects of threads. */
#ifndef CORE_KERNEL_THREAD_H
#define CORE_KERNEL_THREAD_H

#include "dispatcher.h"

struct _KTHREAD {
    DISPATCHER_HEADER Header; /* signalled when the thread has ended */
    KPRIORITY Priority;
    LONG ApcDisable;         /* critical regions that are entered */
    LONG SpecialApcDisable;  /* guarded regions */
    int32_t Mutexes;         /* that it owns */
    struct driver_call Call; /* of its start routine */
    uint32_t Frame;          /* that of the call, among the frames of the task */
};

struct _ETHREAD {
    struct _KTHREAD Tcb;
    PKSTART_ROUTINE StartRoutine; /* NULL: not made by PsCreateSystemThread */
    PVOID StartContext;
    NTSTATUS ExitStatus;
    uint32_t Number;
};

/* Whether it was made by PsCreateSystemThread and has not ended. */
bool thread_is_running(const struct _ETHREAD *thread);

/* The start routine's task gives its thread object up when it ends. */
void thread_release(PETHREAD thread);

#endif
