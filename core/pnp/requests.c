/* requests.c - what programs ask of the PnP manager, as far as the state of the device allows it. */
#include "notify.h"
#include "pnp.h"

static void send_cancel(const struct node *node, UCHAR minor)
{
    pnp_judge_required(node, minor, pnp_send(node, minor, NULL));
}

static bool query(struct node *node, UCHAR minor, UCHAR cancel, enum pnp_state pending)
{
    NTSTATUS status = pnp_send(node, minor, NULL);
    if (NT_SUCCESS(status)) {
        node->before = node->state;
        node->state = pending;
        return true;
    }
    /* Whoever stands above the one that failed has seen the query, and nobody knows who that was. */
    send_cancel(node, cancel);
    return false;
}

static void cancel(struct node *node, UCHAR minor)
{
    send_cancel(node, minor);
    if (node->state == NODE_REMOVE_PENDING) {
        pnp_notify_target(node->pdo, &GUID_TARGET_DEVICE_REMOVE_CANCELLED);
    }
    node->state = node->before;
}

static bool may_be_queried(const struct node *node)
{
    return node->state == NODE_ADDED || node->state == NODE_STARTED || node->state == NODE_STOPPED;
}

static bool query_remove(struct node *node)
{
    if (NT_SUCCESS(pnp_notify_target(node->pdo, &GUID_TARGET_DEVICE_QUERY_REMOVE)) &&
        query(node, IRP_MN_QUERY_REMOVE_DEVICE, IRP_MN_CANCEL_REMOVE_DEVICE, NODE_REMOVE_PENDING)) {
        return true;
    }
    pnp_notify_target(node->pdo, &GUID_TARGET_DEVICE_REMOVE_CANCELLED);
    return false;
}

static bool has_children(const struct node *node)
{
    for (uint32_t index = 1; index < pnp.count; index++) {
        if (pnp_is_child(&pnp.nodes[index], node)) {
            return true;
        }
    }
    return false;
}

/* Of the device or one below it. */
static bool has_handles(const struct node *node)
{
    for (uint32_t index = 1; index < pnp.count; index++) {
        if (pnp_is_child(&pnp.nodes[index], node) && has_handles(&pnp.nodes[index])) {
            return true;
        }
    }
    return node->handles != 0;
}

static void close_to_opens(struct node *node)
{
    for (uint32_t index = 1; index < pnp.count; index++) {
        if (pnp_is_child(&pnp.nodes[index], node)) {
            close_to_opens(&pnp.nodes[index]);
        }
    }
    node->closed_to_opens = true;
}

static bool query_remove_all(struct node *node);

static bool child_agrees(struct node *child)
{
    bool gone = child->state == NODE_REMOVE_PENDING || child->state == NODE_SURPRISE_REMOVED;
    return !has_handles(child) && (gone || query_remove_all(child));
}

/* The children have a say before their parent has. */
static bool query_remove_all(struct node *node)
{
    if (!may_be_queried(node)) {
        return false;
    }
    for (uint32_t index = 1; index < pnp.count; index++) {
        if (pnp_is_child(&pnp.nodes[index], node) && !child_agrees(&pnp.nodes[index])) {
            return false;
        }
    }
    return query_remove(node);
}

static void cancel_all(struct node *node)
{
    if (node->state == NODE_REMOVE_PENDING) {
        cancel(node, IRP_MN_CANCEL_REMOVE_DEVICE);
    }
    for (uint32_t index = 1; index < pnp.count; index++) {
        if (pnp_is_child(&pnp.nodes[index], node)) {
            cancel_all(&pnp.nodes[index]);
        }
    }
}

static bool query_removal(struct node *node)
{
    if (!may_be_queried(node)) {
        return false;
    }
    if (!query_remove_all(node)) {
        cancel_all(node);
        return false;
    }
    return true;
}

/* The removal of a parent is cancelled as a whole. */
static bool cancel_removal(struct node *node)
{
    bool part = node->parent >= 0 && pnp.nodes[node->parent].state == NODE_REMOVE_PENDING;
    if (node->state != NODE_REMOVE_PENDING || part) {
        return false;
    }
    cancel_all(node);
    return true;
}

static bool remove(struct node *node)
{
    if (node->state == NODE_SURPRISE_REMOVED) {
        pnp_remove(node);
        return true;
    }
    bool unasked = machine.options.legacy && node->state == NODE_STARTED && !has_handles(node);
    if (!unasked && node->state != NODE_REMOVE_PENDING && !query_removal(node)) {
        return false;
    }
    if (has_handles(node)) {
        scheduler_note(node->pdo, "a handle is open: the removal is cancelled");
        cancel_all(node);
        return false;
    }
    close_to_opens(node);
    pnp_remove(node);
    return true;
}

