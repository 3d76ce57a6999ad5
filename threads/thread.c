/*
 * thread.c - threads of POSIX and C11: create, join, detach, exit, attributes.
 *
 * A thread's identifier is its task's number and one, so that zero and what an uninitialised variable holds are no threads.
 * Creating one, and its end, are not scheduling points: nobody can notice before the next one.
 */
#include "mutex.h"
#include "routines.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>

static const struct scheduler_call join_call = {"pthread_join", 20, EFFECT_UPDATE};
static const struct scheduler_call detach_call = {"pthread_detach", 21, EFFECT_UPDATE};
static const struct scheduler_call yield_call = {"sched_yield", 22, EFFECT_NONE};

/* pthread_attr_t, as far as it matters. */
struct attributes {
    int32_t detached;
    int32_t scope;
    uint64_t stack_size;
};

_Static_assert(sizeof(struct attributes) <= sizeof(pthread_attr_t), "the state fits into the program's own object");

/* ------------------------------------------------------------------------------------------------- beginning and end -- */

static void judge_locks(struct thread *thread)
{
    for (uint32_t index = 0; index < thread->held_count; index++) {
        const struct held *held = &thread->held[index];
        if (held->kind == HELD_MUTEX && mutex_owner_ends(held->object)) {
            continue;
        }
        if (threads_world.options.leaks != LEAKS_NONE) {
            scheduler_violate(THREADS_LOCKED_AT_EXIT, held->object, "%s ends and still holds a lock", thread->name);
        }
    }
}

static void finish(struct thread *thread, void *result)
{
    thread->exiting = true;
    keys_end_thread(thread);
    judge_locks(thread);
    thread->result = result;
    scheduler_touch(thread, 1, EFFECT_UPDATE);
    thread->ended = 1;
    scheduler_release_order(thread);
    scheduler_changed(thread);
}

_Noreturn void thread_end(void *result)
{
    finish(thread_self(), result);
    scheduler_end_task();
}

static void run(void *argument)
{
    struct thread *thread = argument;
    void *result =
        thread->start != NULL ? thread->start(thread->argument) : (void *)(intptr_t)thread->start_c11(thread->argument);
    finish(thread, result);
}

static const char *name_of(const void *code)
{
    const char *name = threads_world.options.name_of == NULL ? NULL : threads_world.options.name_of(code);
    while (name != NULL && *name == '_') {
        name++;
    }
    return name == NULL || *name == '\0' ? "thread" : name;
}

static struct thread *create(const void *code, void *argument)
{
    if (threads_world.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1) {
        return NULL;
    }
    struct thread *thread = thread_prepare(scheduler_task_count(), name_of(code));
    if (thread == NULL) {
        return NULL;
    }
    thread->argument = argument;
    scheduler_note(thread, "starts %s", thread->name);
    return thread;
}

static void begin(struct thread *thread)
{
    scheduler_spawn(thread->name, run, thread);
}

/* --------------------------------------------------------------------------------------------------- joining, detaching -- */

static bool has_ended(const void *argument)
{
    const struct thread *thread = argument;
    return thread->ended != 0;
}

/* What cannot be joined or detached is a violation; the thread, otherwise. */
static struct thread *joinable(unsigned long identifier, const char *verb)
{
    struct thread *thread = thread_of(identifier);
    if (thread == NULL) {
        scheduler_violate(THREADS_BAD_THREAD, NULL, "%lu is %s, which is no thread", identifier, verb);
    } else if (thread->joined || thread->detached) {
        scheduler_violate(THREADS_BAD_THREAD, thread, "%s is %s, but it was %s before", thread->name, verb,
                          thread->joined ? "joined" : "detached");
    }
    return thread;
}

static struct thread *join(unsigned long identifier, uint64_t deadline, uintptr_t site)
{
    struct thread *thread = joinable(identifier, "joined");
    if (thread == thread_self()) {
        scheduler_violate(THREADS_BAD_THREAD, thread, "%s joins itself", thread->name);
    }
    scheduler_wait_for_others();
    if (scheduler_wait_at(&join_call, thread, has_ended, thread, deadline, site) == SCHEDULER_WAIT_TIMEOUT) {
        return NULL;
    }
    joinable(identifier, "joined");
    thread->joined = true;
    return thread;
}

