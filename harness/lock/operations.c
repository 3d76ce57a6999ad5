/*
 * operations.c - what programs can ask of the lock.
 *
 * The first group does what a correct driver does: it releases what it acquired, and nothing after an acquire that failed. The
 * second group, marked as misuse, does what only a broken one would.
 */
#include "world.h"

#include <string.h>

/* After a switch the processor predicts no return, so what lies between an operation and the lock is one function. */
#define INLINE inline __attribute__((always_inline))

/* ---------------------------------------------------------------------------------------------------- small parts -- */

/* Whoever finds the device finds its lock initialised, under a weak memory model as well. */
static struct device *device_of(uint32_t number)
{
    scheduler_touch(&world.current[number], 1, EFFECT_READ);
    scheduler_acquire_order(&world.current[number]);
    return world.current[number];
}

/* The I/O manager sends nothing to a device that it has deleted. */
static bool can_be_opened(const struct device *device)
{
    if (device == NULL) {
        return false;
    }
    scheduler_touch(&world.current[device->number], 1, EFFECT_READ);
    return !device->deleted;
}

/* Whether somebody removes it already. Whoever asks wants to do it. */
static bool is_removed(const struct device *device)
{
    scheduler_touch(&device->removing, 1, EFFECT_UPDATE);
    return device->removing;
}

/* One call of IoAcquireRemoveLockEx, with the reference that its caller has. */
static INLINE struct acquisition *acquire(struct device *device, const struct operation_call *call, uint32_t tag)
{
    struct model_call model;
    struct acquisition *acquisition = model_acquire_begins(device, &model, call->task, tag, call->position);
    device_request_begins(device);
    NTSTATUS status = IoAcquireRemoveLockEx(device->lock, tag_pointer(tag), call->task_name, call->position + 1, world.size);
    model_acquire_ends(device, &model, acquisition, status);
    device_request_ends(device);
    scheduler_release_order(acquisition);
    return acquisition;
}

static INLINE void release(struct device *device, struct acquisition *acquisition)
{
    struct model_call model;
    model_release_begins(device, &model, acquisition);
    device_request_begins(device);
    IoReleaseRemoveLockEx(device->lock, tag_pointer(acquisition->tag), world.size);
    model_release_ends(device, &model, acquisition);
    device_request_ends(device);
}

static void release_and_wait(struct device *device, struct acquisition *own, uint32_t task)
{
    struct model_call model;
    model_wait_begins(device, &model, own, task);
    IoReleaseRemoveLockAndWaitEx(device->lock, tag_pointer(own->tag), world.size);
    model_wait_ends(device, &model, own);
}

/* An I/O request that holds the lock uses the device. */
static void use_device(const struct device *device)
{
    if (device->extension != NULL) {
        scheduler_access(device->extension, sizeof(ULONG), false);
    } else {
        scheduler_access((const char *)device->lock - EXTENSION_DATA_SIZE, sizeof(ULONG), false);
    }
}

static bool held(const struct acquisition *acquisition)
{
    return acquisition != NULL && acquisition->state == ACQUISITION_HELD;
}

/* The youngest acquisition of the tag by the task that its release has not ended yet; failed ones count. */
static struct acquisition *youngest_of_task(struct device *device, uint32_t task, uint32_t tag)
{
    scheduler_touch(&device->marks[task], 1, EFFECT_READ);
    for (uint32_t number = device->begun[task]; number > 0; number--) {
        struct acquisition *acquisition = &device->acquisitions[world.first_acquisition[task] + number - 1];
        if (acquisition->tag == tag && acquisition->state != ACQUISITION_OVER) {
            return acquisition;
        }
    }
    return NULL;
}

/* Of several the youngest of the last task that has one. */
static struct acquisition *youngest_held(struct device *device, uint32_t tag)
{
    scheduler_touch(device->marks, sizeof device->marks, EFFECT_READ);
    for (uint32_t index = world.acquisition_count; index > 0; index--) {
        struct acquisition *acquisition = &device->acquisitions[index - 1];
        if (acquisition->tag == tag && acquisition->state == ACQUISITION_HELD) {
            scheduler_acquire_order(acquisition); /* a completion elsewhere: the request was handed over */
            return acquisition;
        }
    }
    return NULL;
}

/* The reference that a request came with ends; that of a refused one outlasts the calls that are under way (see world.h). */
static void close_handle(struct device *device, const struct acquisition *acquisition)
{
    bool refused = acquisition->state == ACQUISITION_FAILED;
    if (refused && world.scenario->configuration.values[SETTING_REFUSED] == REFUSED_KEEP) {
        device_defer_dereference(device);
    } else {
        device_dereference(device);
    }
}

/* --------------------------------------------------------------------------------------------- what a driver does -- */

