/*
 * image.h - a driver or a C program that was built into a shared object, loaded.
 *
 * `remlock build` makes the file. Loading binds a driver's calls of kernel routines to those of core/, a program's calls of
 * libc to those of threads/, and the instrumentation of both to the scheduler; all have to be exported by the process
 * (cmake/kernel_routines.cmake). An image stays loaded until the process ends.
 *
 * Its global variables are the image's, not an execution's: subject_image_restore() makes them again what they were after
 * loading. Everything else that code under test may change lies in the arena.
 */
#ifndef HARNESS_IMAGE_H
#define HARNESS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct subject_image;

/* Loads it. The same file gives the same image. NULL with a problem that names the file and the remedy. */
struct subject_image *subject_image_open(const char *path, char *problem, size_t size);

/* Before an execution. Costs what copying the variables costs; beyond 64 KiB of them, what the last execution touched. */
void subject_image_restore(struct subject_image *image);

const char *subject_image_path(const struct subject_image *image);
const char *subject_image_name(const struct subject_image *image);  /* of the file, without folders and suffix */
const void *subject_image_entry(const struct subject_image *image); /* DriverEntry() or main() */
bool subject_image_is_program(const struct subject_image *image);   /* it has main() */

/* The comment at the head of its first file: "name.c - summary", a line, then paragraphs. "" when it has none. */
const char *subject_image_about(const struct subject_image *image);

/* Device control codes that the driver's source mentions, ascending. Returns how many. */
uint32_t subject_image_codes(const struct subject_image *image, const uint32_t **codes);

/* Where it lies, for scheduler_watch_image(). */
const void *subject_image_base(const struct subject_image *image);
size_t subject_image_size(const struct subject_image *image);

/* Whether an address lies in its code. */
bool subject_image_has_code(const struct subject_image *image, uintptr_t address);

/* What its _Thread_local variables are at first; those behind `size` are zero. */
struct subject_image_variables {
    const void *start;
    size_t size, total;
};
struct subject_image_variables subject_image_thread_variables(const struct subject_image *image);

#endif
