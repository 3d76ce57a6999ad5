/*
 * condition.c - condition variables, of POSIX and C11.
 *
 * A wait is two steps: one that queues and unlocks, one that locks again after a signal. Which of several waiters a signal
 * wakes is not specified, so it is a choice; by default the one that has waited longest. A signal that nobody waits for is
 * lost.
 */
#include "mutex.h"
#include "routines.h"

#include <errno.h>
#include <string.h>
#include <threads.h>

struct condition {
    uint64_t unused; /* waits look at the thread's own record */
    uint32_t life;   /* enum life */
    int32_t clock;
};

_Static_assert(sizeof(struct condition) <= sizeof(pthread_cond_t) && sizeof(struct condition) <= sizeof(cnd_t), "it fits");

static const struct scheduler_call wait_call = {"pthread_cond_wait", 10, EFFECT_UPDATE};
static const struct scheduler_call timed_call = {"pthread_cond_timedwait", 11, EFFECT_UPDATE};
static const struct scheduler_call woken_call = {"wait for a signal", 12, EFFECT_UPDATE};
static const struct scheduler_call signal_call = {"pthread_cond_signal", 13, EFFECT_UPDATE};
static const struct scheduler_call broadcast_call = {"pthread_cond_broadcast", 14, EFFECT_UPDATE};
static const struct scheduler_call destroy_call = {"pthread_cond_destroy", 15, EFFECT_UPDATE};

static void check(const struct condition *condition, uintptr_t site)
{
    scheduler_access_at(condition, sizeof *condition, true, site);
    check_life(condition, condition->life, "condition variable", true);
}

static bool wakes_spuriously(const struct condition *condition)
{
    if (!threads_world.options.spurious_wakeups || scheduler_choose(CHOICE_FAULT, 2) == 0) {
        return false;
    }
    scheduler_note(condition, "a spurious wake-up");
    return true;
}

static int wait(struct condition *condition, pthread_mutex_t *mutex, const struct scheduler_call *call, uint64_t deadline,
                uintptr_t site)
{
    struct thread *thread = thread_self();
    scheduler_call_at(call, condition, site);
    check(condition, site);
    mutex_check_owner(mutex, condition);
    bool woken = wakes_spuriously(condition);
    thread_queue(thread, condition);
    uint32_t count = mutex_release_all(mutex);
    if (woken) {
        thread->waits_on = NULL;
    } else {
        woken = thread_park(&woken_call, thread, deadline, site);
    }
    int result = mutex_take_again(mutex, count, site);
    if (result != 0) {
        return result;
    }
    return woken ? 0 : ETIMEDOUT;
}

static void wake_one(struct condition *condition, uintptr_t site)
{
    scheduler_call_at(&signal_call, condition, site);
    check(condition, site);
    uint32_t waiters = queue_length(condition);
    scheduler_call_value(waiters, waiters);
    if (waiters > 0) {
        thread_wake(queue_at(condition, scheduler_choose(CHOICE_DEVICE, waiters)));
    }
}

static void wake_all(struct condition *condition, uintptr_t site)
{
    scheduler_call_at(&broadcast_call, condition, site);
    check(condition, site);
    uint32_t waiters = queue_length(condition);
    scheduler_call_value(waiters, waiters);
    for (; waiters > 0; waiters--) {
        thread_wake(queue_at(condition, 0));
    }
}

static void initialise(struct condition *condition, int clock, uintptr_t site)
{
    scheduler_access_at(condition, sizeof *condition, true, site);
    if (condition->life == LIFE_INITIALISED && queue_length(condition) > 0) {
        scheduler_violate(THREADS_IN_USE, condition, "the condition variable is initialised while %u threads wait for it",
                          queue_length(condition));
    }
    memset(condition, 0, sizeof *condition);
    condition->clock = clock;
    condition->life = LIFE_INITIALISED;
    scheduler_touch(condition, 1, EFFECT_UPDATE);
}

static void destroy(struct condition *condition, uintptr_t site)
{
    scheduler_call_at(&destroy_call, condition, site);
    check(condition, site);
    uint32_t waiters = queue_length(condition);
    if (waiters > 0) {
        scheduler_violate(THREADS_IN_USE, condition, "the condition variable is destroyed while %u thread%s wait%s for it",
                          waiters, waiters == 1 ? "" : "s", waiters == 1 ? "s" : "");
    }
    condition->life = LIFE_DESTROYED;
}