void pnp_eject(struct node *node)
{
    if (node->state != NODE_STARTED || !remove(node)) {
        return;
    }
    if (!io_device(node->pdo)->deleted) {
        pnp_send(node, IRP_MN_EJECT, NULL);
    }
    if (node->parent >= 0 && pnp.nodes[node->parent].state == NODE_STARTED) {
        pnp_enumerate(&pnp.nodes[node->parent]);
    }
}

static bool surprise_remove(struct node *node)
{
    if (node->state == NODE_ABSENT || node->state == NODE_REMOVED || node->state == NODE_SURPRISE_REMOVED) {
        return false;
    }
    pnp_surprise_remove(node);
    return true;
}

static bool start(struct node *node)
{
    bool may = node->state == NODE_ADDED || node->state == NODE_STOPPED;
    return may && pnp_start(node);
}

/* The children of a device would have to be stopped before it; a bus with children is left as it is. */
static bool query_stop(struct node *node)
{
    return node->state == NODE_STARTED && !has_children(node) &&
           query(node, IRP_MN_QUERY_STOP_DEVICE, IRP_MN_CANCEL_STOP_DEVICE, NODE_STOP_PENDING);
}

static bool cancel_stop(struct node *node)
{
    if (node->state != NODE_STOP_PENDING) {
        return false;
    }
    cancel(node, IRP_MN_CANCEL_STOP_DEVICE);
    return true;
}

static bool stop(struct node *node)
{
    if (node->state != NODE_STOP_PENDING && !query_stop(node)) {
        return false;
    }
    pnp_judge_required(node, IRP_MN_STOP_DEVICE, pnp_send(node, IRP_MN_STOP_DEVICE, NULL));
    node->state = NODE_STOPPED;
    return true;
}

static bool add_and_start(struct node *node, PDEVICE_OBJECT pdo)
{
    *node = (struct node){.state = NODE_ADDED, .pdo = pdo, .parent = -1};
    io_reference_device(pdo);
    if (!pnp_add(node)) {
        /* Nobody is on the stack but the PDO: its removal is between the bus and the PnP manager. */
        pnp_remove(node);
        return false;
    }
    return pnp_start(node);
}

/* A driver that was unloaded is loaded again for the next device, but not while it is being unloaded. */
static bool is_loaded(void)
{
    return machine_loaded() ? !io_is_unloading() : NT_SUCCESS(machine_load());
}

/* The PDO that the bus has kept is used again; otherwise the device is a new one. */
static bool replug(struct node *node)
{
    if ((node->state != NODE_REMOVED && node->state != NODE_ABSENT) || !is_loaded()) {
        return false;
    }
    PDEVICE_OBJECT pdo = node->pdo != NULL && bus_keeps(node->pdo) ? node->pdo : bus_plug();
    return pdo != NULL && add_and_start(node, pdo);
}

bool machine_plug(void)
{
    if (!machine_is_pnp() || pnp.count != 0) {
        return false;
    }
    pnp_enter();
    pnp.count = 1;
    pnp.nodes[0] = (struct node){.state = NODE_ABSENT, .parent = -1};
    bool plugged = replug(&pnp.nodes[0]);
    pnp_leave();
    return plugged;
}

static bool ask(const struct node *node, UCHAR minor)
{
    if (node->state < NODE_STARTED || node->state > NODE_REMOVE_PENDING) {
        return false;
    }
    pnp_send(node, minor, NULL);
    return true;
}

bool pnp_ask_capabilities(const struct node *node)
{
    struct irp_record *record;
    if (node->state < NODE_ADDED || node->state > NODE_SURPRISE_REMOVED) {
        return false;
    }
    PDEVICE_OBJECT top = io_top_of_stack(node->pdo);
    PIRP irp = io_make_request(top, IRP_MJ_PNP, IRP_MN_QUERY_CAPABILITIES, &record);
    PDEVICE_CAPABILITIES capabilities = scheduler_allocate(sizeof *capabilities, "device capabilities");
    if (irp == NULL || capabilities == NULL) {
        return false;
    }
    *capabilities =
        (DEVICE_CAPABILITIES){.Size = sizeof *capabilities, .Version = 1, .Address = UINT32_MAX, .UINumber = UINT32_MAX};
    IoGetNextIrpStackLocation(irp)->Parameters.DeviceCapabilities.Capabilities = capabilities;
    io_send_and_wait(record, top, irp, NULL);
    scheduler_free(capabilities, "device capabilities");
    return true;
}

