/* support.c - campaigns for tests: a folder, rows with little typing, and the contents of a database as text. */
#include "support.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---------------------------------------------------------------------------------------------------------- folders -- */

void folder_make(char folder[FOLDER_SIZE])
{
    /* Memory, where there is some: what is tested makes sure very often that it is on the disk. */
    const char *above = getenv("TMPDIR");
    above = above ? above : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    assert_true(snprintf(folder, FOLDER_SIZE, "%s/remlock-campaign-XXXXXX", above) < FOLDER_SIZE);
    assert_non_null(mkdtemp(folder));
}

void folder_below(const char *above, const char *name, char folder[FOLDER_SIZE])
{
    assert_true(snprintf(folder, FOLDER_SIZE, "%s/%s", above, name) < FOLDER_SIZE);
    assert_int_equal(mkdir(folder, 0777), 0);
}

static void remove_entries(const char *folder, int depth)
{
    DIR *stream = opendir(folder);
    for (struct dirent *entry = stream ? readdir(stream) : NULL; entry; entry = readdir(stream)) {
        char path[FOLDER_SIZE + sizeof(entry->d_name) + 2];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (depth > 0 && unlink(path) != 0) {
            remove_entries(path, depth - 1);
        }
    }
    if (stream) {
        closedir(stream);
    }
    rmdir(folder);
}

void folder_remove(const char *folder)
{
    remove_entries(folder, 3);
}

/* ------------------------------------------------------------------------------------------------------------- rows -- */

struct campaign *open_campaign(const char *folder, enum campaign_mode mode)
{
    char message[MESSAGE_SIZE] = "";
    struct campaign *campaign = campaign_open(folder, mode, message, sizeof(message));
    if (!campaign) {
        fail_msg("%s", message);
    }
    return campaign;
}

void refuse_campaign(const char *folder, enum campaign_mode mode, const char *words)
{
    char message[MESSAGE_SIZE] = "";
    struct campaign *campaign = campaign_open(folder, mode, message, sizeof(message));
    assert_null(campaign);
    if (!strstr(message, words)) {
        fail_msg("'%s' should hold '%s'", message, words);
    }
}

static void succeeded(struct campaign *campaign, bool done)
{
    if (!done) {
        fail_msg("%s", campaign_error(campaign));
    }
}

int64_t begin_session(struct campaign *campaign, const char *host, double started)
{
    struct campaign_session session = {.jobs = 2, .limit = 100, .started = started, .ended = started};
    snprintf(session.version, sizeof(session.version), "0.1.0");
    snprintf(session.build, sizeof(session.build), "gcc 12");
    snprintf(session.host, sizeof(session.host), "%s", host);
    snprintf(session.invocation, sizeof(session.invocation), "remlock campaign --out here");
    succeeded(campaign, campaign_session_begin(campaign, &session));
    assert_true(session.id > 0);
    return session.id;
}

int64_t enter_subject(struct campaign *campaign, const char *name, const char *build)
{
    struct campaign_subject subject = {.canary = strcmp(name, "canary") == 0};
    snprintf(subject.name, sizeof(subject.name), "%s", name);
    snprintf(subject.summary, sizeof(subject.summary), "what %s is", name);
    snprintf(subject.build, sizeof(subject.build), "%s", build);
    succeeded(campaign, campaign_subject_enter(campaign, &subject));
    assert_true(subject.id > 0);
    return subject.id;
}

struct campaign_slice begin_slice(struct campaign *campaign, int64_t subject, const char *engine, double at)
{
    struct campaign_slice slice = {.subject = subject, .seed = UINT64_MAX - 1, .started = 1000 + at, .at = at};
    snprintf(slice.engine, sizeof(slice.engine), "%s", engine);
    snprintf(slice.configuration, sizeof(slice.configuration), "lock=checked");
    succeeded(campaign, campaign_slice_begin(campaign, &slice));
    assert_true(slice.id > 0);
    assert_int_equal(slice.outcome, CAMPAIGN_RUNNING);
    return slice;
}

void end_slice(struct campaign *campaign, struct campaign_slice *slice, uint64_t executions, uint32_t coverage)
{
    slice->outcome = CAMPAIGN_DONE;
    slice->seconds = 2;
    slice->executions = executions;
    slice->coverage = coverage;
    slice->inputs = coverage / 2;
    succeeded(campaign, campaign_slice_end(campaign, slice));
}

struct campaign_finding seen(const char *subject, const char *identifier, const char *routine, double at)
{
    static char text[] = "remlock 1\nsubject lock\n";
    struct campaign_finding finding = {.last_seen = 1000 + at, .at = at, .found = text};
    snprintf(finding.subject, sizeof(finding.subject), "%s", subject);
    snprintf(finding.identifier, sizeof(finding.identifier), "%s", identifier);
    snprintf(finding.routine, sizeof(finding.routine), "%s", routine);
    return finding;
}

int64_t enter_finding(struct campaign *campaign, const struct campaign_finding *finding, int64_t slice, bool *is_new)
{
    int64_t id = 0;
    bool fresh;
    succeeded(campaign, campaign_finding_enter(campaign, finding, slice, &id, is_new ? is_new : &fresh));
    assert_true(id > 0);
    return id;
}

