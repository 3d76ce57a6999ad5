/* sanitizer.c - see sanitizer.h. */
#include "sanitizer.h"

#include "observe.h"

/* The runtime's entry points that we call; it has no header in C that declares all of them. */
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void __tsan_set_fiber_name(void *fiber, const char *name);
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
void __tsan_acquire(void *object);
void __tsan_release(void *object);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);

enum { NO_SYNCHRONISATION = 1 };

static void *outside; /* the fiber of the world outside tasks */

/* What the tasks of an execution release when it ends. */
static char ending;

void sanitizer_switch(void *fiber)
{
    __tsan_switch_to_fiber(fiber == NULL ? outside : fiber, NO_SYNCHRONISATION);
}

void sanitizer_begin(void)
{
    if (outside == NULL) {
        sanitizer_link_options();
        outside = __tsan_get_current_fiber();
    }
}

/*
 * A task that was abandoned has left functions without saying so. Fibers live as long as the process, because making one is
 * slow; they do not carry anything into the next execution but that all of the last one comes before it.
 */
void sanitizer_end(void)
{
    for (uint32_t number = 0; number < state.task_count; number++) {
        struct task *task = &state.tasks[number];
        sanitizer_switch(task->fiber->at.sanitizer);
        for (; task->depth > 0; task->depth--) {
            __tsan_func_exit();
        }
        __tsan_release(&ending);
    }
    sanitizer_switch(outside);
    __tsan_acquire(&ending);
}

void sanitizer_spawn(struct fiber *fiber, const char *name)
{
    if (fiber->at.sanitizer == NULL) {
        void *current = __tsan_get_current_fiber();
        fiber->at.sanitizer = __tsan_create_fiber(0);
        /* Our own code and the environment run uninstrumented; what they copy by libc's functions is not the subject's doing.
         */
        sanitizer_switch(fiber->at.sanitizer);
        __tsan_ignore_thread_begin();
        sanitizer_switch(current);
    }
    __tsan_set_fiber_name(fiber->at.sanitizer, name);
    __tsan_release(fiber);
}

void sanitizer_start(struct fiber *fiber)
{
    __tsan_acquire(fiber);
}

void sanitizer_enter(void *caller)
{
    __tsan_func_entry(caller);
}

void sanitizer_leave(void)
{
    __tsan_func_exit();
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

/* ------------------------------------------------------------------------------------------------------- accesses -- */

enum kind { LOADS, STORES, UPDATES };

/*
 * Atomic operations with the same effect on the clocks as the one that is told, which change nothing: the engine does the
 * operation itself, and nobody else runs in between. Memory orders are arguments, so the compiler must not see them as such.
 */
#define TELL(bits, type)                                                                                                       \
    type __tsan_atomic##bits##_load(const volatile type *object, int order);                                                   \
    void __tsan_atomic##bits##_store(volatile type *object, type value, int order);                                            \
    type __tsan_atomic##bits##_fetch_add(volatile type *object, type value, int order);                                        \
    static __attribute__((noinline)) void atomic_operation_##bits(volatile void *object, enum kind kind, int order)            \
    {                                                                                                                          \
        volatile type *at = object;                                                                                            \
        if (kind == LOADS) {                                                                                                   \
            (void)__tsan_atomic##bits##_load(at, order);                                                                       \
        } else if (kind == STORES) {                                                                                           \
            __tsan_atomic##bits##_store(at, *at, order);                                                                       \
        } else {                                                                                                               \
            (void)__tsan_atomic##bits##_fetch_add(at, 0, order);                                                               \
        }                                                                                                                      \
    }

#ifndef __clang__
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif
TELL(8, unsigned char)
TELL(16, unsigned short)
TELL(32, unsigned int)
TELL(64, unsigned long)
TELL(128, unsigned __int128)

/* The runtime takes its own caller for the innermost function: those above are named after what they stand for. */
static void atomic_operation(volatile void *object, size_t size, enum kind kind, int order, uintptr_t site)
{
    __tsan_ignore_thread_end();
    __tsan_func_entry((void *)site);
    switch (size) {
    case 1:
        atomic_operation_8(object, kind, order);
        break;
    case 2:
        atomic_operation_16(object, kind, order);
        break;
    case 4:
        atomic_operation_32(object, kind, order);
        break;
    case 8:
        atomic_operation_64(object, kind, order);
        break;
    default:
        atomic_operation_128(object, kind, order);
        break;
    }
    __tsan_func_exit();
    __tsan_ignore_thread_begin();
}

void sanitizer_atomic(const struct atomic_operation *operation, bool stores)
{
    enum kind kind = stores ? UPDATES : LOADS;
    int order = operation->order;
    if (operation->operation == OPERATION_ATOMIC_STORE) {
        kind = STORES;
    }
    if (operation->operation == OPERATION_ATOMIC_COMPARE_EXCHANGE && !stores) {
        order = operation->failure_order;
    }
    atomic_operation(operation->object, operation->size, kind, order, operation->site);
}

/* Volatile accesses are what the setting says: plain ones in C11, atomic ones on NT. */
void sanitizer_access(const void *address, size_t size, unsigned operation, uintptr_t site)
{
    bool write = operation == OPERATION_VOLATILE_WRITE || operation == OPERATION_PLAIN_WRITE;
    bool is_volatile = operation == OPERATION_VOLATILE_READ || operation == OPERATION_VOLATILE_WRITE;
    bool aligned = size <= 16 && (size & (size - 1)) == 0 && (uintptr_t)address % size == 0;
    if (size == 0) {
        return;
    }
    if (is_volatile && aligned && state.options.races != RACES_C11) {
        atomic_operation((void *)address, size, write ? STORES : LOADS, write ? __ATOMIC_RELEASE : __ATOMIC_ACQUIRE, site);
        return;
    }
    sanitizer_plain_access(address, size, write, site);
}