/* Relations other than the bus's: the list and its references are given back at once. */
static bool ask_relations(const struct node *node, DEVICE_RELATION_TYPE type)
{
    struct irp_record *record;
    ULONG_PTR information = 0;
    if (node->state < NODE_STARTED || node->state > NODE_REMOVE_PENDING) {
        return false;
    }
    PDEVICE_OBJECT top = io_top_of_stack(node->pdo);
    PIRP irp = io_make_request(top, IRP_MJ_PNP, IRP_MN_QUERY_DEVICE_RELATIONS, &record);
    if (irp == NULL) {
        return false;
    }
    IoGetNextIrpStackLocation(irp)->Parameters.QueryDeviceRelations.Type = type;
    if (!NT_SUCCESS(io_send_and_wait(record, top, irp, &information)) || information == 0) {
        return true;
    }
    PDEVICE_RELATIONS relations = (PDEVICE_RELATIONS)information;
    scheduler_access(relations, sizeof *relations, false);
    for (ULONG index = 0; index < relations->Count; index++) {
        io_dereference_device(relations->Objects[index]);
    }
    ExFreePool(relations);
    return true;
}

/* A paging file comes to the device, and goes again; a driver may refuse it. */
static bool notify_usage(const struct node *node)
{
    for (int32_t in_path = TRUE; in_path >= FALSE; in_path--) {
        struct irp_record *record;
        if (node->state != NODE_STARTED) {
            return false;
        }
        PDEVICE_OBJECT top = io_top_of_stack(node->pdo);
        PIRP irp = io_make_request(top, IRP_MJ_PNP, IRP_MN_DEVICE_USAGE_NOTIFICATION, &record);
        if (irp == NULL) {
            return false;
        }
        PIO_STACK_LOCATION location = IoGetNextIrpStackLocation(irp);
        location->Parameters.UsageNotification.InPath = (BOOLEAN)in_path;
        location->Parameters.UsageNotification.Type = DeviceUsageTypePaging;
        if (!NT_SUCCESS(io_send_and_wait(record, top, irp, NULL))) {
            return true;
        }
    }
    return true;
}

static bool rescan(struct node *node)
{
    if (node->state != NODE_STARTED) {
        return false;
    }
    pnp_enumerate(node);
    return true;
}

static bool request(enum machine_pnp what, struct node *node)
{
    switch (what) {
    case PNP_START:
        return start(node);
    case PNP_QUERY_REMOVE:
        return query_removal(node);
    case PNP_CANCEL_REMOVE:
        return cancel_removal(node);
    case PNP_REMOVE:
        return remove(node);
    case PNP_SURPRISE_REMOVE:
        return surprise_remove(node);
    case PNP_QUERY_STOP:
        return query_stop(node);
    case PNP_CANCEL_STOP:
        return cancel_stop(node);
    case PNP_STOP:
        return stop(node);
    case PNP_QUERY_RELATIONS:
        return rescan(node);
    case PNP_QUERY_REMOVAL_RELATIONS:
        return ask_relations(node, RemovalRelations);
    case PNP_QUERY_TARGET_RELATION:
        return ask_relations(node, TargetDeviceRelation);
    case PNP_USAGE:
        return notify_usage(node);
    case PNP_QUERY_CAPABILITIES:
        return pnp_ask_capabilities(node);
    case PNP_QUERY_STATE:
        return ask(node, IRP_MN_QUERY_PNP_DEVICE_STATE);
    case PNP_REPLUG:
        return node == &pnp.nodes[0] && replug(node);
    }
    return false;
}

bool machine_pnp(enum machine_pnp what, uint32_t device)
{
    if (pnp.count == 0) {
        return false;
    }
    pnp_enter();
    bool done = device < pnp.count && request(what, &pnp.nodes[device]);
    if (!done) {
        scheduler_note(NULL, "left out or refused");
    }
    pnp_leave();
    return done;
}

void pnp_shut_down(void)
{
    pnp_enter();
    for (uint32_t index = 0; index < pnp.count; index++) {
        struct node *node = &pnp.nodes[index];
        if (node->state != NODE_ABSENT && node->state != NODE_REMOVED && node->parent < 0) {
            remove(node);
        }
        /* A driver may refuse an orderly removal; a surprise one it cannot. */
        if (node->state != NODE_ABSENT && node->state != NODE_REMOVED && node->parent < 0) {
            surprise_remove(node);
            pnp_remove(node);
        }
    }
    pnp_leave();
    if (pnp.late != NULL) {
        PDEVICE_OBJECT late = pnp.late;
        pnp.late = NULL;
        io_dereference_device(late);
    }
}
