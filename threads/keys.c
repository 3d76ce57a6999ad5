/* keys.c - what is done once, and values of threads: pthread_once(), keys, _Thread_local variables. */
#include "routines.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <threads.h>

/* ----------------------------------------------------------------------------------------------------------- once -- */

enum { ONCE_RUNNING = 0x1000, ONCE_DONE = 0x2000 };

static const struct scheduler_call once_call = {"pthread_once", 70, EFFECT_UPDATE};

static bool not_running(const void *argument)
{
    const int *once = argument;
    return *once != ONCE_RUNNING;
}

static void do_once(int *once, void (*routine)(void), uintptr_t site)
{
    scheduler_access_at(once, sizeof *once, true, site);
    scheduler_wait_at(&once_call, once, not_running, once, SCHEDULER_NEVER, site);
    scheduler_access_at(once, sizeof *once, true, site);
    if (*once == ONCE_DONE) {
        return;
    }
    if (*once != 0) {
        scheduler_violate(THREADS_UNINITIALISED, once, "the once control was never initialised");
    }
    *once = ONCE_RUNNING;
    scheduler_changed(once);
    routine();
    scheduler_touch(once, 1, EFFECT_UPDATE);
    *once = ONCE_DONE;
    scheduler_release_order(once);
    scheduler_changed(once);
}

int program_pthread_once(pthread_once_t *once, void (*routine)(void))
{
    ENTER("pthread_once");
    do_once(once, routine, SITE);
    return 0;
}

void program_call_once(once_flag *once, void (*routine)(void))
{
    ENTER("call_once");
    do_once((int *)once, routine, SITE);
}

/* ----------------------------------------------------------------------------------------------------------- keys -- */

static int create(uint32_t *key, void (*destructor)(void *))
{
    scheduler_touch(threads_world.keys, 1, EFFECT_UPDATE);
    for (uint32_t index = 0; index < KEY_LIMIT; index++) {
        if (!threads_world.keys[index].used) {
            threads_world.keys[index] = (struct key){.used = true, .destructor = destructor};
            *key = index;
            return 0;
        }
    }
    return EAGAIN;
}

static void *get(uint32_t key)
{
    void **values = thread_self()->values;
    return values == NULL || key >= KEY_LIMIT ? NULL : values[key];
}

static int set(uint32_t key, const void *value)
{
    struct thread *thread = thread_self();
    if (key >= KEY_LIMIT || !threads_world.keys[key].used) {
        return EINVAL;
    }
    if (thread->values == NULL) {
        thread->values = scheduler_allocate(KEY_LIMIT * sizeof *thread->values, "values of keys");
        if (thread->values == NULL) {
            return ENOMEM;
        }
        memset(thread->values, 0, KEY_LIMIT * sizeof *thread->values);
    }
    thread->values[key] = (void *)(uintptr_t)value;
    return 0;
}

static int delete (uint32_t key)
{
    if (key >= KEY_LIMIT || !threads_world.keys[key].used) {
        return EINVAL;
    }
    scheduler_touch(threads_world.keys, 1, EFFECT_UPDATE);
    threads_world.keys[key].used = false;
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        if (threads_world.threads[task] != NULL && threads_world.threads[task]->values != NULL) {
            threads_world.threads[task]->values[key] = NULL;
        }
    }
    return 0;
}

/* A destructor may set values again: so it goes round, as often as POSIX wants at least. */
void keys_end_thread(struct thread *thread)
{
    bool called = thread->values != NULL;
    for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS && called; round++) {
        called = false;
        for (uint32_t key = 0; key < KEY_LIMIT; key++) {
            void *value = thread->values[key];
            if (value != NULL && threads_world.keys[key].used && threads_world.keys[key].destructor != NULL) {
                thread->values[key] = NULL;
                threads_world.keys[key].destructor(value);
                called = true;
            }
        }
    }
}

int program_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    ENTER("pthread_key_create");
    scheduler_access_at(key, sizeof *key, true, SITE);
    return create(key, destructor);
}

int program_pthread_key_delete(pthread_key_t key)
{
    ENTER("pthread_key_delete");
    return delete (key);
}

void *program_pthread_getspecific(pthread_key_t key)
{
    return get(key);
}

int program_pthread_setspecific(pthread_key_t key, const void *value)
{
    ENTER("pthread_setspecific");
    return set(key, value);
}

int program_tss_create(tss_t *key, tss_dtor_t destructor)
{
    ENTER("tss_create");
    return create(key, destructor) == 0 ? thrd_success : thrd_error;
}

void program_tss_delete(tss_t key)
{
    ENTER("tss_delete");
    delete (key);
}

void *program_tss_get(tss_t key)
{
    return get(key);
}

int program_tss_set(tss_t key, void *value)
{
    ENTER("tss_set");
    return set(key, value) == 0 ? thrd_success : thrd_error;
}

/* -------------------------------------------------------------------------------------------------- _Thread_local -- */

/* What the loader's function of that name gets: which module, and how far into its variables. A program is one module. */
struct variable {
    unsigned long module, offset;
};

void *program___tls_get_addr(const struct variable *variable)
{
    struct thread *thread = thread_self();
    if (thread->variables == NULL) {
        thread->variables = scheduler_allocate(threads_world.options.thread_variables_total, "thread-local variables");
        if (thread->variables == NULL) {
            scheduler_violate(VIOLATION_OUT_OF_BOUNDS, NULL, "no memory is left for thread-local variables");
        }
        memset(thread->variables, 0, threads_world.options.thread_variables_total);
        memcpy(thread->variables, threads_world.options.thread_variables, threads_world.options.thread_variables_size);
    }
    return (char *)thread->variables + variable->offset;
}

int *program___errno_location(void)
{
    return &thread_self()->error;
}
