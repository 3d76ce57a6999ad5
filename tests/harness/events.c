/* events.c - feeds scripts to the judges. */
#include "events.h"

#include "support.h"

#include <stdio.h>

enum { NAMES = 26, WORD_SIZE = 24, ARGUMENTS = 3 };

static struct {
    DEVICE_OBJECT *devices[NAMES];
    IRP *requests[NAMES];
    IO_REMOVE_LOCK_COMMON_BLOCK *pool;
    IO_REMOVE_LOCK_COMMON_BLOCK global;
    struct driver_frame frames[4][8];
    uint32_t depth[4];
} world;

struct word {
    const char *name;
    uint32_t major, minor, detail;
};

static const struct word asked[] = {
    {"CREATE", IRP_MJ_CREATE, 0, 0},
    {"CLOSE", IRP_MJ_CLOSE, 0, 0},
    {"CLEANUP", IRP_MJ_CLEANUP, 0, 0},
    {"READ", IRP_MJ_READ, 0, 0},
    {"WRITE", IRP_MJ_WRITE, 0, 0},
    {"CONTROL", IRP_MJ_DEVICE_CONTROL, 0, 0},
    {"INTERNAL", IRP_MJ_INTERNAL_DEVICE_CONTROL, 0, 0},
    {"SHUTDOWN", IRP_MJ_SHUTDOWN, 0, 0},
    {"WMI", IRP_MJ_SYSTEM_CONTROL, 0, 0},
    {"FLUSH", IRP_MJ_FLUSH_BUFFERS, 0, 0},
    {"START", IRP_MJ_PNP, IRP_MN_START_DEVICE, 0},
    {"QUERY", IRP_MJ_PNP, IRP_MN_QUERY_REMOVE_DEVICE, 0},
    {"REMOVE", IRP_MJ_PNP, IRP_MN_REMOVE_DEVICE, 0},
    {"SURPRISE", IRP_MJ_PNP, IRP_MN_SURPRISE_REMOVAL, 0},
    {"RELATIONS", IRP_MJ_PNP, IRP_MN_QUERY_DEVICE_RELATIONS, RemovalRelations},
    {"BUS", IRP_MJ_PNP, IRP_MN_QUERY_DEVICE_RELATIONS, BusRelations},
    {"CANCEL", IRP_MJ_PNP, IRP_MN_CANCEL_REMOVE_DEVICE, 0},
    {"S0", IRP_MJ_POWER, IRP_MN_SET_POWER, REQUEST_DETAIL_POWER(SystemPowerState, PowerSystemWorking)},
    {"S3", IRP_MJ_POWER, IRP_MN_SET_POWER, REQUEST_DETAIL_POWER(SystemPowerState, PowerSystemSleeping3)},
    {"D0", IRP_MJ_POWER, IRP_MN_SET_POWER, REQUEST_DETAIL_POWER(DevicePowerState, PowerDeviceD0)},
    {"D3", IRP_MJ_POWER, IRP_MN_SET_POWER, REQUEST_DETAIL_POWER(DevicePowerState, PowerDeviceD3)},
    {"WAKE", IRP_MJ_POWER, IRP_MN_WAIT_WAKE, 0},
};

static const struct {
    const char *name;
    NTSTATUS status;
} statuses[] = {
    {"ok", STATUS_SUCCESS},
    {"pending", STATUS_PENDING},
    {"more", STATUS_MORE_PROCESSING_REQUIRED},
    {"failed", STATUS_UNSUCCESSFUL},
    {"notsupported", STATUS_NOT_SUPPORTED},
    {"deletepending", STATUS_DELETE_PENDING},
    {"nodevice", STATUS_NO_SUCH_DEVICE},
};

static const struct {
    const char *name;
    enum driver_routine routine;
} routines[] = {
    {"dpc", ROUTINE_DPC},        {"work", ROUTINE_WORK_ITEM},  {"thread", ROUTINE_THREAD},
    {"add", ROUTINE_ADD_DEVICE}, {"load", ROUTINE_INITIALIZE},
};

/* -------------------------------------------------------------------------------------------------------- objects -- */

static DEVICE_OBJECT *device_named(const char *name)
{
    return name[0] == '\0' ? world.devices['D' - 'A'] : world.devices[name[0] - 'A'];
}

static IRP *request_named(const char *name)
{
    IRP **request = &world.requests[name[0] - 'a'];
    if (*request == NULL) {
        *request = scheduler_allocate(sizeof(IRP), "IRP");
    }
    return *request;
}

static void *tag_named(const char *name)
{
    return name[0] >= 'a' ? (void *)request_named(name) : (void *)(uintptr_t)strtoul(name, NULL, 0);
}

