/*
 * bluetooth.h - the Bluetooth driver of Qadeer and Wu, "KISS: keep it simple and sequential" (PLDI 2004), which benchmark
 * suites have carried ever since: an I/O request looks at the stopping flag and only then counts itself as pending, while the
 * driver is being stopped. Written from the paper's description, with one step for each access to shared memory.
 */
#ifndef PROGRAMS_BLUETOOTH_H
#define PROGRAMS_BLUETOOTH_H

#include "environment.h"

#include <stdatomic.h>

struct bluetooth {
    atomic_int pending_requests;
    volatile int stopping;
    volatile int stopped;
    struct event no_request_pending;
};

/* Task bodies; the argument is the driver. pending_requests begins at 1. */
void bluetooth_request(void *driver);
void bluetooth_stop(void *driver);

#endif
