/*
 * test_machine_states.c - the states of "State Transitions for PnP Devices": random requests to the machine against a table,
 * and what the driver gets to see of them.
 */
#include "stack_driver.h"

#include "../../core/pnp/pnp.h"

enum { STEPS = 40, EXECUTIONS = 400 };

/* ------------------------------------------------------------------------------------------------------- the table -- */

/* Where a request takes the device when everybody agrees. NODE_STATES: the machine leaves it out. */
#define STAY NODE_STATES
#define BACK (NODE_STATES + 1) /* to the state before the query */

static const uint8_t table[NODE_STATES][PNP_REPLUG + 1] = {
#define ROW(start, query_remove, cancel_remove, remove, surprise, query_stop, cancel_stop, stop, relations, caps, ask, replug) \
    {                                                                                                                          \
        [PNP_START] = start, [PNP_QUERY_REMOVE] = query_remove, [PNP_CANCEL_REMOVE] = cancel_remove, [PNP_REMOVE] = remove,    \
        [PNP_SURPRISE_REMOVE] = surprise, [PNP_QUERY_STOP] = query_stop, [PNP_CANCEL_STOP] = cancel_stop, [PNP_STOP] = stop,   \
        [PNP_QUERY_RELATIONS] = relations, [PNP_QUERY_CAPABILITIES] = caps, [PNP_QUERY_STATE] = ask, [PNP_REPLUG] = replug,    \
        [PNP_QUERY_REMOVAL_RELATIONS] = STAY, [PNP_QUERY_TARGET_RELATION] = STAY, [PNP_USAGE] = STAY                           \
    }
#define STARTED NODE_STARTED
#define STOPPING NODE_STOP_PENDING
#define STOPPED NODE_STOPPED
#define LEAVING NODE_REMOVE_PENDING
#define GONE NODE_SURPRISE_REMOVED
#define REMOVED NODE_REMOVED
    [NODE_ABSENT] = ROW(STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY, STARTED),
    [NODE_ADDED] = ROW(STARTED, LEAVING, STAY, REMOVED, GONE, STAY, STAY, STAY, STAY, NODE_ADDED, STAY, STAY),
    [NODE_STARTED] = ROW(STAY, LEAVING, STAY, REMOVED, GONE, STOPPING, STAY, STOPPED, STARTED, STARTED, STARTED, STAY),
    [NODE_STOP_PENDING] = ROW(STAY, STAY, STAY, STAY, GONE, STAY, BACK, STOPPED, STAY, STOPPING, STOPPING, STAY),
    [NODE_STOPPED] = ROW(STARTED, LEAVING, STAY, REMOVED, GONE, STAY, STAY, STAY, STAY, STOPPED, STOPPED, STAY),
    [NODE_REMOVE_PENDING] = ROW(STAY, STAY, BACK, REMOVED, GONE, STAY, STAY, STAY, STAY, LEAVING, LEAVING, STAY),
    [NODE_SURPRISE_REMOVED] = ROW(STAY, STAY, STAY, REMOVED, STAY, STAY, STAY, STAY, STAY, GONE, STAY, STAY),
    [NODE_REMOVED] = ROW(STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY, STARTED),
};

/* Of the same requests, what a driver may see in a state of its own. */
enum seen { NEW, RUNNING, ASKED_TO_STOP, HALTED, ASKED_TO_GO, LOST, OVER };

/* ------------------------------------------------------------------------------------------------------- the driver -- */

static struct {
    enum seen state, before;
    uint32_t open; /* files */
    uint32_t vetoes, starts, removals, surprises, restarts, cancels;
} seen;

static bool may_veto;
static bool start_fails;

static void note_query(enum seen state)
{
    CHECK(seen.state == RUNNING || seen.state == NEW || (state == ASKED_TO_GO && seen.state == HALTED));
    seen.before = seen.state;
    seen.state = state;
}

/* Cancels may be spurious: then they change nothing. */
static void note_cancel(enum seen state)
{
    seen.cancels++;
    seen.state = seen.state == state ? seen.before : seen.state;
}

