/*
 * afl_instance.c - instances of AFL++: what each is called, how it differs from the others, and the folder that they share.
 *
 * Alone an instance works in the folder of its run. Told a folder to share it keeps everything there and takes it up again the
 * next time:
 *
 *     main/, NAME/       as afl-fuzz keeps them; the queues are what instances take from each other
 *     corpus/queue/      the shared corpus, as if it were the queue of another main instance: instances note how far they have
 *                        read, so nothing is read twice
 */
#include "afl_instance.h"
#include "../folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_LIMIT = 32, INPUT_SIZE = 4096 };

/* -------------------------------------------------------------------------------------------------------- settings -- */

/* Instances that do all the same would find all the same. The first row is that of main instances. */
static const struct afl_setting settings[] = {
    {FUZZ_SCHEDULES_AFL, "fast", true},          {FUZZ_SCHEDULES_AFL / 8, "explore", true},
    {FUZZ_SCHEDULES_AFL * 4, "rare", true},      {FUZZ_SCHEDULES_AFL, "exploit", false},
    {FUZZ_SCHEDULES_AFL / 4, "coe", true},       {FUZZ_SCHEDULES_AFL, "seek", true},
    {FUZZ_SCHEDULES_AFL / 16, "explore", false},
};

enum { SETTINGS = sizeof settings / sizeof settings[0] };

static bool is_main(const char *name)
{
    return strcmp(name, "main") == 0 || strncmp(name, "main-", 5) == 0;
}

/* By the number at the end, so that neighbours differ; without one by the name. */
static const struct afl_setting *setting_of(const char *name)
{
    size_t end = strlen(name), begin = end;
    if (is_main(name)) {
        return &settings[0];
    }
    while (begin > 0 && isdigit((unsigned char)name[begin - 1])) {
        begin--;
    }
    uint64_t number = begin < end ? strtoull(name + begin, NULL, 10) : folder_name_hash(name);
    return &settings[1 + (number + SETTINGS - 2) % (SETTINGS - 1)];
}

bool fuzz_afl_instance_valid(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length <= NAME_LIMIT && strcmp(name, "corpus") != 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length;
}

/* --------------------------------------------------------------------------------------------------------- folders -- */

static bool make(const char *folder, char *message, size_t message_size)
{
    if (mkdir(folder, 0777) == 0 || errno == EEXIST) {
        return true;
    }
    snprintf(message, message_size, "cannot make the folder %s: %s", folder, strerror(errno));
    return false;
}

static bool has_files(const char *folder)
{
    DIR *entries = opendir(folder);
    bool found = false;
    if (entries == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL && !found; entry = readdir(entries)) {
        found = entry->d_name[0] != '.';
    }
    closedir(entries);
    return found;
}

/* afl-fuzz holds a lock on its folder, and would say of a second one no more than that it cannot go on. */
static bool is_running(const char *folder)
{
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool locked = file >= 0 && flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (file >= 0) {
        close(file);
    }
    return locked;
}

/* An instance that was killed while it began again has its inputs in _resume. */
static bool can_resume(const struct afl_instance *instance)
{
    char path[2 * ENGINE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s/queue", instance->folder, instance->name);
    if (has_files(path)) {
        return true;
    }
    snprintf(path, sizeof path, "%s/%s/_resume", instance->folder, instance->name);
    return has_files(path);
}

static void note_fed(struct afl_instance *instance, const char *name)
{
    unsigned number;
    uint64_t hash;
    if (sscanf(name, "id:%u,orig:%" SCNx64, &number, &hash) == 2) {
        folder_note(&instance->fed, hash);
        instance->next = number >= instance->next ? number + 1 : instance->next;
    }
}

/* What others have handed over since: the numbers have no gaps, or instances would wait for the missing one for ever. */
static void read_fed(struct afl_instance *instance)
{
    DIR *entries = opendir(instance->feed);
    if (entries == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        note_fed(instance, entry->d_name);
    }
    closedir(entries);
}

static bool open_shared(struct afl_instance *instance, const struct fuzz_campaign *campaign, char *message, size_t message_size)
{
    char path[2 * ENGINE_PATH_SIZE];
    snprintf(instance->folder, sizeof instance->folder, "%s", campaign->afl_folder);
    snprintf(path, sizeof path, "%s/%s", instance->folder, instance->name);
    if (is_running(path)) {
        snprintf(message, message_size, "an instance %s is running in %s; give this one another name with --afl-instance",
                 instance->name, instance->folder);
        return false;
    }
    instance->resumes = can_resume(instance);
    if (!make(instance->folder, message, message_size) || campaign->corpus_folder == NULL) {
        return campaign->corpus_folder == NULL;
    }
    snprintf(path, sizeof path, "%s/corpus", instance->folder);
    snprintf(instance->feed, sizeof instance->feed, "%s/corpus/queue", campaign->afl_folder);
    if (!make(path, message, message_size) || !make(instance->feed, message, message_size)) {
        return false;
    }
    /* Secondary instances read the queues of main ones only. */
    snprintf(path, sizeof path, "%s/corpus/is_main_node", instance->folder);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) {
        snprintf(message, message_size, "cannot make the file %s: %s", path, strerror(errno));
        return false;
    }
    close(file);
    return true;
}

