/*
 * add.c - `remlock regress --add FILE`: a finding becomes a file of the corpus.
 *
 * It has to show the same in several fresh processes, before and after it is minimised. The file gets its name when it is
 * complete, and never takes that of another one.
 */
#include "regress.h"

#include "files.h"
#include "fresh.h"
#include "identity.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATTEMPTS = 10, PATH_SIZE = PATH_MAX, TEXT_SIZE = 512, MINIMISE_SECONDS = 600 };

static const char standard_corpus[] = "corpus/regressions";

/* A replay on its way into the corpus. */
struct filing {
    const struct regress_options *options;
    const char *corpus;
    char scratch[PATH_SIZE];  /* a folder of ours */
    char smaller[PATH_SIZE];  /* the minimised one in it */
    const char *best;         /* of the files */
    char verdict[TEXT_SIZE];  /* what every replay of it showed: outcome, finding, routine, hash */
    char finding[TEXT_SIZE];  /* "" when it is clean */
    char sentence[TEXT_SIZE]; /* what went wrong */
    struct replay replay;
    char path[PATH_SIZE];
};

/* ------------------------------------------------------------------------------------------------- fresh processes -- */

static const char *text_at(const cJSON *json, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(json, key));
    return text ? text : "";
}

static void describe_failure(const struct fresh_result *result, double limit, char *text, size_t size)
{
    if (!result->ended) {
        snprintf(text, size, "has no end after %g s", limit);
    } else if (WIFSIGNALED(result->status)) {
        snprintf(text, size, "crashes: %s", strsignal(WTERMSIG(result->status)));
    } else {
        snprintf(text, size, "ends its process with status %d", WEXITSTATUS(result->status));
    }
}

/* What one replay in a fresh process shows: `verdict` is the same when it is the same. False with a message. */
static bool replay_once(struct filing *filing, char *verdict, size_t size, char *message, size_t message_size)
{
    const struct regress_options *options = filing->options;
    const char *subject = options->subject ? options->subject->name : NULL;
    const char *arguments[] = {"replay", "--json", filing->best, subject ? "--subject" : NULL, subject, NULL};
    struct fresh_result result = fresh_run(arguments, options->time_limit, -1);
    cJSON *document = result.ended && result.output ? cJSON_Parse(result.output) : NULL;
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(document, "replays"), 0);
    const char *outcome = text_at(first, "outcome");
    if (!first) {
        describe_failure(&result, options->time_limit, message, message_size);
    } else if (strcmp(outcome, "malformed") == 0) {
        snprintf(message, message_size, "is no replay: %s", text_at(first, "message"));
    } else if (strcmp(outcome, "as-expected") != 0) {
        const char *why = text_at(first, "divergence");
        snprintf(message, message_size, "does not show what it expects (%s%s%s); --update tells what would be right", outcome,
                 why[0] ? ": " : "", why);
    } else {
        message[0] = 0;
        snprintf(verdict, size, "%s %s %s", text_at(first, "finding"), text_at(first, "routine"), text_at(first, "hash"));
        snprintf(filing->finding, sizeof(filing->finding), "%s", text_at(first, "finding"));
        snprintf(filing->sentence, sizeof(filing->sentence), "%s", text_at(first, "sentence"));
    }
    bool good = first && message[0] == 0;
    cJSON_Delete(document);
    free(result.output);
    return good;
}

static bool reproduces(struct filing *filing)
{
    char verdict[TEXT_SIZE], message[TEXT_SIZE * 4];
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        if (!replay_once(filing, verdict, sizeof(verdict), message, sizeof(message))) {
            complain("%s %s", filing->best, message);
            return false;
        }
        if (attempt > 1 && strcmp(verdict, filing->verdict) != 0) {
            complain("%s shows something else in replay %d of %d: not '%s' but '%s'; what it runs is not deterministic",
                     filing->best, attempt, ATTEMPTS, filing->verdict, verdict);
            return false;
        }
        memcpy(filing->verdict, verdict, sizeof(verdict));
    }
    return true;
}

static bool minimise(struct filing *filing)
{
    const struct regress_options *options = filing->options;
    const char *subject = options->subject ? options->subject->name : NULL;
    const char *arguments[] = {
        "minimize", "--quiet", "--portable", "--out", filing->smaller, filing->best, subject ? "--subject" : NULL,
        subject,    NULL};
    char why[TEXT_SIZE];
    struct fresh_result result = fresh_run(arguments, MINIMISE_SECONDS, STDERR_FILENO);
    free(result.output);
    if (!result.ended || !WIFEXITED(result.status) || WEXITSTATUS(result.status) != EXIT_CLEAN) {
        describe_failure(&result, MINIMISE_SECONDS, why, sizeof(why));
        complain("minimising %s %s; --no-minimize files it as it is", filing->best, why);
        return false;
    }
    filing->best = filing->smaller;
    return true;
}

/* ---------------------------------------------------------------------------------------------------------- filing -- */

static bool load(struct filing *filing)
{
    struct case_file file = {0};
    char message[PATH_SIZE + REPLAY_MESSAGE_SIZE];
    if (!case_load(&file, filing->best, filing->options->subject, message, sizeof(message))) {
        complain("%s", message);
        return false;
    }
    filing->replay = file.replay;
    if (file.replay.expectation == REPLAY_EXPECTS_NOTHING && filing->finding[0] == 0) {
        complain("%s shows nothing and expects nothing; a file of the corpus says 'expect clean' or has a finding",
                 filing->options->add);
        return false;
    }
    return true;
}

