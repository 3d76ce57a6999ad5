/* object.h - the table of the kernel's own objects: threads, events with handles, callbacks; by pointer and by handle. */
#ifndef CORE_KERNEL_OBJECT_H
#define CORE_KERNEL_OBJECT_H

#include "kernel.h"

enum object_kind { OBJECT_THREAD, OBJECT_EVENT, OBJECT_CALLBACK, OBJECT_FILE, OBJECT_OTHER, OBJECT_KINDS };

/*
 * Enters an object with one reference. When the last reference is given up `destroy` is called, which frees it; NULL: it is
 * left alone. False when there are too many objects.
 */
bool object_add(void *object, enum object_kind kind, void (*destroy)(void *object));

/* A handle to any object, NULL when there are too many. It holds a reference for objects of the table, none for others. */
HANDLE object_open_handle(void *object, enum object_kind kind, void (*close)(void *object));

/* The object behind a handle, or NULL. */
void *object_behind(HANDLE handle, enum object_kind *kind);

/* One reference more (1) or less (-1); false when the table does not know the object. */
bool object_reference(void *object, int32_t by);

#endif
