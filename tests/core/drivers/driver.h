/* driver.h - a driver as its tests see it: what it was built to, and its entry points. */
#ifndef TESTS_CORE_DRIVER_H
#define TESTS_CORE_DRIVER_H

#include <stddef.h>
#include <stdint.h>

struct driver {
    uint32_t lock_size; /* sizeof(IO_REMOVE_LOCK) where the driver was compiled */
    size_t extension_size;
    size_t lock_offset;    /* of the lock in the extension */
    const char *file;      /* __FILE__ there */
    uint32_t acquire_line; /* of the acquire in start_request */
    void (*add_device)(void *extension);
    int32_t (*start_request)(void *extension, void *request);
    void (*end_request)(void *extension, void *request);
    void (*remove_device)(void *extension, void *request);
    uint32_t (*assert_something)(uint32_t evaluated); /* an ASSERT that fails; returns how often it was evaluated */
};

/* Two builds of one source. */
extern const struct driver free_driver;
extern const struct driver checked_driver;

#endif
