/* folder.c - see folder.h. */
#include "folder.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The first of the places, relative to the program's folder, that exists: in a build tree, where it was installed. */
static void find(char *folder, size_t size)
{
    static const char *const places[] = {"../drivers", "../lib/remlock/drivers"};
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    folder[0] = '\0';
    if (length <= 0) {
        return;
    }
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    *slash = '\0';
    for (size_t index = 0; index < sizeof places / sizeof places[0]; index++) {
        snprintf(folder, size, "%s/%s", program, places[index]);
        if (is_folder(folder)) {
            return;
        }
    }
    folder[0] = '\0';
}

const char *driver_folder(void)
{
    static char folder[PATH_MAX + 32];
    static bool found;
    if (!found) {
        const char *given = getenv("REMLOCK_DRIVERS");
        found = true;
        if (given != NULL) {
            snprintf(folder, sizeof folder, "%s", given);
        } else {
            find(folder, sizeof folder);
        }
    }
    return folder;
}
