/*
 * file.c - files that are complete or not there.
 *
 * New contents get a name only when they are on the disk: they are written to a file without a name (O_TMPFILE), then linked
 * and renamed. Where the file system has no such files, a hidden one beside the target takes its place.
 */
#define _GNU_SOURCE
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool fail(struct replay_error *error, const char *path, const char *what)
{
    error->line = 0;
    error->column = 0;
    snprintf(error->message, sizeof error->message, "%.400s: %s: %s", path, what, strerror(errno));
    return false;
}

/* ------------------------------------------------------------------------------------------------------- replacing -- */

#define DESCRIPTOR_FOLDER "/proc/self/fd" /* through it an open file gets a name */

/* A file that is being written. */
struct pending_file {
    const char *path;
    char folder[PATH_MAX];
    char beside[PATH_MAX + 64]; /* the name it has, once it has one, until it is renamed */
    int descriptor;
    bool named;
};

static bool set_names(struct pending_file *file, const char *path)
{
    const char *slash = strrchr(path, '/');
    int folder_length = slash == NULL ? 1 : (int)(slash == path ? 1 : slash - path);
    const char *name = slash == NULL ? path : slash + 1;
    if (strlen(path) >= sizeof file->folder || strlen(name) > NAME_MAX || *name == '\0') {
        errno = *name == '\0' ? EISDIR : ENAMETOOLONG;
        return false;
    }
    *file = (struct pending_file){.path = path, .descriptor = -1};
    snprintf(file->folder, sizeof file->folder, "%.*s", folder_length, slash == NULL ? "." : path);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(file->beside, sizeof file->beside, "%s/.remlock-%ld-%lld.%09ld.new", file->folder, (long)getpid(),
             (long long)now.tv_sec, now.tv_nsec);
    return true;
}

static bool open_nameless(struct pending_file *file)
{
    if (access(DESCRIPTOR_FOLDER, X_OK) != 0) {
        return false;
    }
    file->descriptor = open(file->folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    return file->descriptor >= 0;
}

static bool open_pending(struct pending_file *file)
{
    if (open_nameless(file)) {
        return true;
    }
    file->descriptor = open(file->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    file->named = file->descriptor >= 0;
    return file->named;
}

static bool write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool give_name(struct pending_file *file)
{
    if (file->named) {
        return true;
    }
    char descriptor_path[64];
    snprintf(descriptor_path, sizeof descriptor_path, DESCRIPTOR_FOLDER "/%d", file->descriptor);
    file->named = linkat(AT_FDCWD, descriptor_path, AT_FDCWD, file->beside, AT_SYMLINK_FOLLOW) == 0;
    return file->named;
}

/* The rename itself must survive a power cut. Some file systems cannot do this for folders; then it stays with the rename. */
static void sync_folder(const char *folder)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
}

static bool complete(struct pending_file *file, const char *bytes, size_t size)
{
    if (!write_all(file->descriptor, bytes, size) || fsync(file->descriptor) != 0) {
        return false;
    }
    if (!give_name(file) || rename(file->beside, file->path) != 0) {
        return false;
    }
    file->named = false;
    sync_folder(file->folder);
    return true;
}

bool replay_replace_file(const char *path, const void *bytes, size_t size, struct replay_error *error)
{
    struct pending_file file;
    if (!set_names(&file, path) || !open_pending(&file)) {
        return fail(error, path, "cannot create the file");
    }
    bool completed = complete(&file, bytes, size);
    int reason = errno;
    if (file.named) {
        unlink(file.beside);
    }
    close(file.descriptor);
    errno = reason;
    return completed || fail(error, path, "cannot write the file");
}

bool replay_save(const struct replay *replay, const struct replay_remarks *remarks, const char *path,
                 struct replay_error *error)
{
    size_t size;
    char *text = replay_text(replay, remarks, &size);
    if (text == NULL) {
        errno = ENOMEM;
        return fail(error, path, "cannot write the replay");
    }
    bool saved = replay_replace_file(path, text, size, error);
    free(text);
    return saved;
}

/* --------------------------------------------------------------------------------------------------------- loading -- */

/* Reads one byte more than is allowed, so that the reader can say that it is too much. */
static bool read_all(int descriptor, struct growing_text *text)
{
    char block[16384];
    while (text->length <= REPLAY_FILE_LIMIT) {
        ssize_t count = read(descriptor, block, sizeof block);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return count == 0;
        }
        append_bytes(text, block, (size_t)count);
        if (text->failed) {
            errno = ENOMEM;
            return false;
        }
    }
    return true;
}

bool replay_load(struct replay *replay, const char *path, struct replay_error *error)
{
    return replay_load_for(replay, NULL, path, error);
}

bool replay_load_for(struct replay *replay, const struct subject *subject, const char *path, struct replay_error *error)
{
    bool standard_input = strcmp(path, "-") == 0;
    int descriptor = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        replay_free(replay);
        return fail(error, path, "cannot open the replay");
    }
    struct growing_text text = {0};
    bool loaded = read_all(descriptor, &text);
    if (!loaded) {
        fail(error, path, "cannot read the replay");
        replay_free(replay);
    }
    if (!standard_input) {
        close(descriptor);
    }
    loaded = loaded && replay_parse_for(replay, subject, text.length == 0 ? "" : text.bytes, text.length,
                                        standard_input ? "standard input" : path, error);
    free(text.bytes);
    return loaded;
}
