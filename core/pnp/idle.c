/* idle.c - nobody can go on: the device answers what it has kept, or the user pulls it. */
#include "pnp.h"

static void pull(void *argument)
{
    struct node *node = argument;
    pnp_enter();
    if (node->state != NODE_SURPRISE_REMOVED && node->state != NODE_REMOVED) {
        pnp_surprise_remove(node);
    }
    pnp_leave();
    pnp_end_worker();
}

static void answer(void *argument)
{
    UNREFERENCED_PARAMETER(argument);
    machine_answer_all();
    pnp_end_worker();
}

/* A device may keep a request for long, but that it does so for ever is not the fault of a driver that waits for it. */
static void let_answer(const struct node *node)
{
    scheduler_note(node->pdo, "nothing goes on: the device answers what it has kept");
    pnp.workers++;
    kernel_spawn("bus", PASSIVE_LEVEL, answer, NULL);
}

bool machine_pull_device(void)
{
    struct node *node = &pnp.nodes[0];
    bool there = pnp.count != 0 && node->state >= NODE_ADDED && node->state <= NODE_REMOVE_PENDING;
    if (pnp.count != 0 && bus_could_answer()) {
        let_answer(node);
        return true;
    }
    if (!there || pnp.busy || !bus_holds_requests(node->pdo)) {
        return false;
    }
    scheduler_note(node->pdo, "nothing goes on: the user pulls the device");
    pnp.workers++;
    kernel_spawn("pnp", PASSIVE_LEVEL, pull, node);
    return true;
}
