/* rundown.c - see rundown.h. Every access to shared memory is one step. */
#include "rundown.h"

static void drop(struct device *device)
{
    if (atomic_fetch_sub(&device->references, 1) == 1) {
        event_set(&device->last_reference_dropped);
    }
}

static void touch(struct device *device)
{
    if (device->gone) {
        program_failed();
    }
}

void rundown_acquirer(void *argument)
{
    struct device *device = argument;
    atomic_fetch_add(&device->references, 1);
    if (!device->going_away) {
        touch(device);
    }
    drop(device);
}

void rundown_hasty_acquirer(void *argument)
{
    struct device *device = argument;
    if (device->going_away) {
        return;
    }
    atomic_fetch_add(&device->references, 1);
    touch(device);
    drop(device);
}

void rundown_remover(void *argument)
{
    struct device *device = argument;
    device->going_away = 1;
    if (atomic_fetch_sub(&device->references, 1) > 1) {
        event_wait(&device->last_reference_dropped);
    }
    device->gone = 1;
}
