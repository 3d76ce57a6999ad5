/* bluetooth.c - see bluetooth.h. */
#include "bluetooth.h"

static void request_done(struct bluetooth *driver)
{
    if (atomic_fetch_sub(&driver->pending_requests, 1) == 1) {
        event_set(&driver->no_request_pending);
    }
}

void bluetooth_request(void *argument)
{
    struct bluetooth *driver = argument;
    if (!driver->stopping) {
        atomic_fetch_add(&driver->pending_requests, 1);
        if (driver->stopped) {
            program_failed();
        }
    }
    request_done(driver);
}

void bluetooth_stop(void *argument)
{
    struct bluetooth *driver = argument;
    driver->stopping = 1;
    request_done(driver);
    if (!driver->no_request_pending.signalled) {
        event_wait(&driver->no_request_pending);
    }
    driver->stopped = 1;
}
