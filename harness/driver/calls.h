/*
 * calls.h - what is under way: the driver's devices, the requests that it was given, and the calls of its routines.
 *
 * Judges look here for the facts; calls_hear() keeps them from the events alone, so that the judges need neither the kernel
 * model nor a driver to be tried.
 */
#ifndef HARNESS_DRIVER_CALLS_H
#define HARNESS_DRIVER_CALLS_H

#include <remlock/events.h>

#include <remlock/harness.h>

/* What a dispatch routine is called for, as far as rules tell it apart. */
enum request_class {
    CLASS_CREATE,
    CLASS_CLOSE,
    CLASS_CLEANUP,
    CLASS_READ,
    CLASS_WRITE,
    CLASS_DEVICE_CONTROL,
    CLASS_INTERNAL_DEVICE_CONTROL,
    CLASS_SHUTDOWN,
    CLASS_SYSTEM_CONTROL,
    CLASS_START,
    CLASS_QUERY_REMOVE,
    CLASS_REMOVE,
    CLASS_SURPRISE_REMOVAL,
    CLASS_REMOVAL_RELATIONS, /* QUERY_DEVICE_RELATIONS, RemovalRelations */
    CLASS_OTHER_RELATIONS,
    CLASS_OTHER_PNP,
    CLASS_SYSTEM_UP,   /* SET_POWER of the system to S0 */
    CLASS_SYSTEM_DOWN, /* to another state */
    CLASS_DEVICE_UP,   /* SET_POWER of the device to D0 */
    CLASS_DEVICE_DOWN,
    CLASS_OTHER_POWER,
    CLASS_OTHER,
    REQUEST_CLASSES
};

#define CLASS_BIT(name) (1u << CLASS_##name)

enum request_class request_class_of(UCHAR major, UCHAR minor, uint32_t detail);

enum { KNOWN_DEVICE_LIMIT = 64, REQUEST_LIMIT = 1024, CALL_DEPTH_LIMIT = DRIVER_FRAME_LIMIT, NOBODY = UINT16_MAX };

/* A device object of the driver's. */
struct known_device {
    PDEVICE_OBJECT device;
    const char *begin, *end; /* the memory of its extension */
    bool attached;           /* it was attached to a stack: an FDO or a filter, not a PDO and not a control device */
    bool has_lock;           /* a remove lock was initialised in its extension */
    bool going;              /* a surprise removal or a removal has reached it */
    bool waited_for;         /* IoReleaseRemoveLockAndWait was called for a lock in its extension */
    bool detached;           /* from its stack */
    uint8_t removing;        /* calls for IRP_MN_REMOVE_DEVICE under way */
};

/* A request that one of the driver's devices was given, from the call of the dispatch routine on. */
struct request {
    PIRP irp;
    uint16_t device; /* index of the known device, or NOBODY */
    uint16_t older;  /* the next one in its chain, or NOBODY */
    uint8_t class;   /* enum request_class */
    UCHAR major, minor;
    bool called;         /* passed on */
    bool completion_set; /* with a completion routine, that is, the driver gets it back */
    bool had_completion; /* the same, now or earlier */
    bool finished;       /* completed, or passed on without a completion routine: the driver is through with it */
    bool marked;
    bool acquired;       /* a lock was acquired for it */
    bool acquire_failed; /* or could not be */
    bool refused;        /* and that was its own device's */
    bool waited;         /* its handler has called IoReleaseRemoveLockAndWait */
    bool lower_known;    /* `lower` is the status with which the lower driver has completed it */
    bool lower_pending;  /* the lower driver's dispatch routine returned STATUS_PENDING */
    NTSTATUS returned;   /* what IoCallDriver returned for it, when `called_back` */
    bool called_back;
    NTSTATUS lower;
};

/* A call of one of the driver's routines. */
struct routine_call {
    uint8_t routine; /* enum driver_routine */
    uint8_t class;   /* of dispatch routines */
    UCHAR major, minor;
    uint16_t request;   /* index, or NOBODY */
    uint16_t device;    /* index, or NOBODY */
    uint16_t depth;     /* acquisitions made and not yet released within the call */
    uint64_t monitored; /* which rules of the table watch it: bit by index */
    bool acquired;      /* successfully, at least once */
    bool released;      /* by IoReleaseRemoveLock */
    bool waited;        /* IoReleaseRemoveLockAndWait */
    bool completion_set;
    bool called;         /* passed something on */
    bool lower_failed;   /* which failed at once */
    bool wait_succeeded; /* after that, a wait succeeded */
    bool marked;
    bool completion_ran_held; /* a completion routine returned in this task while depth was not 0 */
    bool power_pending;       /* PoRequestPowerIrp returned STATUS_PENDING */
    bool wmi_forward;         /* WmiSystemControl left the request to be forwarded */
    bool failed_status;       /* a request was completed with a failure */
};

void calls_reset(void);

/* Before the judges hear the event, and after. */
void calls_hear(const struct core_event *event);
void calls_heard(const struct core_event *event);

/* The innermost call of a task; the innermost one of a dispatch routine; NULL when there is none. */
struct routine_call *calls_innermost(uint32_t task);
struct routine_call *calls_dispatch(uint32_t task);

/* Whether the task is, at any depth, in a call for this class of request. */
bool calls_inside(uint32_t task, enum request_class class);

/* The latest unfinished request with this IRP, or its index; NULL and NOBODY when there is none. */
struct request *calls_request(const void *irp);
uint16_t calls_request_index(const void *irp);
struct request *calls_request_at(uint16_t index); /* NULL for NOBODY */

/* The request that the task works at: that of the innermost call that has one. */
uint16_t calls_working_at(uint32_t task);

struct known_device *calls_device_at(uint16_t index); /* NULL for NOBODY */
struct known_device *calls_device(PDEVICE_OBJECT device);
/* The device in whose extension the address lies. */
uint16_t calls_device_holding(const void *address);

/* Whether a device was attached: the driver is a Plug and Play driver. */
bool calls_any_attached(void);

/* "IRP_MJ_READ", "IRP_MN_REMOVE_DEVICE". */
const char *request_name(const struct request *request);

#endif
