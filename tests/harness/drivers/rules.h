/* rules.h - what the driver of rules.c can be asked for: its control code names a request and what to do with it. */
#ifndef TESTS_HARNESS_DRIVERS_RULES_H
#define TESTS_HARNESS_DRIVERS_RULES_H

/* The request that is handled in a particular way; all others are handled as they should be. */
enum target {
    TARGET_NONE,
    TARGET_CREATE,
    TARGET_CLOSE,
    TARGET_CLEANUP,
    TARGET_READ,
    TARGET_WRITE,
    TARGET_CONTROL, /* with the control code 0x222000 */
    TARGET_INTERNAL,
    TARGET_SHUTDOWN,
    TARGET_WMI,
    TARGET_FLUSH,
    TARGET_START,
    TARGET_QUERY_REMOVE,
    TARGET_REMOVE,
    TARGET_SURPRISE,
    TARGET_CAPABILITIES,
    TARGET_SYSTEM_UP,
    TARGET_SYSTEM_DOWN,
    TARGET_DEVICE_UP,
    TARGET_DEVICE_DOWN,
};

enum way {
    /* right ones */
    WAY_PASS,       /* passes it on, and releases the lock after IoCallDriver */
    WAY_COMPLETION, /* with a completion routine that releases the lock */
    WAY_QUEUE,      /* pends it; a work item passes it on and releases the lock */
    WAY_WAIT,       /* waits for the lower driver and completes it with its status */
    WAY_ANSWER,     /* completes it with success */
    WAY_REFUSE,     /* completes it with a failure */
    /* of requests that are not passed on or not released */
    WAY_PASS_BARE,
    WAY_COMPLETION_BARE,
    WAY_QUEUE_BARE,
    WAY_LEAK,
    WAY_PASS_LEAK,
    WAY_COMPLETION_LEAK,
    /* others */
    WAY_NOT_SUPPORTED,    /* completes it with STATUS_NOT_SUPPORTED */
    WAY_IGNORE_LOWER,     /* waits for the lower driver and completes it with success whatever it says */
    WAY_KEEP_UNMARKED,    /* passes it on, keeps it in the completion routine, returns STATUS_SUCCESS; completes it later */
    WAY_POWER_UNMARKED,   /* requests device power, and returns STATUS_PENDING without marking it */
    WAY_POWER_MARKED,     /* the same, marked */
    WAY_ALLOCATE,         /* allocates pool on the way */
    WAY_RELEASE_AND_WAIT, /* calls IoReleaseRemoveLockAndWait */
    WAY_WAIT_FIRST,       /* removal: waits before passing on, which is right */
    WAY_TEAR_DOWN_HELD,   /* removal: detaches and deletes before waiting */
    WAY_TEAR_DOWN_FREE,   /* removal: releases without waiting */
    WAY_TEAR_DOWN_BARE,   /* removal: never acquires */
    WAY_WMI_FORWARD,      /* asks WmiSystemControl, and does what it says */
    WAY_WMI_ANSWER,       /* asks it, and completes what is to be forwarded */
    WAY_SECOND_LOCK,      /* acquires and releases a second lock */
};

#define RULES_CODE(target, way) (0x222000u | ((unsigned)(target)*32u + (unsigned)(way)) << 2)

#endif
