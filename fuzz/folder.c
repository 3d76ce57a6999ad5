/*
 * folder.c - inputs in folders: one file each, named by its content.
 *
 * A file is written without a name and gets one when it is complete, so that a killed process leaves nothing behind.
 */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_LIMIT = 1 << 20, PATH_SIZE = 4096 };

/* -------------------------------------------------------------------------------------------------------- reading -- */

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    uint8_t *bytes = malloc(FILE_LIMIT);
    if (bytes != NULL) {
        *size = fread(bytes, 1, FILE_LIMIT, file);
        if (ferror(file) != 0) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

bool folder_read_file(const char *path, bool (*visit)(const uint8_t *bytes, size_t size, void *context), void *context)
{
    size_t size;
    uint8_t *bytes = read_file(path, &size);
    if (bytes == NULL) {
        return true;
    }
    bool more = visit(bytes, size, context);
    free(bytes);
    return more;
}

bool folder_read(const char *folder, bool (*visit)(const uint8_t *bytes, size_t size, void *context), void *context,
                 char *message, size_t message_size)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort);
    if (count < 0) {
        snprintf(message, message_size, "cannot read folder %s: %s", folder, strerror(errno));
        return false;
    }
    bool more = true;
    for (int index = 0; index < count; index++) {
        char path[PATH_SIZE];
        bool fits = (size_t)snprintf(path, sizeof path, "%s/%s", folder, entries[index]->d_name) < sizeof path;
        more = more && (!fits || folder_read_file(path, visit, context));
        free(entries[index]);
    }
    free(entries);
    return more;
}

/* -------------------------------------------------------------------------------------------------------- writing -- */

static bool write_all(int file, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return true;
}

static bool name_file(int file, const char *path)
{
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", file);
    return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 || errno == EEXIST;
}

/* Not every file system knows nameless files; then the usual way, over a second name. */
static bool write_nameless(const char *folder, const char *path, const uint8_t *bytes, size_t size)
{
    int file = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (file < 0) {
        return false;
    }
    bool written = write_all(file, bytes, size) && name_file(file, path);
    close(file);
    return written;
}

bool folder_add(const char *folder, const uint8_t *bytes, size_t size, char *message, size_t message_size)
{
    char path[PATH_SIZE];
    struct replay_error error;
    if ((size_t)snprintf(path, sizeof path, "%s/%016" PRIx64, folder, fuzz_seed_of(bytes, size)) >= sizeof path) {
        snprintf(message, message_size, "the path of folder %s is too long", folder);
        return false;
    }
    if (access(path, F_OK) == 0 || write_nameless(folder, path, bytes, size)) {
        return true;
    }
    if (!replay_replace_file(path, bytes, size, &error)) {
        snprintf(message, message_size, "%s", error.message);
        return false;
    }
    return true;
}
