/*
 * pnp.h - the PnP manager's tree of devices: what its files and those of the I/O and power managers share.
 *
 * Device 0 stands on the model's bus; others are children that the driver under test reported. A request at a time is sent to
 * a device, by whoever has the manager's lock.
 */
#ifndef CORE_PNP_PNP_H
#define CORE_PNP_PNP_H

#include "../io/io.h"

enum { NODE_LIMIT = 16 };

/* The states of "State Transitions for PnP Devices". */
enum pnp_state {
    NODE_ABSENT, /* no device, or none any more */
    NODE_ADDED,
    NODE_STARTED,
    NODE_STOP_PENDING,
    NODE_STOPPED,
    NODE_REMOVE_PENDING,
    NODE_SURPRISE_REMOVED,
    NODE_REMOVED, /* IRP_MN_REMOVE_DEVICE was sent; the PDO may be kept */
    NODE_STATES
};

struct node {
    enum pnp_state state;
    enum pnp_state before; /* the state that a cancel brings back */
    PDEVICE_OBJECT pdo;    /* referenced; NULL: none */
    int32_t parent;        /* index of a node, or -1: the bus */
    LONG handles;          /* open, or being opened */
    bool closed_to_opens;  /* IRP_MN_REMOVE_DEVICE is about to be sent */
    bool reported;         /* of a child: in the last list of its parent */
};

struct pnp {
    struct node nodes[NODE_LIMIT];
    uint32_t count;
    bool busy;           /* a request is under way: see pnp_enter() */
    bool removing;       /* IRP_MN_REMOVE_DEVICE is under way */
    bool rescan_pending; /* IoInvalidateDeviceRelations */
    uint32_t workers;    /* tasks of the manager that have not ended */
    PDEVICE_OBJECT late; /* the device that machine_options.late holds on to */
};

extern struct pnp pnp;

void pnp_reset(void);

/* One at a time. */
void pnp_enter(void);
void pnp_leave(void);

/* The device that opens of the program's device `number` go to now, or NULL. */
PDEVICE_OBJECT pnp_device_to_open(uint32_t number);
PDEVICE_OBJECT pnp_late_device(void);

/* A handle to `device` is opened or closed. */
void pnp_count_handle(PDEVICE_OBJECT device, LONG by);

struct node *pnp_node_of(const DEVICE_OBJECT *pdo);

/* Sends an IRP_MJ_PNP request to the node's stack and waits. */
NTSTATUS pnp_send(const struct node *node, UCHAR minor, ULONG_PTR *information);

/* Builds the stack: AddDevice, and the filter above. False when the driver refused. */
bool pnp_add(struct node *node);
bool pnp_start(struct node *node);
void pnp_remove(struct node *node);

/* The same, but when handles are open a task of its own waits for their end. */
void pnp_remove_when_closed(struct node *node);

/* Whether `node` is a child of `of` that is there. */
bool pnp_is_child(const struct node *node, const struct node *of);

/* Remarks when a request that drivers must not fail was completed with a failure. */
void pnp_judge_required(const struct node *node, UCHAR minor, NTSTATUS status);

void pnp_surprise_remove(struct node *node);

/* A bus driver kept its PDO through a removal and reports it no more: it is told once again, so that it deletes it. */
void pnp_remove_kept(struct node *node);

/* Asks the device and its children, removes them when they agree, and tells the bus driver to eject it. */
void pnp_eject(struct node *node);

/* IRP_MN_QUERY_CAPABILITIES; false when the device is not there to be asked. */
bool pnp_ask_capabilities(const struct node *node);

/* Asks for the children and starts new ones, surprise removes missing ones. */
void pnp_enumerate(struct node *node);

/* Waits until what drivers asked the PnP manager to look at has been looked at. */
void pnp_wait_for_workers(void);

/* The last act of each task that pnp.workers counts. */
void pnp_end_worker(void);

/* Ends everything: removes the devices in the order that an orderly shutdown has. */
void pnp_shut_down(void);

/* ------------------------------------------------------------------------------------------------------- the bus -- */

void bus_reset(void);

/* A device appears: its PDO. */
PDEVICE_OBJECT bus_plug(void);

/* It is gone: what is pended in it fails, its PDO is deleted by the next IRP_MN_REMOVE_DEVICE. */
void bus_unplug(PDEVICE_OBJECT pdo);

/* What its devices have kept but for IRP_MN_WAIT_WAKE is completed with STATUS_IO_TIMEOUT; false when there is nothing. */
bool bus_answer_held(void);
bool bus_could_answer(void);

/* Whether IRP_MN_REMOVE_DEVICE has arrived since the device was started. */
bool bus_saw_removal(PDEVICE_OBJECT pdo);

/* The PDO is still there after IRP_MN_REMOVE_DEVICE, because the device is. */
bool bus_keeps(PDEVICE_OBJECT pdo);
bool bus_owns(const DEVICE_OBJECT *pdo);

/* Whether requests wait in the PDO for their cancellation or for the end of the device. */
bool bus_holds_requests(const DEVICE_OBJECT *pdo);

/* A filter of the model's own on top of the stack. */
void power_reset(void);
void upper_reset(void);
void upper_attach(PDEVICE_OBJECT pdo);

enum {
    CALL_PNP_ENTER = CALL_PNP,
    CALL_PNP_WAIT_FOR_HANDLES,
    CALL_PNP_WAIT_FOR_WORKERS,
    CALL_BUS_ANSWER,
    CALL_UPPER_WAIT,
    CALL_POWER_FIRST_FREE = CALL_PNP + 16,
};

#endif