static void note(UCHAR minor)
{
    switch (minor) {
    case IRP_MN_START_DEVICE:
        CHECK(seen.state == NEW || seen.state == HALTED);
        seen.restarts += seen.state == HALTED;
        seen.starts++;
        seen.state = RUNNING;
        break;
    case IRP_MN_QUERY_STOP_DEVICE:
        note_query(ASKED_TO_STOP);
        break;
    case IRP_MN_CANCEL_STOP_DEVICE:
        note_cancel(ASKED_TO_STOP);
        break;
    case IRP_MN_STOP_DEVICE:
        CHECK(seen.state == ASKED_TO_STOP);
        seen.state = HALTED;
        break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
        note_query(ASKED_TO_GO);
        break;
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        note_cancel(ASKED_TO_GO);
        break;
    case IRP_MN_SURPRISE_REMOVAL:
        CHECK(seen.state != LOST && seen.state != OVER);
        seen.surprises++;
        seen.state = LOST;
        break;
    case IRP_MN_REMOVE_DEVICE:
        CHECK(seen.state == ASKED_TO_GO || seen.state == LOST || seen.state == NEW);
        CHECK(seen.open == 0);
        seen.removals++;
        seen.state = OVER;
        break;
    default:
        CHECK(seen.state != OVER);
        break;
    }
}

static NTSTATUS refuse(PDEVICE_OBJECT device, PIRP irp)
{
    struct stack_extension *own = device->DeviceExtension;
    IoReleaseRemoveLock(&own->lock, irp);
    return complete_irp(irp, STATUS_UNSUCCESSFUL);
}

static NTSTATUS watch_pnp(PDEVICE_OBJECT device, PIRP irp, UCHAR minor)
{
    bool query = minor == IRP_MN_QUERY_STOP_DEVICE || minor == IRP_MN_QUERY_REMOVE_DEVICE;
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK(irp->IoStatus.Status == STATUS_NOT_SUPPORTED);
    CHECK(IoGetCurrentIrpStackLocation(irp)->DeviceObject == device);
    if (query && may_veto && scheduler_choose(CHOICE_DEVICE, 3) == 1) {
        seen.vetoes++;
        return refuse(device, irp);
    }
    if (minor == IRP_MN_START_DEVICE && start_fails) {
        bool again = seen.state == HALTED;
        CHECK(seen.state == NEW || again);
        return refuse(device, irp);
    }
    enum seen before = seen.state;
    note(minor);
    NTSTATUS status = usual_pnp(device, irp, minor);
    if (minor == IRP_MN_START_DEVICE && !NT_SUCCESS(status)) {
        seen.state = before; /* the bus refused */
    }
    return status;
}

static NTSTATUS add(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    CHECK(seen.state == OVER);
    seen.state = NEW;
    return usual_add(driver, pdo);
}

static PDRIVER_DISPATCH usual_dispatch;

static NTSTATUS watch_files(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UCHAR major = IoGetCurrentIrpStackLocation(Irp)->MajorFunction;
    CHECK(major != IRP_MJ_CREATE || (seen.state != OVER && seen.state != NEW));
    seen.open += major == IRP_MJ_CREATE;
    NTSTATUS status = usual_dispatch(DeviceObject, Irp);
    seen.open -= major == IRP_MJ_CLOSE;
    return status;
}

