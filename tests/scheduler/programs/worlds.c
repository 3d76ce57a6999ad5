/* worlds.c - see worlds.h. */
#include "worlds.h"

#include "bluetooth.h"
#include "mixture.h"
#include "reorder.h"
#include "rundown.h"
#include "twostage.h"

#include <remlock/scheduler.h>

#include <string.h>

static void *zeroed(size_t size, const char *kind)
{
    void *memory = scheduler_allocate(size, kind);
    return memset(memory, 0, size);
}

static void begin_rundown_with(void (*acquirer)(void *), unsigned size)
{
    struct device *device = zeroed(sizeof *device, "device");
    device->references = 1;
    for (unsigned index = 0; index < size; index++) {
        scheduler_spawn("acquirer", acquirer, device);
    }
    scheduler_spawn("remover", rundown_remover, device);
}

void begin_rundown(unsigned size)
{
    begin_rundown_with(rundown_acquirer, size);
}

void begin_hasty_rundown(unsigned size)
{
    begin_rundown_with(rundown_hasty_acquirer, size);
}

void begin_bluetooth(unsigned size)
{
    (void)size;
    struct bluetooth *driver = zeroed(sizeof *driver, "driver");
    driver->pending_requests = 1;
    scheduler_spawn("request", bluetooth_request, driver);
    scheduler_spawn("stop", bluetooth_stop, driver);
}

void begin_reorder(unsigned size)
{
    struct reorder *reorder = zeroed(sizeof *reorder, "reorder");
    reorder->setters = size;
    scheduler_spawn("main", reorder_main, reorder);
}

void begin_twostage(unsigned size)
{
    struct twostage *twostage = zeroed(sizeof *twostage, "twostage");
    twostage->writers = size;
    scheduler_spawn("main", twostage_main, twostage);
}

void begin_mixture(unsigned size)
{
    struct mixture *mixture = zeroed(sizeof *mixture, "mixture");
    mixture->loose = zeroed(sizeof *mixture->loose, "loose node");
    scheduler_spawn("pusher", mixture_pusher, mixture);
    for (unsigned index = 0; index < size; index++) {
        scheduler_spawn("popper", mixture_popper, mixture);
    }
    scheduler_spawn("counter", mixture_counter, mixture);
}
