/* world.c - devices come and go. */
#include "world.h"

#include <remlock/events.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct world world;

/* What of a device is in use: see struct device. */
static void add_device(const struct device *device)
{
    scheduler_add_state(device, offsetof(struct device, outstanding_since));
    scheduler_add_state(device->acquisitions, world.acquisition_count * sizeof device->acquisitions[0]);
    for (uint32_t tag = 0; tag < TAG_LIMIT; tag++) {
        if (device->outstanding[tag] != 0) {
            scheduler_add_state(&device->outstanding_since[tag], sizeof device->outstanding_since[tag]);
        }
    }
}

static void add_state(void)
{
    scheduler_add_state(&world.device_count, sizeof world.device_count);
    scheduler_add_state(world.current, sizeof world.current);
    for (uint32_t index = 0; index < world.device_count; index++) {
        add_device(&world.devices[index]);
    }
}
SCHEDULER_STATE_BY(add_state);

enum { TAG_BASE = 0x7A60000, ALLOCATE_TAG = 0x4B4C4D52 /* 'RMLK' in memory order */ };

PVOID tag_pointer(uint32_t tag)
{
    return (PVOID)(uintptr_t)(TAG_BASE + tag * 16);
}

uint32_t tag_number(const void *pointer)
{
    uintptr_t offset = (uintptr_t)pointer - TAG_BASE;
    return offset % 16 == 0 && offset / 16 < TAG_LIMIT ? (uint32_t)(offset / 16) : TAG_LIMIT;
}

void tag_name(uint32_t tag, char *text, size_t size)
{
    if (tag < TAG_LETTERS) {
        snprintf(text, size, "%c", (char)('A' + tag));
    } else if (tag == TAG_REMOVE) {
        snprintf(text, size, "remove");
    } else if (tag == TAG_SURPRISE) {
        snprintf(text, size, "surprise-remove");
    } else if (tag < TAG_LIMIT) {
        snprintf(text, size, "hold of %s", world.scenario->program.tasks[tag - TAG_HOLD].name);
    } else {
        snprintf(text, size, "unknown");
    }
}

/* AddDevice: an extension with the lock at its end, and the lock initialised. NULL when there are too many. */
struct device *device_plug(uint8_t number)
{
    if (world.device_count == DEVICE_LIMIT) {
        return NULL;
    }
    struct device *device = &world.devices[world.device_count];
    memset(device, 0, offsetof(struct device, outstanding_since));
    memset(device->acquisitions, 0, world.acquisition_count * sizeof device->acquisitions[0]);
    device->extension = scheduler_allocate(EXTENSION_DATA_SIZE + world.size, "device extension");
    if (device->extension == NULL) {
        return NULL;
    }
    world.device_count++;
    device->lock = (PIO_REMOVE_LOCK)(device->extension + EXTENSION_DATA_SIZE);
    device->number = number;
    IoInitializeRemoveLockEx(device->lock, ALLOCATE_TAG, world.minutes, world.watermark, world.size);
    /* Only now may requests find it: a lock that is not initialised yet must not be acquired. */
    scheduler_touch(&world.current[number], 1, EFFECT_UPDATE);
    world.current[number] = device;
    scheduler_release_order(device);
    scheduler_release_order(&world.current[number]);
    return device;
}

void device_reference(struct device *device)
{
    device->references++;
    scheduler_acquire_order(device);
}

static void free_if_unused(struct device *device)
{
    if (device->deleted && device->references == 0 && device->extension != NULL) {
        char *extension = device->extension;
        device->extension = NULL;
        core_delete_device(extension, EXTENSION_DATA_SIZE + world.size);
    }
}

/* Which task frees the device is decided by the order in which the last references go, once it is deleted. */
void device_dereference(struct device *device)
{
    scheduler_touch(&device->references, 1, device->deleted ? EFFECT_UPDATE : EFFECT_READ);
    device->references--;
    scheduler_release_order(device);
    free_if_unused(device);
}

