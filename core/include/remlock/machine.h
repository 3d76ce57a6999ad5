/*
 * machine.h - the machine around a driver: what the I/O, PnP and power managers do on behalf of a program.
 *
 * The harness builds one machine per execution: a bus with a device, the driver under test loaded, its device stack built and
 * started. Then the tasks of a program make the machine do things: open and read, remove the device, put it to sleep. All
 * calls but machine_reset() run in a task, pass scheduling points, and may end the execution by a remark.
 *
 * The machine keeps Windows' promises whatever a program asks: one PnP request per device at a time, no IRP_MN_REMOVE_DEVICE
 * while handles are open, no request to a device that is not started, and so on. What it may not do now it leaves out; such
 * calls return false and show in traces as notes.
 *
 * Sources: "State Transitions for PnP Devices", "Understanding When Remove IRPs Are Issued" and the pages of the requests in
 * Microsoft's driver documentation.
 */
#ifndef REMLOCK_MACHINE_H
#define REMLOCK_MACHINE_H

#include <wdm.h>

#include <stdbool.h>

struct machine_options {
    PDRIVER_INITIALIZE entry; /* DriverEntry */
    const char *name;         /* of the driver, without folders and suffix */
    bool upper;               /* a filter of ours stands above the driver's device */
    bool legacy;              /* also what only Windows 9x did: REMOVE from the started state without query or surprise */
    bool faults;              /* requests to the bus may fail by choice: start, queries */
    bool force_pending;       /* by choice the driver hears of a completion later: IoCallDriver returns STATUS_PENDING */
    void (*reload)(void);     /* the driver is loaded again: makes its variables what they were at first */
    bool late;                /* somebody holds a reference to the device over its removal and sends requests late */
};

/* Forgets the last execution's machine. Call after core_reset(). */
void machine_reset(const struct machine_options *options);

/* -------------------------------------------------------------------------------------------- the driver's life -- */

/* Calls DriverEntry. When it fails the driver is gone, and the call returns its status. */
NTSTATUS machine_load(void);

/* Whether the driver is loaded, and whether it has an AddDevice routine. */
bool machine_loaded(void);
bool machine_is_pnp(void);

/* The bus finds the device: AddDevice, IRP_MN_START_DEVICE and the queries around it. False when one is there already. */
bool machine_plug(void);

/* Calls DriverUnload when the driver has one and no device is left. */
bool machine_unload(void);

/*
 * Orderly end of an execution: closes what is open, removes the device, unloads the driver, and judges what is left over: lost
 * requests, leaked memory, references, timers.
 */
void machine_shut_down(void);

/* ---------------------------------------------------------------------------------------------------------- I/O -- */

enum { MACHINE_HANDLE_LIMIT = 8, MACHINE_REQUEST_LIMIT = 8 };

/*
 * `device` 0 is the one on our bus, then come children that the driver reported, then devices with a name that stand in no
 * stack. `handle` is the program's letter (0: A). Opening a handle that is open, or using one that is not, does
 * nothing.
 */
bool machine_open(uint32_t handle, uint32_t device);
bool machine_close(uint32_t handle); /* IRP_MJ_CLEANUP at once, IRP_MJ_CLOSE when the last request is done */

/* The process of the task ends: its requests are cancelled and waited for, its handles closed. */
void machine_run_down(uint32_t task);

struct machine_transfer {
    UCHAR major; /* IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_DEVICE_CONTROL, IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_FLUSH_BUFFERS */
    ULONG code;  /* of device controls */
    ULONG length;
    uint32_t handle;  /* MACHINE_NO_HANDLE: sent by a driver, with a reference to the device and no handle */
    uint32_t request; /* 0: wait for it; otherwise its number, for machine_cancel() and machine_wait() */
};

#define MACHINE_NO_HANDLE UINT32_MAX

bool machine_transfer(const struct machine_transfer *transfer);
bool machine_cancel(uint32_t request);
bool machine_wait(uint32_t request);

/* A request through the reference of machine_options.late, whatever has become of the device. */
bool machine_late_transfer(UCHAR major);

/* -------------------------------------------------------------------------------------------- Plug and Play -- */

/* What IRP_MJ_PNP can be asked to do with the device; see machine_pnp(). */
enum machine_pnp {
    PNP_START, /* again, with new resources, or after a stop */
    PNP_QUERY_REMOVE,
    PNP_CANCEL_REMOVE,
    PNP_REMOVE, /* query, then remove; after a surprise removal it waits until the last handle is closed */
    PNP_SURPRISE_REMOVE,
    PNP_QUERY_STOP,
    PNP_CANCEL_STOP,
    PNP_STOP,            /* query, then stop */
    PNP_QUERY_RELATIONS, /* of the bus: children come and go with the answer */
    PNP_QUERY_REMOVAL_RELATIONS,
    PNP_QUERY_TARGET_RELATION,
    PNP_USAGE, /* the device is in the path of a paging file, then not any more */
    PNP_QUERY_CAPABILITIES,
    PNP_QUERY_STATE,
    PNP_REPLUG, /* the device comes back: into a fresh PDO, or into the one the bus kept */
};

/* `device` 0 is the one on our bus; 1 and up are children that the driver reported. */
bool machine_pnp(enum machine_pnp what, uint32_t device);

/* ------------------------------------------------------------------------------------------------- power, WMI -- */

bool machine_set_device_power(DEVICE_POWER_STATE state, uint32_t device);
bool machine_set_system_power(SYSTEM_POWER_STATE state);
bool machine_wait_wake(void);
bool machine_wmi(uint32_t device);
bool machine_shutdown(void); /* IRP_MJ_SHUTDOWN, to devices registered for it */

/* --------------------------------------------------------------------------------------------------- inspection -- */

/* Names for what the machine allocated: "extension of the FDO+0x18", "IRP r1". Nothing when it knows none. */
void machine_describe(const void *address, char *text, size_t size);

/*
 * The devices of the bus answer the reads, writes and controls that they have kept, with STATUS_IO_TIMEOUT; false when there
 * are none. What is kept by its nature, IRP_MN_WAIT_WAKE, stays.
 */
bool machine_answer_all(void);

/*
 * Nobody can run. When the device below keeps requests back it answers those that it can answer; when it keeps others, and no
 * PnP request is under way, the user pulls the device: true. A removal that hangs is left alone.
 */
bool machine_pull_device(void);

/* Nobody can run: says what is lost, by a remark, when a request is. */
void machine_stuck(void);

#endif