static void detach(unsigned long identifier, uintptr_t site)
{
    struct thread *thread = joinable(identifier, "detached");
    scheduler_call_at(&detach_call, thread, site);
    joinable(identifier, "detached");
    thread->detached = true;
}

/* ---------------------------------------------------------------------------------------------------------- POSIX -- */

int program_pthread_create(pthread_t *identifier, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    ENTER("pthread_create");
    scheduler_access_at(identifier, sizeof *identifier, true, SITE);
    struct thread *thread = create((const void *)(uintptr_t)start, argument);
    if (thread == NULL) {
        return EAGAIN;
    }
    thread->start = start;
    thread->detached = attributes != NULL && ((const struct attributes *)attributes)->detached == PTHREAD_CREATE_DETACHED;
    *identifier = thread_identifier(thread);
    scheduler_touch(identifier, sizeof *identifier, EFFECT_UPDATE);
    begin(thread);
    return 0;
}

int program_pthread_join(pthread_t identifier, void **result)
{
    ENTER("pthread_join");
    const struct thread *thread = join(identifier, SCHEDULER_NEVER, SITE);
    if (thread != NULL && result != NULL) {
        scheduler_plain_access_at(result, sizeof *result, true, SITE);
        *result = thread->result;
    }
    return 0;
}

int program_pthread_timedjoin_np(pthread_t identifier, void **result, const struct timespec *until)
{
    ENTER("pthread_timedjoin_np");
    const struct thread *thread = join(identifier, clock_deadline(CLOCK_REALTIME, until), SITE);
    if (thread != NULL && result != NULL) {
        *result = thread->result;
    }
    return thread == NULL ? ETIMEDOUT : 0;
}

int program_pthread_tryjoin_np(pthread_t identifier, void **result)
{
    ENTER("pthread_tryjoin_np");
    const struct thread *thread = join(identifier, 0, SITE);
    if (thread != NULL && result != NULL) {
        *result = thread->result;
    }
    return thread == NULL ? EBUSY : 0;
}

int program_pthread_detach(pthread_t identifier)
{
    ENTER("pthread_detach");
    detach(identifier, SITE);
    return 0;
}

/* Handlers that are still registered run first: each ends in program___pthread_unwind_next(). */
_Noreturn void program_pthread_exit(void *result)
{
    struct thread *thread = thread_self();
    scheduler_enter_routine("");
    thread->result = result;
    if (thread->handlers != NULL) {
        __pthread_unwind_buf_t *handler = thread->handlers;
        /* It is shorter than a jmp_buf by the signal mask that it does not save. */
        struct __jmp_buf_tag *volatile buffer = (void *)handler->__cancel_jmp_buf;
        longjmp(buffer, 1);
    }
    thread_end(result);
}

pthread_t program_pthread_self(void)
{
    return thread_identifier(thread_self());
}

int program_pthread_equal(pthread_t one, pthread_t other)
{
    return one == other;
}

int program_pthread_yield(void)
{
    scheduler_call_at(&yield_call, NULL, SITE);
    return 0;
}

int program_sched_yield(void)
{
    scheduler_call_at(&yield_call, NULL, SITE);
    return 0;
}

/* --------------------------------------------------------------------------------------- what glibc's macros call -- */

void program___pthread_register_cancel(__pthread_unwind_buf_t *handler)
{
    struct thread *thread = thread_self();
    handler->__pad[0] = thread->handlers;
    thread->handlers = handler;
}

void program___pthread_unregister_cancel(__pthread_unwind_buf_t *handler)
{
    thread_self()->handlers = handler->__pad[0];
}

_Noreturn void program___pthread_unwind_next(__pthread_unwind_buf_t *handler)
{
    struct thread *thread = thread_self();
    thread->handlers = handler->__pad[0];
    program_pthread_exit(thread->result);
}

/* Nobody can be cancelled, so it does not matter whether somebody would like to be. */
int program_pthread_setcancelstate(int state, int *before)
{
    (void)state;
    if (before != NULL) {
        *before = PTHREAD_CANCEL_ENABLE;
    }
    return 0;
}

int program_pthread_setcanceltype(int type, int *before)
{
    (void)type;
    if (before != NULL) {
        *before = PTHREAD_CANCEL_DEFERRED;
    }
    return 0;
}

void program_pthread_testcancel(void)
{
}

/* ------------------------------------------------------------------------------------------------------ attributes -- */

