/* workplace.c - a folder for one run of an engine, and what is brought out of it. */
#include "../folder.h"
#include "engines.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    GENERATED_INPUTS = 32,
    INPUT_SIZE = 4096,
    POLL = 200,           /* milliseconds */
    IMPORT_INTERVAL = 10, /* seconds */
    SETTLED = 2,          /* seconds after which a file is no longer being written */
    GRACE = 10,           /* seconds an engine may take to end by itself after its time */
};

static const char prefix[] = "remlock-fuzz-";

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* ------------------------------------------------------------------------------------------------------- the place -- */

static bool make_folder(char *path, size_t size, const char *parent, const char *name)
{
    return (size_t)snprintf(path, size, "%s/%s", parent, name) < size && mkdir(path, 0777) == 0;
}

bool workplace_open(struct workplace *workplace, const struct fuzz_campaign *campaign, char *message, size_t message_size)
{
    const char *temporary = getenv("TMPDIR");
    temporary = temporary == NULL ? "/tmp" : temporary;
    memset(workplace, 0, sizeof *workplace);
    sweep_folders(temporary, prefix);
    snprintf(workplace->folder, sizeof workplace->folder, "%s/%sXXXXXX", temporary, prefix);
    if (mkdtemp(workplace->folder) == NULL) {
        snprintf(message, message_size, "cannot make a folder like %s: %s", workplace->folder, strerror(errno));
        return false;
    }
    workplace->owner = sweep_own(workplace->folder);
    const char *folder = workplace->folder;
    if (!make_folder(workplace->replays, sizeof workplace->replays, folder, "replays") ||
        !make_folder(workplace->artifacts, sizeof workplace->artifacts, folder, "artifacts") ||
        !make_folder(workplace->inputs, sizeof workplace->inputs, folder, "inputs")) {
        snprintf(message, message_size, "cannot make folders in %s: %s", folder, strerror(errno));
        workplace_close(workplace);
        return false;
    }
    workplace->campaign = campaign;
    workplace->options = campaign->options;
    workplace->options.replay_folder = workplace->replays;
    workplace->started = workplace->last_report = workplace->last_import = now();
    return true;
}

void workplace_close(struct workplace *workplace)
{
    folder_forget(&workplace->taken);
    sweep_remove(workplace->folder);
    if (workplace->owner >= 0) {
        close(workplace->owner);
    }
}

/* --------------------------------------------------------------------------------------------------- what goes in -- */

static bool add_input(struct workplace *workplace, const struct fuzz_input *input)
{
    uint8_t bytes[INPUT_SIZE];
    char ignored[ENGINE_PATH_SIZE];
    size_t size = fuzz_encode(input, bytes, sizeof bytes);
    return size == 0 || folder_add(workplace->inputs, bytes, size, ignored, sizeof ignored);
}

static bool bring_in(const uint8_t *bytes, size_t size, void *context)
{
    static struct fuzz_input input;
    struct workplace *workplace = context;
    fuzz_load(bytes, size, workplace->options.subject, &input);
    fuzz_fit(&input, &workplace->options);
    return add_input(workplace, &input);
}

bool workplace_prepare_inputs(struct workplace *workplace, char *message, size_t message_size)
{
    static struct fuzz_input input;
    const struct fuzz_campaign *campaign = workplace->campaign;
    const char *folders[] = {workplace->fed ? NULL : campaign->corpus_folder, campaign->seed_folder};
    for (uint32_t index = 0; index < 2; index++) {
        if (folders[index] != NULL && !folder_read(folders[index], bring_in, workplace, message, message_size)) {
            return false;
        }
    }
    struct generator generator = {.state = campaign->seed};
    for (uint32_t count = 0; count < GENERATED_INPUTS; count++) {
        fuzz_generate(&input, &workplace->options, &generator);
        if (!add_input(workplace, &input)) {
            snprintf(message, message_size, "cannot write inputs to %s", workplace->inputs);
            return false;
        }
    }
    return true;
}

/* -------------------------------------------------------------------------------------------------- what comes out -- */

static bool is_old_enough(const char *path, bool all)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && (all || status.st_mtime + SETTLED < time(NULL));
}

static bool keep_input(const uint8_t *bytes, size_t size, void *context)
{
    const char *folder = context;
    char ignored[ENGINE_PATH_SIZE];
    return folder_add(folder, bytes, size, ignored, sizeof ignored);
}

/* What AFL++ took from the shared corpus, and made smaller perhaps, is there already. */
static bool is_from_others(const char *name)
{
    return strstr(name, ",sync:corpus,") != NULL;
}

