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

/* The name that it gives to this content. */
enum { FOLDER_NAME_SIZE = 17 };
void folder_name_of(const uint8_t *bytes, size_t size, char name[FOLDER_NAME_SIZE]);

/* Names of files that have been visited. All zeroes is none; folder_forget() releases it. */
struct folder_seen {
    uint64_t *names; /* hashes of them, in order */
    uint32_t count, room;
};

/* Notes a name; false when it was there already. Without memory everything stays new. */
bool folder_note(struct folder_seen *seen, uint64_t name);
bool folder_knows(const struct folder_seen *seen, uint64_t name);
uint64_t folder_name_hash(const char *name);
void folder_forget(struct folder_seen *seen);

/* As folder_read, for the files that are not among the seen ones (NULL: all); `visit` gets their names as well. */
bool folder_read_new(const char *folder, struct folder_seen *seen,
                     bool (*visit)(const char *name, const uint8_t *bytes, size_t size, void *context), void *context,
                     char *message, size_t message_size);

#endif
