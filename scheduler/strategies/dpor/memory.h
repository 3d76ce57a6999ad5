/* memory.h - arrays that grow. A search that runs out of memory cannot go on: it says so and aborts. */
#ifndef DPOR_MEMORY_H
#define DPOR_MEMORY_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static inline void *memory_grow(void *array, size_t count, size_t size)
{
    void *grown = reallocarray(array, count, size);
    if (grown == NULL) {
        fprintf(stderr, "remlock: out of memory in the search: bound it, or split it into parts\n");
        abort();
    }
    return grown;
}

/* Makes room for at least `needed` elements in `array`, which has room for `limit`. */
#define MEMORY_RESERVE(array, limit, needed)                                                                                   \
    do {                                                                                                                       \
        if ((size_t)(needed) > (limit)) {                                                                                      \
            (limit) = (size_t)(needed) < 64 ? 64 : 2 * (size_t)(needed);                                                       \
            (array) = memory_grow((array), (limit), sizeof(array)[0]);                                                         \
        }                                                                                                                      \
    } while (0)

#endif
