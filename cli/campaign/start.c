/* start.c - `remlock campaign run`: from the command line to a session that can begin. */
#include "start.h"

#include "engines.h"
#include "files.h"
#include "progress.h"
#include "run.h"
#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { WAIT_ROUNDS = 300, WAIT_PAUSE = 100000 /* microseconds */ };

static bool make_folders(const struct campaign_run *run)
{
    static const char *const names[] = {"corpus", "work", "findings", "afl"};
    char path[PATH_MAX + 16], message[PATH_MAX + 256];
    for (size_t index = 0; index < sizeof(names) / sizeof(names[0]); index++) {
        snprintf(path, sizeof(path), "%s/%s", run->options.folder, names[index]);
        if (!folder_prepare(path, message, sizeof(message))) {
            complain("%s", message);
            return false;
        }
    }
    for (uint32_t index = 0; index < run->subjects.count; index++) {
        if (!folder_prepare(run->subjects.list[index].corpus, message, sizeof(message))) {
            complain("%s", message);
            return false;
        }
    }
    return true;
}

/* After a kill it takes a moment until the last process of the earlier session is gone. */
static bool wait_for_processes(struct campaign_run *run)
{
    snprintf(run->lock, sizeof(run->lock), "%s/running", run->options.folder);
    int file = open(run->lock, O_RDONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) {
        complain("cannot open %s: %s", run->lock, strerror(errno));
        return false;
    }
    bool alone = false;
    for (uint32_t round = 0; round < WAIT_ROUNDS && !alone; round++) {
        alone = flock(file, LOCK_EX | LOCK_NB) == 0;
        if (!alone) {
            usleep(WAIT_PAUSE);
        }
    }
    close(file);
    if (!alone) {
        complain("processes of an earlier session still run in %s; end them first", run->options.folder);
    }
    return alone;
}

/* Files are written beside their names first: what was cut off then is nobody's. To be called when nobody else is there. */
static int remove_unfinished(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    if (type == FTW_F && strncmp(path + place->base, ".remlock-", strlen(".remlock-")) == 0) {
        unlink(path);
    }
    return 0;
}

static bool make_slots(struct campaign_run *run)
{
    run->slots = calloc(run->options.jobs, sizeof(*run->slots));
    for (uint32_t index = 0; run->slots && index < run->options.jobs; index++) {
        struct slot *slot = &run->slots[index];
        snprintf(slot->folder, sizeof(slot->folder), "%s/work/%u", run->options.folder, index + 1);
        slot->keeper = (struct keeper){.lifeline = -1, .output = -1, .errors = -1, .report = -1, .ended = true};
    }
    return run->slots != NULL;
}

static bool enter_subjects(struct campaign_run *run)
{
    for (uint32_t index = 0; index < run->subjects.count; index++) {
        if (!campaign_subject_enter(run->book, &run->subjects.list[index].row)) {
            complain("%s", campaign_error(run->book));
            return false;
        }
    }
    return true;
}

static bool begin_session(struct campaign_run *run, const char *invocation)
{
    struct campaign_session *session = &run->session;
    run->before = campaign_elapsed(run->book);
    *session = (struct campaign_session){
        .jobs = run->options.jobs, .limit = run->options.seconds, .started = wall_clock(), .ended = wall_clock()};
    snprintf(session->version, sizeof(session->version), "%s", REMLOCK_VERSION);
    snprintf(session->build, sizeof(session->build), "%s", __VERSION__);
    snprintf(session->invocation, sizeof(session->invocation), "%.*s", (int)sizeof(session->invocation) - 1, invocation);
    gethostname(session->host, sizeof(session->host) - 1);
    if (!campaign_session_begin(run->book, session)) {
        complain("%s", campaign_error(run->book));
        return false;
    }
    return enter_subjects(run);
}

/* The options of a new campaign come first: a database without them could neither be gone on with nor begun. */
static bool open_book(struct campaign_run *run)
{
    char message[PATH_MAX + 512], path[PATH_MAX + 32];
    bool resume = run->options.resume, kept = true;
    snprintf(path, sizeof(path), "%s/%s", run->options.folder, CAMPAIGN_DATABASE);
    if (!resume && access(path, F_OK) != 0) {
        kept = campaign_options_keep(&run->options, message, sizeof(message));
    }
    run->book =
        kept ? campaign_open(run->options.folder, resume ? CAMPAIGN_RESUME : CAMPAIGN_CREATE, message, sizeof(message)) : NULL;
    if (!run->book || !campaign_options_keep(&run->options, message, sizeof(message))) {
        complain("%s", message);
        return false;
    }
    return true;
}

/* The database, and everything that an earlier session has left. */
static bool take_up(struct campaign_run *run, const char *invocation)
{
    if (!open_book(run)) {
        return false;
    }
    if (!make_folders(run) || !wait_for_processes(run) || !begin_session(run, invocation)) {
        return false;
    }
    nftw(run->options.folder, remove_unfinished, 32, FTW_PHYS);
    run->plan = campaign_plan_make(run->arms.arms, run->arms.count);
    if (!run->plan || !make_slots(run)) {
        complain("out of memory");
        return false;
    }
    if (!campaign_slices_abandon(run->book) || !slices_recall(run) || !confirm_recall(run)) {
        complain("%s", campaign_error(run->book));
        return false;
    }
    ingest_leftovers(run);
    return true;
}

static void look_at_engines(struct campaign_run *run)
{
    static struct missing_engine missing[CAMPAIGN_ENGINES];
    campaign_engines_look(&run->subjects, &run->options, missing);
    for (int engine = 0; engine < CAMPAIGN_ENGINES; engine++) {
        if (missing[engine].subjects > 0) {
            view_trouble(run, "goes on without %s for %u of %u subjects: %s", campaign_engine_names[engine],
                         missing[engine].subjects, missing[engine].of, missing[engine].reason);
        }
    }
}

static bool prepare(struct campaign_run *run)
{
    char message[PATH_MAX + 256];
    if (!folder_prepare(run->options.folder, message, sizeof(message))) {
        complain("%s", message);
        return false;
    }
    if (!known_subjects_find(&run->subjects, &run->options)) {
        return false;
    }
    look_at_engines(run);
    return known_arms_make(&run->arms, &run->subjects, &run->options);
}

static int run_session(struct campaign_run *run)
{
    static char invocation[16384];
    campaign_options_write(&run->options, invocation, sizeof(invocation));
    run->started = progress_clock();
    if (!view_open(run) || !prepare(run)) {
        return EXIT_USAGE;
    }
    run->started = progress_clock();
    run->canary.state = run->subjects.canary < run->subjects.count ? CANARY_DUE : CANARY_NONE;
    if (!take_up(run, invocation)) {
        return EXIT_USAGE;
    }
    if (run->before >= run->options.seconds) {
        run->canary.state = CANARY_NONE;
        complain("the %g s of --time are over; a longer --time goes on", run->options.seconds);
    }
    view_start(run, invocation);
    return campaign_run(run);
}

int campaign_command_run(int argument_count, char **arguments)
{
    static struct campaign_run run; /* large */
    campaign_options_parse(&run.options, argument_count, arguments);
    int code = run_session(&run);
    campaign_close(run.book);
    confirm_free(&run);
    campaign_plan_free(run.plan);
    known_arms_free(&run.arms);
    known_subjects_free(&run.subjects);
    free(run.slots);
    campaign_options_free(&run.options);
    view_close(&run);
    return code;
}
