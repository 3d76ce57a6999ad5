/* corpus.c - the inputs of a corpus, read from files. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_SIZE = 4096 };

struct adding {
    struct fuzz_corpus *corpus;
    const char *path;
    const struct subject *subject;
};

/* Text says for itself what it is; replays of another format are no inputs. */
static const struct subject *subject_of_text(const struct fuzz_specimen *specimen, const struct subject *told, char *remark,
                                             size_t size)
{
    struct replay replay = {0};
    struct replay_error error;
    bool parsed = replay_parse_for(&replay, told, (const char *)specimen->bytes, specimen->size, specimen->path, &error);
    const struct subject *subject = parsed ? replay.scenario.subject : NULL;
    if (!parsed) {
        snprintf(remark, size, "%.*s", (int)size - 1, error.message);
    }
    replay_free(&replay);
    return subject;
}

static void find_subject(struct fuzz_specimen *specimen, const struct subject *told)
{
    if (fuzz_is_text(specimen->bytes, specimen->size)) {
        specimen->subject = subject_of_text(specimen, told, specimen->remark, sizeof specimen->remark);
    } else {
        specimen->subject = told != NULL ? told : fuzz_subject_of(specimen->bytes, specimen->size);
        snprintf(specimen->remark, sizeof specimen->remark, "%s", specimen->subject == NULL ? "names no known subject" : "");
    }
    specimen->outcome = specimen->subject == NULL ? FUZZ_FOREIGN : FUZZ_UNMEASURED;
}

static bool make_room(struct fuzz_corpus *corpus)
{
    if (corpus->count < corpus->room) {
        return true;
    }
    uint32_t room = corpus->room == 0 ? 256 : 2 * corpus->room;
    struct fuzz_specimen *specimens = realloc(corpus->specimens, room * sizeof *specimens);
    if (specimens == NULL) {
        return false;
    }
    corpus->specimens = specimens;
    corpus->room = room;
    return true;
}

static bool add_bytes(const uint8_t *bytes, size_t size, void *context)
{
    struct adding *adding = context;
    struct fuzz_corpus *corpus = adding->corpus;
    if (!make_room(corpus)) {
        return false;
    }
    struct fuzz_specimen *specimen = &corpus->specimens[corpus->count];
    memset(specimen, 0, sizeof *specimen);
    specimen->path = strdup(adding->path);
    specimen->bytes = malloc(size + 1);
    if (specimen->path == NULL || specimen->bytes == NULL) {
        free(specimen->path);
        free(specimen->bytes);
        return false;
    }
    memcpy(specimen->bytes, bytes, size);
    specimen->size = size;
    corpus->count++;
    find_subject(specimen, adding->subject);
    return true;
}

static bool add_file(struct fuzz_corpus *corpus, const char *path, const struct subject *subject, char *message,
                     size_t message_size)
{
    struct adding adding = {.corpus = corpus, .path = path, .subject = subject};
    uint32_t before = corpus->count;
    if (folder_read_file(path, add_bytes, &adding) && corpus->count > before) {
        return true;
    }
    snprintf(message, message_size, "%s: cannot be read: %s", path, strerror(errno));
    return false;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strncmp(entry->d_name, "README", 6) != 0;
}

bool fuzz_corpus_add(struct fuzz_corpus *corpus, const char *path, const struct subject *subject, char *message,
                     size_t message_size)
{
    struct stat status;
    struct dirent **entries;
    if (stat(path, &status) != 0) {
        snprintf(message, message_size, "%s: cannot be read: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        return add_file(corpus, path, subject, message, message_size);
    }
    int count = scandir(path, &entries, is_input, alphasort);
    if (count < 0) {
        snprintf(message, message_size, "cannot read folder %s: %s", path, strerror(errno));
        return false;
    }
    bool added = true;
    for (int index = 0; index < count; index++) {
        char below[PATH_SIZE];
        if ((size_t)snprintf(below, sizeof below, "%s/%s", path, entries[index]->d_name) >= sizeof below) {
            snprintf(message, message_size, "a path in folder %s is too long", path);
            added = false;
        }
        added = added && fuzz_corpus_add(corpus, below, subject, message, message_size);
        free(entries[index]);
    }
    free(entries);
    return added;
}

void fuzz_corpus_free(struct fuzz_corpus *corpus)
{
    for (uint32_t index = 0; index < corpus->count; index++) {
        free(corpus->specimens[index].path);
        free(corpus->specimens[index].bytes);
        free(corpus->specimens[index].counters);
    }
    free(corpus->specimens);
    memset(corpus, 0, sizeof *corpus);
}
