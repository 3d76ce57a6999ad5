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

/* ---------------------------------------------------------------------------------------------------- what is new -- */

uint64_t folder_name_hash(const char *name)
{
    return fuzz_seed_of((const uint8_t *)name, strlen(name));
}

/* Where it is, or would be. */
static uint32_t position_of(const struct folder_seen *seen, uint64_t name)
{
    uint32_t low = 0, high = seen->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (seen->names[middle] < name) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool folder_knows(const struct folder_seen *seen, uint64_t name)
{
    uint32_t position = position_of(seen, name);
    return position < seen->count && seen->names[position] == name;
}

bool folder_note(struct folder_seen *seen, uint64_t name)
{
    if (folder_knows(seen, name)) {
        return false;
    }
    uint32_t position = position_of(seen, name);
    if (seen->count == seen->room) {
        uint32_t room = seen->room == 0 ? 256 : 2 * seen->room;
        uint64_t *names = realloc(seen->names, room * sizeof *names);
        if (names == NULL) {
            return true;
        }
        seen->names = names;
        seen->room = room;
    }
    memmove(&seen->names[position + 1], &seen->names[position], (seen->count - position) * sizeof seen->names[0]);
    seen->names[position] = name;
    seen->count++;
    return true;
}

void folder_forget(struct folder_seen *seen)
{
    free(seen->names);
    memset(seen, 0, sizeof *seen);
}

struct visit_new {
    bool (*visit)(const char *name, const uint8_t *bytes, size_t size, void *context);
    void *context;
    const char *name;
};

static bool visit_named(const uint8_t *bytes, size_t size, void *context)
{
    struct visit_new *visit = context;
    return visit->visit(visit->name, bytes, size, visit->context);
}

bool folder_read_new(const char *folder, struct folder_seen *seen,
                     bool (*visit)(const char *name, const uint8_t *bytes, size_t size, void *context), void *context,
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
        struct visit_new each = {.visit = visit, .context = context, .name = entries[index]->d_name};
        bool fits = (size_t)snprintf(path, sizeof path, "%s/%s", folder, each.name) < sizeof path;
        if (more && fits && (seen == NULL || folder_note(seen, folder_name_hash(each.name)))) {
            more = folder_read_file(path, visit_named, &each);
        }
        free(entries[index]);
    }
    free(entries);
    return more;
}

struct visit_any {
    bool (*visit)(const uint8_t *bytes, size_t size, void *context);
    void *context;
};

static bool visit_nameless(const char *name, const uint8_t *bytes, size_t size, void *context)
{
    struct visit_any *visit = context;
    (void)name;
    return visit->visit(bytes, size, visit->context);
}

bool folder_read(const char *folder, bool (*visit)(const uint8_t *bytes, size_t size, void *context), void *context,
                 char *message, size_t message_size)
{
    struct visit_any any = {.visit = visit, .context = context};
    return folder_read_new(folder, NULL, visit_nameless, &any, message, message_size);
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

/* One that is there already stays as it is. */
static bool add_file(const char *folder, const char *path, const uint8_t *bytes, size_t size, char *message,
                     size_t message_size)
{
    struct replay_error error;
    if (access(path, F_OK) == 0 || write_nameless(folder, path, bytes, size)) {
        return true;
    }
    if (!replay_replace_file(path, bytes, size, &error)) {
        snprintf(message, message_size, "%s", error.message);
        return false;
    }
    return true;
}

bool fuzz_corpus_write(const char *folder, const char *name, const uint8_t *bytes, size_t size, char *message,
                       size_t message_size)
{
    char path[PATH_SIZE];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path) {
        snprintf(message, message_size, "the path of folder %s is too long", folder);
        return false;
    }
    return add_file(folder, path, bytes, size, message, message_size);
}

void folder_name_of(const uint8_t *bytes, size_t size, char name[FOLDER_NAME_SIZE])
{
    snprintf(name, FOLDER_NAME_SIZE, "%016" PRIx64, fuzz_seed_of(bytes, size));
}

bool folder_add(const char *folder, const uint8_t *bytes, size_t size, char *message, size_t message_size)
{
    char name[FOLDER_NAME_SIZE];
    folder_name_of(bytes, size, name);
    return fuzz_corpus_write(folder, name, bytes, size, message, message_size);
}
