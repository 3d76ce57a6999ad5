/*
 * bluetooth.c - the Bluetooth driver of Qadeer and Wu, "KISS: keep it simple and sequential" (PLDI 2004): a request looks at
 * the stopping flag and only then counts itself as pending, while the driver is stopped. FIXED counts first and then looks.
 */
#include "team.h"

#include <assert.h>
#include <semaphore.h>
#include <stdatomic.h>

static atomic_int pending = 1, stopping, stopped;
static sem_t none_pending;

static void finish(void)
{
    if (atomic_fetch_sub(&pending, 1) == 1) {
        sem_post(&none_pending);
    }
}

static void *request(void *unused)
{
#ifdef FIXED
    atomic_fetch_add(&pending, 1);
    if (atomic_load(&stopping) == 0) {
        assert(atomic_load(&stopped) == 0);
    }
    finish();
#else
    if (atomic_load(&stopping) == 0) {
        atomic_fetch_add(&pending, 1);
        assert(atomic_load(&stopped) == 0);
        finish();
    }
#endif
    return unused;
}

static void *stop(void *unused)
{
    atomic_store(&stopping, 1);
    finish();
    sem_wait(&none_pending);
    atomic_store(&stopped, 1);
    return unused;
}

int main(void)
{
    sem_init(&none_pending, 0, 0);
    start(request, 0);
    start(stop, 0);
    join_all();
    return 0;
}
