/*
 * mutex.c - mutexes of all types, of POSIX and C11.
 *
 * The type stands where glibc's static initialisers put it. A normal mutex does what POSIX leaves undefined only as a
 * violation; recursive and error-checking ones return an error, as POSIX has it.
 */
#include "mutex.h"

#include "routines.h"

#include <errno.h>
#include <string.h>
#include <threads.h>

struct mutex {
    uint32_t owner; /* task + 1; 0: nobody */
    uint32_t count;
    uint32_t life;  /* enum life */
    uint32_t state; /* bits below */
    int32_t kind;   /* PTHREAD_MUTEX_... */
};

enum { ROBUST = 1, OWNER_DIED = 2, NOT_RECOVERABLE = 4 };
enum { ATTRIBUTE_KIND = 0xff, ATTRIBUTE_ROBUST = 0x100, ATTRIBUTE_SHARED = 0x200, ATTRIBUTE_PROTOCOL = 10 };

_Static_assert(sizeof(struct mutex) <= sizeof(pthread_mutex_t), "the state fits into the program's own object");
_Static_assert(sizeof(mtx_t) >= sizeof(struct mutex), "the same for C11's");
_Static_assert(offsetof(struct mutex, kind) == 16, "where glibc's initialisers put the type");

static const struct scheduler_call lock_call = {"pthread_mutex_lock", 1, EFFECT_UPDATE};
static const struct scheduler_call try_call = {"pthread_mutex_trylock", 2, EFFECT_UPDATE};
static const struct scheduler_call timed_call = {"pthread_mutex_timedlock", 3, EFFECT_UPDATE};
static const struct scheduler_call unlock_call = {"pthread_mutex_unlock", 4, EFFECT_UPDATE};
static const struct scheduler_call destroy_call = {"pthread_mutex_destroy", 5, EFFECT_UPDATE};
static const struct scheduler_call relock_call = {"lock the mutex again", 6, EFFECT_UPDATE};

static uint32_t me(void)
{
    return scheduler_running() + 1;
}

static bool is_free(const void *argument)
{
    const struct mutex *mutex = argument;
    return mutex->owner == 0;
}

static void check(const struct mutex *mutex, uintptr_t site)
{
    scheduler_access_at(mutex, sizeof *mutex, true, site);
    check_life(mutex, mutex->life, "mutex", true);
}

static const char *owner_name(const struct mutex *mutex)
{
    return scheduler_task_name(mutex->owner - 1);
}

/* ------------------------------------------------------------------------------------------------ taking, releasing -- */

static int take(struct mutex *mutex, uint32_t count)
{
    if (mutex->state & NOT_RECOVERABLE) {
        return ENOTRECOVERABLE;
    }
    mutex->owner = me();
    mutex->count = count;
    thread_hold(mutex, HELD_MUTEX);
    scheduler_changed(mutex);
    return mutex->state & OWNER_DIED ? EOWNERDEAD : 0;
}

static void give_up(struct mutex *mutex)
{
    scheduler_touch(mutex, 1, EFFECT_UPDATE);
    if (mutex->state & OWNER_DIED) {
        mutex->state |= NOT_RECOVERABLE;
    }
    mutex->owner = 0;
    mutex->count = 0;
    thread_let_go(mutex, HELD_MUTEX);
    scheduler_release_order(mutex);
    scheduler_changed(mutex);
}

/* The running thread has it already. EBUSY: nothing is decided, it would have to wait. */
static int lock_own(struct mutex *mutex, const struct scheduler_call *call, bool forever, uintptr_t site)
{
    if (mutex->kind == PTHREAD_MUTEX_RECURSIVE) {
        scheduler_call_at(call, mutex, site);
        mutex->count++;
        return 0;
    }
    if (mutex->kind == PTHREAD_MUTEX_ERRORCHECK) {
        return EDEADLK;
    }
    if (forever) {
        scheduler_violate(THREADS_SELF_DEADLOCK, mutex, "%s waits for a mutex that it holds itself",
                          scheduler_task_name(scheduler_running()));
    }
    return EBUSY;
}

static int lock(struct mutex *mutex, const struct scheduler_call *call, uint64_t deadline, uintptr_t site)
{
    check(mutex, site);
    if (mutex->owner == me()) {
        int result = lock_own(mutex, call, deadline == SCHEDULER_NEVER, site);
        if (result != EBUSY) {
            return result;
        }
    }
    if (scheduler_wait_at(call, mutex, is_free, mutex, deadline, site) == SCHEDULER_WAIT_TIMEOUT) {
        return ETIMEDOUT;
    }
    check(mutex, site);
    return take(mutex, 1);
}

