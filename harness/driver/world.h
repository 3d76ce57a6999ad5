/*
 * world.h - a driver in its machine, for one execution.
 *
 * A task of the machine's own loads the driver and plugs the device in, then the program's tasks run, then it removes what is
 * left and unloads the driver: every execution ends in an orderly way, so what a driver loses or leaks shows.
 */
#ifndef HARNESS_DRIVER_WORLD_H
#define HARNESS_DRIVER_WORLD_H

#include "about.h"
#include "image.h"

#include <remlock/core.h>
#include <remlock/events.h>
#include <remlock/harness.h>
#include <remlock/machine.h>

/* A driver's own settings, after the harness's. */
enum {
    SETTING_DRIVER_LOCK = SETTING_SUBJECT, /* lock=free|verifier */
    SETTING_CPUS,                          /* cpus=many|one */
    SETTING_UPPER,                         /* upper=no|yes */
    SETTING_FAULTS,                        /* faults=no|yes */
    SETTING_FORCE_PENDING,                 /* force-pending=no|yes */
    SETTING_LEGACY,                        /* legacy=no|yes */
    SETTING_RULES,                         /* rules=strict|sdv|off */
    SETTING_RULE,                          /* rule=all|NAME: 0, or 1 + index of the rule */
    SETTING_WARNINGS,                      /* warnings=no|yes */
};

enum { RULES_STRICT, RULES_SDV, RULES_OFF };

/* A driver that was opened. */
struct driver_subject {
    struct subject subject;
    struct subject_image *image;
    struct operation *operations; /* its own copy of the table: the control codes are its own */
    char name[SUBJECT_NAME_LIMIT + 1];
    char summary[ABOUT_SUMMARY_SIZE];
    char story[ABOUT_STORY_SIZE];
};

const struct driver_subject *driver_of(const struct subject *subject);

/* world.c */
void driver_begin(const struct subject *subject, const struct scenario *scenario);
void driver_conduct(void);
void driver_task_ends(uint32_t task);
bool driver_idle(void);
void driver_stuck(void);
const char *driver_refine(const struct violation *violation);
void driver_describe(const void *address, char *text, size_t size);
void driver_holders(char *text, size_t size);

/* operations.c */
extern const struct operation driver_operations[];
extern const uint32_t driver_operation_count;

/* The operations whose argument `code` takes a control code; -1: none. */
int32_t driver_code_argument(const struct operation *operation);

enum driver_operation {
    DRIVER_OPEN,
    DRIVER_CLOSE,
    DRIVER_READ,
    DRIVER_WRITE,
    DRIVER_FLUSH,
    DRIVER_IOCTL,
    DRIVER_INTERNAL_IOCTL,
    DRIVER_CANCEL_REQUEST,
    DRIVER_WAIT,
    DRIVER_LATE_READ,
    DRIVER_LATE_WRITE,
    DRIVER_LATE_IOCTL,
    DRIVER_START,
    DRIVER_QUERY_REMOVE,
    DRIVER_CANCEL_REMOVE,
    DRIVER_REMOVE,
    DRIVER_SURPRISE_REMOVE,
    DRIVER_QUERY_STOP,
    DRIVER_CANCEL_STOP,
    DRIVER_STOP,
    DRIVER_QUERY_RELATIONS,
    DRIVER_QUERY_CAPABILITIES,
    DRIVER_QUERY_STATE,
    DRIVER_REPLUG,
    DRIVER_SET_POWER,
    DRIVER_SYSTEM_POWER,
    DRIVER_WAIT_WAKE,
    DRIVER_WMI,
    DRIVER_SHUTDOWN,
    DRIVER_UNLOAD_DRIVER,
    DRIVER_ADVANCE,
    DRIVER_QUERY_REMOVAL_RELATIONS,
    DRIVER_QUERY_TARGET_RELATION,
    DRIVER_USAGE,
};

/* generate.c */
void driver_generate(const struct subject *subject, struct scenario *scenario, struct generator *generator);

#endif
