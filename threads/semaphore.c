/* semaphore.c - POSIX semaphores without a name. */
#include "routines.h"

#include <errno.h>
#include <limits.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

struct semaphore {
    uint32_t value, unused;
    uint32_t life; /* enum life */
};

_Static_assert(sizeof(struct semaphore) <= sizeof(sem_t), "the state fits into the program's own object");

static const struct scheduler_call wait_call = {"sem_wait", 60, EFFECT_UPDATE};
static const struct scheduler_call try_call = {"sem_trywait", 61, EFFECT_UPDATE};
static const struct scheduler_call timed_call = {"sem_timedwait", 62, EFFECT_UPDATE};
static const struct scheduler_call post_call = {"sem_post", 63, EFFECT_UPDATE};
static const struct scheduler_call value_call = {"sem_getvalue", 64, EFFECT_READ};
static const struct scheduler_call destroy_call = {"sem_destroy", 65, EFFECT_UPDATE};

static void check(const struct semaphore *semaphore, uintptr_t site)
{
    scheduler_access_at(semaphore, sizeof *semaphore, true, site);
    check_life(semaphore, semaphore->life, "semaphore", false);
}

static bool is_positive(const void *argument)
{
    const struct semaphore *semaphore = argument;
    return semaphore->value > 0;
}

static int fail(int error)
{
    thread_self()->error = error;
    return -1;
}

static int take(struct semaphore *semaphore)
{
    semaphore->value--;
    scheduler_changed(semaphore);
    return 0;
}

static int wait(sem_t *object, const struct scheduler_call *call, uint64_t deadline, uintptr_t site)
{
    struct semaphore *semaphore = (struct semaphore *)object;
    check(semaphore, site);
    if (scheduler_wait_at(call, semaphore, is_positive, semaphore, deadline, site) == SCHEDULER_WAIT_TIMEOUT) {
        return fail(ETIMEDOUT);
    }
    check(semaphore, site);
    return take(semaphore);
}

int program_sem_init(sem_t *object, int shared, unsigned value)
{
    ENTER("sem_init");
    (void)shared;
    struct semaphore *semaphore = (struct semaphore *)object;
    if (value > SEM_VALUE_MAX) {
        return fail(EINVAL);
    }
    scheduler_access_at(semaphore, sizeof *semaphore, true, SITE);
    memset(semaphore, 0, sizeof *semaphore);
    semaphore->value = value;
    semaphore->life = LIFE_INITIALISED;
    scheduler_touch(semaphore, 1, EFFECT_UPDATE);
    return 0;
}

int program_sem_destroy(sem_t *object)
{
    ENTER("sem_destroy");
    struct semaphore *semaphore = (struct semaphore *)object;
    scheduler_call_at(&destroy_call, semaphore, SITE);
    check(semaphore, SITE);
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        if (scheduler_waiting_for(task) == semaphore) {
            scheduler_violate(THREADS_IN_USE, semaphore, "the semaphore is destroyed while %s waits for it",
                              scheduler_task_name(task));
        }
    }
    semaphore->life = LIFE_DESTROYED;
    return 0;
}

int program_sem_wait(sem_t *semaphore)
{
    ENTER("sem_wait");
    return wait(semaphore, &wait_call, SCHEDULER_NEVER, SITE);
}

int program_sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
    ENTER("sem_timedwait");
    return clock_valid(until) ? wait(semaphore, &timed_call, clock_deadline(CLOCK_REALTIME, until), SITE) : fail(EINVAL);
}

int program_sem_trywait(sem_t *object)
{
    ENTER("sem_trywait");
    struct semaphore *semaphore = (struct semaphore *)object;
    scheduler_call_at(&try_call, semaphore, SITE);
    check(semaphore, SITE);
    return semaphore->value > 0 ? take(semaphore) : fail(EAGAIN);
}

int program_sem_post(sem_t *object)
{
    ENTER("sem_post");
    struct semaphore *semaphore = (struct semaphore *)object;
    scheduler_call_at(&post_call, semaphore, SITE);
    check(semaphore, SITE);
    if (semaphore->value == SEM_VALUE_MAX) {
        return fail(EOVERFLOW);
    }
    semaphore->value++;
    scheduler_changed(semaphore);
    return 0;
}

int program_sem_getvalue(sem_t *object, int *value)
{
    ENTER("sem_getvalue");
    struct semaphore *semaphore = (struct semaphore *)object;
    scheduler_call_at(&value_call, semaphore, SITE);
    check(semaphore, SITE);
    *value = (int)semaphore->value;
    return 0;
}
