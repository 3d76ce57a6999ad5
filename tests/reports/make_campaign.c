/*
 * make_campaign.c - writes the database of a campaign that never was: make_campaign FOLDER REPLAY. Two sessions, two subjects
 * and the canary, three engines of which one fails; findings that were confirmed, that do not come again, that nobody has
 * looked at, and one whose replay is damaged.
 */
#include <remlock/campaign.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct campaign *campaign;

static void must(bool done, const char *what)
{
    if (!done) {
        fprintf(stderr, "%s: %s\n", what, campaign ? campaign_error(campaign) : "");
        exit(1);
    }
}

static char *read_text(const char *path)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    must(file != NULL, path);
    text[fread(text, 1, sizeof(text) - 1, file)] = 0;
    fclose(file);
    return text;
}

static void session(double started, double elapsed)
{
    struct campaign_session made = {.jobs = 3, .limit = 1000, .started = started};
    strcpy(made.version, "0.1.0");
    strcpy(made.host, "nowhere");
    strcpy(made.invocation, "remlock campaign");
    must(campaign_session_begin(campaign, &made), "session");
    made.ended = started + elapsed;
    made.elapsed = elapsed;
    must(campaign_session_beat(campaign, &made), "beat");
}

static int64_t subject(const char *name, bool correct, bool canary)
{
    struct campaign_subject made = {.correct = correct, .canary = canary};
    snprintf(made.name, sizeof(made.name), "%s", name);
    snprintf(made.summary, sizeof(made.summary), "of %s", name);
    must(campaign_subject_enter(campaign, &made), name);
    return made.id;
}

/* At which second, for how long, with how much coming of it. */
static int64_t slice(int64_t of, const char *engine, double at, double seconds, uint64_t executions, uint32_t coverage)
{
    struct campaign_slice made = {.subject = of, .started = 1000 + at, .at = at};
    snprintf(made.engine, sizeof(made.engine), "%s", engine);
    must(campaign_slice_begin(campaign, &made), "slice");
    made.seconds = seconds;
    made.executions = executions;
    made.coverage = coverage;
    made.outcome = executions ? CAMPAIGN_DONE : CAMPAIGN_FAILED;
    strcpy(made.message, executions ? "" : "the target is not built");
    must(campaign_slice_end(campaign, &made), "end of a slice");
    return made.id;
}

static void finding(const char *of, const char *identifier, double at, int64_t in, const char *text, enum campaign_state state)
{
    struct campaign_finding made = {.last_seen = 1000 + at, .at = at, .found = (char *)(uintptr_t)text};
    bool is_new;
    snprintf(made.subject, sizeof(made.subject), "%s", of);
    snprintf(made.identifier, sizeof(made.identifier), "%s", identifier);
    strcpy(made.routine, "IoReleaseRemoveLockEx");
    must(campaign_finding_enter(campaign, &made, in, &made.id, &is_new) && is_new, identifier);
    must(campaign_finding_enter(campaign, &made, in, &made.id, &is_new) && !is_new, "the same again");
    if (state == CAMPAIGN_FOUND) {
        return;
    }
    made.state = state;
    made.attempts = 10;
    made.reproduced = state == CAMPAIGN_CONFIRMED ? 10 : 3;
    made.announced = true;
    made.minimised = made.found;
    strcpy(made.message, "what the campaign says of it");
    must(campaign_finding_update(campaign, &made), "update");
}

int main(int argument_count, char **arguments)
{
    char message[1024] = "two arguments are needed";
    const char *text = argument_count == 3 ? read_text(arguments[2]) : "";
    campaign = argument_count == 3 ? campaign_open(arguments[1], CAMPAIGN_CREATE, message, sizeof(message)) : NULL;
    if (!campaign) {
        fprintf(stderr, "%s\n", message);
        return 1;
    }
    session(1000, 60);
    int64_t canary = subject("canary", false, true), wrong = subject("lock:m07-no-wait-for-one", false, false);
    int64_t correct = subject("lock", true, false);
    slice(canary, "search", 0, 1, 77, 9);
    int64_t first = slice(wrong, "builtin", 1, 9, 1000, 50);
    slice(correct, "builtin", 1, 29, 3000, 40);
    finding("canary", "canary", 0.5, 0, text, CAMPAIGN_CONFIRMED);
    finding("lock:m07-no-wait-for-one", "use-after-free", 5, first, text, CAMPAIGN_CONFIRMED);
    session(5000, 40);
    slice(wrong, "libfuzzer", 60, 10, 500, 45); /* less than before: nothing new */
    slice(correct, "libfuzzer", 70, 10, 500, 60);
    slice(correct, "afl++", 80, 0, 0, 0);
    finding("lock:m07-no-wait-for-one", "deadlock", 65, 0, text, CAMPAIGN_UNREPRODUCIBLE);
    finding("lock", "leak", 75, 0, "remlock 1\nsubject lock\nnonsense\n", CAMPAIGN_FOUND);
    campaign_close(campaign);
    return 0;
}
