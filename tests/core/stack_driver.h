/*
 * stack_driver.h - a correct Plug and Play filter written into the tests of the machine, of which a test replaces single parts.
 *
 * A world ends at the first thing that the kernel remarks, as an execution of the harness does.
 */
#ifndef TESTS_CORE_STACK_DRIVER_H
#define TESTS_CORE_STACK_DRIVER_H

#include "support.h"

#include <remlock/machine.h>

struct stack_extension {
    PDEVICE_OBJECT lower;
    PDEVICE_OBJECT pdo;
    IO_REMOVE_LOCK lock;
    PIRP kept;     /* a request that the test's part keeps */
    PVOID pointer; /* whatever it wants */
};

/* What a test replaces; NULL: the usual part. */
struct stack_parts {
    NTSTATUS (*entry)(PDRIVER_OBJECT driver); /* after the usual one */
    NTSTATUS (*add)(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo);
    NTSTATUS (*read)(PDEVICE_OBJECT device, PIRP irp);
    NTSTATUS (*control)(PDEVICE_OBJECT device, PIRP irp);
    NTSTATUS (*pnp)(PDEVICE_OBJECT device, PIRP irp, UCHAR minor);
    void (*unload)(void);
    void (*tasks[2])(void); /* run when the device is plugged */
    bool legacy;            /* no AddDevice */
    bool without_unload;
    struct machine_options options; /* entry and name are filled in */
};

extern struct stack_parts parts;

/* The begin() of a world with the driver as `parts` say. */
void begin_stack_driver(void);

/* The usual parts, for those that replace them only now and then. */
NTSTATUS usual_add(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo);
NTSTATUS usual_pnp(PDEVICE_OBJECT device, PIRP irp, UCHAR minor);
NTSTATUS pass_down(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS remove_device(PDEVICE_OBJECT device, PIRP irp);

NTSTATUS complete_irp(PIRP irp, NTSTATUS status);

/* Programs. */
void open_read_close(void);
void remove_it(void);

/* How the last world ended: the identifier of the violation, or "clean". */
const char *verdict(enum scheduler_outcome outcome);

#endif
