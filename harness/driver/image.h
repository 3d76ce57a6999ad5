/*
 * image.h - a driver that was built into a shared object, loaded.
 *
 * `remlock build` makes the file. Loading binds its calls of kernel routines to those of core/ and its instrumentation to the
 * scheduler; both have to be exported by the program (cmake/exports.cmake). A driver stays loaded until the process ends.
 *
 * Its global variables are the driver's, not an execution's: driver_image_restore() makes them again what they were after
 * loading. Everything else that a driver may change lies in the arena.
 */
#ifndef HARNESS_DRIVER_IMAGE_H
#define HARNESS_DRIVER_IMAGE_H

#include <wdm.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct driver_image;

/* Loads the driver. The same file gives the same image. NULL with a problem that names the file and the remedy. */
struct driver_image *driver_image_open(const char *path, char *problem, size_t size);

/* Before an execution. Costs what copying the variables costs; beyond 64 KiB of them, what the last execution touched. */
void driver_image_restore(struct driver_image *image);

const char *driver_image_path(const struct driver_image *image);
const char *driver_image_name(const struct driver_image *image); /* of the file, without folders and suffix */
PDRIVER_INITIALIZE driver_image_entry(const struct driver_image *image);

/* The comment at the head of the driver's first file: "name.c - summary", a line, then paragraphs. "" when it has none. */
const char *driver_image_about(const struct driver_image *image);

/* Device control codes that the driver's source mentions, ascending. Returns how many. */
uint32_t driver_image_codes(const struct driver_image *image, const uint32_t **codes);

/* Where it lies, for scheduler_watch_image(). */
const void *driver_image_base(const struct driver_image *image);
size_t driver_image_size(const struct driver_image *image);

/* Whether an address lies in the driver's code. */
bool driver_image_has_code(const struct driver_image *image, uintptr_t address);

#endif