static int try_lock(struct mutex *mutex, uintptr_t site)
{
    scheduler_call_at(&try_call, mutex, site);
    check(mutex, site);
    if (mutex->owner == me() && mutex->kind == PTHREAD_MUTEX_RECURSIVE) {
        mutex->count++;
        return 0;
    }
    int result = mutex->owner != 0 ? EBUSY : take(mutex, 1);
    scheduler_call_value(result == 0, result == 0);
    return result;
}

static int unlock(struct mutex *mutex, uintptr_t site)
{
    scheduler_call_at(&unlock_call, mutex, site);
    check(mutex, site);
    bool lenient = mutex->kind == PTHREAD_MUTEX_RECURSIVE || mutex->kind == PTHREAD_MUTEX_ERRORCHECK;
    if (mutex->owner != me()) {
        if (lenient) {
            return EPERM;
        }
        if (mutex->owner == 0) {
            scheduler_violate(THREADS_NOT_LOCKED, mutex, "the mutex is unlocked, but nobody holds it");
        } else {
            scheduler_violate(THREADS_NOT_OWNER, mutex, "the mutex is unlocked by %s, but %s holds it",
                              scheduler_task_name(scheduler_running()), owner_name(mutex));
        }
        return EPERM;
    }
    if (--mutex->count == 0) {
        give_up(mutex);
    }
    return 0;
}

static int initialise(struct mutex *mutex, int kind, uint32_t state, uintptr_t site)
{
    scheduler_access_at(mutex, sizeof *mutex, true, site);
    if (mutex->life == LIFE_INITIALISED && mutex->owner != 0 && mutex->owner <= scheduler_task_count()) {
        scheduler_violate(THREADS_IN_USE, mutex, "the mutex is initialised while %s holds it", owner_name(mutex));
    }
    memset(mutex, 0, sizeof *mutex);
    mutex->kind = kind;
    mutex->state = state;
    mutex->life = LIFE_INITIALISED;
    scheduler_touch(mutex, 1, EFFECT_UPDATE);
    return 0;
}

static int destroy(struct mutex *mutex, uintptr_t site)
{
    scheduler_call_at(&destroy_call, mutex, site);
    check(mutex, site);
    if (mutex->owner != 0) {
        scheduler_violate(THREADS_IN_USE, mutex, "the mutex is destroyed while %s holds it", owner_name(mutex));
    }
    mutex->life = LIFE_DESTROYED;
    return 0;
}

/* ------------------------------------------------------------------------------------------------------ conditions -- */

uint32_t mutex_release_all(pthread_mutex_t *object)
{
    struct mutex *mutex = (struct mutex *)object;
    uint32_t count = mutex->count;
    give_up(mutex);
    return count;
}

int mutex_take_again(pthread_mutex_t *object, uint32_t count, uintptr_t site)
{
    struct mutex *mutex = (struct mutex *)object;
    scheduler_wait_at(&relock_call, mutex, is_free, mutex, SCHEDULER_NEVER, site);
    check(mutex, site);
    return take(mutex, count);
}

void mutex_check_owner(pthread_mutex_t *object, const void *condition)
{
    struct mutex *mutex = (struct mutex *)object;
    check(mutex, 0);
    if (mutex->owner != me()) {
        scheduler_violate(THREADS_WITHOUT_MUTEX, condition, "%s waits for the condition without holding the mutex%s%s",
                          scheduler_task_name(scheduler_running()), mutex->owner == 0 ? "" : "; it is held by ",
                          mutex->owner == 0 ? "" : owner_name(mutex));
    }
}

bool mutex_owner_ends(const void *object)
{
    struct mutex *mutex = (struct mutex *)object;
    if (!(mutex->state & ROBUST)) {
        return false;
    }
    mutex->state |= OWNER_DIED;
    mutex->owner = 0;
    mutex->count = 0;
    scheduler_changed(mutex);
    return true;
}

/* ---------------------------------------------------------------------------------------------------------- POSIX -- */

int program_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    ENTER("pthread_mutex_init");
    int bits = 0;
    if (attributes != NULL) {
        memcpy(&bits, attributes, sizeof bits);
    }
    return initialise((struct mutex *)mutex, bits & ATTRIBUTE_KIND, bits & ATTRIBUTE_ROBUST ? ROBUST : 0, SITE);
}

int program_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    ENTER("pthread_mutex_destroy");
    return destroy((struct mutex *)mutex, SITE);
}

int program_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    ENTER("pthread_mutex_lock");
    return lock((struct mutex *)mutex, &lock_call, SCHEDULER_NEVER, SITE);
}

int program_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    ENTER("pthread_mutex_trylock");
    return try_lock((struct mutex *)mutex, SITE);
}

