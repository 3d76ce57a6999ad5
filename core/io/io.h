/*
 * io.h - what the files of the I/O manager share with each other and with the PnP and power managers.
 *
 * Uninstrumented: each routine is one step but for the scheduling points that it names. Memory that drivers see comes from the
 * arena; what only the kernel knows stands in tables beside it.
 */
#ifndef CORE_IO_H
#define CORE_IO_H

#include "../kernel/kernel.h"

#include <remlock/machine.h>

enum {
    IRP_LIMIT = 8192,            /* requests in one execution */
    DEVICE_LIMIT = 64,           /* device objects */
    DRIVER_LIMIT = 8,            /* driver objects, the model's own included */
    IRPS_OF_MACHINE_ALONE = 128, /* that drivers leave to the machine */
    IRP_STACK_LIMIT = 12         /* stack locations of a request that are watched */
};

/* -------------------------------------------------------------------------------------------------------- drivers -- */

/* The driver under test. */
PDRIVER_OBJECT io_driver(void);
bool io_is_under_test(const DEVICE_OBJECT *device);
bool io_is_unloading(void);

/* A driver of the model's own: its routines are called directly and announce no events. */
PDRIVER_OBJECT io_create_model_driver(PDRIVER_DISPATCH dispatch);
PDEVICE_OBJECT io_create_model_device(PDRIVER_OBJECT driver);
void io_delete_model_device(PDEVICE_OBJECT device);

/* -------------------------------------------------------------------------------------------------------- devices -- */

/* What the kernel knows of a device object. */
struct device_record {
    PDEVICE_OBJECT device;
    PDEVICE_OBJECT attached_to; /* the one below, or NULL */
    uint32_t references;        /* pointers: of requests under way, work items, ObReferenceObject */
    bool deleted;               /* IoDeleteDevice was called */
    bool freed;                 /* and its memory is gone */
    bool is_pdo;                /* reported by a bus */
    bool was_attached;          /* to another one, at some time */
    bool model;                 /* belongs to one of the model's own drivers */
    PVOID extension;            /* NULL: none */
    PVOID extension_end;        /* one past it */
    WCHAR name[64];             /* as given to IoCreateDevice, 0-ended; "" when there is none */
};

/* NULL when the object is no device of this execution. */
struct device_record *io_device(const DEVICE_OBJECT *device);
/* The device whose object or extension holds `address`, or NULL. */
struct device_record *io_device_of(const void *address);
uint32_t io_device_count(void);
struct device_record *io_device_at(uint32_t index);

void io_reference_device(PDEVICE_OBJECT device);
void io_dereference_device(PDEVICE_OBJECT device);
PDEVICE_OBJECT io_top_of_stack(PDEVICE_OBJECT device);
void io_count_handle(PDEVICE_OBJECT device, LONG by);

/* IoAttachDeviceToDeviceStack and IoDetachDevice for model drivers. */
PDEVICE_OBJECT io_attach(PDEVICE_OBJECT source, PDEVICE_OBJECT target);
void io_detach(PDEVICE_OBJECT target);

/* ------------------------------------------------------------------------------------------------------- requests -- */

enum irp_origin {
    IRP_OF_MACHINE,        /* made by a manager of the kernel, which frees it when it is complete */
    IRP_OF_DRIVER,         /* IoAllocateIrp: the driver frees it */
    IRP_IN_DRIVERS_MEMORY, /* IoInitializeIrp: its memory is the driver's */
    IRP_OF_DRIVER_SYNC,    /* IoBuildSynchronousFsdRequest, IoBuildDeviceIoControlRequest: freed when complete */
    IRP_OF_POWER,          /* PoRequestPowerIrp */
};

/* What the kernel knows of a request. */
struct irp_record {
    PIRP irp;
    uint8_t origin;  /* enum irp_origin */
    bool live;       /* its memory is not freed */
    bool in_flight;  /* sent and not complete */
    bool completing; /* IoCompleteRequest is walking its stack */
    bool done;       /* complete: status and information are valid */
    uint8_t held_at; /* the location at which the completion pauses, for Force Pending; 0: none */
    uint8_t pins;    /* somebody of the kernel looks at it: its memory stays */
    uint8_t task;    /* who sent it */
    uint8_t major, minor;
    uint16_t size; /* of its memory */
    int8_t base;   /* CurrentLocation of the first driver it was sent to: above it is its owner's */
    NTSTATUS status;
    ULONG_PTR information;
    PDEVICE_OBJECT device;                        /* referenced while it is in flight; NULL: none */
    PFILE_OBJECT file;                            /* likewise */
    PDEVICE_OBJECT holder;                        /* whose dispatch routine was called last */
    uint32_t number;                              /* r1, r2, ... in the program; 0: none */
    void (*completed)(struct irp_record *record); /* called when it is complete, before its memory is freed; may be NULL */
    void *context;                                /* of `completed` */
    /* By stack location, counted as CurrentLocation does: what is known for the judges of pending. */
    uint8_t marked[IRP_STACK_LIMIT + 2];   /* PENDING_* below */
    uint8_t returned[IRP_STACK_LIMIT + 2]; /* likewise: what dispatch routines returned there */
    uint8_t times[IRP_STACK_LIMIT + 2];    /* how often the request came there again */
};

