/*
 * ingest.c - brings what slices found from their folders into the database.
 *
 * A replay file is removed when it has been entered, not before: a kill in between leaves it for the next session, where it
 * counts as one more sighting. Nothing of the subject is loaded here: the text says what it is about.
 */
#include "run.h"
#include "view.h"

#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ASIDE_LIMIT = 20 };

/* ------------------------------------------------------------------------------------------------------------ reading -- */

/* What a line of a replay says behind its first word; "" when there is no such line. */
static void read_line(const char *text, const char *word, char *rest, size_t size)
{
    size_t length = strlen(word);
    rest[0] = 0;
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, word, length) == 0 && line[length] == ' ') {
            line += length + strspn(line + length, " ");
            snprintf(rest, size, "%.*s", (int)strcspn(line, "#\t\r\n"), line);
            for (size_t end = strlen(rest); end > 0 && rest[end - 1] == ' '; end--) {
                rest[end - 1] = 0;
            }
            return;
        }
    }
}

/* "# as found by remlock test, in execution 250" */
static uint64_t read_executions(const char *text)
{
    static const char words[] = "in execution ";
    const char *end = strstr(text, "\nprogram");
    const char *at = strstr(text, words);
    return at && end && at < end ? strtoull(at + sizeof(words) - 1, NULL, 10) : 0;
}

static bool read_finding(const char *text, size_t size, struct campaign_finding *finding)
{
    char expected[REPLAY_IDENTIFIER_SIZE + REPLAY_ROUTINE_SIZE + 2];
    if (!replay_recognise(text, size)) {
        return false;
    }
    read_line(text, "subject", finding->subject, sizeof(finding->subject));
    read_line(text, "expect", expected, sizeof(expected));
    size_t length = strcspn(expected, " ");
    snprintf(finding->identifier, sizeof(finding->identifier), "%.*s", (int)length, expected);
    snprintf(finding->routine, sizeof(finding->routine), "%s", expected[length] ? expected + length + 1 : "-");
    finding->executions = read_executions(text);
    return finding->subject[0] && finding->identifier[0] && strcmp(finding->identifier, "clean") != 0;
}

/* ---------------------------------------------------------------------------------------------------------- entering -- */

/* A number that no file has yet; 0 when there are enough of them. */
static uint32_t free_number(const char *folder, const char *name, const char *what, char *target, size_t size)
{
    for (uint32_t number = 1; number <= ASIDE_LIMIT; number++) {
        snprintf(target, size, "%s/findings/%s.%s-%u.replay", folder, name, what, number);
        if (access(target, F_OK) != 0) {
            return number;
        }
    }
    return 0;
}

/* What cannot be entered is kept beside the findings, some of each kind: a crash has a program and no schedule. */
static bool put_aside(struct campaign_run *run, const char *path, const char *subject)
{
    char name[CAMPAIGN_NAME_SIZE], target[PATH_MAX + CAMPAIGN_NAME_SIZE + 64];
    bool is_crash = strstr(path, "/crash.replay") != NULL;
    subject_file_name(subject, name, sizeof(name));
    if (free_number(run->options.folder, name, is_crash ? "crash" : "other", target, sizeof(target)) == 0) {
        unlink(path);
        return true;
    }
    if (rename(path, target) != 0) {
        view_trouble_once(run, "aside", "cannot move %s to %s: %s", path, target, strerror(errno));
        return false;
    }
    view_trouble(run, "%s %s; kept as %s", subject, is_crash ? "crashed its process" : "left a file that is no finding",
                 target);
    return true;
}

static bool enter(struct campaign_run *run, const char *path, struct campaign_finding *finding, const struct slot *slot,
                  bool *is_new)
{
    finding->last_seen = wall_clock();
    finding->at = run_elapsed(run);
    int64_t id = 0;
    if (!run_wrote(run, campaign_finding_enter(run->book, finding, slot ? slot->slice.id : 0, &id, is_new))) {
        return false;
    }
    unlink(path);
    finding->id = id;
    campaign_fingerprint(finding->subject, finding->identifier, finding->routine, finding->fingerprint);
    uint32_t number = known_subjects_number(&run->subjects, finding->subject);
    finding->canary = number < run->subjects.count && run->subjects.list[number].row.canary;
    if (slot) {
        snprintf(finding->engine, sizeof(finding->engine), "%s", slot->slice.engine);
        snprintf(finding->configuration, sizeof(finding->configuration), "%s", slot->slice.configuration);
    }
    if (finding->canary) {
        canary_sighted(run);
    }
    if (*is_new) {
        run->counts.found += !finding->canary;
        confirm_add(run, finding);
    }
    return true;
}

/* Whether the file has been dealt with. */
static bool ingest_file(struct campaign_run *run, const char *path, const struct slot *slot, bool *is_new)
{
    static struct campaign_finding finding; /* large */
    char message[PATH_MAX + 256];
    size_t size;
    const char *subject = slot ? run->subjects.list[slot->subject].row.name : "a subject";
    *is_new = false;
    uint8_t *bytes = file_read(path, &size, message, sizeof(message));
    if (!bytes) {
        return put_aside(run, path, subject);
    }
    char *text = realloc(bytes, size + 1);
    if (!text) {
        free(bytes);
        return false;
    }
    text[size] = 0;
    finding = (struct campaign_finding){.found = text};
    bool entered = true;
    if (read_finding(text, size, &finding)) {
        entered = enter(run, path, &finding, slot, is_new);
    } else {
        entered = put_aside(run, path, finding.subject[0] ? finding.subject : subject);
    }
    free(text);
    return entered;
}

static bool is_replay(const char *name)
{
    static const char ending[] = ".replay";
    size_t length = strlen(name);
    return name[0] != '.' && length > sizeof(ending) - 1 && strcmp(name + length - (sizeof(ending) - 1), ending) == 0;
}

uint32_t ingest_folder(struct campaign_run *run, const char *folder, const struct slot *slot, bool *whole)
{
    struct dirent **entries;
    uint32_t new_ones = 0;
    int count = scandir(folder, &entries, NULL, alphasort);
    *whole = true;
    for (int index = 0; index < count; index++) {
        char path[PATH_MAX];
        bool is_new = false;
        bool fits = snprintf(path, sizeof(path), "%s/%s", folder, entries[index]->d_name) < (int)sizeof(path);
        if (fits && is_replay(entries[index]->d_name) && *whole) {
            *whole = ingest_file(run, path, slot, &is_new);
        }
        new_ones += is_new;
        free(entries[index]);
    }
    if (count >= 0) {
        free(entries);
    }
    return new_ones;
}

/* --------------------------------------------------------------------------------------------------------- leftovers -- */

static const char *kept_folder;

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    if (strcmp(path, kept_folder) != 0) {
        remove(path);
    }
    return 0;
}

void folder_empty(const char *path)
{
    kept_folder = path;
    nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS);
}

void ingest_leftovers(struct campaign_run *run)
{
    char work[PATH_MAX], path[PATH_MAX];
    struct dirent **entries;
    bool all = true;
    snprintf(work, sizeof(work), "%s/work", run->options.folder);
    int count = scandir(work, &entries, NULL, alphasort);
    for (int index = 0; index < count; index++) {
        bool whole = true;
        bool fits = snprintf(path, sizeof(path), "%s/%s", work, entries[index]->d_name) < (int)sizeof(path);
        if (fits && entries[index]->d_name[0] != '.') {
            ingest_folder(run, path, NULL, &whole);
        }
        all = all && whole;
        free(entries[index]);
    }
    if (count >= 0) {
        free(entries);
    }
    if (all) {
        folder_empty(work);
    }
}