bool afl_instance_open(struct afl_instance *instance, const struct fuzz_campaign *campaign, const char *alone, char *message,
                       size_t message_size)
{
    memset(instance, 0, sizeof *instance);
    if (campaign->afl_folder == NULL) {
        instance->setting = &settings[0];
        snprintf(instance->name, sizeof instance->name, "default");
        snprintf(instance->folder, sizeof instance->folder, "%s/out", alone);
        return true;
    }
    const char *name = campaign->afl_instance == NULL ? "main" : campaign->afl_instance;
    instance->shared = true;
    instance->main = is_main(name);
    instance->setting = setting_of(name);
    snprintf(instance->name, sizeof instance->name, "%s", name);
    return open_shared(instance, campaign, message, message_size);
}

/* Findings are replay files; what afl-fuzz keeps of them besides would grow with every run. */
void afl_instance_close(struct afl_instance *instance)
{
    char path[2 * ENGINE_PATH_SIZE];
    folder_forget(&instance->fed);
    if (!instance->shared) {
        return;
    }
    snprintf(path, sizeof path, "%s/%s", instance->folder, instance->name);
    DIR *entries = opendir(path);
    if (entries == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strncmp(entry->d_name, "crashes", 7) == 0 || strncmp(entry->d_name, "hangs", 5) == 0) {
            snprintf(path, sizeof path, "%s/%s/%s", instance->folder, instance->name, entry->d_name);
            sweep_remove(path);
        }
    }
    closedir(entries);
}

void afl_instance_discard(struct afl_instance *instance)
{
    char path[2 * ENGINE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", instance->folder, instance->name);
    sweep_remove(path);
    instance->resumes = false;
}

/* --------------------------------------------------------------------------------------------------------- feeding -- */

struct feeding {
    struct afl_instance *instance;
    const struct fuzz_options *options;
};

/* As engines write them: text would be trimmed to something else. */
static bool feed_one(const char *name, const uint8_t *bytes, size_t size, void *context)
{
    static struct fuzz_input input;
    uint8_t encoded[INPUT_SIZE];
    char numbered[64], message[256];
    struct feeding *feeding = context;
    struct afl_instance *instance = feeding->instance;
    fuzz_load(bytes, size, feeding->options->subject, &input);
    fuzz_fit(&input, feeding->options);
    size_t encoded_size = fuzz_encode(&input, encoded, sizeof encoded);
    if (encoded_size == 0) {
        return true;
    }
    snprintf(numbered, sizeof numbered, "id:%06u,orig:%016" PRIx64, instance->next, folder_name_hash(name));
    if (!fuzz_corpus_write(instance->feed, numbered, encoded, encoded_size, message, sizeof message)) {
        return false;
    }
    instance->next++;
    return true;
}

void afl_instance_feed(struct afl_instance *instance, const struct fuzz_campaign *campaign)
{
    char path[2 * ENGINE_PATH_SIZE], message[256];
    struct feeding feeding = {.instance = instance, .options = &campaign->options};
    if (instance->feed[0] == 0) {
        return;
    }
    snprintf(path, sizeof path, "%s/corpus/.lock", instance->folder);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock >= 0 && flock(lock, LOCK_EX) == 0) {
        read_fed(instance);
        folder_read_new(campaign->corpus_folder, &instance->fed, feed_one, &feeding, message, sizeof message);
    }
    if (lock >= 0) {
        close(lock);
    }
}