enum { PENDING_UNKNOWN, PENDING_NO, PENDING_YES };

/* One that a manager of the kernel has sent and that is not complete, or NULL. */
struct irp_record *io_request_left(void);

/* Whether a manager of the kernel has one that it is about to send or not done with: its device is referred to. */
bool io_request_under_way(void);

/* The record of a live request, or NULL. */
struct irp_record *io_record(const IRP *irp);
uint32_t io_record_count(void);
struct irp_record *io_record_at(uint32_t index);

/*
 * A request of a manager's own for the top of `device`'s stack, with its first location's major and minor set and
 * STATUS_NOT_SUPPORTED preset as the PnP manager does; NULL when memory is short. References the device until it is complete.
 */
PIRP io_make_request(PDEVICE_OBJECT device, UCHAR major, UCHAR minor, struct irp_record **record);

/* Sends it: IoCallDriver for managers. The caller must not touch the request afterwards. */
NTSTATUS io_send(PDEVICE_OBJECT device, PIRP irp);

/* Passes the request on as it is, from the model driver's routine that got it to the device below. */
NTSTATUS io_call(PDEVICE_OBJECT device, PIRP irp, uintptr_t site);

/* IoCallDriver or PoCallDriver (`routine`) by the driver under test. */
NTSTATUS io_call_by_driver(PDEVICE_OBJECT device, PIRP irp, const char *routine, uintptr_t site);

/* Completes the request as one that its driver has no routine for. */
NTSTATUS io_refuse(PDEVICE_OBJECT device, PIRP irp);

/* Waits until the request is complete; false when the deadline came first. */
bool io_wait(struct irp_record *record, uint64_t deadline);

/* Waits until the tasks that were left to send IRP_MJ_CLOSE have done so. */
void io_wait_for_closes(void);

/* Waits until no completion is held by Force Pending any more. */
void io_wait_for_completions(void);
void io_wait_for_requesters(void); /* until those whose requests are done have been told */

/* Frees the memory of a complete request once nobody of the kernel looks at it. */
void io_release_request(struct irp_record *record);

/* Sends it and waits for its completion; returns its final status. `information` may be NULL. */
NTSTATUS io_send_and_wait(struct irp_record *record, PDEVICE_OBJECT device, PIRP irp, ULONG_PTR *information);

/* IoCompleteRequest for managers and model drivers: walks the completion routines. A scheduling point comes first. */
void io_complete(PIRP irp, NTSTATUS status, ULONG_PTR information);

/* Memory for requests: the arena, or NULL. Records `origin`. */
PIRP io_allocate(CCHAR stack_size, enum irp_origin origin);
void io_free(PIRP irp);

/* Cancels a request as IoCancelIrp does; true when a cancel routine was called. */
bool io_cancel(PIRP irp);

/* ------------------------------------------------------------------------------------------------------------ files -- */

void io_reference_file(PFILE_OBJECT file);
void io_dereference_file(PFILE_OBJECT file);

/* Opens the device for a driver: IRP_MJ_CREATE, and IRP_MJ_CLEANUP because no handle stays; the reference is the caller's. */
NTSTATUS io_open_for_driver(PDEVICE_OBJECT device, PFILE_OBJECT *file);

/* Sends IRP_MJ_CLOSE and frees the file object, now or in a task of its own. */
void io_close_later(PFILE_OBJECT file);

/* Cancels a request of a manager, whatever becomes of it meanwhile. */
void io_cancel_record(struct irp_record *record);

/* Ends all requests of programs and closes all handles. */
void io_close_all(void);
uint32_t io_files_left(void);

