/*
 * operations.c - what programs can ask of a driver.
 *
 * Each row hands on to the machine, which leaves out what Windows would not do at that moment.
 */
#include "world.h"

#include <string.h>

#define HANDLE_ARGUMENT                                                                                                        \
    {                                                                                                                          \
        .name = "handle", .style = ARGUMENT_LETTER, .maximum = MACHINE_HANDLE_LIMIT - 1                                        \
    }
#define REQUEST_ARGUMENT                                                                                                       \
    {                                                                                                                          \
        .name = "request", .style = ARGUMENT_NUMBER, .maximum = MACHINE_REQUEST_LIMIT, .prefix = "r", .optional = true         \
    }
#define NUMBERED_REQUEST                                                                                                       \
    {                                                                                                                          \
        .name = "request", .style = ARGUMENT_NUMBER, .minimum = 1, .standard = 1, .maximum = MACHINE_REQUEST_LIMIT,            \
        .prefix = "r"                                                                                                          \
    }
#define SIZE_ARGUMENT                                                                                                          \
    {                                                                                                                          \
        .name = "size", .style = ARGUMENT_NUMBER, .maximum = 4096, .standard = 16, .optional = true                            \
    }
#define CODE_ARGUMENT                                                                                                          \
    {                                                                                                                          \
        .name = "code", .style = ARGUMENT_HEX, .maximum = UINT32_MAX, .standard = 0x222000                                     \
    }
#define DEVICE_ARGUMENT                                                                                                        \
    {                                                                                                                          \
        .name = "device", .style = ARGUMENT_NUMBER, .maximum = 3, .prefix = "dev", .optional = true                            \
    }

static const char *const device_powers[] = {"D0", "D1", "D2", "D3", NULL};
static const char *const system_powers[] = {"S0", "S1", "S2", "S3", "S4", "S5", NULL};

static void count(bool done)
{
    if (!done) {
        harness_leave_out();
    }
}

static void run_open(const struct operation_call *call)
{
    count(machine_open(call->arguments[0], call->arguments[1]));
}

static void run_close(const struct operation_call *call)
{
    count(machine_close(call->arguments[0]));
}

static void transfer(const struct operation_call *call, UCHAR major)
{
    count(machine_transfer(&(struct machine_transfer){
        .major = major, .handle = call->arguments[0], .request = call->arguments[1], .length = call->arguments[2]}));
}

static void run_read(const struct operation_call *call)
{
    transfer(call, IRP_MJ_READ);
}

static void run_write(const struct operation_call *call)
{
    transfer(call, IRP_MJ_WRITE);
}

static void run_flush(const struct operation_call *call)
{
    count(machine_transfer(&(struct machine_transfer){
        .major = IRP_MJ_FLUSH_BUFFERS, .handle = call->arguments[0], .request = call->arguments[1]}));
}

enum { CONTROL_BUFFER = 64 };

static void run_ioctl(const struct operation_call *call)
{
    count(machine_transfer(&(struct machine_transfer){.major = IRP_MJ_DEVICE_CONTROL,
                                                      .handle = call->arguments[0],
                                                      .code = call->arguments[1],
                                                      .request = call->arguments[2],
                                                      .length = CONTROL_BUFFER}));
}

static void run_internal_ioctl(const struct operation_call *call)
{
    count(machine_transfer(&(struct machine_transfer){.major = IRP_MJ_INTERNAL_DEVICE_CONTROL,
                                                      .handle = MACHINE_NO_HANDLE,
                                                      .code = call->arguments[0],
                                                      .request = call->arguments[1],
                                                      .length = CONTROL_BUFFER}));
}

static void run_cancel(const struct operation_call *call)
{
    count(machine_cancel(call->arguments[0]));
}

static void run_wait(const struct operation_call *call)
{
    count(machine_wait(call->arguments[0]));
}

static void run_late_read(const struct operation_call *call)
{
    (void)call;
    count(machine_late_transfer(IRP_MJ_READ));
}

static void run_late_write(const struct operation_call *call)
{
    (void)call;
    count(machine_late_transfer(IRP_MJ_WRITE));
}

static void run_late_ioctl(const struct operation_call *call)
{
    (void)call;
    count(machine_late_transfer(IRP_MJ_DEVICE_CONTROL));
}

/* Which request of the PnP manager stands behind each operation. */
static void run_pnp(const struct operation_call *call)
{
    static const enum machine_pnp requests[] = {
        [DRIVER_START] = PNP_START,
        [DRIVER_QUERY_REMOVE] = PNP_QUERY_REMOVE,
        [DRIVER_CANCEL_REMOVE] = PNP_CANCEL_REMOVE,
        [DRIVER_REMOVE] = PNP_REMOVE,
        [DRIVER_SURPRISE_REMOVE] = PNP_SURPRISE_REMOVE,
        [DRIVER_QUERY_STOP] = PNP_QUERY_STOP,
        [DRIVER_CANCEL_STOP] = PNP_CANCEL_STOP,
        [DRIVER_STOP] = PNP_STOP,
        [DRIVER_QUERY_RELATIONS] = PNP_QUERY_RELATIONS,
        [DRIVER_QUERY_CAPABILITIES] = PNP_QUERY_CAPABILITIES,
        [DRIVER_QUERY_STATE] = PNP_QUERY_STATE,
        [DRIVER_REPLUG] = PNP_REPLUG,
        [DRIVER_QUERY_REMOVAL_RELATIONS] = PNP_QUERY_REMOVAL_RELATIONS,
        [DRIVER_QUERY_TARGET_RELATION] = PNP_QUERY_TARGET_RELATION,
        [DRIVER_USAGE] = PNP_USAGE,
    };
    const struct program *program = &harness_scenario()->program;
    uint8_t code = program->operations[program->tasks[call->task].first + call->position].code;
    count(machine_pnp(requests[code], call->arguments[0]));
}

