/* perform.h - atomic operations that are ones: by the processor, or by ThreadSanitizer's runtime in builds with it. */
#ifndef SCHEDULER_NATIVE_PERFORM_H
#define SCHEDULER_NATIVE_PERFORM_H

#include "../observe.h"

/* Does the operation; returns the object's value before it. */
atomic_value perform_atomic(const struct atomic_operation *operation);
void perform_fence(int order);

/* Tells what code under test does now by itself; nothing without the runtime. */
void perform_access(const void *address, size_t size, bool write, uintptr_t site);
void perform_volatile_read(const void *address, size_t size, uintptr_t site);
void perform_enter(void *caller);
void perform_leave(void);

#endif
