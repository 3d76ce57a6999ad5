/* paths.c - see paths.h. */
#include "paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool join(char *path, const char *folder, const char *name)
{
    return snprintf(path, PATH_MAX, "%s%s%s", folder, folder[0] && folder[strlen(folder) - 1] == '/' ? "" : "/", name) <
           PATH_MAX;
}

static bool has(const char *folder, const char *name)
{
    char path[PATH_MAX];
    return join(path, folder, name) && access(path, F_OK) == 0;
}

static bool is_file(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat status;
    return join(path, folder, name) && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* A folder without a work tree around it is its own top. */
static void climb_to_work_tree(char *folder)
{
    char climbing[PATH_MAX];
    snprintf(climbing, sizeof(climbing), "%s", folder);
    for (;;) {
        if (has(climbing, ".git")) {
            strcpy(folder, climbing);
            return;
        }
        char *slash = strrchr(climbing, '/');
        if (!slash || slash == climbing) {
            return;
        }
        *slash = 0;
    }
}

bool report_root_open(struct report_root *root, const char *path, char *message, size_t size)
{
    struct stat status;
    if (!realpath(path ? path : ".", root->path)) {
        snprintf(message, size, "cannot find the source root '%s': %s", path ? path : ".", strerror(errno));
        return false;
    }
    if (stat(root->path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        snprintf(message, size, "the source root '%s' is no folder", path ? path : ".");
        return false;
    }
    if (!path) {
        climb_to_work_tree(root->path);
    }
    return true;
}

/* What follows the root in an absolute path without links, or NULL. */
static const char *below(const struct report_root *root, const char *path)
{
    size_t length = strlen(root->path);
    if (strcmp(root->path, "/") == 0) {
        return path[0] == '/' && path[1] ? path + 1 : NULL;
    }
    return strncmp(path, root->path, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

/* Takes "." and ".." out of a path, without asking the file system. */
static bool tidy(const char *path, char *tidied, size_t size)
{
    size_t length = 0;
    bool absolute = path[0] == '/';
    while (*path) {
        size_t part = strcspn(path, "/");
        if (part == 2 && strncmp(path, "..", 2) == 0) {
            while (length > 0 && tidied[--length] != '/') {
            }
        } else if (part > 0 && !(part == 1 && path[0] == '.')) {
            bool separate = absolute || length > 0;
            if (length + separate + part + 1 > size) {
                return false;
            }
            if (separate) {
                tidied[length++] = '/';
            }
            memcpy(tidied + length, path, part);
            length += part;
        }
        path += part;
        path += strspn(path, "/");
    }
    tidied[length] = 0;
    return length > 0;
}

/* Of a file of remlock itself the last name alone says too little: others have an "acquire.c" as well. */
static bool find_end(const struct report_root *root, const char *path, bool is_ours, char *relative, size_t size)
{
    for (const char *end = path[0] == '/' ? path + 1 : path; end; end = strchr(end, '/') ? strchr(end, '/') + 1 : NULL) {
        if (is_file(root->path, end) && (!is_ours || strchr(end, '/'))) {
            return snprintf(relative, size, "%s", end) < (int)size;
        }
    }
    return false;
}

bool report_root_find(const struct report_root *root, const char *path, bool is_ours, char *relative, size_t size)
{
    char resolved[PATH_MAX], tidied[PATH_MAX];
    if (!path[0]) {
        return false;
    }
    if (path[0] == '/' && realpath(path, resolved)) {
        const char *inside = below(root, resolved);
        return inside && snprintf(relative, size, "%s", inside) < (int)size;
    }
    return tidy(path, tidied, sizeof(tidied)) && find_end(root, tidied, is_ours, relative, size);
}

/* Absolute and without links as far as the file, or at least its folder, exists. */
static bool resolve(const char *path, char *resolved)
{
    char folder[PATH_MAX];
    if (realpath(path, resolved)) {
        return true;
    }
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    char real[PATH_MAX];
    return realpath(folder, real) && join(resolved, real, slash ? slash + 1 : path);
}

void report_root_relate(const struct report_root *root, const char *path, char *relative, size_t size)
{
    char resolved[PATH_MAX];
    size_t common = 0, used = 0;
    if (!resolve(path, resolved)) {
        snprintf(relative, size, "%s", path[0] == '/' ? path + 1 : path);
        return;
    }
    const char *inside = below(root, resolved);
    if (inside) {
        snprintf(relative, size, "%s", inside);
        return;
    }
    for (size_t at = 1; root->path[at - 1] && root->path[at - 1] == resolved[at - 1]; at++) {
        if (root->path[at - 1] == '/') {
            common = at;
        }
    }
    relative[0] = 0;
    for (const char *at = root->path + common; at && *at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL) {
        used += (size_t)snprintf(relative + used, used < size ? size - used : 0, "../");
    }
    if (used < size) {
        snprintf(relative + used, size - used, "%s", resolved + common);
    }
}

void report_root_subject(const struct report_root *root, const char *subject, char *text, size_t size)
{
    const char *inside = NULL;
    char resolved[PATH_MAX];
    if (subject[0] == '/') {
        inside = below(root, realpath(subject, resolved) ? resolved : subject);
    }
    while (!inside && strncmp(subject, "./", 2) == 0) {
        subject += 2;
    }
    snprintf(text, size, "%s", inside ? inside : subject);
}

void report_file_typed(const char *path, char *text, size_t size)
{
    struct report_root here;
    char resolved[PATH_MAX];
    const char *inside = NULL;
    if (path[0] == '/' && getcwd(here.path, sizeof(here.path)) && resolve(path, resolved)) {
        inside = below(&here, resolved);
    }
    snprintf(text, size, "%s", inside ? inside : path);
}
