/*
 * sanitizer.h - the compiler's ThreadSanitizer as a second opinion on data races, in builds with REMLOCK_TSAN.
 *
 * There the code under test calls our entry points under names of their own (cmake/thread_sanitizer.cmake), the program is
 * linked with the compiler's runtime, and what our entry points see is told to it: each task is one of its fibers, switches
 * between them do not synchronise, and objects of the environment order their callers exactly where they do for races.c. The
 * schedule stays ours. In other builds all of this is nothing.
 *
 * The runtime's interface: compiler-rt's sanitizer/tsan_interface.h. Its clocks: Serebryany and Iskhodzhanov, "ThreadSanitizer:
 * data race detection in practice", WBIA 2009.
 */
#ifndef SCHEDULER_SANITIZER_H
#define SCHEDULER_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct atomic_operation;
struct fiber;

#ifdef WITH_THREAD_SANITIZER

/* Makes the linker take sanitizer_common.c, which nobody else refers to. */
void sanitizer_link_options(void);

/* Before an execution, and when it has ended: what its tasks did comes before whatever follows. */
void sanitizer_begin(void);
void sanitizer_end(void);

/* The running task, or the world outside, spawned a task that will run on `fiber`; and that task begins. */
void sanitizer_spawn(struct fiber *fiber, const char *name);
void sanitizer_start(struct fiber *fiber);

/* What runs next. `fiber` is NULL for the world outside tasks. */
void sanitizer_switch(void *fiber);

/* Function calls, and accesses that come now. Only in tasks. `operation` is an enum scheduler_operation. */
void sanitizer_enter(void *caller);
void sanitizer_leave(void);
void sanitizer_access(const void *address, size_t size, unsigned operation, uintptr_t site);
void sanitizer_atomic(const struct atomic_operation *operation, bool stores);

/* Tells a plain access by code under test, on a thread or fiber whose memory accesses are ignored otherwise. */
void sanitizer_plain_access(const void *address, size_t size, bool write, uintptr_t site);

/* The running task orders itself behind, or before, others by an object of the environment. */
void sanitizer_acquire(const void *object);
void sanitizer_release(const void *object);

#else

#define sanitizer_begin() ((void)0)
#define sanitizer_end() ((void)0)
#define sanitizer_spawn(fiber, name) ((void)0)
#define sanitizer_start(fiber) ((void)0)
#define sanitizer_enter(caller) ((void)0)
#define sanitizer_leave() ((void)0)
#define sanitizer_access(address, size, operation, site) ((void)0)
#define sanitizer_atomic(operation, stores) ((void)0)
#define sanitizer_acquire(object) ((void)0)
#define sanitizer_release(object) ((void)0)

#endif
#endif
