/* locate.c - where the programs of engines are. */
#include "engines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Relative to the folder of this executable: a build tree of the same preset, the presets beside it, and an installation. */
static const char *const own_places[] = {
    ".",
    "../fuzz",
    "../libfuzzer/fuzz",
    "../afl/fuzz",
    "../../libfuzzer/fuzz",
    "../../afl/fuzz",
    "../lib/remlock",
    "../libexec/remlock",
};

static bool is_usable(const char *folder, const char *name, char *path, size_t size)
{
    return (size_t)snprintf(path, size, "%s/%s", folder, name) < size && access(path, R_OK) == 0;
}

static bool own_folder(char *folder, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", folder, size - 1);
    if (length <= 0) {
        return false;
    }
    folder[length] = 0;
    char *slash = strrchr(folder, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = 0;
    return true;
}

bool locate_foreign(const char *name, char *path, size_t size)
{
    const char *variable = getenv("PATH");
    char copy[ENGINE_PATH_SIZE];
    if (variable == NULL || strlen(variable) >= sizeof copy) {
        return false;
    }
    strcpy(copy, variable);
    char *rest = copy;
    for (char *folder = strtok_r(copy, ":", &rest); folder != NULL; folder = strtok_r(NULL, ":", &rest)) {
        if (is_usable(folder, name, path, size)) {
            return true;
        }
    }
    return false;
}

bool locate_own(const char *name, char *path, size_t size)
{
    char here[ENGINE_PATH_SIZE], place[ENGINE_PATH_SIZE + 64];
    const char *told = getenv("REMLOCK_ENGINE_DIR");
    if (told != NULL && is_usable(told, name, path, size)) {
        return true;
    }
    if (own_folder(here, sizeof here)) {
        for (size_t index = 0; index < sizeof own_places / sizeof own_places[0]; index++) {
            snprintf(place, sizeof place, "%s/%s", here, own_places[index]);
            if (is_usable(place, name, path, size)) {
                return true;
            }
        }
    }
    return locate_foreign(name, path, size);
}

void locate_target_name(const struct subject *subject, const char *ending, char *name, size_t size)
{
    const char *family = subject_is_path(subject->name) ? "driver" : subject->name;
    snprintf(name, size, "remlock-fuzz-%.*s%s", (int)strcspn(family, ":"), family, ending);
}