/* Each file of the I/O manager forgets the last execution's state; called by machine_reset(). */
void io_reset_devices(void);
void io_reset_requests(void);
void io_reset_files(void);
void io_reset_names(void);
void io_reset_drivers(void);
void io_reset_cancel(void);
void io_reset_completions(void);

/* Whether a symbolic link exists. */
bool io_link_left(void);

/* The machine's options; machine.c. */
struct machine {
    struct machine_options options;
};

extern struct machine machine;

/* IoAttachDevice, IoGetDeviceObjectPointer: the device called `name`, symbolic links followed; NULL when there is none. */
PDEVICE_OBJECT io_find_device(PCUNICODE_STRING name);

/* A driver's object of any kind is referenced or dereferenced: device, file, thread, event ... */
bool io_reference_object(PVOID object, int32_t by);

/* ------------------------------------------------------------------------------------------------ the outer parts -- */

/*
 * csq.c, start_io.c, timer.c, work_item.c, mdl.c, interrupt.c, driver_extension.c, and interfaces.c and notification.c of
 * core/pnp. The first one resets them all.
 */
void io_reset_outer(void);
void io_reset_start_io(void);
void io_reset_timers(void);
void io_reset_work_items(void);
void io_reset_interrupts(void);
void io_reset_driver_extensions(void);
void pnp_reset_interfaces(void);
void pnp_reset_notifications(void);

/* The cancel routine of requests in cancel-safe queues: the kernel's own, called with the cancel spin lock held. */
VOID io_csq_cancel(PDEVICE_OBJECT DeviceObject, PIRP Irp);

/* The completion routine of IoForwardIrpSynchronously: the kernel's own. */
NTSTATUS io_forwarded(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context);

/* IoDeleteDevice: the device's timer goes with it. */
void io_delete_timer(PDEVICE_OBJECT device);

/* A driver is not unloaded while its work items or notifications are under way: waits for them. */
void io_wait_for_work_items(void);
void pnp_wait_for_notifications(void);

/* The driver is unloaded: remarks what it has left behind of what these files handed out. */
void io_judge_outer(void);
void io_judge_interrupts(void);
void pnp_judge_notifications(void);

/* What became of the driver's extensions: the I/O manager frees them when it unloads the driver. */
void io_free_driver_extensions(void);

/* Calls the routines of IoRegisterDriverReinitialization, after DriverEntry and the first devices. */
void io_reinitialize_driver(void);

/* Interrupts in the order of connecting; the moment at which one strikes: false when it is not connected any more. */
uint32_t io_interrupt_count(void);
bool io_interrupt(uint32_t index);

/* What allocations of these files are called in reports. */
#define WORK_ITEM_KIND "work item"
#define MDL_KIND "MDL"

enum {
    CALL_IO_CALL_DRIVER = CALL_IO,
    CALL_IO_COMPLETE_REQUEST,
    CALL_IO_WAIT_FOR_REQUEST,
    CALL_IO_CREATE_DEVICE,
    CALL_IO_ATTACH_DEVICE,
    CALL_IO_DETACH_DEVICE,
    CALL_IO_DELETE_DEVICE_OBJECT,
    CALL_IO_SET_CANCEL_ROUTINE,
    CALL_IO_CANCEL_IRP,
    CALL_IO_ALLOCATE_IRP,
    CALL_IO_FREE_IRP,
    CALL_IO_OPEN,
    CALL_IO_CLOSE,
    CALL_IO_FIRST_FREE = CALL_IO + 24, /* for csq, StartIo, timers, work items and the like */
    CALL_IO_ALLOCATE_WORK_ITEM = CALL_IO_FIRST_FREE,
    CALL_IO_FREE_WORK_ITEM,
    CALL_IO_QUEUE_WORK_ITEM,
    CALL_IO_WAIT_FOR_WORK,
    CALL_IO_INITIALIZE_TIMER,
    CALL_IO_START_TIMER,
    CALL_IO_STOP_TIMER,
    CALL_IO_TICK,
    CALL_IO_ALLOCATE_MDL,
    CALL_IO_CONNECT_INTERRUPT,
    CALL_IO_DISCONNECT_INTERRUPT,
    CALL_IO_INTERRUPT,
    CALL_IO_ALLOCATE_DRIVER_EXTENSION,
    CALL_IO_REGISTER_INTERFACE,
    CALL_IO_SET_INTERFACE_STATE,
    CALL_IO_REGISTER_NOTIFICATION,
    CALL_IO_UNREGISTER_NOTIFICATION,
    CALL_IO_NOTIFY,
};

#endif
