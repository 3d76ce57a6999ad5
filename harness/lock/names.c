/* names.c - names for addresses, and the table of holders. */
#include "model.h"

#include <stdio.h>

static void describe_lock(const struct device *device, size_t offset, const char *kind, char *text, size_t size)
{
    const char *field = core_lock_field(offset, 0x78);
    if (field == NULL) {
        snprintf(text, size, "%slock%u+%zu", kind, device->number, offset);
    } else if (world.device_count == 1) {
        snprintf(text, size, "%s%s", kind, field);
    } else {
        snprintf(text, size, "%slock%u.%s", kind, device->number, field);
    }
}

static void describe_data(const struct device *device, size_t offset, char *text, size_t size)
{
    if (offset == 0) {
        snprintf(text, size, "extension%u", device->number);
    } else {
        snprintf(text, size, "extension%u+%zu", device->number, offset);
    }
}

void names_describe(const void *address, char *text, size_t size)
{
    for (uint32_t index = world.device_count; index > 0; index--) {
        const struct device *device = &world.devices[index - 1];
        size_t offset = (size_t)((const char *)address - (const char *)device->lock);
        if (offset < world.size) {
            describe_lock(device, offset, "", text, size);
            return;
        }
        if (offset + EXTENSION_DATA_SIZE < EXTENSION_DATA_SIZE) {
            describe_data(device, offset + EXTENSION_DATA_SIZE, text, size);
            return;
        }
        size_t shadow_size;
        const char *shadow = core_shadow_of(device->lock, &shadow_size);
        offset = (size_t)((const char *)address - shadow);
        if (shadow != NULL && offset < shadow_size) {
            describe_lock(device, offset, "shadow.", text, size);
            return;
        }
    }
}

static int print_holder(const struct device *device, const struct acquisition *acquisition, char *text, size_t size)
{
    const struct program_task *task = &world.scenario->program.tasks[acquisition->task];
    char tag[32];
    char operation[48];
    tag_name(acquisition->tag, tag, sizeof tag);
    operation_format(world.scenario->subject, &world.scenario->program.operations[task->first + acquisition->position],
                     operation, sizeof operation);
    return snprintf(text, size, "lock%u is held with tag %s by %s, since its operation %u (%s), for %u minute%s%s\n",
                    device->number, tag, task->name, acquisition->position + 1u, operation,
                    PLURAL((unsigned)((scheduler_now() - acquisition->ended) / UNITS_PER_MINUTE)),
                    scheduler_ended(acquisition->task) ? "; the task has ended" : "");
}

void names_holders(char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (uint32_t index = 0; index < world.device_count; index++) {
        const struct device *device = &world.devices[index];
        for (uint32_t at = 0; at < world.acquisition_count && length < size; at++) {
            const struct acquisition *acquisition = &device->acquisitions[at];
            if (acquisition->state == ACQUISITION_HELD) {
                length += (size_t)print_holder(device, acquisition, text + length, size - length);
            }
        }
    }
}