int program_pthread_attr_init(pthread_attr_t *attributes)
{
    memset(attributes, 0, sizeof *attributes);
    ((struct attributes *)attributes)->stack_size = SCHEDULER_STACK_SIZE;
    return 0;
}

int program_pthread_attr_destroy(pthread_attr_t *attributes)
{
    (void)attributes;
    return 0;
}

int program_pthread_attr_setdetachstate(pthread_attr_t *attributes, int detached)
{
    if (detached != PTHREAD_CREATE_DETACHED && detached != PTHREAD_CREATE_JOINABLE) {
        return EINVAL;
    }
    ((struct attributes *)attributes)->detached = detached;
    return 0;
}

int program_pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *detached)
{
    *detached = ((const struct attributes *)attributes)->detached;
    return 0;
}

int program_pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
    ((struct attributes *)attributes)->stack_size = size;
    return 0;
}

int program_pthread_attr_getstacksize(const pthread_attr_t *attributes, size_t *size)
{
    *size = ((const struct attributes *)attributes)->stack_size;
    return 0;
}

/* Priorities, scopes and names of threads change nothing here. */
int program_pthread_attr_setscope(pthread_attr_t *attributes, int scope)
{
    ((struct attributes *)attributes)->scope = scope;
    return 0;
}

int program_pthread_attr_getscope(const pthread_attr_t *attributes, int *scope)
{
    *scope = ((const struct attributes *)attributes)->scope;
    return 0;
}

int program_pthread_attr_setguardsize(pthread_attr_t *attributes, size_t size)
{
    (void)attributes, (void)size;
    return 0;
}

int program_pthread_attr_setschedpolicy(pthread_attr_t *attributes, int policy)
{
    (void)attributes, (void)policy;
    return 0;
}

int program_pthread_attr_setinheritsched(pthread_attr_t *attributes, int inherit)
{
    (void)attributes, (void)inherit;
    return 0;
}

int program_pthread_attr_setschedparam(pthread_attr_t *attributes, const struct sched_param *parameters)
{
    (void)attributes, (void)parameters;
    return 0;
}

int program_pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *parameters)
{
    (void)thread, (void)policy, (void)parameters;
    return 0;
}

int program_pthread_getschedparam(pthread_t thread, int *policy, struct sched_param *parameters)
{
    (void)thread;
    *policy = SCHED_OTHER;
    parameters->sched_priority = 0;
    return 0;
}

int program_pthread_setname_np(pthread_t identifier, const char *name)
{
    (void)identifier, (void)name;
    return 0;
}

int program_pthread_setaffinity_np(pthread_t identifier, size_t size, const void *set)
{
    (void)identifier, (void)size, (void)set;
    return 0;
}

int program_pthread_setconcurrency(int level)
{
    (void)level;
    return 0;
}

/* ------------------------------------------------------------------------------------------------------------ C11 -- */

int program_thrd_create(thrd_t *identifier, thrd_start_t start, void *argument)
{
    ENTER("thrd_create");
    scheduler_access_at(identifier, sizeof *identifier, true, SITE);
    struct thread *thread = create((const void *)(uintptr_t)start, argument);
    if (thread == NULL) {
        return thrd_nomem;
    }
    thread->start_c11 = start;
    *identifier = thread_identifier(thread);
    scheduler_touch(identifier, sizeof *identifier, EFFECT_UPDATE);
    begin(thread);
    return thrd_success;
}

int program_thrd_join(thrd_t identifier, int *result)
{
    ENTER("thrd_join");
    const struct thread *thread = join(identifier, SCHEDULER_NEVER, SITE);
    if (thread != NULL && result != NULL) {
        scheduler_plain_access_at(result, sizeof *result, true, SITE);
        *result = (int)(intptr_t)thread->result;
    }
    return thrd_success;
}

int program_thrd_detach(thrd_t identifier)
{
    ENTER("thrd_detach");
    detach(identifier, SITE);
    return thrd_success;
}

_Noreturn void program_thrd_exit(int result)
{
    thread_end((void *)(intptr_t)result);
}

thrd_t program_thrd_current(void)
{
    return thread_identifier(thread_self());
}

int program_thrd_equal(thrd_t one, thrd_t other)
{
    return one == other;
}

void program_thrd_yield(void)
{
    scheduler_call_at(&yield_call, NULL, SITE);
}