/* A request arrives: it acquires, and when the device is gone it fails at once. */
static INLINE struct acquisition *request(struct device *device, const struct operation_call *call, uint32_t tag)
{
    device_reference(device);
    struct acquisition *acquisition = acquire(device, call, tag);
    close_handle(device, acquisition);
    scheduler_touch(&device->gone, 1, EFFECT_READ);
    if (held(acquisition) && device->gone) {
        release(device, acquisition);
    }
    return acquisition;
}

static void run_acquire(const struct operation_call *call)
{
    struct device *device = device_of(call->arguments[1]);
    if (can_be_opened(device)) {
        request(device, call, call->arguments[0]);
    }
}

/* What its own task acquired, or, when it acquired nothing of the tag, what another one did: a completion elsewhere. */
static void run_release(const struct operation_call *call)
{
    scheduler_touch(&world.current[call->arguments[1]], 1, EFFECT_READ);
    for (uint32_t index = world.device_count; index > 0; index--) {
        struct device *device = &world.devices[index - 1];
        if (device->number != call->arguments[1]) {
            continue;
        }
        struct acquisition *own = youngest_of_task(device, call->task, call->arguments[0]);
        struct acquisition *acquisition = own != NULL ? own : youngest_held(device, call->arguments[0]);
        if (acquisition == NULL) {
            continue;
        }
        if (acquisition->state != ACQUISITION_HELD) {
            acquisition->state = acquisition->state == ACQUISITION_FAILED ? ACQUISITION_OVER : acquisition->state;
            return;
        }
        use_device(device);
        release(device, acquisition);
        return;
    }
}

static void run_init(const struct operation_call *call)
{
    const struct device *device = device_of(call->arguments[0]);
    if (device == NULL || device->deleted) {
        device_plug((uint8_t)call->arguments[0]);
    }
}

/* IRP_MN_REMOVE_DEVICE: acquire, release and wait, delete. The PnP manager sends one to a device. */
static void run_remove(const struct operation_call *call)
{
    struct device *device = device_of(call->arguments[0]);
    if (!can_be_opened(device) || is_removed(device)) {
        return;
    }
    device->removing = true;
    struct acquisition *acquisition = acquire(device, call, TAG_REMOVE);
    if (!held(acquisition)) {
        scheduler_touch(&device->removing, 1, EFFECT_UPDATE);
        device->removing = false;
        return;
    }
    release_and_wait(device, acquisition, call->task);
    device_delete(device);
}

/* IRP_MN_SURPRISE_REMOVAL: fails what is outstanding; the lock stays in use until the removal. */
static void run_surprise_remove(const struct operation_call *call)
{
    struct device *device = device_of(call->arguments[0]);
    if (!can_be_opened(device)) {
        return;
    }
    scheduler_touch(&device->gone, 1, EFFECT_READ);
    if (device->gone) {
        return;
    }
    device_reference(device);
    struct acquisition *own = acquire(device, call, TAG_SURPRISE);
    close_handle(device, own);
    if (!held(own)) {
        return;
    }
    scheduler_touch(&device->gone, 1, EFFECT_UPDATE);
    device->gone = true;
    scheduler_touch(device->marks, sizeof device->marks, EFFECT_READ);
    for (uint32_t index = 0; index < world.acquisition_count; index++) {
        struct acquisition *acquisition = &device->acquisitions[index];
        if (acquisition != own && acquisition->tag < TAG_LETTERS && acquisition->state == ACQUISITION_HELD) {
            use_device(device);
            release(device, acquisition);
        }
    }
    release(device, own);
}

static void run_release_and_wait(const struct operation_call *call)
{
    struct device *device = device_of(call->arguments[1]);
    if (!can_be_opened(device) || is_removed(device)) {
        return;
    }
    struct acquisition *acquisition = youngest_of_task(device, call->task, call->arguments[0]);
    if (held(acquisition)) {
        device->removing = true;
        release_and_wait(device, acquisition, call->task);
    }
}

static void run_hold(const struct operation_call *call)
{
    struct device *device = device_of(call->arguments[1]);
    struct acquisition *acquisitions[HOLD_LIMIT];
    uint32_t tag = TAG_HOLD + call->task;
    uint32_t count = 0;
    while (count < call->arguments[0] && can_be_opened(device)) {
        acquisitions[count] = request(device, call, tag);
        if (!held(acquisitions[count])) {
            break;
        }
        count++;
    }
    while (count > 0) {
        use_device(device);
        release(device, acquisitions[--count]);
    }
}

static void run_advance(const struct operation_call *call)
{
    core_advance_minutes(call->arguments[0]);
}

static void run_fail_alloc(const struct operation_call *call)
{
    core_fail_allocations(call->arguments[0]);
}

