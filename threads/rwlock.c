/* rwlock.c - read-write locks. Who comes first among waiting readers and writers is for the schedule to say. */
#include "routines.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

struct rwlock {
    uint32_t writer; /* task + 1; 0: none */
    uint32_t readers;
    uint32_t life; /* enum life */
};

_Static_assert(sizeof(struct rwlock) <= sizeof(pthread_rwlock_t), "the state fits into the program's own object");

static const struct scheduler_call read_call = {"pthread_rwlock_rdlock", 30, EFFECT_UPDATE};
static const struct scheduler_call write_call = {"pthread_rwlock_wrlock", 31, EFFECT_UPDATE};
static const struct scheduler_call try_read_call = {"pthread_rwlock_tryrdlock", 32, EFFECT_UPDATE};
static const struct scheduler_call try_write_call = {"pthread_rwlock_trywrlock", 33, EFFECT_UPDATE};
static const struct scheduler_call unlock_call = {"pthread_rwlock_unlock", 34, EFFECT_UPDATE};
static const struct scheduler_call destroy_call = {"pthread_rwlock_destroy", 35, EFFECT_UPDATE};

static void check(const struct rwlock *lock, uintptr_t site)
{
    scheduler_access_at(lock, sizeof *lock, true, site);
    check_life(lock, lock->life, "read-write lock", true);
}

static bool can_read(const void *argument)
{
    const struct rwlock *lock = argument;
    return lock->writer == 0;
}

static bool can_write(const void *argument)
{
    const struct rwlock *lock = argument;
    return lock->writer == 0 && lock->readers == 0;
}

static void take(struct rwlock *lock, bool writes)
{
    if (writes) {
        lock->writer = scheduler_running() + 1;
    } else {
        lock->readers++;
    }
    thread_hold(lock, writes ? HELD_WRITE : HELD_READ);
    scheduler_changed(lock);
}

/* A thread that writes, or reads and wants to write, waits for itself. */
static void check_own(struct rwlock *lock, bool writes)
{
    const struct thread *thread = thread_self();
    if (lock->writer == thread->task + 1 || (writes && thread_holds(thread, lock, HELD_READ))) {
        scheduler_violate(THREADS_SELF_DEADLOCK, lock, "%s waits for a read-write lock that it holds itself", thread->name);
    }
}

static int acquire(pthread_rwlock_t *object, bool writes, uint64_t deadline, uintptr_t site)
{
    struct rwlock *lock = (struct rwlock *)object;
    check(lock, site);
    if (deadline == SCHEDULER_NEVER) {
        check_own(lock, writes);
    }
    if (scheduler_wait_at(writes ? &write_call : &read_call, lock, writes ? can_write : can_read, lock, deadline, site) ==
        SCHEDULER_WAIT_TIMEOUT) {
        return ETIMEDOUT;
    }
    check(lock, site);
    take(lock, writes);
    return 0;
}

static int try_acquire(pthread_rwlock_t *object, bool writes, uintptr_t site)
{
    struct rwlock *lock = (struct rwlock *)object;
    scheduler_call_at(writes ? &try_write_call : &try_read_call, lock, site);
    check(lock, site);
    bool free = writes ? can_write(lock) : can_read(lock);
    scheduler_call_value(free, free);
    if (!free) {
        return EBUSY;
    }
    take(lock, writes);
    return 0;
}

int program_pthread_rwlock_init(pthread_rwlock_t *object, const pthread_rwlockattr_t *attributes)
{
    ENTER("pthread_rwlock_init");
    (void)attributes;
    struct rwlock *lock = (struct rwlock *)object;
    scheduler_access_at(lock, sizeof *lock, true, SITE);
    if (lock->life == LIFE_INITIALISED && (lock->writer != 0 || lock->readers != 0)) {
        scheduler_violate(THREADS_IN_USE, lock, "the read-write lock is initialised while it is held");
    }
    memset(lock, 0, sizeof *lock);
    lock->life = LIFE_INITIALISED;
    scheduler_touch(lock, 1, EFFECT_UPDATE);
    return 0;
}

int program_pthread_rwlock_destroy(pthread_rwlock_t *object)
{
    ENTER("pthread_rwlock_destroy");
    struct rwlock *lock = (struct rwlock *)object;
    scheduler_call_at(&destroy_call, lock, SITE);
    check(lock, SITE);
    if (lock->writer != 0 || lock->readers != 0) {
        scheduler_violate(THREADS_IN_USE, lock, "the read-write lock is destroyed while it is held");
    }
    lock->life = LIFE_DESTROYED;
    return 0;
}

int program_pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    ENTER("pthread_rwlock_rdlock");
    return acquire(lock, false, SCHEDULER_NEVER, SITE);
}

int program_pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    ENTER("pthread_rwlock_wrlock");
    return acquire(lock, true, SCHEDULER_NEVER, SITE);
}

int program_pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    ENTER("pthread_rwlock_timedrdlock");
    return clock_valid(until) ? acquire(lock, false, clock_deadline(CLOCK_REALTIME, until), SITE) : EINVAL;
}

int program_pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    ENTER("pthread_rwlock_timedwrlock");
    return clock_valid(until) ? acquire(lock, true, clock_deadline(CLOCK_REALTIME, until), SITE) : EINVAL;
}

int program_pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    ENTER("pthread_rwlock_tryrdlock");
    return try_acquire(lock, false, SITE);
}

int program_pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    ENTER("pthread_rwlock_trywrlock");
    return try_acquire(lock, true, SITE);
}

int program_pthread_rwlock_unlock(pthread_rwlock_t *object)
{
    ENTER("pthread_rwlock_unlock");
    struct rwlock *lock = (struct rwlock *)object;
    const struct thread *thread = thread_self();
    scheduler_call_at(&unlock_call, lock, SITE);
    check(lock, SITE);
    if (lock->writer == thread->task + 1) {
        lock->writer = 0;
        thread_let_go(lock, HELD_WRITE);
    } else if (lock->readers > 0 && (thread->untracked || thread_holds(thread, lock, HELD_READ))) {
        lock->readers--;
        thread_let_go(lock, HELD_READ);
    } else if (lock->writer == 0 && lock->readers == 0) {
        scheduler_violate(THREADS_NOT_LOCKED, lock, "the read-write lock is unlocked, but nobody holds it");
    } else {
        scheduler_violate(THREADS_NOT_OWNER, lock, "the read-write lock is unlocked by %s, which does not hold it",
                          thread->name);
    }
    scheduler_release_order(lock);
    scheduler_changed(lock);
    return 0;
}

int program_pthread_rwlockattr_init(pthread_rwlockattr_t *attributes)
{
    memset(attributes, 0, sizeof *attributes);
    return 0;
}

int program_pthread_rwlockattr_destroy(pthread_rwlockattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int program_pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attributes, int shared)
{
    (void)attributes, (void)shared;
    return 0;
}

int program_pthread_rwlockattr_setkind_np(pthread_rwlockattr_t *attributes, int kind)
{
    (void)attributes, (void)kind;
    return 0;
}
