/*
 * spin.c - spin locks. A thread that would spin waits instead, which ends in the same states and not in endless executions.
 *
 * The object is four bytes: who holds it, and a mark when it was destroyed. Zero is unlocked, as glibc has it, so a lock in
 * zeroed memory that was never initialised goes unnoticed.
 */
#include "routines.h"

#include <errno.h>
#include <pthread.h>

enum { DESTROYED = 0x7ead, OWNERS = 0x1ff };

static const struct scheduler_call lock_call = {"pthread_spin_lock", 50, EFFECT_UPDATE};
static const struct scheduler_call try_call = {"pthread_spin_trylock", 51, EFFECT_UPDATE};
static const struct scheduler_call unlock_call = {"pthread_spin_unlock", 52, EFFECT_UPDATE};
static const struct scheduler_call destroy_call = {"pthread_spin_destroy", 53, EFFECT_UPDATE};

static bool is_free(const void *argument)
{
    const pthread_spinlock_t *lock = argument;
    return *lock == 0;
}

static void check(const void *object, uintptr_t site)
{
    scheduler_access_at(object, sizeof(pthread_spinlock_t), true, site);
    int32_t value = *(const pthread_spinlock_t *)object;
    uint32_t life = value == DESTROYED ? (uint32_t)LIFE_DESTROYED : value & ~OWNERS ? 1u : (uint32_t)LIFE_INITIALISED;
    check_life(object, life, "spin lock", true);
}

static int take(pthread_spinlock_t *lock)
{
    *lock = (int)scheduler_running() + 1;
    thread_hold((const void *)lock, HELD_SPIN);
    scheduler_changed((const void *)lock);
    return 0;
}

int program_pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
    ENTER("pthread_spin_init");
    (void)shared;
    scheduler_access_at((const void *)lock, sizeof *lock, true, SITE);
    *lock = 0;
    scheduler_touch((const void *)lock, 1, EFFECT_UPDATE);
    return 0;
}

int program_pthread_spin_destroy(pthread_spinlock_t *lock)
{
    ENTER("pthread_spin_destroy");
    scheduler_call_at(&destroy_call, (const void *)lock, SITE);
    check((const void *)lock, SITE);
    if (*lock != 0) {
        scheduler_violate(THREADS_IN_USE, (const void *)lock, "the spin lock is destroyed while %s holds it",
                          scheduler_task_name((uint32_t)*lock - 1));
    }
    *lock = DESTROYED;
    return 0;
}

int program_pthread_spin_lock(pthread_spinlock_t *lock)
{
    ENTER("pthread_spin_lock");
    check((const void *)lock, SITE);
    if (*lock == (int)scheduler_running() + 1) {
        scheduler_violate(THREADS_SELF_DEADLOCK, (const void *)lock, "%s waits for a spin lock that it holds itself",
                          scheduler_task_name(scheduler_running()));
    }
    scheduler_wait_at(&lock_call, (const void *)lock, is_free, (const void *)lock, SCHEDULER_NEVER, SITE);
    check((const void *)lock, SITE);
    return take(lock);
}

int program_pthread_spin_trylock(pthread_spinlock_t *lock)
{
    ENTER("pthread_spin_trylock");
    scheduler_call_at(&try_call, (const void *)lock, SITE);
    check((const void *)lock, SITE);
    return *lock != 0 ? EBUSY : take(lock);
}

int program_pthread_spin_unlock(pthread_spinlock_t *lock)
{
    ENTER("pthread_spin_unlock");
    scheduler_call_at(&unlock_call, (const void *)lock, SITE);
    check((const void *)lock, SITE);
    if (*lock == 0) {
        scheduler_violate(THREADS_NOT_LOCKED, (const void *)lock, "the spin lock is unlocked, but nobody holds it");
    } else if (*lock != (int)scheduler_running() + 1) {
        scheduler_violate(THREADS_NOT_OWNER, (const void *)lock, "the spin lock is unlocked by %s, but %s holds it",
                          scheduler_task_name(scheduler_running()), scheduler_task_name((uint32_t)*lock - 1));
    }
    *lock = 0;
    thread_let_go((const void *)lock, HELD_SPIN);
    scheduler_release_order((const void *)lock);
    scheduler_changed((const void *)lock);
    return 0;
}
