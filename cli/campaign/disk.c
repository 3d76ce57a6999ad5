/*
 * disk.c - what the campaign's folder takes is looked at now and then, and bounded.
 *
 * Inputs are what grows. A subject's corpus that takes more than its share is cut down to the smallest set with the same
 * coverage (`remlock corpus merge`); when that is not enough its largest inputs go. The database and the findings are never
 * touched: when they alone are too much no more slices are run.
 */
#include "run.h"
#include "view.h"

#include <dirent.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double LOOK_INTERVAL = 20, MERGE_SECONDS = 120, GRACE = 10;

enum { LEAST_SHARE = 1 << 20 };

/* --------------------------------------------------------------------------------------------------------- measuring -- */

static uint64_t sum;

static int add_size(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)path, (void)type, (void)place;
    sum += (uint64_t)status->st_blocks * 512;
    return 0;
}

static uint64_t size_of(const char *path)
{
    sum = 0;
    nftw(path, add_size, 32, FTW_PHYS);
    return sum;
}

/* Half of what is allowed is for inputs. */
static uint64_t share_of(const struct campaign_run *run)
{
    uint64_t share = run->options.disk / 2 / (run->subjects.count ? run->subjects.count : 1);
    return share > LEAST_SHARE ? share : LEAST_SHARE;
}

/* ----------------------------------------------------------------------------------------------------------- cutting -- */

struct input {
    char *name;
    uint64_t size;
};

static int larger_first(const void *one, const void *other)
{
    const struct input *first = one, *second = other;
    return (first->size < second->size) - (first->size > second->size);
}

static uint32_t list_inputs(const char *folder, struct input **list)
{
    struct dirent **entries;
    char path[PATH_MAX];
    int count = scandir(folder, &entries, NULL, NULL);
    uint32_t listed = 0;
    *list = count > 0 ? calloc((size_t)count, sizeof(**list)) : NULL;
    for (int index = 0; index < count; index++) {
        struct stat status;
        bool fits = snprintf(path, sizeof(path), "%s/%s", folder, entries[index]->d_name) < (int)sizeof(path);
        if (*list && fits && lstat(path, &status) == 0 && S_ISREG(status.st_mode)) {
            (*list)[listed++] = (struct input){.name = strdup(path), .size = (uint64_t)status.st_blocks * 512};
        }
        free(entries[index]);
    }
    if (count >= 0) {
        free(entries);
    }
    return listed;
}

static void cut(const char *folder, uint64_t size, uint64_t limit)
{
    struct input *list;
    uint32_t count = list_inputs(folder, &list);
    if (count > 0) {
        qsort(list, count, sizeof(*list), larger_first);
    }
    for (uint32_t index = 0; index < count; index++) {
        if (size > limit && list[index].name && unlink(list[index].name) == 0) {
            size -= list[index].size < size ? list[index].size : size;
        }
        free(list[index].name);
    }
    free(list);
}

/* ----------------------------------------------------------------------------------------------------------- merging -- */

static bool merge_finish(struct campaign_run *run, struct slot *slot)
{
    struct known_subject *subject = &run->subjects.list[slot->subject];
    uint64_t share = share_of(run), size = size_of(subject->corpus);
    subject->is_merging = subject->seems_large = false;
    if (size > share) {
        cut(subject->corpus, size, share / 2);
    }
    return true;
}

static bool start_merging(struct campaign_run *run, struct slot *slot, uint32_t number)
{
    struct known_subject *subject = &run->subjects.list[number];
    struct command_words words = {0};
    command_add(&words, "remlock");
    command_add(&words, "corpus");
    command_add(&words, "merge");
    command_add(&words, "%s", subject->corpus);
    command_add(&words, "--in-place");
    command_add(&words, "--subject");
    command_add(&words, "%s", subject->row.name);
    bool started = slot_start(run, slot, words.words, MERGE_SECONDS, GRACE);
    command_free(&words);
    if (started) {
        slot->use = SLOT_HELPS;
        slot->subject = number;
        slot->finish = merge_finish;
        subject->is_merging = true;
        snprintf(slot->label, sizeof(slot->label), "merge inputs of %.120s", subject->row.name);
    }
    return started;
}

bool disk_start_next(struct campaign_run *run, struct slot *slot)
{
    for (uint32_t number = 0; number < run->subjects.count; number++) {
        const struct known_subject *subject = &run->subjects.list[number];
        if (subject->seems_large && !subject->is_merging && subject->running == 0) {
            return start_merging(run, slot, number);
        }
    }
    return false;
}

/* ---------------------------------------------------------------------------------------------------------- looking -- */

/* Everything is too much, whatever the shares are: the corpora are halved, and AFL++ begins anew. */
static void make_room(struct campaign_run *run)
{
    char path[PATH_MAX + 8];
    for (uint32_t number = 0; number < run->subjects.count; number++) {
        struct known_subject *subject = &run->subjects.list[number];
        uint64_t size = subject->running == 0 && !subject->is_merging ? size_of(subject->corpus) : 0;
        if (size > 0) {
            cut(subject->corpus, size, size / 2);
        }
    }
    if (slots_busy(run, SLOT_SLICE) == 0) {
        snprintf(path, sizeof(path), "%s/afl", run->options.folder);
        folder_empty(path);
    }
    run->disk_used = size_of(run->options.folder);
}

void disk_attend(struct campaign_run *run)
{
    if (run->disk_looked > 0 && run_seconds(run) - run->disk_looked < LOOK_INTERVAL) {
        return;
    }
    run->disk_looked = run_seconds(run);
    run->disk_used = size_of(run->options.folder);
    for (uint32_t number = 0; number < run->subjects.count; number++) {
        struct known_subject *subject = &run->subjects.list[number];
        subject->seems_large = !subject->is_merging && size_of(subject->corpus) > share_of(run);
    }
    if (run->disk_used > run->options.disk) {
        make_room(run);
    }
    /* What a running slice uses cannot be dropped: none is begun until there is room. */
    run->no_room = run->disk_used > run->options.disk;
    if (run->no_room && slots_busy(run, SLOT_SLICE) == 0) {
        view_trouble_once(run, "disk",
                          "%s takes more than --disk allows, and nothing more can be dropped: no slices until it does not",
                          run->options.folder);
    }
}