/* What cannot be written now, because the disk is full, is tried again. */
static void import_one(struct workplace *workplace, const char *name, bool all)
{
    char path[2 * ENGINE_PATH_SIZE];
    uint64_t hash = folder_name_hash(name);
    snprintf(path, sizeof path, "%s/%s", workplace->corpus, name);
    if (name[0] != '.' && !is_from_others(name) && !folder_knows(&workplace->taken, hash) && is_old_enough(path, all) &&
        folder_read_file(path, keep_input, (void *)workplace->campaign->corpus_folder)) {
        folder_note(&workplace->taken, hash);
    }
}

/* The engine may be killed while it writes; what it has not touched for a while is complete. */
static void import_corpus(struct workplace *workplace, bool all)
{
    DIR *folder = workplace->campaign->corpus_folder == NULL ? NULL : opendir(workplace->corpus);
    if (folder == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        import_one(workplace, entry->d_name, all);
    }
    closedir(folder);
}

static bool was_seen(struct workplace *workplace, const char *name)
{
    enum { LIMIT = sizeof workplace->seen / sizeof workplace->seen[0] };
    for (uint32_t index = 0; index < workplace->seen_count; index++) {
        if (strcmp(workplace->seen[index], name) == 0) {
            return true;
        }
    }
    if (workplace->seen_count == LIMIT) {
        return true;
    }
    snprintf(workplace->seen[workplace->seen_count++], sizeof workplace->seen[0], "%s", name);
    return false;
}

/* Runs it again here, which also fills scheduler_trace() for the callback. */
static void tell(struct workplace *workplace, const struct replay *replay)
{
    static struct replay_result result;
    const struct fuzz_campaign *campaign = workplace->campaign;
    char path[2 * ENGINE_PATH_SIZE];
    replay_run(replay, HARNESS_RECORD, &result);
    if (result.verdict.finding == NULL) {
        result.verdict.finding = finding_find(replay->identifier);
        snprintf(result.verdict.routine, sizeof result.verdict.routine, "%s", replay->routine);
        snprintf(result.verdict.message, sizeof result.verdict.message, "the engine's finding did not show again here");
    }
    if (result.verdict.finding == NULL) {
        return;
    }
    struct fuzz_finding finding = {.replay = replay, .verdict = &result.verdict, .executions = workplace->progress.executions};
    if (campaign->options.replay_folder != NULL &&
        fuzz_save_finding(replay, &result.verdict, campaign->options.replay_folder, path, sizeof path)) {
        finding.path = path;
    }
    workplace->progress.findings++;
    if (campaign->on_finding != NULL) {
        campaign->on_finding(&finding, campaign->context);
    }
}

static void collect_findings(struct workplace *workplace)
{
    char path[2 * ENGINE_PATH_SIZE];
    struct replay_error error;
    DIR *folder = opendir(workplace->replays);
    if (folder == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct replay replay = {0};
        const char *ending = strrchr(entry->d_name, '.');
        if (entry->d_name[0] == '.' || ending == NULL || strcmp(ending, ".replay") != 0 || was_seen(workplace, entry->d_name)) {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", workplace->replays, entry->d_name);
        if (replay_load(&replay, path, &error)) {
            tell(workplace, &replay);
        }
        replay_free(&replay);
    }
    closedir(folder);
}

/* ------------------------------------------------------------------------------------------------------ attendance -- */

static void report(struct workplace *workplace, double time, void *context)
{
    struct fuzz_progress *progress = &workplace->progress;
    progress->seconds = time - workplace->started;
    if (time - workplace->last_report >= 1.0) {
        workplace->last_report = time;
        if (workplace->campaign->on_progress != NULL) {
            workplace->campaign->on_progress(progress, workplace->campaign->context);
        }
    }
    if (time - workplace->last_import >= IMPORT_INTERVAL) {
        workplace->last_import = time;
        import_corpus(workplace, false);
        if (workplace->exchange != NULL) {
            workplace->exchange(context);
        }
    }
}

static bool is_over(const struct workplace *workplace)
{
    const struct fuzz_campaign *campaign = workplace->campaign;
    return (campaign->stop != NULL && *campaign->stop != 0) || (campaign->stop_at_first && workplace->progress.findings > 0) ||
           (campaign->seconds > 0 && workplace->progress.seconds > campaign->seconds + GRACE);
}

void workplace_attend(struct workplace *workplace, struct child *child, void (*take)(const char *line, void *context),
                      void *context)
{
    while (!child->ended && !is_over(workplace)) {
        child_read(child, POLL, take, context);
        double time = now();
        if (time - workplace->last_report >= 1.0 || child->ended) {
            collect_findings(workplace);
        }
        report(workplace, time, context);
    }
    if (!child->ended) {
        child_stop(child);
    }
    collect_findings(workplace);
    import_corpus(workplace, true);
}