/* ---------------------------------------------------------------------------------------------------------- POSIX -- */

int program_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    ENTER("pthread_cond_init");
    int clock = CLOCK_REALTIME;
    if (attributes != NULL) {
        memcpy(&clock, attributes, sizeof clock);
    }
    initialise((struct condition *)condition, clock, SITE);
    return 0;
}

int program_pthread_cond_destroy(pthread_cond_t *condition)
{
    ENTER("pthread_cond_destroy");
    destroy((struct condition *)condition, SITE);
    return 0;
}

int program_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    ENTER("pthread_cond_wait");
    return wait((struct condition *)condition, mutex, &wait_call, SCHEDULER_NEVER, SITE);
}

int program_pthread_cond_timedwait(pthread_cond_t *object, pthread_mutex_t *mutex, const struct timespec *until)
{
    ENTER("pthread_cond_timedwait");
    struct condition *condition = (struct condition *)object;
    if (!clock_valid(until)) {
        return EINVAL;
    }
    scheduler_access_at(condition, sizeof *condition, false, SITE);
    return wait(condition, mutex, &timed_call, clock_deadline(condition->clock, until), SITE);
}

int program_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                   const struct timespec *until)
{
    ENTER("pthread_cond_clockwait");
    return clock_valid(until) ? wait((struct condition *)condition, mutex, &timed_call, clock_deadline(clock, until), SITE)
                              : EINVAL;
}

int program_pthread_cond_signal(pthread_cond_t *condition)
{
    ENTER("pthread_cond_signal");
    wake_one((struct condition *)condition, SITE);
    return 0;
}

int program_pthread_cond_broadcast(pthread_cond_t *condition)
{
    ENTER("pthread_cond_broadcast");
    wake_all((struct condition *)condition, SITE);
    return 0;
}

int program_pthread_condattr_init(pthread_condattr_t *attributes)
{
    int clock = CLOCK_REALTIME;
    memcpy(attributes, &clock, sizeof clock);
    return 0;
}

int program_pthread_condattr_destroy(pthread_condattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int program_pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
        return EINVAL;
    }
    memcpy(attributes, &clock, sizeof clock);
    return 0;
}

int program_pthread_condattr_getclock(const pthread_condattr_t *attributes, clockid_t *clock)
{
    memcpy(clock, attributes, sizeof *clock);
    return 0;
}

int program_pthread_condattr_setpshared(pthread_condattr_t *attributes, int shared)
{
    (void)attributes, (void)shared;
    return 0;
}

int program_pthread_condattr_getpshared(const pthread_condattr_t *attributes, int *shared)
{
    (void)attributes;
    *shared = PTHREAD_PROCESS_PRIVATE;
    return 0;
}

/* ------------------------------------------------------------------------------------------------------------ C11 -- */

static int c11_result(int result)
{
    return result == 0 ? thrd_success : result == ETIMEDOUT ? thrd_timedout : thrd_error;
}

int program_cnd_init(cnd_t *condition)
{
    ENTER("cnd_init");
    initialise((struct condition *)condition, CLOCK_REALTIME, SITE);
    return thrd_success;
}

void program_cnd_destroy(cnd_t *condition)
{
    ENTER("cnd_destroy");
    destroy((struct condition *)condition, SITE);
}

int program_cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    ENTER("cnd_wait");
    return c11_result(wait((struct condition *)condition, (pthread_mutex_t *)mutex, &wait_call, SCHEDULER_NEVER, SITE));
}

int program_cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
    ENTER("cnd_timedwait");
    uint64_t deadline = clock_deadline(CLOCK_REALTIME, until);
    return c11_result(wait((struct condition *)condition, (pthread_mutex_t *)mutex, &timed_call, deadline, SITE));
}

int program_cnd_signal(cnd_t *condition)
{
    ENTER("cnd_signal");
    wake_one((struct condition *)condition, SITE);
    return thrd_success;
}

int program_cnd_broadcast(cnd_t *condition)
{
    ENTER("cnd_broadcast");
    wake_all((struct condition *)condition, SITE);
    return thrd_success;
}