static void drop_deferred(struct device *device)
{
    while (device->requests == 0 && device->deferred > 0) {
        device->deferred--;
        device_dereference(device);
    }
}

void device_defer_dereference(struct device *device)
{
    scheduler_touch(&device->requests, 1, EFFECT_UPDATE);
    device->deferred++;
    drop_deferred(device);
}

/* The order of calls matters here while a reference waits for the moment at which none is under way. */
static void touch_requests(const struct device *device)
{
    scheduler_touch(&device->requests, 1, device->deferred != 0 ? EFFECT_UPDATE : EFFECT_READ);
}

void device_request_begins(struct device *device)
{
    touch_requests(device);
    device->requests++;
}

void device_request_ends(struct device *device)
{
    touch_requests(device);
    device->requests--;
    drop_deferred(device);
}

void device_delete(struct device *device)
{
    scheduler_touch(&world.current[device->number], 1, EFFECT_UPDATE);
    scheduler_touch(&device->references, 1, EFFECT_UPDATE);
    device->deleted = true;
    free_if_unused(device);
}

/* The index of the argument that names the lock, or -1: it is the last one where there is one, and has a prefix. */
static int lock_argument(const struct operation *operation)
{
    int last = (int)operation->argument_count - 1;
    return last >= 0 && operation->arguments[last].prefix != NULL ? last : -1;
}

/* Plugs in what the program names, and takes the stale references that its late acquires will use. */
static void plug_devices(const struct program *program)
{
    for (uint32_t index = 0; index < program->operation_count; index++) {
        const struct program_operation *operation = &program->operations[index];
        int argument = lock_argument(&lock_operations[operation->code]);
        if (argument < 0) {
            continue;
        }
        uint8_t number = (uint8_t)operation->arguments[argument];
        if (world.current[number] == NULL) {
            device_plug(number);
        }
        if (operation->code == LOCK_LATE_ACQUIRE) {
            device_reference(world.current[number]);
        }
    }
}

static uint32_t acquisitions_of(const struct program_operation *operation)
{
    switch (operation->code) {
    case LOCK_HOLD:
        return operation->arguments[0];
    case LOCK_ACQUIRE:
    case LOCK_LATE_ACQUIRE:
    case LOCK_REMOVE:
    case LOCK_SURPRISE_REMOVE:
        return 1;
    default:
        return 0;
    }
}

static void place_acquisitions(const struct program *program)
{
    world.acquisition_count = 0;
    for (uint32_t task = 0; task < program->task_count; task++) {
        world.first_acquisition[task] = (uint16_t)world.acquisition_count;
        const struct program_operation *operation = &program->operations[program->tasks[task].first];
        for (uint32_t left = program->tasks[task].count; left > 0; left--, operation++) {
            world.acquisition_count += acquisitions_of(operation);
        }
    }
}

void world_begin(const struct subject *subject, const struct scenario *scenario)
{
    const uint32_t *values = scenario->configuration.values;
    world.scenario = scenario;
    world.personality = (enum personality)values[SETTING_LOCK];
    world.size = core_remove_lock_size(world.personality);
    world.minutes = values[SETTING_MINUTES];
    world.watermark = values[SETTING_WATERMARK];
    world.device_count = 0;
    for (uint32_t number = 0; number < LOCK_LIMIT; number++) {
        world.current[number] = NULL;
    }
    core_on_remark(model_hear);
    core_on_event(NULL);
    core_reset(&(struct core_options){
        .personality = world.personality,
        .watermark_reading = (enum watermark_reading)values[SETTING_WATERMARK_READING],
        .mutant = subject->context,
        .allocation_failures = values[SETTING_ALLOCATION_FAILURES] != 0,
    });
    place_acquisitions(&scenario->program);
    plug_devices(&scenario->program);
}

void world_end(const struct scenario *scenario)
{
    (void)scenario;
    model_judge_at_end();
}
