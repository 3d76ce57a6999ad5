/* propose.c - see propose.h. */
#include "propose.h"

#include "files.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MINIMISE_EXECUTIONS = 2000000, SEARCH_EXECUTIONS = 50000, POLL_MICROSECONDS = 2000 };

/* ------------------------------------------------------------------------------------------- in its own process -- */

/* The comments at the head of a file, as a heading: without their marks. */
static char *heading_of(const char *text)
{
    char *heading = calloc(strlen(text) + 1, 1), *end = heading;
    const char *line = strchr(text, '\n');
    while (heading && line && line[1] == '#') {
        const char *begin = line + 2 + (line[2] == ' ');
        size_t length = strcspn(begin, "\n");
        memcpy(end, begin, length);
        end += length;
        *end++ = '\n';
        line = begin[length] == '\n' ? begin + length : NULL;
    }
    return heading;
}

/* The line that begins with "expect", or the end of the text. */
static const char *find_expectation(const char *text)
{
    while (*text != 0) {
        const char *word = text + strspn(text, " \t");
        if (strncmp(word, "expect", 6) == 0 && strchr(" \t\r\n", word[6]) != NULL) {
            return text;
        }
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return text;
}

/* The text with another expectation; a comment behind the old one stays. */
static char *change_expectation(const char *text, const struct replay *replay)
{
    char expected[REGRESS_VERDICT_SIZE], *result = NULL;
    const char *place = find_expectation(text);
    size_t before = (size_t)(place - text), line = strcspn(place, "\n"), words = strcspn(place, "#\n");
    bool ends_line = before == 0 || text[before - 1] == '\n';
    while (words > 0 && (place[words - 1] == ' ' || place[words - 1] == '\t' || place[words - 1] == '\r')) {
        words--;
    }
    regress_expected(replay, expected, sizeof(expected));
    int length = asprintf(&result, "%.*s%sexpect %s%.*s%s", (int)before, text, ends_line ? "" : "\n", expected,
                          (int)(line - words), place + words, place[line] ? place + line : "\n");
    return length < 0 ? NULL : result;
}

/* The finding that the file expects, under any schedule of the same program. */
static bool search(struct replay *found, const struct replay *replay)
{
    static const char *const names[] = {"pct", "random"};
    struct verdict verdict;
    for (uint32_t index = 0; index < sizeof(names) / sizeof(names[0]); index++) {
        struct strategy_options seed = {.seed = 1};
        struct strategy *strategy = strategy_open(names[index], &seed);
        for (uint32_t count = 0; strategy && count < SEARCH_EXECUTIONS; count++) {
            harness_execute(&replay->scenario, strategy, HARNESS_PLAIN, &verdict);
            if (verdict.finding && strcmp(verdict.finding->identifier, replay->identifier) == 0 &&
                strcmp(verdict.routine, replay->routine) == 0) {
                return replay_capture(found, &replay->scenario, &verdict);
            }
        }
    }
    return false;
}

/* Another schedule that shows what the file expects, minimised; NULL when there seems to be none. */
static char *keep_finding(const struct replay *replay, const char *heading, char *message, size_t size)
{
    struct replay other = {0};
    struct replay_minimise_options options = {.execution_limit = MINIMISE_EXECUTIONS};
    struct replay_minimised minimised;
    struct replay_error error;
    char *text = NULL;
    if (replay->expectation != REPLAY_EXPECTS_FINDING || !replay_copy(&other, replay)) {
        return NULL;
    }
    bool found = replay_minimise(&other, &options, &minimised, &error);
    if (!found) {
        replay_free(&other);
        found = search(&other, replay) && replay_minimise(&other, &options, &minimised, &error);
    }
    if (found) {
        snprintf(message, size, "another schedule, which shows the same finding");
        text = case_text(&other, heading, NULL);
    }
    replay_free(&other);
    return text;
}

static char *follow(const struct replay *replay, const char *heading, char *message, size_t size)
{
    struct replay other = {0};
    struct replay_result run;
    char *text = NULL, got[REGRESS_VERDICT_SIZE];
    replay_run(replay, HARNESS_PLAIN, &run);
    if (replay_capture(&other, &replay->scenario, &run.verdict)) {
        regress_got(&run.verdict, got, sizeof(got));
        snprintf(message, size, "the schedule that the code follows now; it shows %s%s", got,
                 replay->expectation == REPLAY_EXPECTS_FINDING ? ", and no other one was found that shows what is expected"
                                                               : "");
        text = case_text(&other, heading, NULL);
    }
    replay_free(&other);
    return text;
}

static char *expect_what_comes(struct replay *replay, const struct verdict *verdict, const char *old_text, char *message,
                               size_t size)
{
    char was[REGRESS_VERDICT_SIZE], got[REGRESS_VERDICT_SIZE];
    regress_expected(replay, was, sizeof(was));
    regress_got(verdict, got, sizeof(got));
    snprintf(message, size, "expects %s, and %s comes%s", was[0] ? was : "nothing", got,
             replay->expectation == REPLAY_EXPECTS_FINDING ? "; no other schedule was found that shows what is expected" : "");
    replay_expect(replay, verdict);
    return change_expectation(old_text, replay);
}

static char *propose(struct replay *replay, const char *old_text, char *message, size_t size)
{
    struct replay_result run;
    char *heading = heading_of(old_text);
    replay_run(replay, HARNESS_PLAIN, &run);
    char *text = keep_finding(replay, heading, message, size);
    if (!text && run.outcome == REPLAY_DIVERGED) {
        text = follow(replay, heading, message, size);
    }
    free(heading);
    return text ? text : expect_what_comes(replay, &run.verdict, old_text, message, size);
}

static bool is_as_expected(const char *text, const struct subject *subject, const char *path)
{
    struct replay replay = {0};
    struct replay_error error;
    struct replay_result run;
    if (!replay_parse_for(&replay, subject, text, strlen(text), path, &error)) {
        return false;
    }
    replay_run(&replay, HARNESS_PLAIN, &run);
    bool good = run.outcome == REPLAY_AS_EXPECTED && replay.expectation != REPLAY_EXPECTS_NOTHING;
    replay_free(&replay);
    return good;
}

/* Writes the message, a zero, and the text. */
_Noreturn static void work(const char *path, const char *old_text, const struct subject *subject, int output)
{
    struct replay replay = {0};
    struct replay_error error;
    char message[PROPOSAL_MESSAGE_SIZE] = "";
    char *text = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!replay_parse_for(&replay, subject, old_text, strlen(old_text), path, &error)) {
        snprintf(message, sizeof(message), "it is no replay; repair it by hand");
    } else {
        text = propose(&replay, old_text, message, sizeof(message));
    }
    if (text && !is_as_expected(text, subject, path)) {
        snprintf(message, sizeof(message), "what comes of it differs from run to run; find out why");
        text[0] = 0;
    }
    dprintf(output, "%s%c%s", message, 0, text ? text : "");
    _exit(0);
}

