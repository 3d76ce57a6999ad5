/* start.c - a device appears: AddDevice, IRP_MN_START_DEVICE, and the questions that follow. */
#include "notify.h"
#include "pnp.h"

/* What it has made since there were `before` devices goes with its failure; only devices with names may be for others. */
static void judge_failed_add(PDEVICE_OBJECT pdo, uint32_t before, NTSTATUS status)
{
    if (pdo->AttachedDevice != NULL) {
        kernel_violation("not-detached", io_top_of_stack(pdo),
                         "AddDevice fails with 0x%08X and leaves its device attached to the stack", (unsigned)status);
        return;
    }
    for (uint32_t index = before; index < io_device_count(); index++) {
        const struct device_record *record = io_device_at(index);
        if (!record->model && !record->deleted && !record->is_pdo && record->name[0] == 0) {
            kernel_violation("not-deleted", record->device, "AddDevice fails with 0x%08X and leaves a device object behind",
                             (unsigned)status);
        }
    }
}

static bool call_add_device(struct node *node)
{
    struct driver_call call;
    uint32_t before = io_device_count();
    kernel_enter_driver(&call, ROUTINE_ADD_DEVICE, node->pdo, NULL);
    NTSTATUS status = io_driver()->DriverExtension->AddDevice(io_driver(), node->pdo);
    kernel_leave_driver(&call, status);
    if (!NT_SUCCESS(status)) {
        judge_failed_add(node->pdo, before, status);
        return false;
    }
    for (PDEVICE_OBJECT device = node->pdo->AttachedDevice; device != NULL; device = device->AttachedDevice) {
        if ((device->Flags & DO_DEVICE_INITIALIZING) != 0) {
            kernel_violation("device-initializing", device,
                             "AddDevice returns without clearing DO_DEVICE_INITIALIZING in the flags of its device");
        }
    }
    return true;
}

bool pnp_add(struct node *node)
{
    if (bus_owns(node->pdo) && !call_add_device(node)) {
        return false;
    }
    if (bus_owns(node->pdo) && machine.options.upper) {
        upper_attach(node->pdo);
    }
    node->state = NODE_ADDED;
    if (machine.options.late && pnp.late == NULL && bus_owns(node->pdo) && node->pdo->AttachedDevice != NULL) {
        pnp.late = node->pdo->AttachedDevice;
        io_reference_device(pnp.late);
        scheduler_release_order(&pnp.late);
    }
    return true;
}

/* What the PnP manager asks of a device once it is started. */
static void ask(struct node *node)
{
    pnp_send(node, IRP_MN_QUERY_PNP_DEVICE_STATE, NULL);
    pnp_enumerate(node);
}