static NTSTATUS entry(PDRIVER_OBJECT driver)
{
    usual_dispatch = driver->MajorFunction[IRP_MJ_CREATE];
    driver->MajorFunction[IRP_MJ_CREATE] = watch_files;
    driver->MajorFunction[IRP_MJ_CLOSE] = watch_files;
    memset(&seen, 0, sizeof seen);
    seen.state = OVER;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------------------------------- one task against the table -- */

static uint64_t state;
static uint32_t visits[NODE_STATES];

static uint32_t expected(enum pnp_state from, enum machine_pnp what, enum pnp_state before, bool open, uint32_t vetoes)
{
    uint32_t to = table[from][what];
    bool asks = what == PNP_QUERY_REMOVE || what == PNP_QUERY_STOP ||
                (from != NODE_REMOVE_PENDING && from != NODE_STOP_PENDING && (what == PNP_REMOVE || what == PNP_STOP));
    if (from == NODE_SURPRISE_REMOVED && what == PNP_REMOVE) {
        return NODE_REMOVED;
    }
    if (to == STAY || (asks && vetoes != 0)) {
        return from;
    }
    if (what == PNP_REMOVE && open) {
        return from == NODE_REMOVE_PENDING ? before : from;
    }
    return to == BACK ? before : to;
}

static void follow_the_table(void)
{
    bool open = false;
    for (uint32_t step = 0; step < STEPS; step++) {
        struct node node = pnp.nodes[0];
        enum machine_pnp what = (enum machine_pnp)draw_below(&state, PNP_REPLUG + 1);
        if (draw_below(&state, 6) == 0) {
            open ? machine_close(0) : machine_open(0, 0);
            open = pnp.nodes[0].handles != 0;
            CHECK(open == (seen.open != 0));
            continue;
        }
        /* Waits until all is closed: what this task has open it closes itself. */
        uint32_t vetoes = seen.vetoes;
        uint32_t to = expected(node.state, what, node.before, open, seen.vetoes - vetoes);
        machine_pnp(what, 0);
        to = expected(node.state, what, node.before, open, seen.vetoes - vetoes);
        CHECK(pnp.nodes[0].state == to);
        visits[pnp.nodes[0].state]++;
        open = pnp.nodes[0].handles != 0;
        CHECK(open == (seen.open != 0));
    }
}

static void judge_clean_end(enum scheduler_outcome outcome)
{
    if (outcome != SCHEDULER_FINISHED) {
        fail_msg("%s: %s", scheduler_violation()->identifier, scheduler_violation()->message);
    }
    assert_int_equal(seen.state, OVER);
    assert_int_equal(seen.open, 0);
}

static void a_single_task_follows_the_table(void **unused)
{
    const struct world world = {.begin = begin_stack_driver, .judge = judge_clean_end};
    (void)unused;
    state = 20;
    for (uint32_t way = 0; way < 4; way++) {
        parts = (struct stack_parts){.entry = entry, .add = add, .pnp = watch_pnp, .tasks = {follow_the_table}};
        parts.options.upper = way % 2 == 1;
        may_veto = way >= 2;
        many_schedules(&world, "random", way + 1, EXECUTIONS);
    }
    for (uint32_t index = NODE_STARTED; index < NODE_STATES; index++) {
        assert_true(visits[index] > 100);
    }
}

/* ------------------------------------------------------------------------------------------- many tasks at a time -- */

static void ask_for_anything(void)
{
    for (uint32_t step = 0; step < 12; step++) {
        uint32_t handle = draw_below(&state, 2);
        switch (draw_below(&state, 5)) {
        case 0:
            machine_open(handle, 0);
            break;
        case 1:
            machine_close(handle);
            break;
        case 2:
            machine_transfer(&(struct machine_transfer){.major = IRP_MJ_READ, .length = 8, .handle = handle});
            break;
        default:
            machine_pnp((enum machine_pnp)draw_below(&state, PNP_REPLUG + 1), 0);
            break;
        }
    }
}

/* Whatever is asked for at the same time: the driver sees what "State Transitions for PnP Devices" allows, and no more. */
static void tasks_together_send_nothing_illegal(void **unused)
{
    const struct world world = {.begin = begin_stack_driver, .judge = judge_clean_end};
    (void)unused;
    state = 21;
    for (uint32_t way = 0; way < 8; way++) {
        parts =
            (struct stack_parts){.entry = entry, .add = add, .pnp = watch_pnp, .tasks = {ask_for_anything, ask_for_anything}};
        parts.options.upper = way % 2 == 1;
        parts.options.faults = way % 4 >= 2;
        parts.options.force_pending = way >= 4;
        may_veto = way % 4 == 3;
        many_schedules(&world, way < 4 ? "random" : "pct", way + 1, EXECUTIONS);
    }
}

/* ---------------------------------------------------------------------------------------------------------- sequences -- */

static void judge_sequence(enum scheduler_outcome outcome);

static void run_sequence(void (*tasks[2])(void))
{
    const struct world world = {.begin = begin_stack_driver, .judge = judge_sequence};
    parts = (struct stack_parts){.entry = entry, .add = add, .pnp = watch_pnp, .tasks = {tasks[0], tasks[1]}};
    may_veto = false;
    default_schedule(&world);
    many_schedules(&world, "random", 9, 200);
    start_fails = false;
}

static void judge_sequence(enum scheduler_outcome outcome)
{
    judge_clean_end(outcome);
    start_fails = false;
}

/* While a handle is open, an orderly removal is taken back, and one after a surprise waits. */
static void removal_meets_a_handle(void)
{
    CHECK(machine_open(0, 0));
    CHECK(!machine_pnp(PNP_REMOVE, 0));
    CHECK(seen.state == RUNNING && seen.cancels == 1 && seen.removals == 0);
    CHECK(machine_pnp(PNP_SURPRISE_REMOVE, 0));
    CHECK(seen.state == LOST && seen.removals == 0);
    CHECK(machine_open(1, 0) && machine_close(1));
    CHECK(machine_close(0));
    CHECK(machine_pnp(PNP_REMOVE, 0) && seen.removals == 1);
    CHECK(!machine_open(0, 0));
}

static void a_failed_start_is_followed_by_a_removal(void)
{
    CHECK(machine_pnp(PNP_REMOVE, 0));
    start_fails = true;
    CHECK(!machine_pnp(PNP_REPLUG, 0));
    CHECK(seen.state == OVER && seen.removals == 2 && seen.surprises == 0);
    start_fails = false;
    CHECK(machine_pnp(PNP_REPLUG, 0));
    CHECK(seen.state == RUNNING);
}

static void a_failed_restart_is_followed_by_a_surprise(void)
{
    CHECK(machine_pnp(PNP_STOP, 0));
    start_fails = true;
    CHECK(!machine_pnp(PNP_START, 0));
    CHECK(seen.state == OVER && seen.surprises == 1 && seen.removals == 1);
    start_fails = false;
}

/* The bus keeps the PDO of a device that is still there, and has a new one for a device that comes back. */
static void the_bus_keeps_what_is_there(void)
{
    PDEVICE_OBJECT pdo = pnp.nodes[0].pdo;
    CHECK(machine_pnp(PNP_REMOVE, 0) && machine_pnp(PNP_REPLUG, 0));
    CHECK(pnp.nodes[0].pdo == pdo);
    CHECK(machine_pnp(PNP_SURPRISE_REMOVE, 0) && machine_pnp(PNP_REMOVE, 0) && machine_pnp(PNP_REPLUG, 0));
    CHECK(pnp.nodes[0].pdo != pdo);
    CHECK(seen.starts == 3);
}

/* Loaded again, the driver finds its variables as at first. */
static uint32_t reloads;

static void count_reload(void)
{
    reloads++;
}

static void the_driver_is_unloaded_and_loaded_again(void)
{
    CHECK(!machine_unload());
    CHECK(machine_pnp(PNP_REMOVE, 0));
    CHECK(machine_unload() && !machine_unload() && !machine_loaded());
    CHECK(reloads == 0);
    CHECK(machine_pnp(PNP_REPLUG, 0) && machine_loaded());
    CHECK(reloads == 1);
    CHECK(!machine_unload());
    reloads = 0;
}

static void remove_after_surprise(void)
{
    machine_pnp(PNP_SURPRISE_REMOVE, 0);
    machine_pnp(PNP_REMOVE, 0);
    machine_pnp(PNP_REPLUG, 0);
}

static void unload_now_and_then(void)
{
    machine_open(0, 0);
    machine_close(0);
    machine_unload();
    machine_pnp(PNP_REMOVE, 0);
    machine_unload();
}

static void sequences(void **unused)
{
    static void (*const rows[][2])(void) = {
        {removal_meets_a_handle, NULL},
        {a_failed_start_is_followed_by_a_removal, NULL},
        {a_failed_restart_is_followed_by_a_surprise, NULL},
        {the_bus_keeps_what_is_there, NULL},
        {remove_after_surprise, unload_now_and_then},
        {remove_after_surprise, remove_after_surprise},
    };
    (void)unused;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        void (*tasks[2])(void) = {rows[index][0], rows[index][1]};
        run_sequence(tasks);
    }
}

static void unloading(void **unused)
{
    const struct world world = {.begin = begin_stack_driver, .judge = judge_sequence};
    (void)unused;
    parts =
        (struct stack_parts){.entry = entry, .add = add, .pnp = watch_pnp, .tasks = {the_driver_is_unloaded_and_loaded_again}};
    parts.options.reload = count_reload;
    may_veto = false;
    default_schedule(&world);
    many_schedules(&world, "random", 10, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_task_follows_the_table),
        cmocka_unit_test(tasks_together_send_nothing_illegal),
        cmocka_unit_test(sequences),
        cmocka_unit_test(unloading),
    };
    return cmocka_run_group_tests_name("states of devices", tests, NULL, NULL);
}
