/* files.c - folders, files, and the two kinds of cases that files hold. */
#include "files.h"

#include <remlock/fuzz.h>
#include <remlock/reports.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ----------------------------------------------------------------------------------------------------------- folders -- */

static bool make_one(const char *path)
{
    struct stat status;
    if (mkdir(path, 0777) == 0) {
        return true;
    }
    int reason = errno;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        return true;
    }
    errno = reason;
    return false;
}

static bool make_all(const char *path)
{
    char partial[PATH_MAX];
    if (snprintf(partial, sizeof(partial), "%s", path) >= (int)sizeof(partial)) {
        errno = ENAMETOOLONG;
        return false;
    }
    for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (!make_one(partial)) {
            return false;
        }
        *slash = '/';
    }
    return make_one(partial);
}

/* Only trying tells: permissions, full disks and read-only file systems all look different beforehand. */
static bool can_create(const char *folder)
{
    char path[PATH_MAX];
    int nameless = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (nameless >= 0) {
        close(nameless);
        return true;
    }
    /* Not every file system has files without a name. */
    if (snprintf(path, sizeof(path), "%s/.remlock-XXXXXX", folder) >= (int)sizeof(path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    int descriptor = mkstemp(path);
    if (descriptor < 0) {
        return false;
    }
    close(descriptor);
    return unlink(path) == 0;
}

bool folder_prepare_for(const char *option, const char *path, char *message, size_t size)
{
    if (!make_all(path)) {
        snprintf(message, size, "cannot make the folder '%s': %s; name another one with %s", path, strerror(errno), option);
        return false;
    }
    if (!can_create(path)) {
        snprintf(message, size, "cannot write into the folder '%s': %s; name another one with %s", path, strerror(errno),
                 option);
        return false;
    }
    return true;
}

bool folder_prepare(const char *path, char *message, size_t size)
{
    return folder_prepare_for("--out", path, message, size);
}

/* ------------------------------------------------------------------------------------------------------------- files -- */

static ssize_t read_up_to(int descriptor, uint8_t *bytes, size_t limit)
{
    size_t total = 0;
    while (total < limit) {
        ssize_t got = read(descriptor, bytes + total, limit - total);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        total += (size_t)got;
    }
    return (ssize_t)total;
}

uint8_t *file_read(const char *path, size_t *size, char *message, size_t message_size)
{
    bool standard_input = strcmp(path, "-") == 0;
    int descriptor = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *bytes = malloc(REPLAY_FILE_LIMIT + 1);
    ssize_t got = descriptor < 0 || !bytes ? -1 : read_up_to(descriptor, bytes, REPLAY_FILE_LIMIT + 1);
    int reason = errno;
    if (descriptor >= 0 && !standard_input) {
        close(descriptor);
    }
    if (got < 0) {
        snprintf(message, message_size, "%s: cannot be read: %s", path, strerror(reason));
        free(bytes);
        return NULL;
    }
    if (got > REPLAY_FILE_LIMIT) {
        snprintf(message, message_size, "%s: longer than the limit of %d bytes", path, REPLAY_FILE_LIMIT);
        free(bytes);
        return NULL;
    }
    *size = (size_t)got;
    return bytes;
}

const struct subject *input_subject(const char *path, const uint8_t *bytes, size_t size, const struct subject *given,
                                    char *message, size_t message_size)
{
    const struct subject *subject = given ? given : fuzz_subject_of(bytes, size);
    if (!subject) {
        snprintf(message, message_size,
                 "%s: neither a replay file (its first line would be 'remlock %d') nor a fuzz input of a known subject; "
                 "--subject names the subject of a fuzz input",
                 path, REPLAY_VERSION);
    }
    return subject;
}

/* ------------------------------------------------------------------------------------------------------------- cases -- */

/* As the target that runs most schedules would: the proposed one comes first with every engine. */
static bool run_input(struct fuzz_input *input, const uint8_t *bytes, size_t size, struct replay *replay, char *message,
                      size_t message_size)
{
    struct fuzz_options options = fuzz_options_standard(input->scenario.subject);
    struct verdict verdict;
    options.schedules = FUZZ_SCHEDULES_AFL;
    if (!fuzz_options_environment(&options, message, message_size)) {
        return false;
    }
    options.feedback = false;
    fuzz_fit(input, &options);
    if (fuzz_run(input, fuzz_seed_of(bytes, size), &options, &verdict) && fuzz_capture(input, &verdict, replay)) {
        return true;
    }
    /* Clean: what remains is the proposed schedule, without what the program never came to. */
    harness_execute(&input->scenario, fuzz_strategy(input->deviations, input->deviation_count), HARNESS_PLAIN, &verdict);
    if (!fuzz_to_replay(input, replay) || !replay_set_schedule(replay, scheduler_schedule())) {
        snprintf(message, message_size, "no memory for the schedule");
        return false;
    }
    return true;
}

static bool load_input(struct case_file *file, const char *path, const uint8_t *bytes, size_t size, const struct subject *given,
                       char *message, size_t message_size)
{
    const struct subject *subject = input_subject(path, bytes, size, given, message, message_size);
    struct fuzz_input *input = subject ? calloc(1, sizeof(*input)) : NULL;
    if (!input) {
        return false;
    }
    file->raw = true;
    fuzz_decode(bytes, size, subject, input);
    bool loaded = run_input(input, bytes, size, &file->replay, message, message_size);
    free(input);
    return loaded;
}

bool case_load(struct case_file *file, const char *path, const struct subject *subject, char *message, size_t message_size)
{
    size_t size;
    struct replay_error error;
    uint8_t *bytes = file_read(path, &size, message, message_size);
    if (!bytes) {
        return false;
    }
    bool loaded;
    if (replay_recognise(bytes, size)) {
        loaded = replay_parse_for(&file->replay, subject, (const char *)bytes, size, path, &error);
        if (!loaded) {
            snprintf(message, message_size, "%s", error.message);
        }
    } else {
        loaded = load_input(file, path, bytes, size, subject, message, message_size);
    }
    free(bytes);
    return loaded;
}

static void remark(void *context, const struct deviation *deviation, char *text, size_t size)
{
    (void)context;
    report_point(deviation->task, deviation->point, text, size);
}

static void record(const struct replay *replay)
{
    struct replay_result result;
    replay_run(replay, HARNESS_RECORD, &result);
}

bool case_save(const struct replay *replay, const char *heading, const char *path, char *message, size_t size)
{
    struct replay_remarks remarks = {.heading = heading, .deviation = remark, .task = replay_task_name};
    struct replay_error error;
    record(replay);
    if (!replay_save(replay, &remarks, path, &error)) {
        snprintf(message, size, "%s", error.message);
        return false;
    }
    return true;
}

char *case_text(const struct replay *replay, const char *heading, size_t *size)
{
    struct replay_remarks remarks = {.heading = heading, .deviation = remark, .task = replay_task_name};
    record(replay);
    return replay_text(replay, &remarks, size);
}

void case_expectation(const struct replay *replay, char *text, size_t size)
{
    switch (replay->expectation) {
    case REPLAY_EXPECTS_CLEAN:
        snprintf(text, size, "clean");
        return;
    case REPLAY_EXPECTS_FINDING:
        snprintf(text, size, "%s%s%s", replay->identifier, replay->routine[0] ? " " : "", replay->routine);
        return;
    default:
        text[0] = 0;
        return;
    }
}
