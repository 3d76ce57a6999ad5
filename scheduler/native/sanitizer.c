/* sanitizer.c - what ../sanitizer.h and world.h say ThreadSanitizer hears, when tasks are threads that it knows already. */
#include "../sanitizer.h"

#include "world.h"

#ifdef WITH_THREAD_SANITIZER
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
void __tsan_acquire(void *object);
void __tsan_release(void *object);
void __tsan_func_exit(void);

/* The runtime calls this with a report that it is about to print. */
__attribute__((used, visibility("default"))) void __tsan_on_report(void *report);

static bool reported;

void __tsan_on_report(void *report)
{
    (void)report;
    __atomic_store_n(&reported, true, __ATOMIC_RELAXED);
}

bool threads_raced(void)
{
    return __atomic_load_n(&reported, __ATOMIC_RELAXED);
}

static char ending; /* what tasks release when they end */

void sanitizer_begin(void)
{
    sanitizer_link_options();
}

void sanitizer_end(void)
{
    __tsan_acquire(&ending);
}

void sanitizer_acquire(const void *object)
{
    if (object != NULL) {
        __tsan_acquire((void *)object);
    }
}

void sanitizer_release(const void *object)
{
    if (object != NULL) {
        __tsan_release((void *)object);
    }
}

/* Volatile and atomic accesses are told by perform.c, and only there. */
void sanitizer_access(const void *address, size_t size, unsigned operation, uintptr_t site)
{
    (void)address, (void)size, (void)operation, (void)site;
}

void sanitizer_atomic(const struct atomic_operation *operation, bool stores)
{
    (void)operation, (void)stores;
}

/* The environment is not instrumented, but the functions of libc that it calls are watched by the runtime. */
void threads_begin_subject(void)
{
    __tsan_ignore_thread_begin();
    __tsan_acquire(&state.tasks[world_self]);
}

void threads_end_subject(void)
{
    __tsan_release(&ending);
    __tsan_ignore_thread_end();
}
#else
bool threads_raced(void)
{
    return false;
}

void threads_begin_subject(void)
{
}

void threads_end_subject(void)
{
}
#endif
