/*
 * headers.c - includes spelled as on Windows.
 *
 * There the case of a name does not matter and a backslash separates folders. All includes of the driver's files are looked up;
 * those that the compiler would not find as they are written get a file of exactly that name, which includes the right one.
 */
#include "build.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names may climb out of a folder ("../inc/a.h"), so the one for our files lies deep. */
#define DEPTH "up/up/up/up/up/up/up/up"

/* Files yet to be read: all that were found, each once. */
struct search {
    struct driver_build *build;
    struct words files;
    struct words folders; /* in which the compiler looks */
};

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* ------------------------------------------------------------------------------------------------------ whatever case -- */

/* The entry of a folder called `name` whatever the case; the first in the order of the alphabet. */
static char *find_entry(const char *folder, const char *name)
{
    char *found = NULL;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (strcasecmp(entry->d_name, name) == 0 && (found == NULL || strcmp(entry->d_name, found) < 0)) {
            found = string_format("%s", entry->d_name);
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return found;
}

/* `name`, with slashes, below `folder`, each part in whatever case; NULL when there is no such file. */
static char *find_below(const char *folder, const char *name)
{
    char *path = string_format("%s", folder);
    while (*name != 0) {
        size_t length = strcspn(name, "/");
        char *part = string_copy(name, length), *exact = string_format("%s/%s", path, part);
        if (access(exact, F_OK) != 0) {
            part = find_entry(path, part);
        }
        if (part == NULL) {
            return NULL;
        }
        path = string_format("%s/%s", path, part);
        name += length;
        name += strspn(name, "/");
    }
    return is_file(path) ? path : NULL;
}

static char *with_slashes(const char *name)
{
    char *copy = string_format("%s", name);
    for (char *at = copy; *at != 0; at++) {
        *at = *at == '\\' ? '/' : *at;
    }
    return copy;
}

/* --------------------------------------------------------------------------------------------------------- includes -- */

static bool make_folders(const char *path)
{
    char *partial = string_format("%s", path);
    for (char *slash = strchr(partial + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(partial, 0777) != 0 && errno != EEXIST) {
            return false;
        }
        *slash = '/';
    }
    return true;
}

/* Makes `written` lead to `path`. The first meaning of a name stays. */
static void forward(const struct search *search, const char *written, const char *path)
{
    char resolved[PATH_MAX];
    const char *file = string_format("%s/%s", search->build->forwarders, written);
    if (is_file(file) || realpath(path, resolved) == NULL) {
        return;
    }
    if (!make_folders(file) || !string_write(file, string_format("#include \"%s\"\n", resolved))) {
        build_note(search->build, "cannot make '%s' lead to %s: %s", written, path, strerror(errno));
    }
}

/* Where the compiler finds the name as it is written, or NULL. */
static char *find_exactly(const struct search *search, const char *name, const char *folder)
{
    char *path = string_format("%s/%s", folder, name);
    if (is_file(path)) {
        return path;
    }
    for (uint32_t index = 0; index < search->folders.count; index++) {
        path = string_format("%s/%s", search->folders.items[index], name);
        if (is_file(path)) {
            return path;
        }
    }
    return NULL;
}

static char *find_loosely(const struct search *search, const char *name, const char *folder)
{
    char *path = find_below(folder, name);
    for (uint32_t index = 0; path == NULL && index < search->folders.count; index++) {
        path = find_below(search->folders.items[index], name);
    }
    return path;
}

static void follow(struct search *search, const char *written, const char *folder)
{
    if (written[0] == '/') {
        return;
    }
    char *path = find_exactly(search, written, folder);
    if (path == NULL) {
        path = find_loosely(search, with_slashes(written), folder);
        if (path != NULL) {
            forward(search, written, path);
            forward(search, with_slashes(written), path); /* as clang asks for it */
        }
    }
    if (path != NULL) {
        words_add_once(&search->files, path);
    }
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* The name that a line includes, or NULL; lines that are compiled under some condition only count as well. */
static char *included_name(const char *line)
{
    line = skip_blanks(line);
    if (*line != '#') {
        return NULL;
    }
    line = skip_blanks(line + 1);
    if (strncmp(line, "include", 7) != 0) {
        return NULL;
    }
    line = skip_blanks(line + 7);
    if (*line != '"' && *line != '<') {
        return NULL;
    }
    size_t length = strcspn(line + 1, *line == '"' ? "\"\n" : ">\n");
    return length == 0 || line[1 + length] == '\n' || line[1 + length] == 0 ? NULL : string_copy(line + 1, length);
}

static void read_includes(struct search *search, const char *path)
{
    size_t size;
    const char *text = string_read(path, &size), *folder = string_folder_of(path);
    while (text != NULL && *text != 0) {
        const char *name = included_name(text);
        if (name != NULL) {
            follow(search, name, folder);
        }
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

int build_forward_headers(struct driver_build *build)
{
    struct search search = {.build = build};
    words_add_all(&search.folders, &build->folders);
    for (uint32_t index = 0; index < build->sources.count; index++) {
        words_add_once(&search.folders, string_folder_of(build->sources.items[index]));
        words_add_once(&search.files, build->sources.items[index]);
    }
    words_add(&search.folders, build->headers);
    build->forwarders = string_format("%s/headers/" DEPTH, build->work);
    if (!make_folders(string_format("%s/", build->forwarders))) {
        complain("cannot make a folder in %s: %s", build->work, strerror(errno));
        return EXIT_USAGE;
    }
    for (uint32_t index = 0; index < search.files.count; index++) {
        read_includes(&search, search.files.items[index]);
    }
    words_add_all(&build->driver_files, &search.files);
    return EXIT_CLEAN;
}