bool pnp_start(struct node *node)
{
    enum pnp_state before = node->state;
    NTSTATUS status = pnp_send(node, IRP_MN_START_DEVICE, NULL);
    if (NT_SUCCESS(status)) {
        node->state = NODE_STARTED;
        scheduler_release_order(&node->state);
        pnp_interfaces_started(node->pdo);
        ask(node);
        return true;
    }
    scheduler_note(node->pdo, "the device does not start: 0x%08X", (unsigned)status);
    if (before == NODE_ADDED) {
        pnp_remove(node);
    } else {
        pnp_surprise_remove(node);
        pnp_remove(node);
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------------- children -- */

static NTSTATUS query_bus_relations(const struct node *node, PDEVICE_RELATIONS *relations)
{
    struct irp_record *record;
    ULONG_PTR information = 0;
    PDEVICE_OBJECT top = io_top_of_stack(node->pdo);
    PIRP irp = io_make_request(top, IRP_MJ_PNP, IRP_MN_QUERY_DEVICE_RELATIONS, &record);
    if (irp == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoGetNextIrpStackLocation(irp)->Parameters.QueryDeviceRelations.Type = BusRelations;
    NTSTATUS status = io_send_and_wait(record, top, irp, &information);
    *relations = NT_SUCCESS(status) ? (PDEVICE_RELATIONS)information : NULL;
    return status;
}

/* The node of a child that is gone for good, or a new one; NULL when there are too many. */
static struct node *free_node(void)
{
    for (uint32_t index = 1; index < pnp.count; index++) {
        struct node *node = &pnp.nodes[index];
        bool gone = node->state == NODE_ABSENT || node->state == NODE_REMOVED;
        if (gone && io_device(node->pdo)->deleted) {
            return node;
        }
    }
    return pnp.count == NODE_LIMIT ? NULL : &pnp.nodes[pnp.count++];
}

static struct node *new_child(PDEVICE_OBJECT pdo, int32_t parent)
{
    struct node *node = free_node();
    if (node == NULL) {
        return NULL;
    }
    *node = (struct node){.state = NODE_ADDED, .pdo = pdo, .parent = parent, .reported = true};
    struct device_record *record = io_device(pdo);
    if (record != NULL) {
        record->is_pdo = true;
    }
    return node;
}

/* The list's references become the nodes'; those of children that are known already are given back. */
static uint32_t take_list(PDEVICE_RELATIONS relations, int32_t parent, struct node **fresh)
{
    uint32_t count = 0;
    scheduler_access(relations, sizeof *relations, false);
    for (ULONG index = 0; index < relations->Count; index++) {
        PDEVICE_OBJECT pdo = relations->Objects[index];
        struct node *node = pnp_node_of(pdo);
        if (node != NULL && node->state != NODE_REMOVED) {
            node->reported = true;
            io_dereference_device(pdo);
            continue;
        }
        struct device_record *record = io_device(pdo);
        if (record == NULL || record->deleted) {
            kernel_violation("deleted-pdo-reported", pdo, "a bus driver reports a child whose device object it has deleted");
            continue;
        }
        if (node != NULL) {
            *node = (struct node){.state = NODE_ADDED, .pdo = pdo, .parent = parent, .reported = true};
        } else {
            node = new_child(pdo, parent);
        }
        if (node == NULL) {
            io_dereference_device(pdo);
            continue;
        }
        fresh[count++] = node;
    }
    return count;
}

static void remove_missing(int32_t parent)
{
    for (uint32_t index = 1; index < pnp.count; index++) {
        struct node *node = &pnp.nodes[index];
        if (node->parent != parent || node->state == NODE_ABSENT || node->reported) {
            continue;
        }
        if (node->state == NODE_REMOVED) {
            pnp_remove_kept(node);
            continue;
        }
        if (node->state != NODE_SURPRISE_REMOVED) {
            pnp_surprise_remove(node);
        }
        pnp_remove_when_closed(node);
    }
}

/* The answer is pool that the PnP manager frees. */
static void ask_text(const struct node *node, UCHAR minor, ULONG which)
{
    struct irp_record *record;
    ULONG_PTR information = 0;
    PDEVICE_OBJECT top = io_top_of_stack(node->pdo);
    PIRP irp = io_make_request(top, IRP_MJ_PNP, minor, &record);
    if (irp == NULL) {
        return;
    }
    PIO_STACK_LOCATION location = IoGetNextIrpStackLocation(irp);
    if (minor == IRP_MN_QUERY_ID) {
        location->Parameters.QueryId.IdType = (BUS_QUERY_ID_TYPE)which;
    } else {
        location->Parameters.QueryDeviceText.DeviceTextType = (DEVICE_TEXT_TYPE)which;
    }
    if (NT_SUCCESS(io_send_and_wait(record, top, irp, &information)) && information != 0) {
        ExFreePool((PVOID)information);
    }
}

/* What the PnP manager wants to know of a new child before it starts it. */
static void identify(struct node *node)
{
    ask_text(node, IRP_MN_QUERY_ID, BusQueryDeviceID);
    ask_text(node, IRP_MN_QUERY_ID, BusQueryInstanceID);
    pnp_ask_capabilities(node);
    ask_text(node, IRP_MN_QUERY_ID, BusQueryHardwareIDs);
    ask_text(node, IRP_MN_QUERY_ID, BusQueryCompatibleIDs);
    ask_text(node, IRP_MN_QUERY_DEVICE_TEXT, DeviceTextDescription);
}

void pnp_enumerate(struct node *node)
{
    PDEVICE_RELATIONS relations;
    struct node *fresh[NODE_LIMIT];
    int32_t parent = (int32_t)(node - pnp.nodes);
    uint32_t count = 0;
    if (!NT_SUCCESS(query_bus_relations(node, &relations))) {
        return;
    }
    for (uint32_t index = 1; index < pnp.count; index++) {
        pnp.nodes[index].reported &= pnp.nodes[index].parent != parent;
    }
    if (relations != NULL) {
        count = take_list(relations, parent, fresh);
        ExFreePool(relations);
    }
    remove_missing(parent);
    for (uint32_t index = 0; index < count; index++) {
        if (fresh[index]->state == NODE_ADDED) {
            identify(fresh[index]);
            pnp_start(fresh[index]);
        }
    }
}