static void *lock_named(const char *name)
{
    switch (name[0]) {
    case 'L':
        return world.devices['D' - 'A']->DeviceExtension;
    case 'K':
        return (IO_REMOVE_LOCK_COMMON_BLOCK *)world.devices['D' - 'A']->DeviceExtension + 1;
    case 'M':
        return world.devices['E' - 'A']->DeviceExtension;
    case 'P':
        world.pool = world.pool != NULL ? world.pool : scheduler_allocate(sizeof *world.pool, "pool");
        return world.pool;
    default:
        return &world.global;
    }
}

static void create_device(const char *name)
{
    DEVICE_OBJECT *device = scheduler_allocate(sizeof *device + 2 * sizeof(IO_REMOVE_LOCK_COMMON_BLOCK), "device");
    device->DeviceExtension = device + 1;
    world.devices[name[0] - 'A'] = device;
}

static NTSTATUS status_named(const char *name)
{
    for (size_t index = 0; index < COUNT_OF(statuses); index++) {
        if (strcmp(statuses[index].name, name) == 0) {
            return statuses[index].status;
        }
    }
    fail_msg("there is no status \"%s\"", name);
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------------------------------------------------- steps -- */

struct step {
    const char *name;
    enum core_event_kind kind;
    const char *arguments; /* L lock, t tag, r request, S status, D device, a above, n number */
};

static const struct step steps[] = {
    {"create", EVENT_CREATE_DEVICE, "D"},
    {"attach", EVENT_ATTACH, "D"},
    {"init", EVENT_LOCK_INITIALIZE, "L"},
    {"acquire", EVENT_LOCK_ACQUIRE, "Lt"},
    {"refused", EVENT_LOCK_ACQUIRE, "Lt"},
    {"release", EVENT_LOCK_RELEASE, "Lt"},
    {"wait", EVENT_LOCK_RELEASE_AND_WAIT, "Lt"},
    {"waited", EVENT_LOCK_WAITED, "Lt"},
    {"routine", EVENT_SET_COMPLETION, "r"},
    {"mark", EVENT_MARK_PENDING, "r"},
    {"call", EVENT_CALL, "r"},
    {"called", EVENT_CALLED, "rS"},
    {"complete", EVENT_COMPLETE, "rS"},
    {"queue", EVENT_QUEUE, "r"},
    {"detach", EVENT_DETACH, "a"},
    {"delete", EVENT_DELETE_DEVICE, "D"},
    {"allocate", EVENT_ALLOCATE, ""},
    {"free", EVENT_FREE, "p"},
    {"power", EVENT_REQUEST_POWER, "S"},
    {"wmi", EVENT_WMI, "n"},
    {"slept", EVENT_WAIT, "S"},
};

static void fill(struct core_event *event, char argument, const char *word)
{
    switch (argument) {
    case 'L':
        event->lock = lock_named(word);
        return;
    case 'p':
        event->tag = lock_named(word);
        return;
    case 't':
        event->tag = tag_named(word);
        return;
    case 'r':
        event->irp = request_named(word);
        return;
    case 'S':
        event->status = status_named(word);
        return;
    case 'D':
        event->device = device_named(word);
        return;
    case 'a':
        event->other = device_named(word);
        return;
    default:
        event->value = (uint32_t)strtoul(word, NULL, 0);
        return;
    }
}

/* Where the task is, as the kernel tells it with every event. */
static void locate(struct core_event *event)
{
    uint32_t depth = world.depth[event->task];
    if (event->routine == ROUTINE_NONE && depth != 0) {
        const struct driver_frame *frame = &world.frames[event->task][depth - 1];
        event->routine = frame->routine;
        event->major = frame->major;
        event->minor = frame->minor;
    }
}

static void hear(struct core_event *event)
{
    locate(event);
    rules_hear(event);
}

static void begin_routine(struct core_event *event)
{
    event->kind = EVENT_ENTER;
    world.frames[event->task][world.depth[event->task]++] =
        (struct driver_frame){event->routine, event->major, event->minor, event->device, event->irp};
    rules_hear(event);
}

static void end_routine(struct core_event *event, const char *status)
{
    assert_true(world.depth[event->task] > 0);
    const struct driver_frame *frame = &world.frames[event->task][world.depth[event->task] - 1];
    event->kind = EVENT_EXIT;
    event->routine = frame->routine;
    event->major = frame->major;
    event->minor = frame->minor;
    event->device = frame->device;
    event->irp = frame->irp;
    event->status = status_named(status);
    rules_hear(event);
    world.depth[event->task]--;
}

static bool enter(struct core_event *event, char words[ARGUMENTS + 1][WORD_SIZE])
{
    event->routine = ROUTINE_DISPATCH;
    event->device = device_named(words[3]);
    event->irp = request_named(words[2]);
    for (size_t index = 0; index < COUNT_OF(asked); index++) {
        if (strcmp(asked[index].name, words[1]) == 0) {
            event->major = (UCHAR)asked[index].major;
            event->minor = (UCHAR)asked[index].minor;
            event->value = asked[index].detail;
            begin_routine(event);
            return true;
        }
    }
    return false;
}

static bool run(struct core_event *event, const char *name)
{
    for (size_t index = 0; index < COUNT_OF(routines); index++) {
        if (strcmp(routines[index].name, name) == 0) {
            event->routine = routines[index].routine;
            begin_routine(event);
            return true;
        }
    }
    return false;
}

static bool do_call_step(struct core_event *event, char words[ARGUMENTS + 1][WORD_SIZE])
{
    if (strcmp(words[0], "enter") == 0) {
        return enter(event, words);
    }
    if (strcmp(words[0], "run") == 0) {
        return run(event, words[1]);
    }
    if (strcmp(words[0], "completion") == 0) {
        event->routine = ROUTINE_COMPLETION;
        event->irp = request_named(words[1]);
        event->status = status_named(words[2]);
        begin_routine(event);
        return true;
    }
    if (strcmp(words[0], "exit") == 0 || strcmp(words[0], "left") == 0 || strcmp(words[0], "leave") == 0) {
        end_routine(event, words[1][0] != '\0' ? words[1] : "ok");
        return true;
    }
    if (strcmp(words[0], "stuck") == 0) {
        rules_stuck();
        return true;
    }
    if (strcmp(words[0], "end") == 0) {
        rules_end();
        return true;
    }
    return false;
}

static bool do_step(uint8_t task, char words[ARGUMENTS + 1][WORD_SIZE])
{
    struct core_event event = {.task = task, .file = ""};
    if (do_call_step(&event, words)) {
        return true;
    }
    for (size_t index = 0; index < COUNT_OF(steps); index++) {
        if (strcmp(steps[index].name, words[0]) != 0) {
            continue;
        }
        if (strcmp(words[0], "create") == 0) {
            create_device(words[1]);
        }
        event.kind = steps[index].kind;
        for (size_t at = 0; at < strlen(steps[index].arguments); at++) {
            fill(&event, steps[index].arguments[at], words[at + 1]);
        }
        if (event.kind == EVENT_LOCK_ACQUIRE) {
            struct core_event before = event;
            before.kind = EVENT_LOCK_ACQUIRING;
            hear(&before);
            event.status = strcmp(words[0], "refused") == 0 ? STATUS_DELETE_PENDING : STATUS_SUCCESS;
        }
        hear(&event);
        if (event.kind == EVENT_FREE) {
            scheduler_free(event.tag, "pool");
        }
        return true;
    }
    return false;
}

static void play_step(const char *text)
{
    char words[ARGUMENTS + 1][WORD_SIZE] = {"", "", "", ""};
    uint8_t task = 0;
    if (text[0] >= '0' && text[0] <= '3' && text[1] == ':') {
        task = (uint8_t)(text[0] - '0');
        text += 2;
    }
    sscanf(text, "%23s %23s %23s %23s", words[0], words[1], words[2], words[3]);
    if (words[0][0] != '\0' && !do_step(task, words)) {
        fail_msg("there is no step \"%s\"", text);
    }
}

/* -------------------------------------------------------------------------------------------------------- playing -- */

const char *play(enum rules_mode mode, const char *rule, bool warnings, const char *script)
{
    char step[64];
    scheduler_reset(&(struct scheduler_options){0});
    memset(&world, 0, sizeof world);
    rules_reset(mode);
    if (rule != NULL && !rules_only(rule)) {
        fail_msg("there is no rule \"%s\"", rule);
    }
    if (warnings) {
        rules_warn();
    }
    while (*script != '\0' && scheduler_violation() == NULL) {
        script += strspn(script, " ;");
        size_t length = strcspn(script, ";");
        snprintf(step, sizeof step, "%.*s", (int)length, script);
        play_step(step);
        script += length;
    }
    return scheduler_violation() == NULL ? "clean" : scheduler_violation()->identifier;
}

const char *play_with(enum rules_mode mode, const char *rule, const char *word, const char *script)
{
    char text[1024];
    size_t length = 0;
    for (; *script != '\0'; script++) {
        const char piece[2] = {*script, '\0'};
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", *script == '%' ? word : piece);
        assert_true(length < sizeof text);
    }
    return play(mode, rule, false, text);
}

const char *message(void)
{
    return scheduler_violation() == NULL ? "" : scheduler_violation()->message;
}