static bool is_new(const struct filing *filing)
{
    char path[PATH_SIZE], what[REGRESS_VERDICT_SIZE];
    if (filing->options->force || !regress_find_same(filing->corpus, &filing->replay, path, sizeof(path))) {
        return true;
    }
    regress_expected(&filing->replay, what, sizeof(what));
    complain("%s has it already: %s of %s; --force files another one", path, what, filing->replay.scenario.subject->name);
    return false;
}

static bool is_file_name(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < 200;
}

/* With a name of its own choosing it goes to the next free number, with a given one it does not. */
static bool choose_path(struct filing *filing)
{
    char folder[PATH_SIZE - 300], name[280], message[PATH_SIZE + 256];
    const struct regress_options *options = filing->options;
    const char *below = regress_folder(&filing->replay);
    if (options->name && !is_file_name(options->name)) {
        complain("'%s' is no name for a file; --to says the folder", options->name);
        return false;
    }
    snprintf(folder, sizeof(folder), "%s%s%s", filing->corpus, below[0] ? "/" : "", below);
    if (!folder_prepare(folder, message, sizeof(message))) {
        complain("%.*s; --to names another one", (int)strcspn(message, ";"), message);
        return false;
    }
    regress_name(&filing->replay, name, sizeof(name));
    if (options->name) {
        size_t length = strlen(options->name);
        bool ends = length > 7 && strcmp(options->name + length - 7, ".replay") == 0;
        snprintf(name, sizeof(name), "%.*s", (int)(ends ? length - 7 : length), options->name);
    }
    snprintf(filing->path, sizeof(filing->path), "%s/%s.replay", folder, name);
    for (unsigned number = 2; access(filing->path, F_OK) == 0; number++) {
        if (options->name) {
            complain("%s is there already; give another --name", filing->path);
            return false;
        }
        snprintf(filing->path, sizeof(filing->path), "%s/%s-%u.replay", folder, name, number);
    }
    return true;
}

static bool save(struct filing *filing)
{
    char heading[2 * TEXT_SIZE], message[PATH_SIZE + REPLAY_MESSAGE_SIZE];
    const struct regress_options *options = filing->options;
    const char *why = options->why && options->why[0] ? options->why : filing->sentence;
    snprintf(heading, sizeof(heading), "%s", why[0] ? why : "Was wrong once, and has to stay clean.");
    if (!case_save(&filing->replay, heading, filing->path, message, sizeof(message))) {
        complain("%s", message);
        return false;
    }
    filing->best = filing->path;
    if (!reproduces(filing)) {
        unlink(filing->path);
        return false;
    }
    return true;
}

static void tell(const struct filing *filing, bool minimised)
{
    const struct regress_options *options = filing->options;
    char what[REGRESS_VERDICT_SIZE];
    regress_expected(&filing->replay, what, sizeof(what));
    if (!options->common.json) {
        printf("%s\n", filing->path);
        if (!options->common.quiet) {
            printf("  %s of %s; %d of %d replays in fresh processes showed it%s\n", what, filing->replay.scenario.subject->name,
                   ATTEMPTS, ATTEMPTS, minimised ? ", and minimised" : "");
        }
        return;
    }
    cJSON *json = json_begin("regress");
    cJSON *added = cJSON_AddObjectToObject(json, "added");
    cJSON_AddStringToObject(added, "file", filing->path);
    cJSON_AddStringToObject(added, "from", options->add);
    cJSON_AddStringToObject(added, "subject", filing->replay.scenario.subject->name);
    cJSON_AddStringToObject(added, "expected", what);
    cJSON_AddNumberToObject(added, "attempts", ATTEMPTS);
    cJSON_AddNumberToObject(added, "reproduced", ATTEMPTS);
    cJSON_AddBoolToObject(added, "minimised", minimised);
    json_print(stdout, json);
}

static int file_it(struct filing *filing)
{
    struct stat status;
    if (stat(filing->best, &status) != 0) {
        complain("cannot read '%s': %s", filing->best, strerror(errno));
        return EXIT_USAGE;
    }
    if (!reproduces(filing)) {
        return EXIT_FINDING;
    }
    bool minimises = filing->options->minimise && filing->finding[0];
    if (minimises && !(minimise(filing) && reproduces(filing))) {
        return EXIT_FINDING;
    }
    if (!load(filing) || !is_new(filing) || !choose_path(filing) || !save(filing)) {
        return EXIT_FINDING;
    }
    tell(filing, minimises);
    return EXIT_CLEAN;
}

int regress_add(const struct regress_options *options)
{
    static struct filing filing;
    const char *temporary = getenv("TMPDIR");
    filing = (struct filing){.options = options, .corpus = options->to ? options->to : standard_corpus, .best = options->add};
    snprintf(filing.scratch, sizeof(filing.scratch), "%s/remlock-add-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(filing.scratch)) {
        complain("cannot make a folder for the time being, %s: %s; set TMPDIR", filing.scratch, strerror(errno));
        return EXIT_USAGE;
    }
    snprintf(filing.smaller, sizeof(filing.smaller), "%.*s/smaller.replay", PATH_SIZE - 32, filing.scratch);
    int code = file_it(&filing);
    replay_free(&filing.replay);
    unlink(filing.smaller);
    rmdir(filing.scratch);
    return code;
}
