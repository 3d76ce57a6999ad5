/*
 * events.h - what a driver and the kernel do to each other, one event at a time, for whoever judges drivers.
 *
 * The kernel announces an event at the moment it happens, in the task that does it, without a scheduling point in between.
 * Events of the kernel model's own drivers (the bus below, the filter above) are not announced.
 */
#ifndef REMLOCK_EVENTS_H
#define REMLOCK_EVENTS_H

#include <wdm.h>

/* The kinds of routines in a driver that the kernel calls. */
enum driver_routine {
    ROUTINE_NONE,
    ROUTINE_INITIALIZE, /* DriverEntry */
    ROUTINE_UNLOAD,
    ROUTINE_ADD_DEVICE,
    ROUTINE_DISPATCH,     /* event.major and event.minor tell which */
    ROUTINE_COMPLETION,   /* IO_COMPLETION_ROUTINE */
    ROUTINE_CANCEL,       /* DRIVER_CANCEL */
    ROUTINE_START_IO,     /* DRIVER_STARTIO */
    ROUTINE_DPC,          /* KDEFERRED_ROUTINE or IO_DPC_ROUTINE */
    ROUTINE_TIMER,        /* IO_TIMER_ROUTINE */
    ROUTINE_WORK_ITEM,    /* IO_WORKITEM_ROUTINE or WORKER_THREAD_ROUTINE */
    ROUTINE_THREAD,       /* KSTART_ROUTINE */
    ROUTINE_POWER,        /* REQUEST_POWER_COMPLETE */
    ROUTINE_NOTIFICATION, /* of Plug and Play */
    ROUTINE_WMI,          /* of a WMILIB_CONTEXT */
    ROUTINE_CSQ,          /* of an IO_CSQ */
    ROUTINE_INTERRUPT,    /* KSERVICE_ROUTINE or KSYNCHRONIZE_ROUTINE */
    ROUTINE_KINDS
};

/* The routine's type as drivers declare it: "IO_COMPLETION_ROUTINE"; for dispatch routines what they are called for. */
const char *driver_routine_name(enum driver_routine routine, UCHAR major, UCHAR minor);

enum core_event_kind {
    EVENT_ENTER,                 /* the kernel calls a routine of the driver: routine, device, irp, major, minor, value; of
                                    completion routines also status (IoStatus.Status) */
    EVENT_EXIT,                  /* it has returned: the same, and status (of routines that return none: STATUS_SUCCESS) */
    EVENT_LOCK_INITIALIZE,       /* IoInitializeRemoveLock was called: lock */
    EVENT_LOCK_ACQUIRING,        /* IoAcquireRemoveLock is called: lock, tag, file, line */
    EVENT_LOCK_ACQUIRE,          /* IoAcquireRemoveLock has returned: lock, tag, status, file, line */
    EVENT_LOCK_RELEASE,          /* IoReleaseRemoveLock is called: lock, tag */
    EVENT_LOCK_RELEASE_AND_WAIT, /* IoReleaseRemoveLockAndWait is called: lock, tag */
    EVENT_LOCK_WAITED,           /* and has returned */
    EVENT_ALLOCATE_IRP,          /* the driver made a request of its own: irp (NULL: it failed) */
    EVENT_CALL,                  /* IoCallDriver or PoCallDriver is called: irp, device (the target), major, minor */
    EVENT_CALLED,                /* it has returned: the same, status; irp must not be looked at */
    EVENT_SET_COMPLETION,        /* IoSetCompletionRoutine: irp */
    EVENT_SKIP,                  /* IoSkipCurrentIrpStackLocation: irp */
    EVENT_MARK_PENDING,          /* IoMarkIrpPending: irp */
    EVENT_COMPLETE,              /* IoCompleteRequest is called: irp, status (IoStatus.Status) */
    EVENT_START_NEXT_POWER,      /* PoStartNextPowerIrp: irp */
    EVENT_REQUEST_POWER,         /* PoRequestPowerIrp has returned: device, status */
    EVENT_CREATE_DEVICE,         /* IoCreateDevice succeeded: device */
    EVENT_ATTACH,                /* IoAttachDeviceToDeviceStack: device (source), other (what it is attached to) */
    EVENT_DETACH,                /* IoDetachDevice is called: device (the one below), other (the one above) */
    EVENT_DELETE_DEVICE,         /* IoDeleteDevice is called: device */
    EVENT_ALLOCATE,              /* the driver allocated pool: tag (its address; NULL: it failed) */
    EVENT_FREE,                  /* the driver frees pool: tag (its address) */
    EVENT_QUEUE,                 /* IoCsqInsertIrp, IoStartPacket: the request may be parked: irp */
    EVENT_WAIT,                  /* a wait has ended: status */
    EVENT_WMI,                   /* WmiSystemControl has returned: irp, value (its SYSCTL_IRP_DISPOSITION) */
    EVENT_LATE_CALLBACK,         /* a routine is about to run for a device that the driver has deleted: routine, device */
    EVENT_KINDS
};

/* `value` of EVENT_ENTER of a dispatch routine: what its request asks for beyond its major and minor function. */
#define REQUEST_DETAIL_POWER(type, state) ((uint32_t)(type) << 8 | (uint32_t)(state)) /* SET_POWER, QUERY_POWER */
#define REQUEST_DETAIL_POWER_TYPE(detail) ((detail) >> 8)                             /* POWER_STATE_TYPE */
#define REQUEST_DETAIL_POWER_STATE(detail) ((detail)&0xFF)                            /* of the system or the device */
/* QUERY_DEVICE_RELATIONS: its DEVICE_RELATION_TYPE as it is. Otherwise 0. */

struct core_event {
    enum core_event_kind kind;
    enum driver_routine routine; /* of EVENT_ENTER and EVENT_EXIT; otherwise the one that runs now in this task */
    UCHAR major, minor;          /* of the request concerned, else of the dispatch routine that runs */
    uint8_t task;
    NTSTATUS status;
    PDEVICE_OBJECT device; /* the driver's device or the target; NULL when none is concerned */
    PDEVICE_OBJECT other;
    PIRP irp; /* NULL when none is concerned; only compared unless the event says that it is alive */
    const void *lock;
    PVOID tag;
    uint32_t value;
    PCSTR file; /* where IoAcquireRemoveLock stands, in drivers built with DBG; otherwise "" */
    ULONG line;
    uintptr_t site; /* code address in the driver, 0 when unknown */
};

/* Who hears the events of the driver under test. May end the execution. NULL: nobody. Stays over resets. */
void core_on_event(void (*hear)(const struct core_event *event));

/* Nested calls of driver routines in a task, the innermost last: what a judge needs to know where it is. */
struct driver_frame {
    enum driver_routine routine;
    UCHAR major, minor;
    PDEVICE_OBJECT device;
    PIRP irp; /* as passed; it may be gone */
};

enum { DRIVER_FRAME_LIMIT = 24 };

/* The frames of a task; returns their number. */
uint32_t core_driver_frames(uint32_t task, const struct driver_frame **frames);

#endif