/* ---------------------------------------------------------------------------------------------------------- reading -- */

struct search {
    int64_t id;
    const char *name;
    bool found;
    struct campaign_finding finding;
    struct campaign_subject subject;
    struct campaign_slice slice;
};

static bool take_finding(const struct campaign_finding *finding, void *context)
{
    struct search *search = context;
    if (finding->id == search->id) {
        search->finding = *finding;
        search->finding.found = search->finding.minimised = NULL;
        search->found = true;
    }
    return !search->found;
}

struct campaign_finding read_finding(struct campaign *campaign, int64_t id)
{
    struct search search = {.id = id};
    succeeded(campaign, campaign_each_finding(campaign, take_finding, &search));
    assert_true(search.found);
    return search.finding;
}

static bool take_subject(const struct campaign_subject *subject, void *context)
{
    struct search *search = context;
    if (strcmp(subject->name, search->name) == 0) {
        search->subject = *subject;
        search->found = true;
    }
    return !search->found;
}

struct campaign_subject read_subject(struct campaign *campaign, const char *name)
{
    struct search search = {.name = name};
    succeeded(campaign, campaign_each_subject(campaign, take_subject, &search));
    assert_true(search.found);
    return search.subject;
}

static bool take_slice(const struct campaign_slice *slice, void *context)
{
    struct search *search = context;
    if (slice->id == search->id) {
        search->slice = *slice;
        search->found = true;
    }
    return !search->found;
}

struct campaign_slice read_slice(struct campaign *campaign, int64_t id)
{
    struct search search = {.id = id};
    succeeded(campaign, campaign_each_slice(campaign, take_slice, &search));
    assert_true(search.found);
    return search.slice;
}

/* --------------------------------------------------------------------------------------------------------- contents -- */

struct listing {
    FILE *stream;
    struct {
        int64_t id;
        char name[CAMPAIGN_NAME_SIZE];
    } subjects[64];
    uint32_t count;
};

static bool list_session(const struct campaign_session *session, void *context)
{
    struct listing *listing = context;
    fprintf(listing->stream, "session %s|%s|%s|%s|%u|%g|%.17g|%.17g|%.17g\n", session->host, session->version, session->build,
            session->invocation, session->jobs, session->limit, session->started, session->ended, session->elapsed);
    return true;
}

static bool list_subject(const struct campaign_subject *subject, void *context)
{
    struct listing *listing = context;
    assert_true(listing->count < 64);
    listing->subjects[listing->count].id = subject->id;
    memcpy(listing->subjects[listing->count].name, subject->name, sizeof(subject->name));
    listing->count++;
    fprintf(listing->stream, "subject %s|%s|%s|%d|%d|%" PRIu64 "|%g|%u|%u|%u\n", subject->name, subject->summary,
            subject->build, subject->correct, subject->canary, subject->executions, subject->seconds, subject->slices,
            subject->coverage, subject->findings);
    return true;
}

static const char *subject_name(const struct listing *listing, int64_t id)
{
    for (uint32_t index = 0; index < listing->count; index++) {
        if (listing->subjects[index].id == id) {
            return listing->subjects[index].name;
        }
    }
    return "?";
}

static bool list_slice(const struct campaign_slice *slice, void *context)
{
    struct listing *listing = context;
    fprintf(listing->stream, "slice %s|%s|%s|%" PRIu64 "|%.17g|%.17g|%d|%g|%" PRIu64 "|%u|%u|%u|%s\n",
            subject_name(listing, slice->subject), slice->engine, slice->configuration, slice->seed, slice->started, slice->at,
            slice->outcome, slice->seconds, slice->executions, slice->coverage, slice->inputs, slice->found, slice->message);
    return true;
}

static bool list_finding(const struct campaign_finding *finding, void *context)
{
    struct listing *listing = context;
    fprintf(listing->stream, "finding %s|%s|%s|%s|%d|%d|%u|%.17g|%.17g|%.17g|%" PRIu64 "|%s|%s|%u|%u|%d|%u|%u|%u|%s|%s|%s\n",
            finding->subject, finding->identifier, finding->routine, finding->fingerprint, finding->state, finding->canary,
            finding->sightings, finding->first_seen, finding->last_seen, finding->at, finding->executions, finding->engine,
            finding->configuration, finding->attempts, finding->reproduced, finding->announced, finding->tasks,
            finding->operations, finding->preemptions, finding->message, finding->found,
            finding->minimised ? finding->minimised : "(none)");
    return true;
}

char *contents(struct campaign *campaign)
{
    char *text = NULL;
    size_t size = 0;
    struct listing listing = {.stream = open_memstream(&text, &size)};
    assert_non_null(listing.stream);
    bool read = campaign_each_session(campaign, list_session, &listing) &&
                campaign_each_subject(campaign, list_subject, &listing) &&
                campaign_each_slice(campaign, list_slice, &listing) && campaign_each_finding(campaign, list_finding, &listing);
    fclose(listing.stream);
    succeeded(campaign, read);
    return text;
}

char *contents_of(const char *folder)
{
    struct campaign *campaign = open_campaign(folder, CAMPAIGN_READ);
    char *text = contents(campaign);
    campaign_close(campaign);
    return text;
}
