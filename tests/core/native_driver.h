/* native_driver.h - drivers written into a test: the machine loads them, tasks use them, and the machine shuts down. */
#ifndef TESTS_CORE_NATIVE_DRIVER_H
#define TESTS_CORE_NATIVE_DRIVER_H

#include "support.h"

#include <remlock/machine.h>

enum { NATIVE_TASK_LIMIT = 4 };

/* What a world with a driver is made of. */
struct native_driver {
    PDRIVER_INITIALIZE entry;
    void (*tasks[NATIVE_TASK_LIMIT])(void); /* run when the driver is loaded and its device, if any, is started */
    bool pnp;                               /* plug a device */
    bool force_pending;                     /* of machine_options */
};

/* To be called by the begin() of a world: a machine with this driver, and its tasks. */
void begin_native_driver(const struct native_driver *driver);

/* The judge of a world in which nothing goes wrong: all tasks end and the kernel has nothing to remark. */
void judge_clean(enum scheduler_outcome outcome);

/* Whether the kernel has remarked a violation of this name since the world began. */
bool heard_violation(const char *identifier);

/* A legacy device with an extension, from DriverEntry. */
PDEVICE_OBJECT make_device(PDRIVER_OBJECT driver, ULONG extension_size);

#endif