/* Through a reference taken when the program began, which keeps the first device's memory alive. */
static void run_late_acquire(const struct operation_call *call)
{
    struct device *device = NULL;
    for (uint32_t index = 0; index < world.device_count && device == NULL; index++) {
        device = world.devices[index].number == call->arguments[1] ? &world.devices[index] : NULL;
    }
    if (device == NULL || device->references == 0) {
        return;
    }
    struct acquisition *acquisition = acquire(device, call, call->arguments[0]);
    if (held(acquisition)) {
        use_device(device);
        release(device, acquisition);
    }
    close_handle(device, acquisition);
    if (acquisition->state == ACQUISITION_FAILED) {
        acquisition->state = ACQUISITION_OVER;
    }
}

/* ------------------------------------------------------------------------------------- what only a broken one does -- */

static bool tag_is_outstanding(const struct device *device, uint32_t tag)
{
    for (uint32_t index = 0; index < world.acquisition_count; index++) {
        const struct acquisition *acquisition = &device->acquisitions[index];
        if (acquisition->tag == tag && (acquisition->state == ACQUISITION_HELD || acquisition->state == ACQUISITION_ACQUIRING ||
                                        acquisition->state == ACQUISITION_RELEASING)) {
            return true;
        }
    }
    return false;
}

static void run_reinit(const struct operation_call *call)
{
    struct device *device = device_of(call->arguments[0]);
    if (!can_be_opened(device)) {
        return;
    }
    struct model_call model;
    model_misuse_begins(device, &model, "IoInitializeRemoveLockEx");
    IoInitializeRemoveLockEx(device->lock, 0, world.minutes, world.watermark, world.size);
    model_misuse_ends(device, &model, true, "the lock was initialised a second time");
}

static void run_release_unheld(const struct operation_call *call)
{
    struct device *device = device_of(call->arguments[1]);
    if (!can_be_opened(device)) {
        return;
    }
    struct model_call model;
    bool noticeable = !tag_is_outstanding(device, call->arguments[0]) && core_failed_allocations() == 0;
    model_misuse_begins(device, &model, "IoReleaseRemoveLockEx");
    IoReleaseRemoveLockEx(device->lock, tag_pointer(call->arguments[0]), world.size);
    model_misuse_ends(device, &model, noticeable, "a tag was released that nobody had acquired");
}

static void run_release_and_wait_unheld(const struct operation_call *call)
{
    struct device *device = device_of(call->arguments[1]);
    if (!can_be_opened(device) || is_removed(device)) {
        return;
    }
    struct model_call model;
    bool noticeable = !tag_is_outstanding(device, call->arguments[0]) && core_failed_allocations() == 0;
    device->removing = true;
    device->wait_began = true;
    model_misuse_begins(device, &model, "IoReleaseRemoveLockAndWaitEx");
    IoReleaseRemoveLockAndWaitEx(device->lock, tag_pointer(call->arguments[0]), world.size);
    model_misuse_ends(device, &model, noticeable, "the remover gave back a tag that nobody had acquired");
    device->wait_returned = true;
}

/* A file that was built with another DBG setting passes another RemlockSize. */
static void run_acquire_sized(const struct operation_call *call)
{
    static const ULONG sizes[] = {sizeof(IO_REMOVE_LOCK_COMMON_BLOCK), 0x78, 0x40};
    struct device *device = device_of(call->arguments[2]);
    if (!can_be_opened(device)) {
        return;
    }
    struct model_call model;
    model_misuse_begins(device, &model, "IoAcquireRemoveLockEx");
    NTSTATUS status = IoAcquireRemoveLockEx(device->lock, tag_pointer(call->arguments[0]), call->task_name, call->position + 1,
                                            sizes[call->arguments[1]]);
    if (NT_SUCCESS(status)) {
        IoReleaseRemoveLockEx(device->lock, tag_pointer(call->arguments[0]), world.size);
    }
    model_misuse_ends(device, &model, false, "");
}

static void run_raise(const struct operation_call *call)
{
    static const KIRQL levels[] = {PASSIVE_LEVEL, APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL};
    KIRQL old;
    KeRaiseIrql(levels[call->arguments[0]], &old);
}

/* ------------------------------------------------------------------------------------------------------ the table -- */

static const char *const size_words[] = {"free", "checked", "odd", NULL};
static const char *const level_words[] = {"passive", "apc", "dispatch", "high", NULL};

#define TAG                                                                                                                    \
    {                                                                                                                          \
        .name = "tag", .style = ARGUMENT_LETTER, .maximum = TAG_LETTERS - 1                                                    \
    }
#define LOCK                                                                                                                   \
    {                                                                                                                          \
        .name = "lock", .style = ARGUMENT_NUMBER, .maximum = LOCK_LIMIT - 1, .optional = true, .prefix = "lock"                \
    }
