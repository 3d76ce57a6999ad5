/* tree.c - the PnP manager's devices: which there are, who may be opened, one request at a time. */
#include "pnp.h"

#include <string.h>

struct pnp pnp;

static const struct scheduler_call enter_call = {"the PnP manager's lock", CALL_PNP_ENTER, EFFECT_ANY};

void pnp_reset(void)
{
    pnp = (struct pnp){.count = 0};
}

static bool is_idle(const void *argument)
{
    const struct pnp *manager = argument;
    return !manager->busy;
}

void pnp_enter(void)
{
    scheduler_wait(&enter_call, &pnp, is_idle, &pnp, SCHEDULER_NEVER);
    pnp.busy = true;
    scheduler_changed(&pnp);
}

void pnp_leave(void)
{
    pnp.busy = false;
    scheduler_changed(&pnp);
}

struct node *pnp_node_of(const DEVICE_OBJECT *pdo)
{
    for (uint32_t index = 0; index < pnp.count; index++) {
        if (pnp.nodes[index].pdo == pdo) {
            return &pnp.nodes[index];
        }
    }
    return NULL;
}

/* A driver without AddDevice creates its devices in DriverEntry; the first one is what programs open. */
static PDEVICE_OBJECT legacy_device(uint32_t number)
{
    PDEVICE_OBJECT device = io_driver() == NULL || io_is_unloading() ? NULL : io_driver()->DeviceObject;
    uint32_t count = 0;
    for (PDEVICE_OBJECT other = device; other != NULL; other = other->NextDevice) {
        count++;
    }
    for (uint32_t skip = number < count ? count - 1 - number : 0; device != NULL && skip > 0; skip--) {
        device = device->NextDevice;
    }
    return number < count ? device : NULL;
}

static bool can_be_opened(const struct node *node)
{
    return node->pdo != NULL && !node->closed_to_opens && node->state >= NODE_STARTED && node->state <= NODE_SURPRISE_REMOVED;
}

/* A device that programs open by its name, whatever becomes of the stacks: it stands in none. */
static bool is_control_device(const struct device_record *record)
{
    return !record->model && !record->deleted && !record->is_pdo && !record->was_attached && record->name[0] != 0 &&
           (record->device->Flags & DO_DEVICE_INITIALIZING) == 0;
}

static PDEVICE_OBJECT control_device(uint32_t number)
{
    for (uint32_t index = 0; index < io_device_count(); index++) {
        const struct device_record *record = io_device_at(index);
        if (is_control_device(record) && number-- == 0) {
            return record->device;
        }
    }
    return NULL;
}

PDEVICE_OBJECT pnp_device_to_open(uint32_t number)
{
    if (!machine_is_pnp()) {
        return legacy_device(number);
    }
    if (number >= pnp.count) {
        return control_device(number - pnp.count);
    }
    const struct node *node = &pnp.nodes[number];
    scheduler_acquire_order(&node->state);
    return can_be_opened(node) ? node->pdo : NULL;
}

PDEVICE_OBJECT pnp_late_device(void)
{
    scheduler_acquire_order(&pnp.late);
    return pnp.late;
}

void pnp_count_handle(PDEVICE_OBJECT device, LONG by)
{
    struct node *node = pnp_node_of(device);
    if (node != NULL) {
        scheduler_acquire_order(&node->state); /* the device has started */
        node->handles += by;
        scheduler_changed(node);
    }
}

NTSTATUS pnp_send(const struct node *node, UCHAR minor, ULONG_PTR *information)
{
    struct irp_record *record;
    PDEVICE_OBJECT top = io_top_of_stack(node->pdo);
    PIRP irp = io_make_request(top, IRP_MJ_PNP, minor, &record);
    if (irp == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (minor == IRP_MN_REMOVE_DEVICE) {
        /* The driver deletes its device while it handles this request: nobody may keep it in memory. */
        io_dereference_device(top);
        record->device = NULL;
    }
    scheduler_acquire_order(node); /* handles were closed, and requests of the power manager are done */
    return io_send_and_wait(record, top, irp, information);
}