static void run_set_power(const struct operation_call *call)
{
    count(machine_set_device_power((DEVICE_POWER_STATE)(PowerDeviceD0 + call->arguments[0]), call->arguments[1]));
}

static void run_system_power(const struct operation_call *call)
{
    count(machine_set_system_power((SYSTEM_POWER_STATE)(PowerSystemWorking + call->arguments[0])));
}

static void run_wait_wake(const struct operation_call *call)
{
    (void)call;
    count(machine_wait_wake());
}

static void run_wmi(const struct operation_call *call)
{
    count(machine_wmi(call->arguments[0]));
}

static void run_shutdown(const struct operation_call *call)
{
    (void)call;
    count(machine_shutdown());
}

static void run_unload(const struct operation_call *call)
{
    (void)call;
    count(machine_unload());
}

static void run_advance(const struct operation_call *call)
{
    scheduler_advance((uint64_t)call->arguments[0] * 10000);
}

#define PNP(operation_name, text, operation_weight)                                                                            \
    {                                                                                                                          \
        .name = operation_name, .summary = text, .argument_count = 1, .arguments = {DEVICE_ARGUMENT},                          \
        .weight = operation_weight, .run = run_pnp                                                                             \
    }

const struct operation driver_operations[] = {
    [DRIVER_OPEN] = {.name = "open",
                     .summary = "opens a handle: IRP_MJ_CREATE",
                     .argument_count = 2,
                     .arguments = {HANDLE_ARGUMENT, DEVICE_ARGUMENT},
                     .weight = 4,
                     .run = run_open},
    [DRIVER_CLOSE] = {.name = "close",
                      .summary = "closes it: IRP_MJ_CLEANUP at once, IRP_MJ_CLOSE when its last request is done",
                      .argument_count = 1,
                      .arguments = {HANDLE_ARGUMENT},
                      .weight = 3,
                      .run = run_close},
    [DRIVER_READ] = {.name = "read",
                     .summary = "IRP_MJ_READ; waits for it, or goes on when the request has a number",
                     .argument_count = 3,
                     .arguments = {HANDLE_ARGUMENT, REQUEST_ARGUMENT, SIZE_ARGUMENT},
                     .weight = 8,
                     .run = run_read},
    [DRIVER_WRITE] = {.name = "write",
                      .summary = "IRP_MJ_WRITE",
                      .argument_count = 3,
                      .arguments = {HANDLE_ARGUMENT, REQUEST_ARGUMENT, SIZE_ARGUMENT},
                      .weight = 6,
                      .run = run_write},
    [DRIVER_FLUSH] = {.name = "flush",
                      .summary = "IRP_MJ_FLUSH_BUFFERS",
                      .argument_count = 2,
                      .arguments = {HANDLE_ARGUMENT, REQUEST_ARGUMENT},
                      .weight = 1,
                      .run = run_flush},
    [DRIVER_IOCTL] = {.name = "ioctl",
                      .summary = "IRP_MJ_DEVICE_CONTROL with 64 bytes each way",
                      .argument_count = 3,
                      .arguments = {HANDLE_ARGUMENT, CODE_ARGUMENT, REQUEST_ARGUMENT},
                      .weight = 8,
                      .run = run_ioctl},
    [DRIVER_INTERNAL_IOCTL] = {.name = "internal-ioctl",
                               .summary = "IRP_MJ_INTERNAL_DEVICE_CONTROL, sent by another driver without a handle",
                               .argument_count = 2,
                               .arguments = {CODE_ARGUMENT, REQUEST_ARGUMENT},
                               .weight = 3,
                               .run = run_internal_ioctl},
    [DRIVER_CANCEL_REQUEST] = {.name = "cancel",
                               .summary = "IoCancelIrp for the request of that number, if it is under way",
                               .argument_count = 1,
                               .arguments = {NUMBERED_REQUEST},
                               .weight = 3,
                               .run = run_cancel},
    [DRIVER_WAIT] = {.name = "wait",
                     .summary = "waits until the request of that number is done; cancels it when that takes too long",
                     .argument_count = 1,
                     .arguments = {NUMBERED_REQUEST},
                     .weight = 3,
                     .run = run_wait},
    [DRIVER_LATE_READ] = {.name = "late-read",
                          .summary = "IRP_MJ_READ through a reference to the device that somebody holds over its removal",
                          .weight = 2,
                          .run = run_late_read},
    [DRIVER_LATE_WRITE] = {.name = "late-write", .summary = "IRP_MJ_WRITE likewise", .weight = 1, .run = run_late_write},
    [DRIVER_LATE_IOCTL] = {.name = "late-ioctl",
                           .summary = "IRP_MJ_DEVICE_CONTROL likewise",
                           .weight = 1,
                           .run = run_late_ioctl},
    [DRIVER_START] = PNP("start", "IRP_MN_START_DEVICE, after a stop", 2),
    [DRIVER_QUERY_REMOVE] = PNP("query-remove", "IRP_MN_QUERY_REMOVE_DEVICE", 2),
    [DRIVER_CANCEL_REMOVE] = PNP("cancel-remove", "IRP_MN_CANCEL_REMOVE_DEVICE, after a query", 2),
    [DRIVER_REMOVE] = PNP("remove", "asks, then IRP_MN_REMOVE_DEVICE; after a surprise when the last handle is closed", 4),
    [DRIVER_SURPRISE_REMOVE] = PNP("surprise-remove", "the device is gone: IRP_MN_SURPRISE_REMOVAL", 4),
    [DRIVER_QUERY_STOP] = PNP("query-stop", "IRP_MN_QUERY_STOP_DEVICE", 1),
    [DRIVER_CANCEL_STOP] = PNP("cancel-stop", "IRP_MN_CANCEL_STOP_DEVICE, after a query", 1),
    [DRIVER_STOP] = PNP("stop", "asks, then IRP_MN_STOP_DEVICE", 2),
    [DRIVER_QUERY_RELATIONS] =
        PNP("query-relations", "IRP_MN_QUERY_DEVICE_RELATIONS for bus relations, and its consequences", 2),
    [DRIVER_QUERY_CAPABILITIES] = PNP("query-capabilities", "IRP_MN_QUERY_CAPABILITIES", 1),
    [DRIVER_QUERY_STATE] = PNP("query-state", "IRP_MN_QUERY_PNP_DEVICE_STATE", 1),
    [DRIVER_REPLUG] = PNP("replug", "a device comes back after a removal: AddDevice, IRP_MN_START_DEVICE", 2),
    [DRIVER_SET_POWER] = {.name = "set-power",
                          .summary = "the device's power: IRP_MN_SET_POWER, by the power manager",
                          .argument_count = 2,
                          .arguments = {{.name = "state", .style = ARGUMENT_WORD, .maximum = 3, .words = device_powers},
                                        DEVICE_ARGUMENT},
                          .weight = 2,
                          .run = run_set_power},
    [DRIVER_SYSTEM_POWER] = {.name = "system-power",
                             .summary = "the system's power: IRP_MN_QUERY_POWER, then IRP_MN_SET_POWER",
                             .argument_count = 1,
                             .arguments = {{.name = "state", .style = ARGUMENT_WORD, .maximum = 5, .words = system_powers}},
                             .weight = 2,
                             .run = run_system_power},
    [DRIVER_WAIT_WAKE] = {.name = "wait-wake",
                          .summary = "the policy owner arms the device for wake-up: IRP_MN_WAIT_WAKE",
                          .weight = 1,
                          .run = run_wait_wake},
    [DRIVER_WMI] = {.name = "wmi",
                    .summary = "IRP_MJ_SYSTEM_CONTROL: what is registered, then its data",
                    .argument_count = 1,
                    .arguments = {DEVICE_ARGUMENT},
                    .weight = 2,
                    .run = run_wmi},
    [DRIVER_SHUTDOWN] = {.name = "shutdown",
                         .summary = "IRP_MJ_SHUTDOWN, to devices that are registered for it",
                         .weight = 1,
                         .run = run_shutdown},
    [DRIVER_UNLOAD_DRIVER] = {.name = "unload",
                              .summary = "DriverUnload, when no device is left",
                              .weight = 1,
                              .run = run_unload},
    [DRIVER_ADVANCE] = {.name = "advance",
                        .summary = "virtual time goes on by that many milliseconds",
                        .argument_count = 1,
                        .arguments = {{.name = "milliseconds", .style = ARGUMENT_NUMBER, .maximum = 600000, .standard = 1000}},
                        .weight = 1,
                        .run = run_advance},
    [DRIVER_QUERY_REMOVAL_RELATIONS] = PNP("query-removal-relations", "IRP_MN_QUERY_DEVICE_RELATIONS for removal relations", 1),
    [DRIVER_QUERY_TARGET_RELATION] = PNP("query-target-relation", "IRP_MN_QUERY_DEVICE_RELATIONS for the target device", 1),
    [DRIVER_USAGE] = PNP("usage", "IRP_MN_DEVICE_USAGE_NOTIFICATION: a paging file comes, and goes again", 1),
};

const uint32_t driver_operation_count = sizeof driver_operations / sizeof driver_operations[0];

int32_t driver_code_argument(const struct operation *operation)
{
    for (uint32_t index = 0; index < operation->argument_count; index++) {
        if (operation->arguments[index].style == ARGUMENT_HEX) {
            return (int32_t)index;
        }
    }
    return -1;
}