int program_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
    ENTER("pthread_mutex_clocklock");
    return clock_valid(until) ? lock((struct mutex *)mutex, &timed_call, clock_deadline(clock, until), SITE) : EINVAL;
}

int program_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
    ENTER("pthread_mutex_timedlock");
    return clock_valid(until) ? lock((struct mutex *)mutex, &timed_call, clock_deadline(CLOCK_REALTIME, until), SITE) : EINVAL;
}

int program_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    ENTER("pthread_mutex_unlock");
    return unlock((struct mutex *)mutex, SITE);
}

int program_pthread_mutex_consistent(pthread_mutex_t *object)
{
    struct mutex *mutex = (struct mutex *)object;
    if (!(mutex->state & OWNER_DIED) || mutex->owner != me()) {
        return EINVAL;
    }
    mutex->state &= ~(uint32_t)OWNER_DIED;
    return 0;
}

/* ----------------------------------------------------------------------------------------------------- attributes -- */

static int change(pthread_mutexattr_t *attributes, int mask, int bits)
{
    int value;
    memcpy(&value, attributes, sizeof value);
    value = (value & ~mask) | bits;
    memcpy(attributes, &value, sizeof value);
    return 0;
}

static int look_up(const pthread_mutexattr_t *attributes, int mask)
{
    int value;
    memcpy(&value, attributes, sizeof value);
    return value & mask;
}

int program_pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
    return change(attributes, -1, 0);
}

int program_pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int program_pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int kind)
{
    return kind < 0 || kind > PTHREAD_MUTEX_ADAPTIVE_NP ? EINVAL : change(attributes, ATTRIBUTE_KIND, kind);
}

int program_pthread_mutexattr_gettype(const pthread_mutexattr_t *attributes, int *kind)
{
    *kind = look_up(attributes, ATTRIBUTE_KIND);
    return 0;
}

int program_pthread_mutexattr_setrobust(pthread_mutexattr_t *attributes, int robust)
{
    return change(attributes, ATTRIBUTE_ROBUST, robust == PTHREAD_MUTEX_ROBUST ? ATTRIBUTE_ROBUST : 0);
}

int program_pthread_mutexattr_getrobust(const pthread_mutexattr_t *attributes, int *robust)
{
    *robust = look_up(attributes, ATTRIBUTE_ROBUST) ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED;
    return 0;
}

int program_pthread_mutexattr_setpshared(pthread_mutexattr_t *attributes, int shared)
{
    return change(attributes, ATTRIBUTE_SHARED, shared == PTHREAD_PROCESS_SHARED ? ATTRIBUTE_SHARED : 0);
}

int program_pthread_mutexattr_getpshared(const pthread_mutexattr_t *attributes, int *shared)
{
    *shared = look_up(attributes, ATTRIBUTE_SHARED) ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE;
    return 0;
}

/* Priorities mean nothing here: every order is tried. */
int program_pthread_mutexattr_setprotocol(pthread_mutexattr_t *attributes, int protocol)
{
    return change(attributes, 3 << ATTRIBUTE_PROTOCOL, (protocol & 3) << ATTRIBUTE_PROTOCOL);
}

int program_pthread_mutexattr_getprotocol(const pthread_mutexattr_t *attributes, int *protocol)
{
    *protocol = look_up(attributes, 3 << ATTRIBUTE_PROTOCOL) >> ATTRIBUTE_PROTOCOL;
    return 0;
}

/* ------------------------------------------------------------------------------------------------------------ C11 -- */

static int c11_result(int result)
{
    switch (result) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    default:
        return thrd_error;
    }
}

int program_mtx_init(mtx_t *mutex, int type)
{
    ENTER("mtx_init");
    int kind = type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL;
    return c11_result(initialise((struct mutex *)mutex, kind, 0, SITE));
}

void program_mtx_destroy(mtx_t *mutex)
{
    ENTER("mtx_destroy");
    destroy((struct mutex *)mutex, SITE);
}

int program_mtx_lock(mtx_t *mutex)
{
    ENTER("mtx_lock");
    return c11_result(lock((struct mutex *)mutex, &lock_call, SCHEDULER_NEVER, SITE));
}

int program_mtx_trylock(mtx_t *mutex)
{
    ENTER("mtx_trylock");
    return c11_result(try_lock((struct mutex *)mutex, SITE));
}

int program_mtx_timedlock(mtx_t *mutex, const struct timespec *until)
{
    ENTER("mtx_timedlock");
    return c11_result(lock((struct mutex *)mutex, &timed_call, clock_deadline(CLOCK_REALTIME, until), SITE));
}

int program_mtx_unlock(mtx_t *mutex)
{
    ENTER("mtx_unlock");
    return c11_result(unlock((struct mutex *)mutex, SITE));
}
