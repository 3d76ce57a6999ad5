/*
 * sweep.c - folders that runs of engines leave when they are killed.
 *
 * A run locks a file in its folder, and its guardian keeps it locked as long as something of the engine is alive. A folder
 * whose file nobody locks belongs to nobody.
 */
#include "engines.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { UNOWNED_FOR = 600 /* seconds; a folder gets its file within the first */ };

static const char owner_name[] = "owner";

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type;
    bool last = place->level == 0 || (place->level == 1 && strcmp(path + place->base, owner_name) == 0);
    if (!last) {
        remove(path);
    }
    return 0;
}

static bool is_emptied(const char *folder)
{
    DIR *entries = opendir(folder);
    bool others = entries == NULL;
    for (struct dirent *entry = others ? NULL : readdir(entries); entry != NULL; entry = readdir(entries)) {
        others = others || (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                            strcmp(entry->d_name, owner_name) != 0);
    }
    if (entries != NULL) {
        closedir(entries);
    }
    return !others;
}

/* Somebody who is being killed may still write there; then the owner's file stays for the next sweep. */
void sweep_remove(const char *folder)
{
    char path[ENGINE_PATH_SIZE + 16];
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (is_emptied(folder)) {
        snprintf(path, sizeof path, "%s/%s", folder, owner_name);
        unlink(path);
        rmdir(folder);
    }
}

static int lock_file(const char *path, int flags)
{
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) != 0) {
        close(file);
        return -1;
    }
    return file;
}

/* The file gets its name when it is locked: whoever sees it unlocked sees that its owner is gone. */
int sweep_own(const char *folder)
{
    char path[ENGINE_PATH_SIZE + 16], unlocked[ENGINE_PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/%s", folder, owner_name);
    snprintf(unlocked, sizeof unlocked, "%s/.%s", folder, owner_name);
    int file = lock_file(unlocked, O_CREAT);
    if (file >= 0 && rename(unlocked, path) != 0) {
        close(file);
        return -1;
    }
    return file;
}

/* Others may keep theirs in the same place, and a link could lead anywhere. */
static bool is_ours(const char *folder, struct stat *status)
{
    return lstat(folder, status) == 0 && S_ISDIR(status->st_mode) && status->st_uid == geteuid();
}

static void sweep_one(const char *folder)
{
    char path[ENGINE_PATH_SIZE + 16];
    struct stat status;
    if (!is_ours(folder, &status)) {
        return;
    }
    snprintf(path, sizeof path, "%s/%s", folder, owner_name);
    if (access(path, F_OK) == 0) {
        int owner = lock_file(path, 0);
        if (owner >= 0) {
            sweep_remove(folder);
            close(owner);
        }
    } else if (status.st_mtime + UNOWNED_FOR < time(NULL)) {
        sweep_remove(folder);
    }
}

void sweep_folders(const char *parent, const char *prefix)
{
    char path[ENGINE_PATH_SIZE];
    DIR *entries = opendir(parent);
    if (entries == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
            (size_t)snprintf(path, sizeof path, "%s/%s", parent, entry->d_name) < sizeof path) {
            sweep_one(path);
        }
    }
    closedir(entries);
}