/* -------------------------------------------------------------------------------------------------------- outside -- */

static bool wait_for(pid_t child, double time_limit, int *status)
{
    for (double waited = 0; waitpid(child, status, WNOHANG) == 0; waited += POLL_MICROSECONDS / 1e6) {
        if (waited > time_limit) {
            kill(child, SIGKILL);
            waitpid(child, status, 0);
            return false;
        }
        usleep(POLL_MICROSECONDS);
    }
    return true;
}

static char *read_back(int file, struct regress_proposal *proposal)
{
    struct stat about;
    char *bytes = fstat(file, &about) == 0 ? calloc((size_t)about.st_size + 2, 1) : NULL;
    if (!bytes || pread(file, bytes, (size_t)about.st_size, 0) != about.st_size) {
        free(bytes);
        return NULL;
    }
    snprintf(proposal->message, sizeof(proposal->message), "%s", bytes);
    const char *text = bytes + strlen(bytes) + 1;
    char *copy = *text ? strdup(text) : NULL;
    free(bytes);
    return copy;
}

static char *text_of(const char *path, char *message, size_t size)
{
    size_t length;
    char *bytes = (char *)file_read(path, &length, message, size);
    char *text = bytes ? strndup(bytes, length) : NULL;
    free(bytes);
    return text;
}

void regress_propose(const char *path, const struct subject *subject, double time_limit, struct regress_proposal *proposal)
{
    int status = 0;
    memset(proposal, 0, sizeof(*proposal));
    proposal->old_text = text_of(path, proposal->message, sizeof(proposal->message));
    int file = proposal->old_text ? memfd_create("proposal", MFD_CLOEXEC) : -1;
    if (file < 0) {
        return;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        work(path, proposal->old_text, subject, file);
    }
    bool ended = child > 0 && wait_for(child, time_limit, &status);
    if (ended && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        proposal->new_text = read_back(file, proposal);
    } else {
        snprintf(proposal->message, sizeof(proposal->message), "the code under test %s; repair that",
                 ended ? "crashes" : "does not come to an end");
    }
    close(file);
}

void regress_proposal_free(struct regress_proposal *proposal)
{
    free(proposal->old_text);
    free(proposal->new_text);
    memset(proposal, 0, sizeof(*proposal));
}
