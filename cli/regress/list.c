/* list.c - finding replay files, and keeping what came of them. */
#include "list.h"

#include "command.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The same in every process, where it is free: what the code under test sees of us differs as little as possible. */
static const uintptr_t results_base = 0x230000000000;

enum { DESCRIPTOR_LIMIT = 32 };

static struct regress_list *visited; /* nftw() hands nothing through */
static bool out_of_memory;

static bool is_replay_name(const char *path)
{
    const char *ending = strrchr(path, '.');
    return ending && strcmp(ending, ".replay") == 0;
}

static bool add(struct regress_list *list, const char *path)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 64;
        char **paths = realloc(list->paths, capacity * sizeof(*paths));
        if (!paths) {
            return false;
        }
        list->paths = paths;
        list->capacity = capacity;
    }
    char *copy = strdup(path);
    if (copy) {
        list->paths[list->count++] = copy;
    }
    return copy != NULL;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status;
    /* A file that was named is meant, whatever its name. */
    if (type != FTW_F || (position->level > 0 && !is_replay_name(path))) {
        return 0;
    }
    out_of_memory = !add(visited, path);
    return out_of_memory;
}

bool regress_list_add(struct regress_list *list, const char *path)
{
    uint32_t before = list->count;
    visited = list;
    out_of_memory = false;
    errno = 0;
    int result = nftw(path, visit, DESCRIPTOR_LIMIT, 0);
    if (out_of_memory) {
        complain("out of memory while listing '%s'", path);
        return false;
    }
    if (result != 0) {
        complain("cannot read '%s': %s", path, strerror(errno));
        return false;
    }
    if (list->count == before) {
        complain("no replay file (*.replay) in '%s'", path);
        return false;
    }
    return true;
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void drop_doubles(struct regress_list *list)
{
    uint32_t kept = 0;
    for (uint32_t index = 0; index < list->count; index++) {
        if (kept > 0 && strcmp(list->paths[kept - 1], list->paths[index]) == 0) {
            free(list->paths[index]);
        } else {
            list->paths[kept++] = list->paths[index];
        }
    }
    list->count = kept;
}

bool regress_list_close(struct regress_list *list)
{
    qsort(list->paths, list->count, sizeof(*list->paths), compare);
    drop_doubles(list);
    size_t size = list->count * sizeof(*list->results);
    void *memory = mmap((void *)results_base, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        complain("no memory for the results of %u files: %s", list->count, strerror(errno));
        return false;
    }
    list->results = memory;
    return true;
}

void regress_list_free(struct regress_list *list)
{
    if (list->results) {
        munmap(list->results, list->count * sizeof(*list->results));
    }
    for (uint32_t index = 0; index < list->count; index++) {
        free(list->paths[index]);
    }
    free(list->paths);
    memset(list, 0, sizeof(*list));
}

const char *regress_outcome_name(enum regress_outcome outcome)
{
    static const char *const names[] = {
        [REGRESS_NOT_RUN] = "not-run",     [REGRESS_AS_EXPECTED] = "as-expected", [REGRESS_NOT_AS_EXPECTED] = "not-as-expected",
        [REGRESS_DIVERGED] = "diverged",   [REGRESS_MALFORMED] = "malformed",     [REGRESS_CRASHED] = "crashed",
        [REGRESS_TIMED_OUT] = "timed-out",
    };
    return names[outcome];
}

uint32_t regress_failed(const struct regress_list *list)
{
    uint32_t failed = 0;
    for (uint32_t index = 0; index < list->count; index++) {
        failed += list->results[index].outcome > REGRESS_AS_EXPECTED;
    }
    return failed;
}

static void join(char *text, size_t size, const char *identifier, const char *routine)
{
    snprintf(text, size, "%s%s%s", identifier, routine[0] ? " " : "", routine);
}

void regress_expected(const struct replay *replay, char *text, size_t size)
{
    if (replay->expectation == REPLAY_EXPECTS_FINDING) {
        join(text, size, replay->identifier, replay->routine);
    } else {
        snprintf(text, size, "%s", replay->expectation == REPLAY_EXPECTS_CLEAN ? "clean" : "");
    }
}

void regress_got(const struct verdict *verdict, char *text, size_t size)
{
    if (verdict->finding) {
        join(text, size, verdict->finding->identifier, verdict->routine);
    } else {
        snprintf(text, size, "clean");
    }
}
