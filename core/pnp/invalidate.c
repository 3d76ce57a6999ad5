/* invalidate.c - drivers tell the PnP manager that something has changed; it looks in a task of its own. */
#include "pnp.h"

static const struct scheduler_call wait_call = {"wait for the PnP manager's workers", CALL_PNP_WAIT_FOR_WORKERS, EFFECT_ANY};

static bool none_left(const void *argument)
{
    const uint32_t *workers = argument;
    return *workers == 0;
}

void pnp_wait_for_workers(void)
{
    scheduler_wait(&wait_call, &pnp.workers, none_left, &pnp.workers, SCHEDULER_NEVER);
}

void pnp_end_worker(void)
{
    pnp.workers--;
    scheduler_changed(&pnp.workers);
}

static void rescan(void *argument)
{
    struct node *node = argument;
    pnp_enter();
    pnp.rescan_pending = false;
    if (node->state == NODE_STARTED) {
        pnp_enumerate(node);
    }
    pnp_leave();
    pnp_end_worker();
}

static void look_at_state(void *argument)
{
    struct node *node = argument;
    ULONG_PTR state = 0;
    pnp_enter();
    if (node->state == NODE_STARTED && NT_SUCCESS(pnp_send(node, IRP_MN_QUERY_PNP_DEVICE_STATE, &state)) &&
        (state & (PNP_DEVICE_FAILED | PNP_DEVICE_REMOVED)) != 0) {
        pnp_surprise_remove(node);
        pnp_remove(node);
    }
    pnp_leave();
    pnp_end_worker();
}

static void remove_closed(void *argument)
{
    struct node *node = argument;
    pnp_enter();
    if (node->state == NODE_SURPRISE_REMOVED) {
        pnp_remove(node);
    }
    pnp_leave();
    pnp_end_worker();
}

void pnp_remove_when_closed(struct node *node)
{
    if (node->handles == 0) {
        pnp_remove(node);
        return;
    }
    pnp.workers++;
    kernel_spawn("pnp", PASSIVE_LEVEL, remove_closed, node);
}

static void eject(void *argument)
{
    struct node *node = argument;
    pnp_enter();
    pnp_eject(node);
    pnp_leave();
    pnp_end_worker();
}

VOID IoRequestDeviceEject(PDEVICE_OBJECT PhysicalDeviceObject)
{
    struct node *node = pnp_node_of(PhysicalDeviceObject);
    scheduler_access(PhysicalDeviceObject, OBJECT_PROBE, false);
    if (node != NULL) {
        pnp.workers++;
        kernel_spawn("pnp", PASSIVE_LEVEL, eject, node);
    }
}

VOID IoInvalidateDeviceRelations(PDEVICE_OBJECT DeviceObject, DEVICE_RELATION_TYPE Type)
{
    struct node *node = pnp_node_of(DeviceObject);
    scheduler_access(DeviceObject, OBJECT_PROBE, false);
    if (node == NULL || Type != BusRelations || pnp.rescan_pending) {
        return;
    }
    pnp.rescan_pending = true;
    pnp.workers++;
    kernel_spawn("pnp", PASSIVE_LEVEL, rescan, node);
}

VOID IoInvalidateDeviceState(PDEVICE_OBJECT PhysicalDeviceObject)
{
    struct node *node = pnp_node_of(PhysicalDeviceObject);
    scheduler_access(PhysicalDeviceObject, OBJECT_PROBE, false);
    if (node == NULL) {
        return;
    }
    pnp.workers++;
    kernel_spawn("pnp", PASSIVE_LEVEL, look_at_state, node);
}