#define COUNT(what, least, most)                                                                                               \
    {                                                                                                                          \
        .name = what, .style = ARGUMENT_NUMBER, .minimum = least, .maximum = most, .standard = least                           \
    }
#define WORD(what, list, last)                                                                                                 \
    {                                                                                                                          \
        .name = what, .style = ARGUMENT_WORD, .maximum = last, .words = list                                                   \
    }

const struct operation lock_operations[] = {
    [LOCK_INIT] = {.name = "init",
                   .summary = "plugs the device in again once it has been removed",
                   .argument_count = 1,
                   .arguments = {LOCK},
                   .weight = 1,
                   .run = run_init},
    [LOCK_ACQUIRE] = {.name = "acquire",
                      .summary = "a request arrives and acquires the lock",
                      .argument_count = 2,
                      .arguments = {TAG, LOCK},
                      .weight = 20,
                      .run = run_acquire},
    [LOCK_RELEASE] = {.name = "release",
                      .summary = "the request ends; nothing when its acquire had failed",
                      .argument_count = 2,
                      .arguments = {TAG, LOCK},
                      .weight = 20,
                      .run = run_release},
    [LOCK_REMOVE] = {.name = "remove",
                     .summary = "the remove request: acquire, release and wait, delete the device",
                     .argument_count = 1,
                     .arguments = {LOCK},
                     .weight = 10,
                     .run = run_remove},
    [LOCK_SURPRISE_REMOVE] = {.name = "surprise-remove",
                              .summary = "the device is gone: outstanding requests fail, the lock stays in use",
                              .argument_count = 1,
                              .arguments = {LOCK},
                              .weight = 4,
                              .run = run_surprise_remove},
    [LOCK_RELEASE_AND_WAIT] = {.name = "release-and-wait",
                               .summary = "gives back an acquisition and waits for all others; deletes nothing",
                               .argument_count = 2,
                               .arguments = {TAG, LOCK},
                               .weight = 2,
                               .run = run_release_and_wait},
    [LOCK_HOLD] = {.name = "hold",
                   .summary = "acquires the lock several times with one tag, then releases it as often",
                   .argument_count = 2,
                   .arguments = {COUNT("times", 1, HOLD_LIMIT), LOCK},
                   .weight = 4,
                   .run = run_hold},
    [LOCK_ADVANCE] = {.name = "advance",
                      .summary = "lets minutes of virtual time pass",
                      .argument_count = 1,
                      .arguments = {COUNT("minutes", 1, 60)},
                      .weight = 2,
                      .run = run_advance},
    [LOCK_FAIL_ALLOC] = {.name = "fail-alloc",
                         .summary = "the next pool allocations fail",
                         .argument_count = 1,
                         .arguments = {COUNT("allocations", 1, 4)},
                         .weight = 2,
                         .run = run_fail_alloc},
    [LOCK_LATE_ACQUIRE] = {.name = "late-acquire",
                           .summary = "a request through an old reference, which keeps the device's memory alive",
                           .argument_count = 2,
                           .arguments = {TAG, LOCK},
                           .weight = 3,
                           .run = run_late_acquire},
    [LOCK_REINIT] = {.name = "reinit",
                     .summary = "initialises the lock again while it is in use",
                     .argument_count = 1,
                     .arguments = {LOCK},
                     .weight = 2,
                     .misuse = true,
                     .run = run_reinit},
    [LOCK_RELEASE_UNHELD] = {.name = "release-unheld",
                             .summary = "releases without having acquired",
                             .argument_count = 2,
                             .arguments = {TAG, LOCK},
                             .weight = 3,
                             .misuse = true,
                             .run = run_release_unheld},
    [LOCK_RELEASE_AND_WAIT_UNHELD] = {.name = "release-and-wait-unheld",
                                      .summary = "waits for the others without an acquisition of its own",
                                      .argument_count = 2,
                                      .arguments = {TAG, LOCK},
                                      .weight = 2,
                                      .misuse = true,
                                      .run = run_release_and_wait_unheld},
    [LOCK_ACQUIRE_SIZED] = {.name = "acquire-sized",
                            .summary = "acquires with the RemlockSize of another build",
                            .argument_count = 3,
                            .arguments = {TAG, WORD("size", size_words, 2), LOCK},
                            .weight = 2,
                            .misuse = true,
                            .run = run_acquire_sized},
    [LOCK_RAISE] = {.name = "raise",
                    .summary = "raises the task's IRQL",
                    .argument_count = 1,
                    .arguments = {WORD("level", level_words, 3)},
                    .weight = 2,
                    .misuse = true,
                    .run = run_raise},
};

const uint32_t lock_operation_count = sizeof lock_operations / sizeof lock_operations[0];
