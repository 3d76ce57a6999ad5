/*
 * remove.c - a device goes: in order, or by surprise.
 *
 * The order is that of "Understanding When Remove IRPs Are Issued": children before parents, IRP_MN_REMOVE_DEVICE only when
 * no handle is open, after a surprise removal when the last one is closed.
 */
#include "notify.h"
#include "pnp.h"

static const struct scheduler_call wait_call = {"wait until the last handle is closed", CALL_PNP_WAIT_FOR_HANDLES};

static bool is_closed(const void *argument)
{
    const struct node *node = argument;
    return node->handles == 0;
}

static bool is_child(const struct node *node, const struct node *of)
{
    return node->parent == (int32_t)(of - pnp.nodes) && node->state != NODE_ABSENT && node->state != NODE_REMOVED;
}

static void judge_required(const struct node *node, UCHAR minor, NTSTATUS status)
{
    if (NT_SUCCESS(status)) {
        return;
    }
    kernel_violation(minor == IRP_MN_REMOVE_DEVICE ? "remove-failed" : "required-request-failed", node->pdo,
                     "%s is completed with 0x%08X; a driver must not fail it",
                     driver_routine_name(ROUTINE_DISPATCH, IRP_MJ_PNP, minor), (unsigned)status);
}

/* After IRP_MN_REMOVE_DEVICE nobody may be attached to the PDO any more. */
static void judge_stack(PDEVICE_OBJECT pdo)
{
    struct device_record *record = io_device(pdo);
    if (record->freed || pdo->AttachedDevice == NULL) {
        return;
    }
    kernel_violation("not-detached", pdo->AttachedDevice,
                     "IRP_MN_REMOVE_DEVICE is done, but the driver's device is still attached to the stack");
}

void pnp_surprise_remove(struct node *node)
{
    for (uint32_t index = 1; index < pnp.count; index++) {
        if (is_child(&pnp.nodes[index], node) && pnp.nodes[index].state != NODE_SURPRISE_REMOVED) {
            pnp_surprise_remove(&pnp.nodes[index]);
        }
    }
    bus_unplug(node->pdo);
    node->state = NODE_SURPRISE_REMOVED;
    judge_required(node, IRP_MN_SURPRISE_REMOVAL, pnp_send(node, IRP_MN_SURPRISE_REMOVAL, NULL));
    pnp_notify_target(node->pdo, &GUID_TARGET_DEVICE_REMOVE_COMPLETE);
}

/* Sent when no handle is open; the lock is given back while waiting for that, because closing needs no PnP request. */
static void wait_for_handles(struct node *node)
{
    if (node->handles == 0) {
        return;
    }
    pnp_leave();
    scheduler_wait(&wait_call, node, is_closed, node, SCHEDULER_NEVER);
    pnp_enter();
}

void pnp_remove(struct node *node)
{
    PDEVICE_OBJECT pdo = node->pdo;
    for (uint32_t index = pnp.count; index > 1; index--) {
        if (is_child(&pnp.nodes[index - 1], node)) {
            pnp_remove(&pnp.nodes[index - 1]);
        }
    }
    while (node->handles != 0 && node->state != NODE_REMOVED) {
        wait_for_handles(node);
    }
    if (node->state == NODE_REMOVED || node->state == NODE_ABSENT) {
        return;
    }
    node->closed_to_opens = true;
    bool own = bus_owns(pdo);
    bool surprised = node->state == NODE_SURPRISE_REMOVED;
    node->state = NODE_REMOVED;
    if (own) {
        io_reference_device(pdo);
    }
    judge_required(node, IRP_MN_REMOVE_DEVICE, pnp_send(node, IRP_MN_REMOVE_DEVICE, NULL));
    pnp_interfaces_removed(pdo);
    if (!surprised) {
        pnp_notify_target(pdo, &GUID_TARGET_DEVICE_REMOVE_COMPLETE);
    }
    if (own) {
        judge_stack(pdo);
    }
    io_dereference_device(pdo);
    node->handles = 0;
}
