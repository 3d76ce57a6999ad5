/* end.c - the end of a session: the exit code, the summary and the report. */
#include "run.h"
#include "view.h"
#include "views.h"

#include <poll.h>
#include <string.h>
#include <sys/wait.h>

static const double REPORT_SECONDS = 300, GRACE = 5;

/* Runs a command of this program to its end. False when it did not end well; then its last words are the message. */
static bool run_helper(struct campaign_run *run, struct command_words *words, char *message, size_t size)
{
    struct keeper keeper;
    struct keeper_job job = {
        .words = words->words, .lock = run->lock, .seconds = REPORT_SECONDS, .grace = GRACE, .memory = run->options.memory};
    if (!keeper_start(&keeper, &job, message, size)) {
        return false;
    }
    while (!keeper_poll(&keeper)) {
        struct pollfd ends[] = {{.fd = keeper.report, .events = POLLIN},
                                {.fd = keeper.output, .events = POLLIN},
                                {.fd = keeper.errors, .events = POLLIN}};
        poll(ends, 3, 1000);
    }
    /* A report of findings may end like a command that has found something. */
    bool fine = keeper.result.ending == KEEPER_ENDED && WIFEXITED(keeper.result.status) &&
                WEXITSTATUS(keeper.result.status) <= EXIT_FINDING;
    keeper.words[strcspn(keeper.words, "\n")] = 0;
    snprintf(message, size, "%s", fine ? "" : keeper.words[0] ? keeper.words : "its process did not end well");
    keeper_free(&keeper);
    return fine;
}

static void write_report(struct campaign_run *run)
{
    char message[KEEPER_WORDS_SIZE];
    struct command_words words = {0};
    command_add(&words, "remlock");
    command_add(&words, "report");
    command_add(&words, "%s", run->options.folder);
    command_add(&words, "--format");
    command_add(&words, "html");
    command_add(&words, "--out");
    command_add(&words, "%s/report.html", run->options.folder);
    if (!run_helper(run, &words, message, sizeof(message))) {
        view_trouble(run, "report.html was not written: %s", message);
    }
    command_free(&words);
}

static void write_summary(struct campaign_run *run)
{
    char message[2 * PATH_MAX];
    if (!campaign_summary_save(run->book, run->options.folder, message, sizeof(message))) {
        view_trouble(run, "summary.md was not written: %s", message);
    }
}

static uint32_t count_untouched(const struct campaign_run *run, const char **first)
{
    uint32_t count = 0;
    for (uint32_t index = run->subjects.count; index > 0; index--) {
        const struct campaign_subject *subject = &run->subjects.list[index - 1].row;
        if (!subject->canary && subject->executions == 0) {
            *first = subject->name;
            count++;
        }
    }
    return count;
}

/* What was not looked at must not pass for clean. */
static bool looked_at_all(struct campaign_run *run)
{
    const char *first = NULL;
    uint32_t count = count_untouched(run, &first);
    if (count == 1) {
        view_trouble(run, "%s was not executed: no slice of it has come to its end", first);
    } else if (count > 1) {
        view_trouble(run, "%u subjects were not executed, %s for one; give the campaign more --time", count, first);
    }
    return count == 0;
}

int campaign_end(struct campaign_run *run)
{
    int code = run->counts.found || run->counts.crashes ? EXIT_FINDING : EXIT_CLEAN;
    bool proved = canary_proved(run);
    if (!proved && run->canary.state != CANARY_DEAD && !run->hurried) {
        view_trouble(run,
                     "the canary was not confirmed in time: nothing this campaign says can be trusted; give it more --time");
    }
    if (!run->hurried && !looked_at_all(run) && code == EXIT_CLEAN) {
        code = EXIT_USAGE;
    }
    if (!proved && (run->canary.state == CANARY_DEAD || !run->hurried)) {
        code = EXIT_USAGE;
    }
    write_summary(run);
    if (!run->options.no_html) {
        write_report(run);
    }
    view_end(run, code);
    return code;
}
