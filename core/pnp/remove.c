/*
 * remove.c - a device goes: in order, or by surprise.
 *
 * The order is that of "Understanding When Remove IRPs Are Issued": children before parents, IRP_MN_REMOVE_DEVICE only when
 * no handle is open, after a surprise removal when the last one is closed.
 */
#include "notify.h"
#include "pnp.h"

static const struct scheduler_call wait_call = {"wait until the last handle is closed", CALL_PNP_WAIT_FOR_HANDLES, EFFECT_ANY};

static bool is_closed(const void *argument)
{
    const struct node *node = argument;
    return node->handles == 0;
}

bool pnp_is_child(const struct node *node, const struct node *of)
{
    return node->parent == (int32_t)(of - pnp.nodes) && node->state != NODE_ABSENT && node->state != NODE_REMOVED;
}

void pnp_judge_required(const struct node *node, UCHAR minor, NTSTATUS status)
{
    if (NT_SUCCESS(status)) {
        return;
    }
    kernel_violation(minor == IRP_MN_REMOVE_DEVICE ? "remove-failed" : "required-request-failed", node->pdo,
                     "%s is completed with 0x%08X; a driver must not fail it",
                     driver_routine_name(ROUTINE_DISPATCH, IRP_MJ_PNP, minor), (unsigned)status);
}

/* The driver's devices in the stack above the PDO, from below. */
struct own_devices {
    const struct device_record *records[DEVICE_LIMIT];
    uint32_t count;
};

static void list_own_devices(PDEVICE_OBJECT pdo, struct own_devices *own)
{
    own->count = 0;
    for (PDEVICE_OBJECT device = pdo->AttachedDevice; device != NULL; device = device->AttachedDevice) {
        if (io_is_under_test(device)) {
            own->records[own->count++] = io_device(device);
        }
    }
}

/* After IRP_MN_REMOVE_DEVICE the bus knows of it, nobody is attached to the PDO, and the devices that were are deleted. */
static void judge_stack(PDEVICE_OBJECT pdo, const struct own_devices *own)
{
    if (!bus_saw_removal(pdo)) {
        kernel_violation("removal-not-forwarded", pdo,
                         "IRP_MN_REMOVE_DEVICE is done, but it has not been passed down to the bus driver");
    }
    if (!io_device(pdo)->freed && pdo->AttachedDevice != NULL) {
        kernel_violation("not-detached", pdo->AttachedDevice,
                         "IRP_MN_REMOVE_DEVICE is done, but the driver's device is still attached to the stack");
    }
    for (uint32_t index = 0; index < own->count; index++) {
        if (!own->records[index]->deleted) {
            kernel_violation("not-deleted", own->records[index]->device,
                             "IRP_MN_REMOVE_DEVICE is done, but the driver has not deleted its device");
        }
    }
}

void pnp_surprise_remove(struct node *node)
{
    for (uint32_t index = 1; index < pnp.count; index++) {
        if (pnp_is_child(&pnp.nodes[index], node) && pnp.nodes[index].state != NODE_SURPRISE_REMOVED) {
            pnp_surprise_remove(&pnp.nodes[index]);
        }
    }
    bus_unplug(node->pdo);
    node->state = NODE_SURPRISE_REMOVED;
    pnp_judge_required(node, IRP_MN_SURPRISE_REMOVAL, pnp_send(node, IRP_MN_SURPRISE_REMOVAL, NULL));
    pnp_notify_target(node->pdo, &GUID_TARGET_DEVICE_REMOVE_COMPLETE);
}

/*
 * Sent when no handle is open; the lock is given back while waiting for that, because closing needs no PnP request. What a task
 * of the program itself has open it closes first: nobody else would.
 */
static void wait_for_handles(struct node *node)
{
    if (node->handles == 0) {
        return;
    }
    pnp_leave();
    machine_run_down(scheduler_running());
    scheduler_wait(&wait_call, node, is_closed, node, SCHEDULER_NEVER);
    pnp_enter();
}

static void remove_children(struct node *node)
{
    for (uint32_t index = pnp.count; index > 1; index--) {
        if (pnp_is_child(&pnp.nodes[index - 1], node)) {
            pnp_remove(&pnp.nodes[index - 1]);
        }
    }
}

void pnp_remove(struct node *node)
{
    PDEVICE_OBJECT pdo = node->pdo;
    enum pnp_state state = node->state;
    remove_children(node);
    while (node->handles != 0 && node->pdo == pdo && node->state == state) {
        wait_for_handles(node);
    }
    /* While the lock was given back, somebody else may have removed the device, and it may have come again. */
    if (node->pdo != pdo || node->state != state || state == NODE_REMOVED || state == NODE_ABSENT) {
        return;
    }
    node->closed_to_opens = true;
    bool on_bus = bus_owns(pdo);
    struct own_devices own;
    bool surprised = node->state == NODE_SURPRISE_REMOVED;
    node->state = NODE_REMOVED;
    if (on_bus) {
        io_reference_device(pdo);
        list_own_devices(pdo, &own);
    }
    pnp.removing = true;
    pnp_judge_required(node, IRP_MN_REMOVE_DEVICE, pnp_send(node, IRP_MN_REMOVE_DEVICE, NULL));
    pnp.removing = false;
    pnp_interfaces_removed(pdo);
    if (!surprised) {
        pnp_notify_target(pdo, &GUID_TARGET_DEVICE_REMOVE_COMPLETE);
    }
    if (on_bus) {
        judge_stack(pdo, &own);
        io_dereference_device(pdo);
    }
    io_dereference_device(pdo);
    node->handles = 0;
}

void pnp_remove_kept(struct node *node)
{
    struct device_record *record = io_device(node->pdo);
    node->state = NODE_ABSENT;
    if (!record->deleted) {
        pnp_judge_required(node, IRP_MN_REMOVE_DEVICE, pnp_send(node, IRP_MN_REMOVE_DEVICE, NULL));
    }
}
