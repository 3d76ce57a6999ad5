/* folder.h - inputs in folders: one file each, named by its content. */
#ifndef FUZZ_FOLDER_H
#define FUZZ_FOLDER_H

#include <remlock/fuzz.h>

/*
 * Calls `visit` for every file of the folder in the order of their names; hidden files and files that cannot be read are passed
 * over. False when the folder cannot be read, or when `visit` returned false.
 */
bool folder_read(const char *folder, bool (*visit)(const uint8_t *bytes, size_t size, void *context), void *context,
                 char *message, size_t message_size);

/* Calls `visit` for one file; true when it cannot be read. */
bool folder_read_file(const char *path, bool (*visit)(const uint8_t *bytes, size_t size, void *context), void *context);

/* Writes an input as a file that is named by its content, whole or not at all. One that is there already is left alone. */
bool folder_add(const char *folder, const uint8_t *bytes, size_t size, char *message, size_t message_size);

#endif
