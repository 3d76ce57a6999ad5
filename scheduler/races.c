/* races.c - see races.h. */
#include "races.h"

void races_reset(void)
{
}

void races_spawn(uint32_t child)
{
    (void)child;
}

void races_atomic(const struct atomic_operation *operation, bool stores)
{
    (void)operation, (void)stores;
}

void races_fence(int order)
{
    (void)order;
}

void races_access(const void *address, size_t size, enum scheduler_operation operation, uintptr_t site)
{
    (void)address, (void)size, (void)operation, (void)site;
}

void races_call(const void *object)
{
    (void)object;
}

void scheduler_release_order(const void *object)
{
    if (state.running != SCHEDULER_NO_TASK) {
        sanitizer_release(object);
    }
    (void)object;
}

void scheduler_acquire_order(const void *object)
{
    if (state.running != SCHEDULER_NO_TASK) {
        sanitizer_acquire(object);
    }
    (void)object;
}
