/* memory.h - what is left of the program's memory at its end. */
#ifndef THREADS_MEMORY_H
#define THREADS_MEMORY_H

#include <stddef.h>

/* The kind of blocks that malloc() gives. */
extern const char memory_kind[];

/* As malloc() does. */
void *memory_allocate(size_t size);

/* A violation when some are not freed. */
void memory_judge_leaks(void);

#endif
