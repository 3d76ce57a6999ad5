/*
 * locks.h - the judge of the driver's remove locks.
 *
 * Any number of locks, wherever they are: in the extension of a device, in pool, in the driver's variables. What the judge
 * knows for certain at a moment: an acquisition is held from the return of its acquire to the call of its release. It never
 * looks into the lock itself.
 */
#ifndef HARNESS_DRIVER_LOCKS_H
#define HARNESS_DRIVER_LOCKS_H

#include "calls.h"

/* An acquisition that is held. */
struct acquisition {
    uint16_t lock;    /* index */
    uint16_t next;    /* the one acquired before it, of the same lock; NOBODY: none */
    uint16_t request; /* what it was acquired for, or NOBODY */
    uint8_t task;
    uint8_t routine; /* in which it was acquired, with its major and minor function */
    UCHAR major, minor;
    bool named; /* its tag is the IRP of its request */
    PVOID tag;
    PCSTR file; /* "" when the driver does not say */
    ULONG line;
    uintptr_t site;
    uint64_t since; /* virtual time */
};

void locks_reset(void);
void locks_hear(const struct core_event *event);

/* Whether the driver has initialised a remove lock in this execution; how many different ones it has acquired. */
bool locks_any(void);
uint32_t locks_acquired(void);

/*
 * Whether something keeps the driver's device from being removed while a task passes a request on: an acquisition for this
 * request, by this task, or, outside the request's own dispatch routine, for something else than another request.
 */
bool locks_protect(uint16_t request, uint32_t task, bool in_own_dispatch);

/* The lock's device when it is a PnP device, otherwise NULL: locks elsewhere have rules of their own. */
struct known_device *locks_pnp_device(const void *lock);

/* The device in whose extension the lock is, or NOBODY. */
uint16_t locks_device(const void *lock);

/* The task that waits for the lock of an acquisition, as a remover; SCHEDULER_NO_TASK when none does. */
uint32_t locks_waiter(const struct acquisition *acquisition);

/* The first acquisition that a waiting remover lacks, in the order of acquiring; NULL when no remover waits. */
const struct acquisition *locks_waited_for(const struct acquisition *after);
/* The first acquisition of a lock whose memory is gone. */
const struct acquisition *locks_lost(const struct acquisition *after);
const void *locks_address(const struct acquisition *acquisition);

/* No task can go on: says which acquisition a remover waits for, and why nobody will release it. */
void locks_stuck(void);
/* The execution is over: something may never have been released. */
void locks_end(void);

/* A line for each acquisition that is held. */
void locks_holders(char *text, size_t size);

/* "tag IRP r1, acquired in IRP_MJ_READ at filter.c:88 by io" */
void acquisition_format(const struct acquisition *acquisition, char *text, size_t size);

#endif
