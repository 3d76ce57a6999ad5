/*
 * process_tree.c - see process_tree.h.
 *
 * /proc is read as a whole: who has whom for a parent is known there on every Linux, whatever groups and sessions the
 * processes have made for themselves.
 */
#include "process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROCESS_LIMIT = 16384, TEXT_SIZE = 1024 };

struct process {
    pid_t process, parent;
    bool below;
};

/* Names in /proc/N/stat may hold anything; what follows the last parenthesis is regular: " S PARENT ...". */
static pid_t parent_of(pid_t process)
{
    char path[64], text[TEXT_SIZE];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
    if (file >= 0) {
        close(file);
    }
    if (size <= 0) {
        return 0;
    }
    text[size] = 0;
    const char *end = strrchr(text, ')');
    return end && strlen(end) > 4 ? (pid_t)atol(end + 4) : 0;
}

static uint64_t memory_of(pid_t process)
{
    char path[64];
    unsigned long resident = 0, shared = 0;
    snprintf(path, sizeof(path), "/proc/%d/statm", (int)process);
    FILE *file = fopen(path, "re");
    if (!file) {
        return 0;
    }
    bool known = fscanf(file, "%*u %lu %lu", &resident, &shared) == 2;
    fclose(file);
    return known && resident > shared ? (uint64_t)(resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static int by_number(const void *one, const void *other)
{
    pid_t first = ((const struct process *)one)->process, second = ((const struct process *)other)->process;
    return (first > second) - (first < second);
}

static uint32_t list_all(struct process *list)
{
    uint32_t count = 0;
    DIR *folder = opendir("/proc");
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry && count < PROCESS_LIMIT; entry = readdir(folder)) {
        pid_t process = (pid_t)atol(entry->d_name);
        if (process > 0) {
            list[count++] = (struct process){.process = process, .parent = parent_of(process)};
        }
    }
    if (folder) {
        closedir(folder);
    }
    qsort(list, count, sizeof(*list), by_number);
    return count;
}

static bool is_marked(const struct process *list, uint32_t count, pid_t process)
{
    struct process key = {.process = process};
    const struct process *found = bsearch(&key, list, count, sizeof(*list), by_number);
    return found && found->below;
}

/* Generation by generation: a child may have a smaller number than its parent. */
static uint32_t mark(struct process *list, uint32_t count, pid_t root)
{
    uint32_t found = 0;
    for (bool more = true; more;) {
        more = false;
        for (uint32_t index = 0; index < count; index++) {
            struct process *process = &list[index];
            if (!process->below && (process->parent == root || is_marked(list, count, process->parent))) {
                process->below = more = true;
                found++;
            }
        }
    }
    return found;
}

struct process_tree process_tree_look(pid_t root)
{
    static struct process list[PROCESS_LIMIT];
    uint32_t count = list_all(list);
    struct process_tree tree = {.processes = mark(list, count, root)};
    for (uint32_t index = 0; index < count; index++) {
        tree.memory += list[index].below ? memory_of(list[index].process) : 0;
    }
    return tree;
}

uint32_t process_tree_signal(pid_t root, int signal)
{
    static struct process list[PROCESS_LIMIT];
    uint32_t count = list_all(list);
    uint32_t found = mark(list, count, root);
    for (uint32_t index = 0; index < count; index++) {
        if (list[index].below) {
            kill(list[index].process, signal);
        }
    }
    return found;
}
